import { readFileSync } from 'node:fs';

import { signReport } from '../../packages/client/src/sign.js';
import type { TicketEvent } from '../../src/domain/event.js';
import { eventKey, parseTicketInfo } from '../../src/securechange/event-xml.js';
import { ACTOR_KEY, base64 } from '../support/running-gateway.js';

const EVENT = 'ADVANCE';
const XML = readFileSync(new URL(`../fixtures/script/ticket_info.${EVENT}.xml`, import.meta.url), 'utf8');

/** What a mediator posts for an event of this ticket. */
export function mediatorBody(ticketId: string): string {
  return JSON.stringify({
    ticket_info: base64(xmlOf(ticketId)),
    event: EVENT,
    args: '',
    script: 'ticket-events',
  });
}

/** The same event as the gateway reports it to Temporal. */
export function reportedEvent(ticketId: string): TicketEvent {
  const parsed = parseTicketInfo(xmlOf(ticketId));
  if (parsed.kind !== 'info') throw new Error('the sample is a test event');
  return signReport(
    {
      key: eventKey(EVENT, parsed),
      name: EVENT,
      ticketId,
      source: 'mediator',
      receivedAtMs: Date.now(),
      info: parsed.info,
    },
    ACTOR_KEY,
  );
}

function xmlOf(ticketId: string): string {
  return XML.replace(/<id>\d+<\/id>/, `<id>${ticketId}</id>`);
}
