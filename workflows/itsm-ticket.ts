import { setCurrentDetails } from '@temporalio/workflow';

import { cleanMarkdown, detailsPage } from '../src/domain/clean-text.js';
import { itsmTicketWorkflowId } from '../src/domain/ids.js';
import type { NewAccessRequest, NewTicketResult, SignedNewTicket } from '../src/domain/new-ticket.js';
import { list, object, oneOf, text, variants } from '../src/domain/shape.js';
import { activities } from './activity-proxies.js';
import { handle } from './handle.js';
import { checkStart } from './start.js';
import { temporalEngine } from './temporal-engine.js';

const TEXT = { name: text(255, 1), text: text(20_000) };
const WORDS = list(text(255, 1), 500);

const NEW_TICKET = object<SignedNewTicket>({
  externalId: text(64, 1),
  onBehalfOf: text(255, 1),
  workflow: text(255, 1),
  subject: text(500, 1),
  priority: oneOf('Low', 'Normal', 'High', 'Critical'),
  by: text(128, 1),
  fields: list(
    variants<SignedNewTicket['fields'][number]>({
      textField: TEXT,
      textArea: TEXT,
      accessRequests: {
        name: text(255, 1),
        requests: list(
          object<NewAccessRequest>({
            action: oneOf('accept', 'drop', 'remove'),
            sources: WORDS,
            destinations: WORDS,
            services: WORDS,
            comment: text(2_000),
          }),
          500,
        ),
      },
    }),
    100,
  ),
  signature: text(128, 1),
});

/** Opens one ticket for an ITSM; its history is the record. SecureChange then reports the ticket as every other one. */
export async function itsmTicket(asked: SignedNewTicket): Promise<NewTicketResult> {
  checkStart(asked, NEW_TICKET, ({ externalId }) => itsmTicketWorkflowId(externalId));
  // It has no messages.
  handle({}, () => undefined);
  const result = await open(asked);
  const said = result.kind === 'open' ? `Ticket ${result.ticketId}` : `Refused: ${cleanMarkdown(result.why)}`;
  setCurrentDetails(detailsPage([said]));
  return result;
}

async function open(asked: SignedNewTicket): Promise<NewTicketResult> {
  try {
    return await activities.openTicket(asked);
  } catch (error) {
    const failure = temporalEngine().failureOf(error);
    if (failure === null) throw error;
    return { kind: 'refused', why: failure.message };
  }
}
