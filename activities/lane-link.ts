import { WorkflowNotFoundError } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';

import { signLaneMessage } from '../packages/client/src/sign.js';
import { pageLink } from '../src/domain/page-link.js';
import { cleanSummary } from '../src/domain/clean-text.js';
import { FIRST_IN_QUEUE, laneWorkflowId, TASK_QUEUES } from '../src/domain/ids.js';
import type { BeginAutomatic, BeginAutomaticResult, EndAutomatic } from '../src/domain/automatic-fence.js';
import type { BeginSend, BeginSendResult, CallNotMade, SavedInPush, SendFacts } from '../src/domain/fence.js';
import type { KnownResult } from '../src/domain/kept-results.js';
import type { Conflict, ConflictQuestion } from '../src/domain/conflicts.js';
import type { PushEnd } from '../src/domain/push-end.js';
import type { PushRunOf } from '../src/domain/running-push.js';
import type { Enrolment, ManagerPolicy, PlaceInPush } from '../src/domain/lane.js';
import type { Leave, Leaving, Replanned } from '../src/domain/lane-places.js';
import type { Signed, SignedLaneMessage } from '../src/domain/lane-ending.js';
import { CallFailure } from '../src/domain/failure.js';
import { check } from '../src/domain/shape.js';
import type { WindowQuestion } from '../src/domain/window.js';
import { MESSAGES } from '../workflows/message-shapes.js';
import {
  laneBeginAutomatic,
  laneBeginSend,
  laneCallNotMade,
  laneConflicts,
  laneEndAutomatic,
  laneEnrol,
  laneLeave,
  laneKnownResults,
  laneQuestionsToPlan,
  lanePushEnded,
  laneReplan,
  laneSavedInPush,
  laneSendFacts,
  WORKFLOW_TYPES,
} from '../workflows/messages.js';

import type { ActivityDeps } from './contract.js';

/** How long a lane may take to answer: its worker may be replaying it. */
const ANSWER_WITHIN_MS = 20_000;

/** The messages of activities to one lane. A lane that does not run is started when its state is needed. */
export interface LaneLink {
  /** Starts the lane when it does not run. */
  start(): Promise<void>;
  enrol(manager: ManagerPolicy, enrolments: readonly Enrolment[]): Promise<void>;
  /** Starts the lane when it does not run: it recovers its places before it answers. */
  leave(input: Leave): Promise<Leaving>;
  sendFacts(push: PushRunOf): Promise<SendFacts>;
  /** Starts the lane when it does not run, and answers `changed`: the gates are judged again. */
  beginSend(input: BeginSend): Promise<BeginSendResult>;
  /** Reports that the recorded call is proven not made. */
  callNotMade(input: CallNotMade): Promise<void>;
  savedInPush(input: SavedInPush): Promise<void>;
  /** Starts the lane when it does not run. */
  beginAutomatic(input: BeginAutomatic): Promise<BeginAutomaticResult>;
  /** Returns when the lane has recorded how it ended. */
  endAutomatic(input: EndAutomatic): Promise<void>;
  /** Returns when the lane has the results. */
  pushEnded(end: PushEnd): Promise<void>;
  /** For each place, in the same order; null when the lane does not run. */
  knownResults(places: readonly PlaceInPush[]): Promise<readonly KnownResult[] | null>;
  /** Does not start the lane. */
  replan(replanned: Replanned): Promise<void>;
  /** Whose windows the lane has from another basis. */
  questionsToPlan(basis: string): Promise<readonly WindowQuestion[]>;
  /** None when the lane does not run. */
  conflicts(question: ConflictQuestion): Promise<readonly Conflict[]>;
}

/**
 * The part of a message that the lane keeps: what is signed must be what it checks. One with a wrong form is not sent: the
 * lane would ignore it, and the sender would wait for an answer without end.
 */
function keptPart<T extends object>(laneKey: string, message: SignedLaneMessage, input: T): T {
  const checked = check<unknown>(MESSAGES[message].shape, [input], message);
  if (checked.ok) return (checked.value as readonly [T])[0];
  throw new CallFailure({
    kind: 'bug',
    system: 'temporal',
    operation: `message to lane ${laneKey}`,
    code: 'lane.malformed_message',
    message: checked.why.slice(0, 500),
  });
}

