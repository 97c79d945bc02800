import { CallFailure } from '../src/domain/failure.js';
import { whoseTicket, type OwnTicket, type ShownTicket } from '../src/domain/own-ticket.js';
import type { SecureChange } from '../src/securechange/secure-change.js';

/** Tickets with one mark are a few; many are made by a person or a program that plays with us. */
const MOST_READ = 200;

/** `unclear`: a ticket may be it, and may as well be of others; the text says which and why. */
export type FoundOwn =
  | { readonly kind: 'found'; readonly ticket: ShownTicket }
  | { readonly kind: 'none' }
  | { readonly kind: 'unclear'; readonly why: string };

/**
 * Looks for a ticket that we opened, among all that its mark finds: each is read, because a row of the search shows too
 * little. A row that cannot be read may be it.
 */
export async function findOwnTicket(
  secureChange: SecureChange,
  own: OwnTicket,
  signal: AbortSignal,
  { onlyInProgress }: { readonly onlyInProgress: boolean } = { onlyInProgress: false },
): Promise<FoundOwn> {
  const { rows, odd } = await secureChange.findTickets(own.mark.trim(), signal);
  const nameless = odd.filter(({ id }) => id === null).map(({ row }) => row);
  const ids = [...rows, ...odd].flatMap(({ id }) => id ?? []);
  const unclear: string[] = nameless.map((row) => `${row} of the search cannot be read`);
  if (ids.length > MOST_READ)
    return { kind: 'unclear', why: `the search for "${own.mark.trim()}" finds ${ids.length} tickets` };
  for (const id of ids.sort((one, other) => Number(one) - Number(other))) {
    const ticket = await readOrWhy(secureChange, id, signal);
    if (typeof ticket === 'string') {
      unclear.push(ticket);
      continue;
    }
    const whose = whoseTicket(ticket, own);
    if (whose === 'of others' || (onlyInProgress && !ticket.inProgress)) continue;
    if (whose === 'ours') return { kind: 'found', ticket };
    unclear.push(whose.unclear);
  }
  return unclear.length === 0 ? { kind: 'none' } : { kind: 'unclear', why: unclear.slice(0, 5).join('; ') };
}

async function readOrWhy(
  secureChange: SecureChange,
  id: string,
  signal: AbortSignal,
): Promise<ShownTicket | string> {
  try {
    return await secureChange.readShown(id, signal);
  } catch (error) {
    if (!(error instanceof CallFailure) || error.facts.kind !== 'bug') throw error;
    return `ticket ${id} cannot be read`;
  }
}
