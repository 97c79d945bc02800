import { setCurrentDetails, upsertMemo } from '@temporalio/workflow';

import type { SweepResult } from '../activities/index.js';
import { sweepDetails } from '../src/domain/sweep.js';
import { activities } from './activity-proxies.js';
import { handle } from './handle.js';
import { SWEEP_CONFIGURATION } from './messages.js';

/**
 * One sweep, started by a schedule: finds changes that no event reported. First the worker describes the configuration that
 * it uses, because the command line cannot read the worker's files.
 */
export async function sweep(): Promise<SweepResult> {
  // A sweep has no messages.
  handle({}, () => undefined);
  upsertMemo({ [SWEEP_CONFIGURATION]: await activities.describeConfiguration({}) });
  const result = await activities.sweepTickets({});
  setCurrentDetails(sweepDetails(result));
  return result;
}
