import { cleanSummary } from '../src/domain/clean-text.js';
import { TASK_QUEUES, ticketWorkflowId } from '../src/domain/ids.js';
import type { KeptResult } from '../src/domain/lane.js';
import type { MemberResult } from '../src/domain/push.js';
import { laneNews, WORKFLOW_TYPES } from '../workflows/messages.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

export type RevertedResult = Omit<KeptResult, 'result'> & {
  readonly laneKey: string;
  readonly signature?: string;
  readonly result: Extract<MemberResult, { kind: 'reverted' }>;
};

export interface ReportRevertedActivities {
  /**
   * Starts a run of a ticket that has ended, because firewalls took its change back: it makes that known.
   */
  reportReverted: (input: RevertedResult) => Promise<void>;
}

export function createReportRevertedActivities({
  temporal,
}: Pick<ActivityDeps, 'temporal'>): ReportRevertedActivities {
  return {
    reportReverted: async ({ laneKey, ticketId, target, n, result, signature }) => {
      await withHeartbeat(async () => {
        await temporal.workflow.signalWithStart(WORKFLOW_TYPES.ticket, {
          workflowId: ticketWorkflowId(ticketId),
          taskQueue: TASK_QUEUES.main,
          args: [{ version: 1, ticketId }],
          signal: laneNews,
          signalArgs: [
            { laneKey, target, kind: 'ended', n, result, ...(signature !== undefined && { signature }) },
          ],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: cleanSummary(`Ticket ${ticketId}: reverted after its end`),
        });
      });
    },
  };
}
