/** The form of a command of an operator. */

import {
  ROLES,
  type Actor,
  type Command,
  type ControlCommand,
  type LaneCommand,
  type PushCommand,
  type SignedCommand,
  type TicketCommand,
} from '../../src/domain/commands.js';
import {
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  text,
  truth,
  variants,
  type Members,
  type Shape,
} from '../../src/domain/shape.js';
import { MOST_CARRIED } from '../../src/domain/emergency.js';
import { MOST_OVERRIDE_HOURS, type ConfirmCommand, type OverrideCommand } from '../../src/domain/override.js';
import { id, instant, ticketId } from './parts.js';

const actor = object<Actor>({
  login: text(128, 1),
  roles: list(oneOf(...ROLES), ROLES.length),
  startsAlone: optional(text(128, 1)),
  machine: optional(truth),
});

/** As long as the gateway allows, see `src/gateway/command-schema.ts`. */
export function signed<C extends Command>(command: Shape<C>): Shape<SignedCommand<C>> {
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

export const commandKey = text(128, 1);

const override = {
  devices: list(id, 50),
  hours: integer(1, MOST_OVERRIDE_HOURS),
  carries: optional(list(ticketId, MOST_CARRIED)),
};

const answer = {
  approval: nullable(text(64, 1)),
  approver: text(255, 1),
  question: nullable(text(255, 1)),
  decidedAtMs: nullable(instant),
};

export const ticketCommand = variants<TicketCommand>({
  retry: {},
  skip: {},
  hold: {},
  resume: {},
  abort: {},
  adopt: {},
  decidePartial: { target: id, answer: oneOf('accept', 'repeat') },
  completeManual: { target: id, evidence: text(2_000, 1) },
  override,
  confirm: { override: commandKey },
  backOut: { devices: list(id, 50) },
  recordApproval: { evidence: text(2_000, 1) },
  retryMessage: { message: integer(1, 1_000_000) },
  dropMessage: { message: integer(1, 1_000_000) },
  itsmApprove: { ...answer, automatic: truth },
  itsmReject: answer,
  itsmComment: { text: text(4_000, 1) },
  itsmPlannedDates: { start: text(64, 1), end: text(64, 1) },
  itsmCancel: {},
  itsmChanged: {},
  itsmAdvance: { step: text(255, 1) },
});
export const overrideCommand = object<OverrideCommand>({ kind: oneOf('override'), ...override });
export const confirmCommand = object<ConfirmCommand>({ kind: oneOf('confirm'), override: commandKey });
export const laneCommand = variants<LaneCommand>({
  acceptLedger: { ticketId: nullable(ticketId) },
  acceptForeign: { target: id, seen: text(8, 8), hours: integer(1, 72) },
  retryPush: {},
  closeReview: { override: commandKey },
  pause: {},
  resume: {},
});
export const pushCommand = object<PushCommand>({
  kind: oneOf('decideUnknownPush'),
  answer: oneOf('wasSent', 'wasNotSent'),
});
export const controlCommand = variants<ControlCommand>({ stop: {}, start: {} });
