import { z } from 'zod';

import { canonicalTicketId } from '../domain/canonical-id.js';
import { MOST_CARRIED } from '../domain/emergency.js';
import { MOST_OVERRIDE_HOURS } from '../domain/override.js';
import type { ControlCommand, LaneCommand, OperatorTicketCommand, PushCommand } from '../domain/commands.js';

const target = z.string().min(1).max(255);

const ticketId = z.string().transform((typed, context) => {
  const id = canonicalTicketId(typed);
  if (id !== null) return id;
  context.addIssue({ code: 'custom', message: 'must be the number of a ticket' });
  return z.NEVER;
});

/** Idempotency keys end up as Temporal update ids. */
export const commandKey = z.string().regex(/^[A-Za-z0-9._:-]{8,128}$/);

const messageNumber = z.int().min(1).max(1_000_000);

const ticketCommand = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('retry') }),
  z.strictObject({ kind: z.literal('skip') }),
  z.strictObject({ kind: z.literal('hold') }),
  z.strictObject({ kind: z.literal('resume') }),
  z.strictObject({ kind: z.literal('abort') }),
  z.strictObject({ kind: z.literal('adopt') }),
  z.strictObject({ kind: z.literal('decidePartial'), target, answer: z.enum(['accept', 'repeat']) }),
  z.strictObject({
    kind: z.literal('completeManual'),
    target,
    evidence: z.string().trim().min(3).max(2_000),
  }),
  z.strictObject({
    kind: z.literal('override'),
    devices: z.array(target).min(1).max(50).readonly(),
    hours: z.int().min(1).max(MOST_OVERRIDE_HOURS),
    carries: z.array(ticketId).max(MOST_CARRIED).readonly().exactOptional(),
  }),
  z.strictObject({ kind: z.literal('confirm'), override: commandKey }),
  z.strictObject({ kind: z.literal('backOut'), devices: z.array(target).max(50).readonly() }),
  z.strictObject({
    kind: z.literal('recordApproval'),
    evidence: z.string().trim().min(3).max(2_000),
  }),
  z.strictObject({ kind: z.literal('retryMessage'), message: messageNumber }),
  z.strictObject({ kind: z.literal('dropMessage'), message: messageNumber }),
]) satisfies z.ZodType<OperatorTicketCommand>;

const laneCommand = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('acceptLedger'), ticketId: ticketId.nullable() }),
  z.strictObject({
    kind: z.literal('acceptForeign'),
    target,
    seen: z.string().regex(/^[0-9a-f]{8}$/),
    hours: z.int().min(1).max(72),
  }),
  z.strictObject({ kind: z.literal('retryPush') }),
  z.strictObject({ kind: z.literal('closeReview'), override: commandKey }),
  z.strictObject({ kind: z.literal('pause') }),
  z.strictObject({ kind: z.literal('resume') }),
]) satisfies z.ZodType<LaneCommand>;

const pushCommand = z.strictObject({
  kind: z.literal('decideUnknownPush'),
  answer: z.enum(['wasSent', 'wasNotSent']),
}) satisfies z.ZodType<PushCommand>;

const controlCommand = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('stop') }),
  z.strictObject({ kind: z.literal('start') }),
]) satisfies z.ZodType<ControlCommand>;

const envelope = { reason: z.string().trim().min(3).max(500), key: commandKey.optional() };

export const ticketCommandBody = z.strictObject({ command: ticketCommand, ...envelope });
export const laneCommandBody = z.strictObject({ command: laneCommand, ...envelope });
export const pushCommandBody = z.strictObject({ command: pushCommand, ...envelope });
export const controlCommandBody = z.strictObject({ command: controlCommand, ...envelope });

/** Does not compile when the domain has a kind of command that the schema above lacks. */
type Covered<Schema, Domain extends Schema> = Domain;
export type CommandInBody =
  | Covered<z.infer<typeof ticketCommand>, OperatorTicketCommand>
  | Covered<z.infer<typeof laneCommand>, LaneCommand>
  | Covered<z.infer<typeof pushCommand>, PushCommand>
  | Covered<z.infer<typeof controlCommand>, ControlCommand>;
