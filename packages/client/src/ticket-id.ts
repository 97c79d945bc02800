import { canonicalTicketId } from '../../../src/domain/canonical-id.js';
import { ClientError } from './contract.js';

/** The canonical form of a typed ticket id. Throws `ticketNotFound` for what cannot be the id of a ticket. */
export function toTicketId(typed: string): string {
  const id = canonicalTicketId(typed);
  if (id !== null) return id;
  throw new ClientError(
    'ticketNotFound',
    'this is no id of a ticket: type its number as SecureChange shows it',
  );
}
