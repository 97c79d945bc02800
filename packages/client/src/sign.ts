import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import { requestText } from '../../../src/domain/command-memory.js';
import { canonicalCommand, type Command, type SignedCommand } from '../../../src/domain/commands.js';
import type { TicketEvent } from '../../../src/domain/event.js';
import { canonicalResult } from '../../../src/domain/kept-results.js';
import type { KeptResult } from '../../../src/domain/lane.js';
import {
  canonicalLaneMessage,
  type Signed,
  type SignedLaneMessage,
} from '../../../src/domain/lane-ending.js';
import { canonicalNewTicket, type SignedNewTicket } from '../../../src/domain/new-ticket.js';
import { canonicalReport } from '../../../src/domain/report.js';
import { canonicalQuestion, type ScriptQuestion } from '../../../src/domain/script-question.js';

// Signatures are HMAC-SHA256, lower-case hex, with the key that gateways and workers share (`SCO_ACTOR_KEY`).

/** Vouches for the actor of a command. */
export function signCommand<C extends Command>(
  unsigned: Omit<SignedCommand<C>, 'signature'>,
  actorKey: string,
): SignedCommand<C> {
  return { ...unsigned, signature: signatureOf(canonicalCommand(unsigned), actorKey) };
}

/** Differs for different requests: see `requestText`. */
export function fingerprintOf(request: Omit<SignedCommand, 'signature'>): string {
  return createHash('sha256').update(requestText(request)).digest('hex').slice(0, 32);
}

/** Signs a report: a mediator was authenticated, or the sweep found the ticket. */
export function signReport(event: TicketEvent, actorKey: string): TicketEvent {
  return { ...event, signature: signatureOf(canonicalReport(event), actorKey) };
}

/** Signs a question of an authenticated mediator. */
export function signQuestion(question: Omit<ScriptQuestion, 'signature'>, actorKey: string): ScriptQuestion {
  return { ...question, signature: signatureOf(canonicalQuestion(question), actorKey) };
}

/** Signs the ticket that an authenticated ITSM opens. */
export function signNewTicket(ticket: Omit<SignedNewTicket, 'signature'>, actorKey: string): SignedNewTicket {
  return { ...ticket, signature: signatureOf(canonicalNewTicket(ticket), actorKey) };
}

/** Signs what one of our activities reports to a lane. */
export function signLaneMessage<T extends object>(
  laneKey: string,
  message: SignedLaneMessage,
  input: T,
  actorKey: string,
): Signed<T> {
  return { ...input, signature: signatureOf(canonicalLaneMessage(laneKey, message, input), actorKey) };
}

/** Signs what a push of this lane did for one place. */
export function signResult(laneKey: string, kept: KeptResult, actorKey: string): string {
  return signatureOf(canonicalResult(laneKey, kept), actorKey);
}

/** True when one of the keys made this signature; compared in constant time. */
export function signatureMatches(signature: string, text: string, keys: readonly string[]): boolean {
  const given = Buffer.from(signature, 'hex');
  return keys.some((key) => {
    const expected = createHmac('sha256', key).update(text, 'utf8').digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** What a report's signature covers in place of the XML itself. */
export function digestOfXml(ticketInfoXml: string): string {
  return createHash('sha256').update(ticketInfoXml, 'utf8').digest('hex');
}

function signatureOf(text: string, actorKey: string): string {
  return createHmac('sha256', actorKey).update(text, 'utf8').digest('hex');
}
