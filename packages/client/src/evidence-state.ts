import type { Client } from '@temporalio/client';
import type { EvidenceExport } from '../../../src/domain/evidence.js';
import { AUDIT_EXPORT_NOW_WORKFLOW_ID, AUDIT_EXPORT_SCHEDULE_ID } from '../../../src/domain/ids.js';
import type { EvidenceState } from './deployment-facts.js';
import { GRPC, grpcStatusOf } from './errors.js';

type Ended = Pick<EvidenceState, 'endedAtMs' | 'head'>;

const NONE: Ended = { endedAtMs: null, head: null };

/** The folder of the log is on the machine of the workers: what the exports returned is read. null when their schedule does not exist. */
export async function readEvidence(client: Client): Promise<EvidenceState | null> {
  const { namespace } = client.options;
  try {
    const { schedule, info } = await client.workflowService.describeSchedule({
      namespace,
      scheduleId: AUDIT_EXPORT_SCHEDULE_ID,
    });
    const seconds = schedule?.spec?.interval?.[0]?.interval?.seconds;
    const actions = info?.recentActions ?? [];
    const firstSeconds = actions[0]?.actualTime?.seconds;
    const scheduled = actions
      .slice(-3)
      .reverse()
      .flatMap(({ startWorkflowResult: run }) =>
        run?.workflowId && run.runId ? [[run.workflowId, run.runId] as const] : [],
      );
    const byPerson = await readEnded(client, AUDIT_EXPORT_NOW_WORKFLOW_ID);
    let newest = NONE;
    for (const [workflowId, runId] of scheduled) {
      newest = await readEnded(client, workflowId, runId);
      if (newest.endedAtMs !== null) break;
    }
    return {
      paused: schedule?.state?.paused === true,
      everyMs: seconds == null ? null : Number(seconds) * 1_000,
      firstRunAtMs: firstSeconds == null ? null : Number(firstSeconds) * 1_000,
      ...((byPerson.endedAtMs ?? 0) > (newest.endedAtMs ?? 0) ? byPerson : newest),
    };
  } catch (error) {
    if (grpcStatusOf(error) === GRPC.notFound) return null;
    throw error;
  }
}

/** Of an export that did not fail. */
async function readEnded(client: Client, workflowId: string, runId?: string): Promise<Ended> {
  try {
    const handle = client.workflow.getHandle(workflowId, runId);
    const { status, closeTime } = await handle.describe();
    if (status.name !== 'COMPLETED') return NONE;
    const { head } = (await handle.result()) as Pick<EvidenceExport, 'head'>;
    return {
      endedAtMs: closeTime?.getTime() ?? null,
      head: head === null ? null : { size: head.size, atMs: head.atMs },
    };
  } catch (error) {
    // It was never exported by hand, or retention has removed the run.
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return NONE;
    throw error;
  }
}
