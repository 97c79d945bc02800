import type { Client, WorkflowService } from '@temporalio/client';
import { SWEEP_SCHEDULE_ID } from '../../../src/domain/ids.js';
import type { SweepFindings } from '../../../src/domain/sweep.js';
import type { SweepState } from './deployment-facts.js';
import { GRPC, grpcStatusOf } from './errors.js';

type Action = NonNullable<
  NonNullable<Awaited<ReturnType<WorkflowService['describeSchedule']>>['info']>['recentActions']
>[number];

/**
 * null when the schedule of the sweep does not exist. Throws what Temporal's client throws. Nothing of it is decoded: every caller of
 * Temporal can edit it.
 */
export async function readSweep(client: Client): Promise<SweepState | null> {
  const { namespace } = client.options;
  try {
    const { schedule, info } = await client.workflowService.describeSchedule({
      namespace,
      scheduleId: SWEEP_SCHEDULE_ID,
    });
    const actions = info?.recentActions ?? [];
    const seconds = actions.at(-1)?.actualTime?.seconds;
    return {
      paused: schedule?.state?.paused === true,
      lastRunAtMs: seconds == null ? null : Number(seconds) * 1_000,
      ...(await readEnded(client, actions)),
    };
  } catch (error) {
    if (grpcStatusOf(error) === GRPC.notFound) return null;
    throw error;
  }
}

/** Reads the newest sweep that ended, among the last few. */
async function readEnded(
  client: Client,
  actions: readonly Action[],
): Promise<Pick<SweepState, 'findings' | 'endedAtMs'>> {
  for (const { startWorkflowResult: run } of actions.slice(-3).reverse()) {
    if (!run?.workflowId || !run.runId) continue;
    const handle = client.workflow.getHandle(run.workflowId, run.runId);
    const { status, closeTime } = await handle.describe();
    if (status.name !== 'COMPLETED') continue;
    const { odd, oddCount, cut } = (await handle.result()) as Partial<SweepFindings>;
    // A run of an older release did not look.
    const looked = odd !== undefined && oddCount !== undefined && cut !== undefined;
    return { findings: looked ? { odd, oddCount, cut } : null, endedAtMs: closeTime?.getTime() ?? null };
  }
  return { findings: null, endedAtMs: null };
}
