/**
 * The form of every message: one row per signal, update and query of `messages.ts`, checked by `handle.ts` before
 * anything uses it. A message without a row does not compile.
 */
import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';

import { isTicketId } from '../src/domain/canonical-id.js';
import {
  ROLES,
  type Actor,
  type Command,
  type ControlCommand,
  type LaneCommand,
  type SignedCommand,
  type TicketCommand,
} from '../src/domain/commands.js';
import type { Person, Stage, TicketEvent, TicketInfo } from '../src/domain/event.js';
import type { PushEnding, SavingEnding } from '../src/domain/lane-ending.js';
import type { Enrolment, EnrolmentWindow, Replan } from '../src/domain/lane.js';
import {
  args,
  clipped,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  text,
  textThat,
  variants,
  type Members,
  type Shape,
} from '../src/domain/shape.js';
import type { Interval } from '../src/domain/window.js';
import type * as messages from './messages.js';
import type { LaneGranted, LaneRefused } from './messages.js';

type Messages = typeof messages;
/** The arguments of a message, or never for what is none. */
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
const kind = oneOf('savingUpdate', 'enforcingUpdate', 'commit');
const epoch = integer(0, 1_000_000);
const token = integer(1);
/** A whole effect key: five parts, each may be escaped. */
const effectKey = text(4_096, 1);

const interval = object<Interval>({ opensAtMs: instant, closesAtMs: instant });
/** Two months of hourly windows are 1,440. */
const intervals = list(interval, 5_000);

const actor = object<Actor>({ login: text(128, 1), roles: list(oneOf(...ROLES), ROLES.length) });

/** As wide as what the gateway lets through, see `src/gateway/command-schema.ts`. */
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
  decideUnknownPush: { target: id, answer: oneOf('wasSent', 'wasNotSent') },
  decidePartial: { target: id, answer: oneOf('accept', 'repeat') },
  completeManual: { target: id, evidence: text(2_000, 1) },
  dropMessage: { point: id },
});
const laneCommand = variants<LaneCommand>({
  acceptLedger: { ticketId: nullable(ticketId) },
  pause: {},
  resume: {},
});
const controlCommand = variants<ControlCommand>({ stop: {}, start: {} });

/** From a ticket, as long as people write it; nothing rests on it. */
const told = clipped(1_000);
const person = object<Person>({ id: told, login: told, displayName: told });
const stage = object<Stage>({
  id: nullable(told),
  name: told,
  task: nullable(object<NonNullable<Stage['task']>>({ id: told, name: told, handler: nullable(person) })),
});
const ticketInfo = object<TicketInfo>({
  id: told,
  subject: told,
  priority: nullable(told),
  createDate: nullable(told),
  updateDate: nullable(told),
  requester: nullable(person),
  stage: nullable(stage),
  openRequestStage: nullable(stage),
  comment: nullable(told),
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
      // Whole: a shortened argument is another one. The gateway's body limit bounds them all together.
      args: list(text(262_144), 1_024),
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
const enrolment = object<Enrolment>({
  ticketId,
  epoch,
  target: id,
  targetName: clipped(255),
  kind,
  window: nullable(window),
  priority: integer(1, 4),
});
const endPush = object<PushEnding>({
  token,
  ticketId,
  result: oneOf('done', 'partial', 'notSent', 'failed'),
  settleMs: integer(0, 24 * 3_600_000),
  signature: optional(text(128)),
});
const endSaving = object<SavingEnding>({
  ticketId,
  epoch,
  target: id,
  targetName: clipped(255),
  effectKey,
  result: oneOf('saved', 'notSaved', 'unknown'),
  signature: optional(text(128)),
});

// — messages —

export const MESSAGES: MessageTable = {
  ticketReported: { says: 'A lifecycle event of the ticket: a reason to look', shape: args(ticketEvent) },
  laneGranted: {
    says: 'A lane gives the ticket its turn',
    shape: args(object<LaneGranted>({ laneKey: id, token, epoch, target: id, kind })),
  },
  laneRefused: {
    says: 'A lane cannot serve the ticket now',
    shape: args(
      object<LaneRefused>({
        laneKey: id,
        target: id,
        kind,
        why: oneOf('windowMissed', 'ledger', 'unblocked', 'replanned'),
        message: clipped(500),
        next: optional(nullable(interval)),
      }),
    ),
  },
  ticketView: { says: 'What state the ticket is in', shape: args() },
  operateTicket: {
    says: 'A command of an operator, signed by the gateway',
    shape: args(signed(ticketCommand)),
  },

  laneEnrol: { says: 'A ticket enrols pushes', shape: args(list(enrolment, 1_000)) },
  laneReplan: {
    says: 'Calendars as they are now',
    shape: args(list(object<Replan>({ calendar: id, ruleVersion: id, intervals }), 1_000)),
  },
  laneWithdraw: {
    says: 'A ticket gives up its places',
    shape: args(object<{ ticketId: string; target: string | null }>({ ticketId, target: nullable(id) })),
  },
  laneEndPush: { says: 'How a push ended', shape: args(endPush) },
  laneEndSaving: { says: 'How a saving Update ended', shape: args(endSaving) },
  laneTicketEnded: {
    says: 'The run of a ticket ended',
    shape: args(object<{ ticketId: string }>({ ticketId })),
  },
  laneBeginPush: {
    says: 'A push is about to be sent',
    shape: args(
      object<{ token: number; effectKey: string; baseline: string }>({
        token,
        effectKey,
        baseline: text(65_536),
      }),
    ),
  },
  laneBeginSaving: {
    says: 'A saving Update is about to be sent',
    shape: args(
      object<{ ticketId: string; target: string; effectKey: string }>({ ticketId, target: id, effectKey }),
    ),
  },
  laneToken: { says: 'What became of a token', shape: args(token) },
  laneView: { says: 'What state the lane is in', shape: args() },
  operateLane: {
    says: 'A command of an operator, signed by the gateway',
    shape: args(signed(laneCommand)),
  },

  controlView: { says: 'Whether the stop switch is on', shape: args() },
  operateControl: {
    says: 'A command of an operator, signed by the gateway',
    shape: args(signed(controlCommand)),
  },
};
