import { ScheduleNotFoundError, type Client, type ScheduleExecutionResult } from '@temporalio/client';
import { SWEEP_SCHEDULE_ID } from '../domain/ids.js';
import type { SweepFindings } from '../domain/sweep.js';

export interface SweepState {
  readonly paused: boolean;
  readonly lastRunAtMs: number | null;
  /** Of the newest run that ended; null when none of the last few did. */
  readonly findings: SweepFindings | null;
}

/** null when the schedule of the sweep does not exist. Throws what Temporal's client throws. */
export async function readSweep(client: Client): Promise<SweepState | null> {
  try {
    const { state, info } = await client.schedule.getHandle(SWEEP_SCHEDULE_ID).describe();
    return {
      paused: state.paused,
      lastRunAtMs: info.recentActions.at(-1)?.takenAt.getTime() ?? null,
      findings: await readFindings(client, info.recentActions),
    };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** Reads the result of the newest sweep that ended, among the last few. */
async function readFindings(
  client: Client,
  actions: readonly ScheduleExecutionResult[],
): Promise<SweepFindings | null> {
  for (const { action } of actions.slice(-3).reverse()) {
    const handle = client.workflow.getHandle(action.workflow.workflowId, action.workflow.firstExecutionRunId);
    if ((await handle.describe()).status.name !== 'COMPLETED') continue;
    const { odd, oddCount, cut } = (await handle.result()) as Partial<SweepFindings>;
    // A run of an older release did not look.
    if (odd === undefined || oddCount === undefined || cut === undefined) return null;
    return { odd, oddCount, cut };
  }
  return null;
}
