import { createHash, randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { Router } from 'express';
import { z } from 'zod';

import { ClientError } from '../../packages/client/src/contract.js';
import { ticketWorkflowId } from '../domain/ids.js';
import type { NewTicket, NewTicketResult } from '../domain/new-ticket.js';
import type { Delivery } from '../domain/outbox.js';
import type { TicketView } from '../domain/view.js';
import { actorOf, isSigned, rawBody } from './authenticate.js';
import { signNewTicket } from '../../packages/client/src/sign.js';
import { carryOut, OUTCOME_UNKNOWN, outcomeUnknown } from './carry-out.js';
import type { CommandDeps } from './carry-out.js';
import { asked, problemOf } from './client-problems.js';
import { statusOf } from './command-routes.js';
import { commandKey } from './command-schema.js';
import type { ItsmAnswer, ItsmTicket } from './itsm-answers.js';
import { ITSM_CALLS, newTicketBody } from './itsm-schema.js';
import { parseJson } from './json-body.js';
import { ticketIdOf } from './path-parts.js';
import { nothingHere, onlyMethods, Problem } from './problem.js';
import { orTooLate } from './too-late.js';

/** What an ITSM may ask of a ticket. Every answer says what was done, or how far it came. */
export function itsmRoutes(deps: CommandDeps): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route('/tickets')
    .post(async (request, response) => {
      const asks = read((body) => newTicketBody.parse(body), request);
      const { login } = actorOf(request);
      const key = asks.externalId;
      const result = await openFor(deps, { ...asks, by: login });
      deps.log.info({ login, key, result: result?.kind ?? 'unknown' }, 'ticket for an ITSM');
      if (result === null) {
        send(response, 202, { accepted: true, state: 'unknown', key, message: OUTCOME_UNKNOWN });
      } else if (result.kind === 'refused') {
        const message = `no ticket was opened: ${result.why}`;
        send(response, 409, { accepted: false, state: 'refused', key, code: 'wrongState', message });
      } else if (result.kind === 'differs') {
        const { ticketId, parts } = result;
        const message = `nothing was done: ${key} is ticket ${ticketId} already, and was asked for with other contents; what differs: ${parts.join(', ')}. Another ticket needs an externalId of its own`;
        send(response, 409, { accepted: false, state: 'refused', key, code: 'keyReused', message, ticketId });
      } else {
        const { ticketId, isNew } = result;
        const message = isNew ? `opened ticket ${ticketId}` : `${key} is ticket ${ticketId} already`;
        send(response, isNew ? 201 : 200, { accepted: true, state: 'done', key, message, ticketId });
      }
    })
    .all(onlyMethods('POST'));
  router
    .route('/tickets/:id')
    .get(async (request, response) => {
      const id = ticketIdOf(request);
      const view = await asked(deps.limits.readDeadlineMs, () => deps.client.tickets.get(id));
      response.json(stateOf(view));
    })
    .all(onlyMethods('GET'));
  for (const call of ITSM_CALLS) {
    router
      .route(`/tickets/:id/${call.name}`)
      .post(async (request, response) => {
        const id = ticketIdOf(request);
        const { command, reason, ...about } = read(call.parse, request);
        checkAddress(request, about, { ticket: id, call: call.name });
        const key = keyOf(request, about.key);
        const asks = { command, reason, key };
        const result = await carryOut(deps, actorOf(request), asks, ticketWorkflowId(id));
        response.set('Idempotency-Key', key);
        if (result === 'unknown') {
          send(response, 202, { accepted: true, state: 'unknown', key, message: OUTCOME_UNKNOWN });
          return;
        }
        if (!result.accepted || result.queued === undefined) {
          const { accepted, code, message } = result;
          const state = accepted ? 'done' : 'refused';
          if (code === 'tooMany') response.set('Retry-After', '30');
          send(response, statusOf(result), { accepted, state, key, code, message });
          return;
        }
        answerDelivery(response, key, await deliveryOf(deps, id, result.queued), result.message);
      })
      .all(onlyMethods('POST'));
  }
  router.use(nothingHere);
  return router;
}

function send(response: Response, status: number, answer: ItsmAnswer): void {
  response.status(status).json(answer);
}

