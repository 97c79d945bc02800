/**
 * The form of every message: one row per signal, update and query of `messages.ts`, checked by `handle.ts` before
 * anything uses it. A message without a row does not compile.
 */
import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';

import type { BeginSend, CallNotMade, SavedInPush } from '../src/domain/fence.js';
import type { PushRunOf } from '../src/domain/running-push.js';
import type { Signed } from '../src/domain/lane-ending.js';
import type { Leave, Replan, Replanned } from '../src/domain/lane-places.js';
import { LEFT_BECAUSE } from '../src/domain/lane.js';
import type { ScriptDelivery } from '../src/domain/script-reply.js';
import {
  args,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  text,
  truth,
  type Shape,
} from '../src/domain/shape.js';
import type { ConflictQuestion } from '../src/domain/conflicts.js';
import type * as messages from './messages.js';
import type { LaneEnrolment } from './messages.js';
import { beginAutomatic, endAutomatic } from './shapes/automatic-push.js';
import { controlCommand, laneCommand, pushCommand, signed, ticketCommand } from './shapes/command.js';
import { enrolment, manager, path, touches } from './shapes/enrolment.js';
import { ticketEvent } from './shapes/event.js';
import {
  effectKey,
  id,
  instant,
  interval,
  intervals,
  n,
  placeNumber,
  runId,
  ticketId,
} from './shapes/parts.js';
import {
  baseline,
  call,
  foreignCheck,
  judgedWindow,
  placesInPush,
  news,
  pushEnd,
  signature,
  slotRequest,
} from './shapes/push.js';

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

export const MESSAGES: MessageTable = {
  continueAsNew: {
    says: 'Goes on in a new run, with the same state, as soon as it is at rest',
    shape: args(),
  },
  ticketReported: { says: 'A lifecycle event of the ticket: a reason to read it', shape: args(ticketEvent) },
  laneNews: { says: 'News of a lane about a place of the ticket', shape: args(news) },
  ticketView: { says: 'What state the ticket is in', shape: args() },
  outboxMessage: { says: 'A message of the outbox with its body, by its number', shape: args(integer(1)) },
  scriptReply: {
    says: 'The result of a custom script, for the mediator that waits for it',
    shape: args(object<ScriptDelivery>({ eventKey: text(128, 1), receivedAtMs: instant, script: id })),
  },
  operateTicket: {
    says: 'A command of an operator, signed by the gateway',
    shape: args(signed(ticketCommand)),
  },

  laneEnrol: {
    says: 'A ticket enrols targets, with the rules of the manager',
    shape: args(object<Signed<LaneEnrolment>>({ manager, enrolments: list(enrolment, 1_000), signature })),
  },
  laneReplan: {
    says: 'Calendars were edited: the new windows of places',
    shape: args(
      object<Signed<Replanned>>({
        basis: nullable(text(64)),
        plans: list(
          object<Replan>({
            workflow: text(1_000, 1),
            target: id,
            planned: nullable(interval),
            override: optional(text(128)),
            zone: id,
            calendar: id,
            ruleVersion: id,
            intervals,
            minimumRemainingMs: integer(),
            finish: optional(truth),
          }),
          1_000,
        ),
        signature,
      }),
    ),
  },
  laneLeave: {
    says: 'A ticket leaves the lane: out, or it rides a push whose call is begun',
    shape: args(
      object<Signed<Leave>>({
        ticketId,
        target: nullable(id),
        because: oneOf(...LEFT_BECAUSE),
        upTo: placeNumber,
        by: optional(text(255)),
        live: optional(object({ atMs: instant, calendar: text(255), opening: nullable(interval) })),
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
        foreign: nullable(foreignCheck),
        windows: optional(list(judgedWindow, 20)),
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
  laneBeginAutomatic: {
    says: 'A step will be completed after which SecureChange pushes by itself: the lane records or refuses it',
    shape: args(beginAutomatic),
  },
  laneEndAutomatic: {
    says: 'How a push that SecureChange made by itself ended',
    shape: args(endAutomatic),
  },
  laneSendFacts: {
    says: 'What a push reads from its lane before it sends',
    shape: args(object<PushRunOf>({ n, runId })),
  },
  laneKnownResults: { says: 'What the lane knows of the results of places', shape: args(placesInPush) },
  laneQuestionsToPlan: { says: 'Whose windows are of another configuration', shape: args(text(64)) },
  laneConflicts: {
    says: 'Which other tickets change the same device or rule',
    shape: args(object<ConflictQuestion>({ ticketId, path, touches, on: oneOf('device', 'rule') })),
  },
  laneState: { says: 'The whole state of the lane', shape: args() },
  laneWindows: { says: 'What went live in which window, and which opening was missed', shape: args() },
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
