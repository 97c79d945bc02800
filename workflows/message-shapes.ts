/**
 * The form of every message: one row per signal, update and query of `messages.ts`, checked by `handle.ts` before
 * anything uses it. A message without a row does not compile.
 */
import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';

import type { Code } from '../src/domain/codes.js';
import { isTicketId } from '../src/domain/canonical-id.js';
import {
  ROLES,
  type Actor,
  type Command,
  type ControlCommand,
  type LaneCommand,
  type PushCommand,
  type SignedCommand,
  type TicketCommand,
} from '../src/domain/commands.js';
import {
  LONGEST_SCRIPT_ARGUMENT,
  MOST_SCRIPT_ARGUMENTS,
  type Person,
  type Stage,
  type TicketEvent,
  type TicketInfo,
} from '../src/domain/event.js';
import type { ApprovalRecord } from '../src/domain/approval.js';
import { FAILURE_KINDS, type FailureFacts } from '../src/domain/failure.js';
import type { BeginSend, CallNotMade, SavedInPush } from '../src/domain/fence.js';
import type { PushEnd } from '../src/domain/push-end.js';
import type { PushRunOf } from '../src/domain/running-push.js';
import type { ForeignChange, ForeignCheck, ForeignSeen, Revisions } from '../src/domain/foreign.js';
import { GATE_REASONS } from '../src/domain/gate.js';
import type { Signed } from '../src/domain/lane-ending.js';
import type { LaneNotice } from '../src/domain/lane-order.js';
import type { Leave, Replan } from '../src/domain/lane-places.js';
import {
  LEFT_BECAUSE,
  type Enrolment,
  type EnrolmentWindow,
  type KeptResult,
  type ManagerPolicy,
  type SaveTime,
} from '../src/domain/lane.js';
import { NOT_SENT_CAUSES, type Baseline, type Claim, type MemberResult } from '../src/domain/push.js';
import {
  args,
  check,
  clipped,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  text,
  textThat,
  truth,
  variants,
  type Members,
  type Shape,
  record,
} from '../src/domain/shape.js';
import type { Interval } from '../src/domain/window.js';
import type * as messages from './messages.js';
import type { LaneEnrolment, LaneNews, SlotRequest } from './messages.js';

type Messages = typeof messages;
/** The arguments of a message; never for any other name. */
export type ArgsOf<D> =
  D extends SignalDefinition<infer A>
    ? A
    : D extends UpdateDefinition<unknown, infer A>
      ? A
      : D extends QueryDefinition<unknown, infer A>
        ? A
        : never;
export type MessageName = {
  [K in keyof Messages]: [ArgsOf<Messages[K]>] extends [never] ? never : K;
}[keyof Messages];
export interface MessageRow<A> {
  /** For the Web UI. */
  readonly says: string;
  readonly shape: Shape<A>;
}
export type MessageTable = { readonly [N in MessageName]: MessageRow<ArgsOf<Messages[N]>> };

// — parts —

const id = text(255, 1);
export const ticketId = textThat(isTicketId, 'the canonical id of a ticket');
const instant = integer(0, 8.64e15);
const epoch = integer(0, 1_000_000);
/** Number of a push: the server's time at its start, or a little more. */
const n = integer(1);
/** Number of a place: the server's time when its ticket enrolled, or a little more. */
const placeNumber = integer(1);
const runId = text(255);
/** A whole effect key: five parts, each may be escaped. */
const effectKey = text(4_096, 1);

const interval = object<Interval>({ opensAtMs: instant, closesAtMs: instant });
/** Two months of hourly windows are 1,440. */
const intervals = list(interval, 5_000);

const actor = object<Actor>({ login: text(128, 1), roles: list(oneOf(...ROLES), ROLES.length) });

