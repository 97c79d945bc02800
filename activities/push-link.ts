import { activityInfo } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';

import { CallFailure } from '../src/domain/failure.js';
import { laneWorkflowId, pushWorkflowId, TASK_QUEUES, UPDATE_SLOT_WORKFLOW_ID } from '../src/domain/ids.js';
import type { PushEnd, SavedInPush } from '../src/domain/fence.js';
import type { LaneState } from '../src/domain/lane.js';
import { recoveredFrom } from '../src/domain/lane-recovery.js';
import type { MemberResult, PushResults } from '../src/domain/push.js';
import {
  laneState,
  updateSlotReleased,
  updateSlotRequested,
  WORKFLOW_TYPES,
  type SlotRequest,
} from '../workflows/messages.js';
import type { ActivityDeps } from './contract.js';
import { openLane } from './lane-link.js';
import { withHeartbeat } from './with-heartbeat.js';

export type PushStatus =
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly results: PushResults }
  /** Terminated, failed, or never started: only the lane's record of its calls is left. */
  | { readonly kind: 'gone' };

export interface ReadPushInput {
  readonly laneKey: string;
  readonly n: number;
  readonly ticketId: string;
  readonly target: string;
  readonly targetName: string;
  /** The result in the lane's signal, for the summary of the event. */
  readonly said: MemberResult;
}

export type RecoveredLane =
  | { readonly kind: 'found'; readonly state: LaneState }
  | { readonly kind: 'never' }
  /** The history of an earlier run is gone: it is unknown what is saved on the manager. */
  | { readonly kind: 'unreadable' };

export interface PushLinkActivities {
  /** Whether a push runs, has ended, or is gone. */
  checkPush: (input: { laneKey: string; n: number }) => Promise<PushStatus>;
  /** Reads the result of one ticket from the push, then confirms it to the lane. */
  readPush: (input: ReadPushInput) => Promise<MemberResult>;
  /** Returns when the lane has the results. */
  reportPushEnd: (input: { laneKey: string; laneName: string; end: PushEnd }) => Promise<void>;
  /** A member's Update inside a push has ended. */
  recordSave: (input: SavedInPush & { laneKey: string; laneName: string }) => Promise<void>;
  requestUpdateSlot: (request: SlotRequest) => Promise<void>;
  releaseUpdateSlot: (request: SlotRequest) => Promise<void>;
  /** The state of the earlier runs of a lane. */
  recoverLane: (input: { laneKey: string }) => Promise<RecoveredLane>;
}

/** Signs a report for the push only: no other workflow can report its end. */
function mustBePush(laneKey: string, n: number): void {
  const caller = activityInfo().workflowExecution?.workflowId ?? '-';
  if (caller === pushWorkflowId(laneKey, n)) return;
  throw new CallFailure({
    kind: 'bug',
    system: 'temporal',
    operation: 'report to the lane',
    code: 'lane.not_the_push',
    message: `workflow ${caller} is not push ${n} of lane ${laneKey}`,
  });
}

export function createPushLinkActivities(
  deps: Pick<ActivityDeps, 'temporal' | 'clock' | 'settings'>,
): PushLinkActivities {
  const { temporal, settings } = deps;

  /** The workflow knows whether something was sent; how long the lane then rests is a setting of the worker. */
  const withRest = <Results extends PushResults>(results: Results): Results => ({
    ...results,
    restMs: results.restMs === 0 ? 0 : settings.restMs,
  });

  async function look(laneKey: string, n: number): Promise<PushStatus> {
    const handle = temporal.workflow.getHandle(pushWorkflowId(laneKey, n));
    try {
      const { status } = await handle.describe();
      if (status.name === 'RUNNING') return { kind: 'running' };
      return { kind: 'ended', results: withRest((await handle.result()) as PushResults) };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || error instanceof WorkflowFailedError)
        return { kind: 'gone' };
      throw error;
    }
  }

  return {
    checkPush: async ({ laneKey, n }) => await withHeartbeat(async () => await look(laneKey, n)),

    readPush: async ({ laneKey, n, ticketId, target }) =>
      await withHeartbeat(async () => {
        const seen = await look(laneKey, n);
        const own =
          seen.kind === 'ended'
            ? seen.results.members.find((member) => member.ticketId === ticketId && member.target === target)
            : undefined;
        const lane = openLane(deps, laneKey, laneKey);
        // The result in a signal is not trusted: the result of the push counts, or the unconfirmed result of the lane.
        const result = own?.result ?? (await lane.unconfirmedResult({ n, ticketId, target }));
        await lane.confirm({ n, ticketId, target });
        return (
          result ?? {
            kind: 'notSent',
            cause: 'stale',
            message: `neither push ${n} nor its lane has a result for this ticket`,
          }
        );
      }),

    reportPushEnd: async ({ laneKey, laneName, end }) => {
      mustBePush(laneKey, end.n);
      await withHeartbeat(async () => await openLane(deps, laneKey, laneName).pushEnded(withRest(end)));
    },

    recordSave: async ({ laneKey, laneName, ...input }) => {
      mustBePush(laneKey, input.n);
      await withHeartbeat(async () => await openLane(deps, laneKey, laneName).savedInPush(input));
    },

    requestUpdateSlot: async (request) =>
      await withHeartbeat(async () => {
        await temporal.workflow.signalWithStart(WORKFLOW_TYPES.updateSlot, {
          workflowId: UPDATE_SLOT_WORKFLOW_ID,
          taskQueue: TASK_QUEUES.main,
          args: [{ version: 1 }],
          signal: updateSlotRequested,
          signalArgs: [request],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: 'Update slot',
        });
      }),

    releaseUpdateSlot: async (request) =>
      await withHeartbeat(async () => {
        try {
          await temporal.workflow.getHandle(UPDATE_SLOT_WORKFLOW_ID).signal(updateSlotReleased, request);
        } catch (error) {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        }
      }),

    recoverLane: async ({ laneKey }) =>
      await withHeartbeat(async () => {
        const query = `WorkflowId = '${laneWorkflowId(laneKey)}' AND ExecutionStatus != 'Running'`;
        let newest: LaneState | null = null;
        for await (const { runId } of temporal.workflow.list({ query, pageSize: 5 })) {
          let state: LaneState;
          try {
            state = await temporal.workflow.getHandle(laneWorkflowId(laneKey), runId).query(laneState);
          } catch (error) {
            // The state of that run is lost, and no older run has it. Any other failure is retried.
            if (error instanceof WorkflowNotFoundError) return { kind: 'unreadable' };
            throw error;
          }
          newest = newest === null ? state : recoveredFrom(state, newest);
          // A run that was lost before it had recovered has only the messages that arrived meanwhile.
          if (newest.recovered) return { kind: 'found', state: newest };
        }
        return newest === null ? { kind: 'never' } : { kind: 'found', state: newest };
      }),
  };
}
