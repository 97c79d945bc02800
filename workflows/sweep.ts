import { setCurrentDetails } from '@temporalio/workflow';

import type { SweepResult } from '../activities/index.js';
import { activities } from './activity-proxies.js';

/** One round of reconciliation, started by a schedule: what never arrived as an event is found by looking. */
export async function sweep(): Promise<SweepResult> {
  const result = await activities.sweepTickets({});
  setCurrentDetails(
    `${result.openInSecureChange} open in SecureChange, ${result.running} running here; started ${result.started.length}, woke ${result.signalled.length}`,
  );
  return result;
}
