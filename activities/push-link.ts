import { activityInfo } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';

import { signatureMatches } from '../packages/client/src/sign.js';
import { quote } from '../packages/client/src/visibility-query.js';
import { CallFailure } from '../src/domain/failure.js';
import {
  FIRST_IN_QUEUE,
  laneWorkflowId,
  pushWorkflowId,
  TASK_QUEUES,
  UPDATE_SLOT_WORKFLOW_ID,
} from '../src/domain/ids.js';
import type { PushEnd } from '../src/domain/push-end.js';
import type { PushRunOf } from '../src/domain/running-push.js';
import type { SavedInPush } from '../src/domain/fence.js';
import { canonicalResult, type KnownResult } from '../src/domain/kept-results.js';
import type { LaneState, PlaceInPush } from '../src/domain/lane.js';
import { recoveredFrom } from '../src/domain/lane-recovery.js';
import type { MemberResult, PushResults } from '../src/domain/push.js';
import {
  laneState,
  updateSlotReleased,
  updateSlotRequested,
  WORKFLOW_TYPES,
  type SlotRequest,
  type UpdatePlace,
} from '../workflows/messages.js';
import type { ActivityDeps } from './contract.js';
import { inBatches } from './in-batches.js';
import { openLane } from './lane-link.js';
import { findRequestTask, isWorkedOn } from './task-access.js';
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
  /** The result in the lane's signal, and its signature; '' without one. */
  readonly said: MemberResult;
  readonly signature: string;
}

/** The most places that one message to a lane names. */
const PLACES_AT_ONCE = 200;

type OwnSlotRequest = Omit<SlotRequest, 'runId'>;

export type ReadResult =
  | MemberResult
  /** There is no such result: the place waits, or rides push `n`. */
  | { readonly kind: 'waits'; readonly n: number | null }
  /** There is no such result, and no place. */
  | { readonly kind: 'none' };

export type RecoveredLane =
  | { readonly kind: 'found'; readonly state: LaneState }
  | { readonly kind: 'never' }
  /** The history of an earlier run is gone: it is unknown what is saved on the manager. */
  | { readonly kind: 'unreadable' };

export interface PushLinkActivities {
  /** Whether a push runs, has ended, or is gone. */
  checkPush: (input: PushRunOf & { laneKey: string }) => Promise<PushStatus>;
  /**
   * The result in a lane's signal, if a worker signed it for this place, whatever its age; else that which lane or push have
   * recorded for the ticket.
   */
  readPush: (input: ReadPushInput) => Promise<{ readonly signed: boolean; readonly result: ReadResult }>;
  /** Returns when the lane has the results. */
  reportPushEnd: (input: { laneKey: string; laneName: string; end: Omit<PushEnd, 'runId'> }) => Promise<void>;
  /** A member's Update inside a push has ended. */
  recordSave: (input: Omit<SavedInPush, 'runId'> & { laneKey: string; laneName: string }) => Promise<void>;
  requestUpdateSlot: (request: OwnSlotRequest) => Promise<void>;
  releaseUpdateSlot: (request: OwnSlotRequest) => Promise<void>;
  /**
   * Whether the holder of the update slot still needs it: it is the push that its lane started and runs, or it is gone and
   * SecureChange still works on the task of its Update.
   */
  checkSlotHolder: (input: PushRunOf & { laneKey: string; at?: UpdatePlace }) => Promise<boolean>;
  /** The state of the earlier runs of a lane. */
  recoverLane: (input: { laneKey: string }) => Promise<RecoveredLane>;
}

/** Signs a report for the push only: no other workflow can report its end. */
function mustBePush(laneKey: string, n: number): { workflowId: string; runId: string } {
  const { workflowId: caller, runId } = activityInfo().workflowExecution ?? { workflowId: '-', runId: '' };
  if (caller === pushWorkflowId(laneKey, n)) return { workflowId: caller, runId };
  throw new CallFailure({
    kind: 'bug',
    system: 'temporal',
    operation: 'report to the lane',
    code: 'lane.not_the_push',
    message: `workflow ${caller} is not push ${n} of lane ${laneKey}`,
  });
}

function notReady(laneKey: string): CallFailure {
  return new CallFailure({
    kind: 'transient',
    system: 'temporal',
    operation: `read lane ${laneKey}`,
    code: 'temporal.timeout',
    message: 'the lane reads its earlier runs',
  });
}

