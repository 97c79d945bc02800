import type { Client } from '@temporalio/client';

import { SWEEP_SCHEDULE_ID } from '../../../src/domain/ids.js';
import type { SweepFindings } from '../../../src/domain/sweep.js';
import type { SweepState } from './deployment-facts.js';
import { readSchedule } from './schedule-state.js';

/** null when the schedule of the sweep does not exist. Throws what Temporal's client throws. */
export async function readSweep(client: Client): Promise<SweepState | null> {
  const state = await readSchedule(client, SWEEP_SCHEDULE_ID);
  if (state === null) return null;
  const { paused, lastRunAtMs, ended } = state;
  return { paused, lastRunAtMs, findings: findingsIn(ended?.result), endedAtMs: ended?.endedAtMs ?? null };
}

/** null: no sweep has ended, or it was of an older release, which did not look. */
function findingsIn(result: unknown): SweepFindings | null {
  const { odd, oddCount, cut } = (result ?? {}) as Partial<SweepFindings>;
  return odd !== undefined && oddCount !== undefined && cut !== undefined ? { odd, oddCount, cut } : null;
}
