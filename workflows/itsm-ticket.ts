import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';

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
  setCurrentDetails(detailsPage([saidOf(result)]));
  return result;
}

function saidOf(result: NewTicketResult): string {
  switch (result.kind) {
    case 'open':
      return `Ticket ${result.ticketId}`;
    case 'differs':
      return `Refused: ticket ${result.ticketId} was asked for with other contents`;
    case 'refused':
      return `Refused: ${cleanMarkdown(result.why)}`;
  }
}

async function open(asked: SignedNewTicket): Promise<NewTicketResult> {
  try {
    return await activities.openTicket({ asked, startedAtMs: workflowInfo().startTime.getTime() });
  } catch (error) {
    const failure = temporalEngine().failureOf(error);
    if (failure === null) throw error;
    return { kind: 'refused', why: failure.message };
  }
}
