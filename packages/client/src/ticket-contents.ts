import { createHash } from 'node:crypto';

import { canonicalJson } from '../../../src/domain/canonical-json.js';
import { partsOf, type NewTicket, type TicketContents } from '../../../src/domain/new-ticket.js';

/** Digests of what an ITSM asked for, by the name of each part: they say what differs without repeating it. */
export function contentsOf(ticket: NewTicket): TicketContents {
  const digests = Object.entries(partsOf(ticket)).map(([name, part]) => {
    const digest = createHash('sha256').update(canonicalJson(part)).digest('hex').slice(0, 16);
    return [name, digest] as const;
  });
  return Object.fromEntries(digests);
}