/** As long as the gateway allows, see `src/gateway/command-schema.ts`. */
function signed<C extends Command>(command: Shape<C>): Shape<SignedCommand<C>> {
  const envelope: Members<SignedCommand> = {
    command,
    reason: text(500, 1),
    key: text(128, 1),
    workflowId: text(1_000, 1),
    actor,
    issuedAtMs: instant,
    signature: nullable(text(128)),
  };
  return object<SignedCommand>(envelope) as Shape<SignedCommand<C>>;
}

const ticketCommand = variants<TicketCommand>({
  retry: {},
  skip: {},
  hold: {},
  resume: {},
  abort: {},
  adopt: {},
  decidePartial: { target: id, answer: oneOf('accept', 'repeat') },
  completeManual: { target: id, evidence: text(2_000, 1) },
  dropMessage: { point: id },
});
const laneCommand = variants<LaneCommand>({
  acceptLedger: { ticketId: nullable(ticketId) },
  acceptForeign: { target: id, seen: text(8, 8), hours: integer(1, 72) },
  retryPush: {},
  pause: {},
  resume: {},
});
const pushCommand = object<PushCommand>({
  kind: oneOf('decideUnknownPush'),
  answer: oneOf('wasSent', 'wasNotSent'),
});
const controlCommand = variants<ControlCommand>({ stop: {}, start: {} });

/** Text of a ticket that is only shown. */
const shownText = clipped(1_000);
const person = object<Person>({ id: shownText, login: shownText, displayName: shownText });
const stage = object<Stage>({
  id: nullable(shownText),
  name: shownText,
  task: nullable(
    object<NonNullable<Stage['task']>>({ id: shownText, name: shownText, handler: nullable(person) }),
  ),
});
const ticketInfo = object<TicketInfo>({
  id: shownText,
  subject: shownText,
  priority: nullable(shownText),
  createDate: nullable(shownText),
  updateDate: nullable(shownText),
  requester: nullable(person),
  stage: nullable(stage),
  openRequestStage: nullable(stage),
  comment: nullable(shownText),
});
const ticketEvent = object<TicketEvent>({
  key: text(128, 1),
  name: text(64, 1),
  ticketId,
  source: oneOf('mediator', 'sweep', 'operator'),
  receivedAtMs: instant,
  info: nullable(ticketInfo),
  script: optional(
    object<NonNullable<TicketEvent['script']>>({
      name: id,
      // As many and as long as the gateway lets pass. Not shortened: that would change the argument.
      args: list(text(LONGEST_SCRIPT_ARGUMENT), MOST_SCRIPT_ARGUMENTS),
      ticketInfoXml: text(196_608),
      ticketInfoSha256: text(64, 64),
    }),
  ),
  scriptRefused: optional(
    object<NonNullable<TicketEvent['scriptRefused']>>({ name: id, reason: text(1_000) }),
  ),
  signature: optional(text(128)),
});

const window = object<EnrolmentWindow>({
  calendar: id,
  ruleVersion: id,
  intervals,
  minimumRemainingMs: integer(),
});
/** By device id; a path has a few. */
const revisions: Shape<Revisions> = record(integer(), 50);
const digest = text(255);
/** Ids from the topmost manager down. */
const path = list(id, 50);
const claim = object<Claim>({
  stepInstance: text(500),
  stepName: text(255),
  requestField: text(255),
  taskAccess: oneOf('accept', 'reassign', 'waitForHandler'),
  adopted: truth,
  instructionDigest: digest,
  requestDigest: digest,
  riskDigest: digest,
  designDigest: digest,
  approval: nullable(
    object<ApprovalRecord>({
      epoch,
      by: list(text(255), 100),
      requestDigest: digest,
      riskDigest: digest,
      designDigest: digest,
    }),
  ),
  commitBaseline: nullable(text(4_096)),
  calendar: id,
});
const saves: Shape<SaveTime> = (value, where) =>
  typeof value === 'string'
    ? oneOf('inWindow', 'early')(value, where)
    : object<{ readonly aheadMs: number }>({ aheadMs: integer() })(value, where);
