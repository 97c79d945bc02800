import { setCurrentDetails, upsertMemo } from '@temporalio/workflow';

import type { SweepResult } from '../activities/index.js';
import { activities } from './activity-proxies.js';
import { handle } from './handle.js';
import { SWEEP_CONFIGURATION } from './messages.js';

/**
 * One round of reconciliation, started by a schedule: what never arrived as an event is found by looking. First the worker says
 * which configuration it uses: the command line cannot see the worker's files.
 */
export async function sweep(): Promise<SweepResult> {
  // It asks nobody anything, so nobody has an answer for it.
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