export function openLane(
  { temporal, clock, settings }: Pick<ActivityDeps, 'temporal' | 'clock' | 'settings'>,
  key: string,
  name: string,
): LaneLink {
  const lane = temporal.workflow.getHandle(laneWorkflowId(key));
  const inTime = async <T>(call: () => Promise<T>): Promise<T> =>
    await temporal.withDeadline(clock.now() + ANSWER_WITHIN_MS, call);
  const startWith = async <A>(signal: SignalDefinition<[A]>, input: A): Promise<void> => {
    await inTime(async () => {
      await temporal.workflow.signalWithStart(WORKFLOW_TYPES.lane, {
        workflowId: laneWorkflowId(key),
        taskQueue: TASK_QUEUES.main,
        args: [{ version: 1, key, name }],
        signal,
        signalArgs: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        priority: FIRST_IN_QUEUE,
        staticSummary: cleanSummary(`Lane of ${name}`),
        ...pageLink(settings.pageUrl, laneWorkflowId(key)),
      });
    });
  };
  const [actorKey] = settings.actorKeys;
  const vouched = <T extends object>(message: SignedLaneMessage, input: T): Signed<T> => {
    const kept = keptPart(key, message, input);
    return actorKey === undefined ? kept : signLaneMessage(key, message, kept, actorKey);
  };
  const start = async (): Promise<void> => {
    await startWith(laneReplan, vouched('laneReplan', { basis: null, plans: [] }));
  };
  /** A lane that was lost recovers from its earlier runs before it answers: it must not miss the message. */
  const startedIfLost = async <T>(call: () => Promise<T>): Promise<T> => {
    const answer = await unlessLost(async () => ({ value: await inTime(call) }));
    if (answer !== null) return answer.value;
    await start();
    return await inTime(call);
  };
  return {
    start,
    replan: async (replanned) => {
      await inTime(async () => {
        await lane.signal(laneReplan, vouched('laneReplan', replanned));
      });
    },
    conflicts: async (question) =>
      (await unlessLost(async () => await inTime(async () => await lane.query(laneConflicts, question)))) ??
      [],
    questionsToPlan: async (basis) => await inTime(async () => await lane.query(laneQuestionsToPlan, basis)),
    enrol: async (manager, enrolments) => {
      await startWith(laneEnrol, vouched('laneEnrol', { manager, enrolments }));
    },
    leave: async (input) =>
      await startedIfLost(
        async () => await lane.executeUpdate(laneLeave, { args: [vouched('laneLeave', input)] }),
      ),
    sendFacts: async (push) => await inTime(async () => await lane.query(laneSendFacts, push)),
    beginSend: async (input) => {
      const args: [Signed<BeginSend>] = [vouched('laneBeginSend', input)];
      const answer = await unlessLost(
        async () =>
          await inTime(async () => await lane.executeUpdate(laneBeginSend, { args, updateId: input.nonce })),
      );
      if (answer !== null) return answer;
      // While it recovers, the readings of the gates become too old.
      await start();
      return { kind: 'changed', version: input.version };
    },
    callNotMade: async (input) => {
      const args: [Signed<CallNotMade>] = [vouched('laneCallNotMade', input)];
      await startedIfLost(async () => await lane.executeUpdate(laneCallNotMade, { args }));
    },
    savedInPush: async (input) => {
      const args: [Signed<SavedInPush>] = [vouched('laneSavedInPush', input)];
      await startedIfLost(async () => await lane.executeUpdate(laneSavedInPush, { args }));
    },
    beginAutomatic: async (input) =>
      await startedIfLost(
        async () =>
          await lane.executeUpdate(laneBeginAutomatic, { args: [vouched('laneBeginAutomatic', input)] }),
      ),
    endAutomatic: async (input) => {
      await startedIfLost(
        async () =>
          await lane.executeUpdate(laneEndAutomatic, { args: [vouched('laneEndAutomatic', input)] }),
      );
    },
    pushEnded: async (end) => {
      await startedIfLost(
        async () => await lane.executeUpdate(lanePushEnded, { args: [vouched('lanePushEnded', end)] }),
      );
    },
    knownResults: async (places) =>
      await unlessLost(async () => await inTime(async () => await lane.query(laneKnownResults, places))),
  };
}

/** null when the lane does not run. */
async function unlessLost<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
