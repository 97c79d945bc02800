import type { Request } from 'express';

import { canonicalTicketId } from '../domain/canonical-id.js';
import { Problem } from './problem.js';

/** The `:id` of the address as the ticket's one id. Whatever SecureChange cannot have named has no workflow either. */
export function ticketIdOf(request: Request): string {
  const id = canonicalTicketId(request.params['id']);
  if (id === null) throw new Problem('ticket_not_found');
  return id;
}

/** Lane and number of the push that the address names. */
export function pushOf(request: Request): { readonly laneKey: string; readonly n: number } {
  const n = request.params['n'];
  if (typeof n !== 'string' || !/^[1-9]\d{0,15}$/.test(n)) throw new Problem('push_not_found');
  return { laneKey: laneKeyOf(request), n: Number(n) };
}

/** The `:key` of the address: a lane's key or name. */
export function laneKeyOf(request: Request): string {
  const key = request.params['key'];
  if (typeof key !== 'string' || key.length > 255 || /\p{Cc}/u.test(key)) throw new Problem('lane_not_found');
  return key;
}

/** A percent-encoded part of an address or cookie; null when it is none, or too long or of control characters. */
export function decoded(part: string): string | null {
  try {
    const text = decodeURIComponent(part);
    return text.length > 255 || /\p{Cc}/u.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** Path and query of a request. Against a base, a target like `//[` would name a host instead. */
export function addressOf(target: string): Pick<URL, 'pathname' | 'searchParams'> {
  try {
    return new URL(`http://page${target}`);
  } catch {
    throw new Problem('not_found');
  }
}
