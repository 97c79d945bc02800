import { WorkflowNotFoundError } from '@temporalio/client';

import { GRPC, grpcStatusOf } from '../packages/client/src/errors.js';
import { signResult } from '../packages/client/src/sign.js';
import { cleanSummary } from '../src/domain/clean-text.js';
import { fewAtOnce } from '../src/domain/few-at-once.js';
import { TASK_QUEUES, ticketWorkflowId } from '../src/domain/ids.js';
import type { KeptResult } from '../src/domain/lane.js';
import { laneNews, WORKFLOW_TYPES } from '../workflows/messages.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface DeliverResultsActivities {
  /**
   * Signals every ticket its result, signed, so that it need not ask the lane. Where the run of a ticket is over, the past pushes
   * and the history of the push hold the result; for one that was reverted a run is started, because the ticket is said to be live.
   */
  deliverResults: (input: {
    readonly laneKey: string;
    readonly results: readonly KeptResult[];
  }) => Promise<void>;
}

export function createDeliverResultsActivities({
  settings,
  temporal,
}: Pick<ActivityDeps, 'settings' | 'temporal'>): DeliverResultsActivities {
  async function deliver(laneKey: string, kept: KeptResult): Promise<void> {
    const { n, ticketId, target, result } = kept;
    const [actorKey] = settings.actorKeys;
    // Without a key the ticket asks the lane.
    const signature = actorKey === undefined ? {} : { signature: signResult(laneKey, kept, actorKey) };
    const news = { laneKey, target, kind: 'ended', n, result, ...signature } as const;
    const workflowId = ticketWorkflowId(ticketId);
    if (result.kind !== 'reverted') {
      await temporal.workflow.getHandle(workflowId).signal(laneNews, news);
      return;
    }
    await temporal.workflow.signalWithStart(WORKFLOW_TYPES.ticket, {
      workflowId,
      taskQueue: TASK_QUEUES.main,
      args: [{ version: 1, ticketId }],
      signal: laneNews,
      signalArgs: [news],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: cleanSummary(`Ticket ${ticketId}: reverted after its end`),
    });
  }

  return {
    deliverResults: async ({ laneKey, results }) => {
      await withHeartbeat(async () => {
        const failures: unknown[] = [];
        await fewAtOnce(results, async (kept) => {
          try {
            await deliver(laneKey, kept);
          } catch (error) {
            if (!takesNoSignal(error)) failures.push(error);
          }
        });
        // Those that have theirs ignore the repetition.
        if (failures.length > 0) throw failures[0];
      });
    },
  };
}

/** Its run is over, or has had the 10,000 signals that the server allows: one such ticket does not keep the results of the others. */
function takesNoSignal(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || grpcStatusOf(error) === GRPC.invalidArgument;
}
