import { setCurrentDetails, upsertMemo } from '@temporalio/workflow';

import type { SweepResult } from '../activities/index.js';
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
  const lines = [
    `${result.openInSecureChange} open in SecureChange, ${result.running} running here; started ${result.started.length}, woke ${result.signalled.length}`,
    ...(result.cut ? ['The list was cut: there are more open tickets than one sweep reads.'] : []),
    ...(result.oddCount > 0 ? [`Not readable (${result.oddCount}): ${result.odd.join('; ')}`] : []),
  ];
  setCurrentDetails(lines.join('\n\n'));
  return result;
}
