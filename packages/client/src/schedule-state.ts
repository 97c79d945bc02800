import type { Client } from '@temporalio/client';

import { GRPC, grpcStatusOf } from './errors.js';

/** Of the runs of a schedule, the newest that ended without failing. */
export interface EndedRun {
  readonly endedAtMs: number | null;
  /** As another release may have written it. */
  readonly result: unknown;
}

export interface ScheduleState {
  readonly paused: boolean;
  readonly everyMs: number | null;
  /** Of the runs that the server still lists. */
  readonly firstRunAtMs: number | null;
  readonly lastRunAtMs: number | null;
  /** null: none of its last few has. */
  readonly ended: EndedRun | null;
}

const LAST_FEW = 3;

/**
 * null when there is no such schedule. Throws what Temporal's client throws. Nothing of the schedule itself is decoded: every caller of
 * Temporal can edit it.
 */
export async function readSchedule(client: Client, scheduleId: string): Promise<ScheduleState | null> {
  const described = await describe(client, scheduleId);
  if (described === null) return null;
  const { schedule, info } = described;
  const actions = info?.recentActions ?? [];
  let ended: EndedRun | null = null;
  for (const { startWorkflowResult: run } of actions.slice(-LAST_FEW).reverse()) {
    if (!run?.workflowId || !run.runId) continue;
    ended = await readEnded(client, run.workflowId, run.runId);
    if (ended !== null) break;
  }
  return {
    paused: schedule?.state?.paused === true,
    everyMs: msOf(schedule?.spec?.interval?.[0]?.interval),
    firstRunAtMs: msOf(actions[0]?.actualTime),
    lastRunAtMs: msOf(actions.at(-1)?.actualTime),
    ended,
  };
}

/** null when there is no such run, or it has not ended, or it failed. */
export async function readEnded(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<EndedRun | null> {
  try {
    const handle = client.workflow.getHandle(workflowId, runId);
    const { status, closeTime } = await handle.describe();
    if (status.name !== 'COMPLETED') return null;
    return { endedAtMs: closeTime?.getTime() ?? null, result: await handle.result() };
  } catch (error) {
    // Never started, or removed by retention.
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return null;
    throw error;
  }
}

async function describe(client: Client, scheduleId: string) {
  const { namespace } = client.options;
  try {
    return await client.workflowService.describeSchedule({ namespace, scheduleId });
  } catch (error) {
    if (grpcStatusOf(error) === GRPC.notFound) return null;
    throw error;
  }
}

/** Whole seconds, of an instant or of a length. */
function msOf(time: { readonly seconds?: unknown } | null | undefined): number | null {
  return time?.seconds == null ? null : Number(time.seconds) * 1_000;
}