const enrolment = object<Enrolment>({
  ticketId,
  epoch,
  target: id,
  targetName: text(255),
  path,
  saved: truth,
  hasSaved: truth,
  mayLead: truth,
  window,
  claim,
  kind: oneOf('commit', 'enforcingUpdate'),
  wants: oneOf('live', 'saved'),
  saves,
  revisions: optional(revisions),
  priority: integer(1, 4),
  placeNumber,
});
const answer = oneOf('block', 'warn', 'allow');
const foreignCheck = object<ForeignCheck>({
  policy: object<ForeignCheck['policy']>({ known: answer, notVisible: answer }),
  seen: object<ForeignSeen>({
    changes: list(object<ForeignChange>({ administrator: text(255), location: text(500) }), 200),
    notVisible: nullable(text(1_000)),
    revision: nullable(text(255)),
  }),
  newest: revisions,
});
const manager = object<ManagerPolicy>({
  owner: nullable(text(255)),
  exclusive: truth,
  maxMembers: integer(1, 50),
  commit: oneOf('together', 'each'),
  expectedPushMs: integer(),
  expectedSaveMs: integer(),
});
const baselineOf = object<Baseline>({
  leader: text(600),
  ref: object<Baseline['ref']>({ ticketId: id, stepId: id, taskId: id, fieldId: id }),
  seen: text(60_000),
  revision: nullable(integer()),
  savedUntilMs: nullable(instant),
  policies: optional(record(list(text(600), 1_000), 50)),
  foreign: optional(text(4_000)),
});
/** A push that resolves the call reads it again: it must not fail there. */
const baseline = textThat((given) => {
  try {
    return given.length <= 65_536 && check<unknown>(baselineOf, JSON.parse(given), 'baseline').ok;
  } catch {
    return false;
  }
}, 'a baseline');
/** Signed, so refused rather than shortened. */
const message = text(4_000);
const failure = object<FailureFacts>({
  kind: oneOf(...FAILURE_KINDS),
  system: text(255),
  operation: text(1_000),
  // Another release may have more codes: a result with one of them is accepted.
  code: text(255) as Shape<Code>,
  message,
  status: optional(integer(0, 999)),
  holder: optional(text(255)),
  retryAfterMs: optional(integer()),
  mayPass: optional(truth),
});
const call = oneOf('update', 'commit');
const memberResult = variants<MemberResult>({
  live: {
    joined: truth,
    message,
    leader: text(64),
    otherTickets: list(text(64), 50),
    atMs: instant,
    commitEvidence: text(4_096),
    revisionBefore: nullable(integer()),
    committedUntil: nullable(text(255)),
    foreign: optional(message),
  },
  saved: { message, commitEvidence: text(4_096) },
  failed: { call, message },
  partial: { call, message },
  reverted: { call, message },
  gateClosed: { reason: oneOf(...GATE_REASONS), message },
  refused: { call, failure },
  notSent: { cause: oneOf(...NOT_SENT_CAUSES), message },
});
const signature = optional(text(128));
const pushEnd = object<Signed<PushEnd>>({
  n,
  runId,
  members: list(object<PushEnd['members'][number]>({ ticketId, target: id, result: memberResult }), 1_000),
  sharedFailure: nullable(message),
  restMs: integer(0, 24 * 3_600_000),
  signature,
});
const keptMembers = { n, ticketId, target: id };
const kept = object<Omit<KeptResult, 'result'>>(keptMembers);
const slotRequest = object<SlotRequest>({ laneKey: id, n, runId, round: integer(1), closesAtMs: integer() });

/** Signals of a lane to a ticket, by kind: each names the lane and the target. */
const place = { laneKey: id, target: id };
const news = variants<LaneNews>({
  carried: { ...place, n },
  back: { ...place, n },
  ended: { ...place, n, result: memberResult },
  missed: place,
  notice: {
    ...place,
    notice: nullable(
      object<LaneNotice>({
        kind: oneOf('hindered', 'foreign', 'failed', 'stopped', 'paused', 'locked', 'busy', 'noLeader'),
        message: clipped(2_000),
        tries: integer(),
        seen: optional(text(8)),
      }),
    ),
  },
  asks: { ...place, n, call, message: nullable(clipped(1_000)) },
  replanned: { ...place, next: nullable(interval) },
});