export function createPushLinkActivities(
  deps: Pick<ActivityDeps, 'secureChange' | 'temporal' | 'clock' | 'settings'>,
): PushLinkActivities {
  const { secureChange, temporal, settings } = deps;

  // Tickets that ride the same push ask in the same moment: the lane answers them together.
  const knownResult = inBatches<PlaceInPush, KnownResult | null>(
    async (laneKey, places) =>
      (await openLane(deps, laneKey, laneKey).knownResults(places)) ?? places.map(() => null),
    PLACES_AT_ONCE,
  );

  /** The workflow knows whether something was sent; how long the lane then rests is a setting of the worker. */
  const withRest = <Results extends PushResults>(results: Results): Results => ({
    ...results,
    restMs: results.restMs === 0 ? 0 : settings.restMs,
  });

  /**
   * The lane knows the run that it started. Every caller of Temporal can start a workflow under the id of a push that has
   * ended, so only that run and its resets count.
   */
  async function look(laneKey: string, { n, runId }: PushRunOf): Promise<PushStatus> {
    if (runId === '') return { kind: 'gone' };
    const workflowId = pushWorkflowId(laneKey, n);
    try {
      const started = temporal.workflow.getHandle(workflowId, runId);
      const { status } = await started.describe();
      if (status.name === 'RUNNING') return { kind: 'running' };
      if (status.name === 'COMPLETED')
        return { kind: 'ended', results: withRest((await started.result()) as PushResults) };
      const newest = await temporal.workflow.getHandle(workflowId).describe();
      if (newest.runId === runId || newest.raw.workflowExecutionInfo?.firstRunId !== runId)
        return { kind: 'gone' };
      if (newest.status.name === 'RUNNING') return { kind: 'running' };
      const reset = temporal.workflow.getHandle(workflowId, newest.runId);
      return { kind: 'ended', results: withRest((await reset.result()) as PushResults) };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || error instanceof WorkflowFailedError)
        return { kind: 'gone' };
      throw error;
    }
  }

  /** SecureChange runs one Update at a time: another one begins only when it shows that this one has ended. */
  async function isUpdating(at: UpdatePlace, signal: AbortSignal): Promise<boolean> {
    try {
      const { step, task } = await findRequestTask(secureChange, at, 'look whether its Update runs', signal);
      return isWorkedOn(step, task.id);
    } catch (error) {
      // The ticket has left the step: there is nothing to see.
      if (error instanceof CallFailure && error.facts.kind === 'rejected') return false;
      throw error;
    }
  }

  /** The run that reports, as the lane knows it: the first one, which a reset continues as another run. */
  async function reporting(laneKey: string, n: number): Promise<string> {
    const { workflowId, runId } = mustBePush(laneKey, n);
    const { raw } = await temporal.workflow.getHandle(workflowId, runId).describe();
    const first = raw.workflowExecutionInfo?.firstRunId ?? '';
    return first === '' ? runId : first;
  }

  async function readRecorded(laneKey: string, place: PlaceInPush): Promise<ReadResult> {
    const known = await knownResult(laneKey, place);
    if (known === null) return { kind: 'none' };
    if (!known.recovered) throw notReady(laneKey);
    if (known.result !== null) return known.result;
    if (known.runId !== null) {
      const seen = await look(laneKey, { n: place.n, runId: known.runId });
      const members = seen.kind === 'ended' ? seen.results.members : [];
      const own = members.find((each) => each.ticketId === place.ticketId && each.target === place.target);
      if (own !== undefined) return own.result;
    }
    return known.place === null ? { kind: 'none' } : { kind: 'waits', ...known.place };
  }

  return {
    checkPush: async ({ laneKey, n, runId }) =>
      await withHeartbeat(async () => await look(laneKey, { n, runId })),

    readPush: async ({ laneKey, n, ticketId, target, said, signature }) => {
      const place = { n, ticketId, target };
      const text = canonicalResult(laneKey, { ...place, result: said });
      if (signatureMatches(signature, text, settings.actorKeys)) return { signed: true, result: said };
      const result = await withHeartbeat(async () => await readRecorded(laneKey, place));
      return { signed: false, result };
    },

    reportPushEnd: async ({ laneKey, laneName, end }) => {
      await withHeartbeat(async () => {
        const runId = await reporting(laneKey, end.n);
        await openLane(deps, laneKey, laneName).pushEnded({ ...withRest(end), runId });
      });
    },

    recordSave: async ({ laneKey, laneName, ...save }) => {
      await withHeartbeat(async () => {
        const runId = await reporting(laneKey, save.n);
        await openLane(deps, laneKey, laneName).savedInPush({ ...save, runId });
      });
    },

    checkSlotHolder: async ({ laneKey, n, runId, at }) =>
      await withHeartbeat(async ({ signal }) => {
        const known = await knownResult(laneKey, { n, ticketId: '-', target: '-' });
        // The run that found out how the calls of a lost one ended has the same number.
        const isOther = known?.recovered === true && known.runId !== runId;
        if (!isOther && (await look(laneKey, { n, runId })).kind === 'running') return true;
        return at !== undefined && known?.runId != null && (await isUpdating(at, signal));
      }),

    requestUpdateSlot: async (request) =>
      await withHeartbeat(async () => {
        const runId = await reporting(request.laneKey, request.n);
        await temporal.workflow.signalWithStart(WORKFLOW_TYPES.updateSlot, {
          workflowId: UPDATE_SLOT_WORKFLOW_ID,
          taskQueue: TASK_QUEUES.main,
          args: [{ version: 1 }],
          signal: updateSlotRequested,
          signalArgs: [{ ...request, runId }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          priority: FIRST_IN_QUEUE,
          staticSummary: 'Update slot',
        });
      }),

    releaseUpdateSlot: async (request) =>
      await withHeartbeat(async () => {
        try {
          const runId = await reporting(request.laneKey, request.n);
          const slot = temporal.workflow.getHandle(UPDATE_SLOT_WORKFLOW_ID);
          await slot.signal(updateSlotReleased, { ...request, runId });
        } catch (error) {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        }
      }),

    recoverLane: async ({ laneKey }) =>
      await withHeartbeat(async () => {
        // Every caller of Temporal can start a workflow under this id: one of another type or task queue is none of its runs.
        const query = [
          `WorkflowId = ${quote(laneWorkflowId(laneKey))}`,
          `WorkflowType = '${WORKFLOW_TYPES.lane}'`,
          `TaskQueue = '${TASK_QUEUES.main}'`,
          `ExecutionStatus != 'Running'`,
        ].join(' AND ');
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
