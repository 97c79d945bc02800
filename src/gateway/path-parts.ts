import type { Request } from 'express';

import { Problem } from './problem.js';

/** The `:id` of the address. Whatever SecureChange can not have named has no workflow either. */
export function ticketIdOf(request: Request): string {
  const id = request.params['id'];
  if (typeof id !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw new Problem('ticket_not_found');
  return id;
}

/** The `:key` of the address: a lane's key or name. */
export function laneKeyOf(request: Request): string {
  const key = request.params['key'];
  if (typeof key !== 'string' || key.length > 255 || /\p{Cc}/u.test(key)) throw new Problem('lane_not_found');
  return key;
}