// — messages —

export const MESSAGES: MessageTable = {
  ticketReported: { says: 'A lifecycle event of the ticket: a reason to read it', shape: args(ticketEvent) },
  laneNews: { says: 'News of a lane about a place of the ticket', shape: args(news) },
  ticketView: { says: 'What state the ticket is in', shape: args() },
  operateTicket: {
    says: 'A command of an operator, signed by the gateway',
    shape: args(signed(ticketCommand)),
  },

  laneEnrol: {
    says: 'A ticket enrols targets, with the rules of the manager',
    shape: args(object<Signed<LaneEnrolment>>({ manager, enrolments: list(enrolment, 1_000), signature })),
  },
  laneReplan: {
    says: 'Calendars that were edited, with their new windows',
    shape: args(
      object<Signed<{ readonly plans: readonly Replan[] }>>({
        plans: list(object<Replan>({ calendar: id, ruleVersion: id, intervals }), 1_000),
        signature,
      }),
    ),
  },
  laneConfirm: {
    says: 'A ticket has the result of its push',
    shape: args(object<Signed<Omit<KeptResult, 'result'>>>({ ...keptMembers, signature })),
  },
  laneLeave: {
    says: 'A ticket leaves the lane: out, or it rides a push whose call is begun',
    shape: args(
      object<Signed<Leave>>({
        ticketId,
        target: nullable(id),
        because: oneOf(...LEFT_BECAUSE),
        upTo: placeNumber,
        signature,
      }),
    ),
  },
  laneBeginSend: {
    says: 'The intent to make one call: the lane records or refuses it',
    shape: args(
      object<Signed<BeginSend>>({
        n,
        runId,
        nonce: text(128, 1),
        call,
        effectKey,
        members: list(text(600, 1), 1_000),
        version: integer(),
        baseline,
        signature,
        foreign: optional(nullable(foreignCheck)),
      }),
    ),
  },
  laneCallNotMade: {
    says: 'A recorded call is proven not made',
    shape: args(object<Signed<CallNotMade>>({ n, runId, effectKey, signature })),
  },
  laneSavedInPush: {
    says: 'How the Update of a member ended',
    shape: args(
      object<Signed<SavedInPush>>({
        n,
        runId,
        key: text(600, 1),
        outcome: oneOf('saved', 'notSaved', 'unknown'),
        commitEvidence: text(4_096),
        signature,
      }),
    ),
  },
  lanePushEnded: { says: 'How a push ended, for each of its members', shape: args(pushEnd) },
  laneSendFacts: {
    says: 'What a push reads from its lane before it sends',
    shape: args(object<PushRunOf>({ n, runId })),
  },
  laneKnownResult: { says: 'What the lane knows of the result of a place', shape: args(kept) },
  laneState: { says: 'The whole state of the lane', shape: args() },
  laneView: { says: 'What state the lane is in', shape: args() },
  operateLane: {
    says: 'A command of an operator, signed by the gateway',
    shape: args(signed(laneCommand)),
  },

  pushView: { says: 'What the push does, and for which members', shape: args() },
  operatePush: {
    says: 'The answer of an operator about a call with an unknown outcome',
    shape: args(signed(pushCommand)),
  },

  updateSlotRequested: { says: 'A push requests the update slot', shape: args(slotRequest) },
  updateSlotReleased: { says: 'A push releases the update slot', shape: args(slotRequest) },
  updateSlotGranted: { says: 'The push gets the update slot', shape: args(integer(1)) },

  controlView: { says: 'Whether the stop switch is on', shape: args() },
  operateControl: {
    says: 'A command of an operator, signed by the gateway',
    shape: args(signed(controlCommand)),
  },
};
