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
import { patiently } from './patience.js';

export type SeenPush =
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly results: PushResults }
  /** Terminated, failed, or never there: only the lane's record of its calls is left. */
  | { readonly kind: 'gone' };

export interface ReadPushInput {
  readonly laneKey: string;
  readonly n: number;
  readonly ticketId: string;
  readonly target: string;
  readonly targetName: string;
  /** What the lane's signal said of it: for the summary. */
  readonly said: MemberResult;
}

export type RecoveredLane =
  | { readonly kind: 'found'; readonly state: LaneState }
  | { readonly kind: 'never' }
  /** An earlier run has no history any more: what is saved on the manager is unknown. */
  | { readonly kind: 'unreadable' };

export interface PushLinkActivities {
  /** What became of a push. */
  lookAtPush: (input: { laneKey: string; n: number }) => Promise<SeenPush>;
  /** A ticket's own part of a push, from the push's record; then the lane forgets that it owes it. */
  readPush: (input: ReadPushInput) => Promise<MemberResult>;
  /** Returns when the lane has the results. */
  reportPushEnd: (input: { laneKey: string; laneName: string; end: PushEnd }) => Promise<void>;
  /** A member's Update inside a push has ended. */
  recordSave: (input: SavedInPush & { laneKey: string; laneName: string }) => Promise<void>;
  requestUpdateSlot: (request: SlotRequest) => Promise<void>;
  releaseUpdateSlot: (request: SlotRequest) => Promise<void>;
  /** What the earlier runs of a lane knew. */
  recoverLane: (input: { laneKey: string }) => Promise<RecoveredLane>;
}

/** What is signed for a push is signed for nobody else: a ticket's or a stranger's workflow cannot report its end. */
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

  /** Workflows know whether the manager was touched; how long it is then left alone is a setting of the worker. */
  const settled = <Results extends PushResults>(results: Results): Results => ({
    ...results,
    settleMs: results.settleMs === 0 ? 0 : settings.settleMs,
  });

  async function look(laneKey: string, n: number): Promise<SeenPush> {
    const handle = temporal.workflow.getHandle(pushWorkflowId(laneKey, n));
    try {
      const { status } = await handle.describe();
      if (status.name === 'RUNNING') return { kind: 'running' };
      return { kind: 'ended', results: settled((await handle.result()) as PushResults) };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || error instanceof WorkflowFailedError)
        return { kind: 'gone' };
      throw error;
    }
  }

  return {
    lookAtPush: async ({ laneKey, n }) => await patiently(async () => await look(laneKey, n)),

    readPush: async ({ laneKey, n, ticketId, target }) =>
      await patiently(async () => {
        const seen = await look(laneKey, n);
        const own =
          seen.kind === 'ended'
            ? seen.results.members.find((member) => member.ticketId === ticketId && member.target === target)
            : undefined;
        const lane = openLane(deps, laneKey, laneKey);
        // What a signal said counts for nothing: the push itself does, or what the lane still owes.
        const result = own?.result ?? (await lane.owes({ n, ticketId, target }));
        await lane.confirm({ n, ticketId, target });
        return (
          result ?? {
            kind: 'notSent',
            cause: 'stale',
            message: `neither push ${n} nor its lane knows a result`,
          }
        );
      }),

    reportPushEnd: async ({ laneKey, laneName, end }) => {
      mustBePush(laneKey, end.n);
      await patiently(async () => await openLane(deps, laneKey, laneName).pushEnded(settled(end)));
    },

    recordSave: async ({ laneKey, laneName, ...input }) => {
      mustBePush(laneKey, input.n);
      await patiently(async () => await openLane(deps, laneKey, laneName).savedInPush(input));
    },

    requestUpdateSlot: async (request) =>
      await patiently(async () => {
        await temporal.workflow.signalWithStart(WORKFLOW_TYPES.updateSlot, {
          workflowId: UPDATE_SLOT_WORKFLOW_ID,
          taskQueue: TASK_QUEUES.main,
          args: [{ version: 1 }],
          signal: updateSlotRequested,
          signalArgs: [request],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: 'Slot for saving Updates',
        });
      }),

    releaseUpdateSlot: async (request) =>
      await patiently(async () => {
        try {
          await temporal.workflow.getHandle(UPDATE_SLOT_WORKFLOW_ID).signal(updateSlotReleased, request);
        } catch (error) {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        }
      }),

    recoverLane: async ({ laneKey }) =>
      await patiently(async () => {
        const query = `WorkflowId = '${laneWorkflowId(laneKey)}' AND ExecutionStatus != 'Running'`;
        let newest: LaneState | null = null;
        for await (const { runId } of temporal.workflow.list({ query, pageSize: 5 })) {
          let state: LaneState;
          try {
            state = await temporal.workflow.getHandle(laneWorkflowId(laneKey), runId).query(laneState);
          } catch (error) {
            // What that run knew is gone, and older ones do not know it. Anything else is tried again.
            if (error instanceof WorkflowNotFoundError) return { kind: 'unreadable' };
            throw error;
          }
          newest = newest === null ? state : recoveredFrom(state, newest);
          // A run that was lost before it had read its past knows only what came in meanwhile.
          if (newest.recovered) return { kind: 'found', state: newest };
        }
        return newest === null ? { kind: 'never' } : { kind: 'found', state: newest };
      }),
  };
}