/** What an ITSM needs to show with its change, and to answer an approval. */
function stateOf(view: TicketView): ItsmTicket {
  const { ticketId, status, step, phase, epoch, outcome, waiting, window, itsm, approvals } = view;
  return {
    ticketId,
    status,
    outcome,
    step,
    phase,
    epoch,
    waitingFor: waiting?.for ?? null,
    waitingText: waiting?.what ?? null,
    windowOpensAt: window?.next == null ? null : new Date(window.next.opensAtMs).toISOString(),
    change: itsm?.number ?? null,
    needsAttention: view.needsAttention?.reason ?? null,
    approvals: approvals.map(({ name, state, by, why, question }) => ({
      name,
      state,
      by,
      why,
      question: question ?? null,
    })),
  };
}

/** null while the outcome is not known. */
async function openFor(
  { intake, actorKey, limits, clock }: CommandDeps,
  ticket: NewTicket,
): Promise<NewTicketResult | null> {
  const deadlineMs = limits.commandDeadlineMs;
  try {
    return await orTooLate(
      deadlineMs + 500,
      intake.openTicket(signNewTicket({ ...ticket, issuedAtMs: clock.now() }, actorKey), { deadlineMs }),
    );
  } catch (error) {
    if (outcomeUnknown(error)) return null;
    throw problemOf(error);
  }
}

function read<T>(parse: (body: unknown) => T, request: Request): T {
  try {
    return parse(parseJson(rawBody(request)));
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    // Only our own names: what the caller wrote never comes back.
    const members = [...new Set(error.issues.flatMap(({ path }) => path[0] ?? []))].map(String);
    const named = members.filter((name) => /^[a-zA-Z]{1,32}$/.test(name)).join(', ');
    throw new Problem('bad_json', {
      note: `${named === '' ? 'A member is missing or unknown' : `Not as documented: ${named}`}; see docs/openapi.json.`,
    });
  }
}

/** A signature covers the body alone: without these members, a recorded message would count for every other ticket. */
function checkAddress(
  request: Request,
  said: { readonly ticket: string | undefined; readonly call: string | undefined },
  address: { readonly ticket: string; readonly call: string },
): void {
  for (const name of ['ticket', 'call'] as const) {
    if (said[name] === undefined && isSigned(request))
      throw new Problem('bad_request', {
        note: `The body of a signed request names its ticket and its call; ${name} is missing.`,
      });
    if (said[name] !== undefined && said[name] !== address[name])
      throw new Problem('bad_request', { note: `The ${name} of the body is not that of the address.` });
  }
}

/** Of the header, of the body, or of the signed message; a new one when the caller left it to us. */
function keyOf(request: Request, inBody: string | undefined): string {
  // Of what is signed, headers of others are not part: who repeats a message could give it another key.
  const header = isSigned(request) ? undefined : request.get('idempotency-key');
  if (header !== undefined && !commandKey.safeParse(header).success)
    throw new Problem('bad_request', { note: 'Idempotency-Key has 8 to 128 characters of A-Za-z0-9._:-.' });
  if (header !== undefined && inBody !== undefined && header !== inBody)
    throw new Problem('bad_request', { note: 'Idempotency-Key and the key of the body differ.' });
  const message = isSigned(request) ? request.get('webhook-id') : undefined;
  const ofMessage =
    message === undefined ? undefined : createHash('sha256').update(message).digest('hex').slice(0, 32);
  return header ?? inBody ?? ofMessage ?? randomUUID();
}

/** How far the message has come when it is done, or when the deadline is over; null when that is not known. */
async function deliveryOf(
  { client, limits }: CommandDeps,
  ticketId: string,
  number: number,
): Promise<Delivery | null> {
  const find = ({ delivered, outbox }: TicketView): Delivery | undefined =>
    [...delivered, ...outbox].find((one) => one.number === number);
  const isOver = (view: TicketView): boolean => {
    const state = find(view)?.state;
    return state === 'acknowledged' || state === 'dropped' || state === 'held';
  };
  try {
    const view = await client.tickets.waitFor(ticketId, isOver, { deadlineMs: limits.commandDeadlineMs });
    return find(view) ?? null;
  } catch (error) {
    if (error instanceof ClientError) return null;
    throw problemOf(error);
  }
}

function answerDelivery(response: Response, key: string, delivery: Delivery | null, queued: string): void {
  switch (delivery?.state) {
    case 'acknowledged':
      send(response, 200, { accepted: true, state: 'done', key, message: delivery.message ?? queued });
      return;
    case 'dropped':
      send(response, 409, {
        accepted: false,
        state: 'refused',
        key,
        code: 'wrongState',
        message: delivery.message,
      });
      return;
    case 'held':
      send(response, 202, { accepted: true, state: 'held', key, message: delivery.message ?? queued });
      return;
    case 'queued':
    case 'sent':
    case undefined:
      send(response, 202, { accepted: true, state: 'queued', key, message: queued });
  }
}
