import { canonicalTicketId } from '../domain/canonical-id.js';
import { ClientError } from './contract.js';

/** The one text of a ticket's id as somebody typed it. Throws `ticketNotFound` for what no ticket can be called. */
export function toTicketId(typed: string): string {
  const id = canonicalTicketId(typed);
  if (id !== null) return id;
  throw new ClientError(
    'ticketNotFound',
    'this is no id of a ticket: type its number as SecureChange shows it',
  );
}
