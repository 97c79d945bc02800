import type { RequestHandler } from 'express';

import { Problem } from './problem.js';

/** At most `limit` calls at once, without a queue: a refused call costs no memory. */
export function atMost(limit: number, retryAfterSeconds = 1): RequestHandler {
  let inFlight = 0;
  return (_request, response, next) => {
    if (inFlight >= limit) throw new Problem('overloaded', { retryAfterSeconds });
    inFlight += 1;
    response.once('close', () => {
      inFlight -= 1;
    });
    next();
  };
}
