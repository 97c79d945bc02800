import { setCurrentDetails } from '@temporalio/workflow';

import { cleanMarkdown, detailsPage } from '../src/domain/clean-text.js';
import type { NewTicketResult, SignedNewTicket } from '../src/domain/new-ticket.js';
import { activities } from './activity-proxies.js';
import { handle } from './handle.js';
import { temporalEngine } from './temporal-engine.js';

/** Opens one ticket for an ITSM; its history is the record. SecureChange then reports the ticket as every other one. */
export async function itsmTicket(asked: SignedNewTicket): Promise<NewTicketResult> {
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
