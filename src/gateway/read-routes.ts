import type { Request } from 'express';
import { Router } from 'express';
import { z } from 'zod';

import type { Feed } from '../calendar/feed.js';
import type { ScopeWords } from '../calendar/scope.js';
import type { OrchestratorClient, TicketFilter } from '../../packages/client/src/contract.js';
import { PHASES } from '../domain/phase.js';
import { asked } from './client-problems.js';
import { laneKeyOf, ticketIdOf } from './path-parts.js';
import { placeOf, placeText } from './list-place.js';
import { onlyMethods, Problem } from './problem.js';

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const text = z.string().min(1).max(255);
/** More take longer than a program should wait for one answer. */
const USUAL_ROWS = 200;
const MOST_ROWS = 1_000;
export const ticketFilter = z.strictObject({
  open: flag.optional(),
  needsAttention: flag.optional(),
  step: text.optional(),
  phase: z.enum(PHASES).optional(),
  device: text.optional(),
  itsmId: text.optional(),
  workflow: text.optional(),
  limit: z.coerce.number().int().min(1).max(MOST_ROWS).optional(),
});
/** The same with the place where an earlier answer ended. */
export const ticketListWords = ticketFilter.extend({
  after: z.string().optional().describe('`next` of the answer before, for the tickets behind it.'),
});

/** What a viewer may ask; one call through the client each. */
export function readRoutes(client: OrchestratorClient, feed: Feed, deadlineMs: number): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route('/tickets')
    .get(async (request, response) => {
      const { after, ...words } = request.query;
      const filter = { limit: USUAL_ROWS, ...ticketFilterOf(words) };
      const place = placeOf(afterOf(after));
      const { rows, next } = await asked(deadlineMs, () => client.tickets.page(filter, place));
      response.json({ tickets: rows, next: next === null ? null : placeText(next) });
    })
    .all(onlyMethods('GET'));
  router
    .route('/tickets/:id')
    .get(async (request, response) => {
      const id = ticketIdOf(request);
      response.json(await asked(deadlineMs, () => client.tickets.get(id)));
    })
    .all(onlyMethods('GET'));
  router
    .route('/tickets/:id/history')
    .get(async (request, response) => {
      const id = ticketIdOf(request);
      response.json({ history: await asked(deadlineMs, () => client.tickets.history(id)) });
    })
    .all(onlyMethods('GET'));
  router
    .route('/lanes')
    .get(async (_request, response) => {
      response.json({ lanes: await asked(deadlineMs, () => client.lanes.list()) });
    })
    .all(onlyMethods('GET'));
  router
    .route('/lanes/:key')
    .get(async (request, response) => {
      const key = laneKeyOf(request);
      response.json(await asked(deadlineMs, () => client.lanes.get(key)));
    })
    .all(onlyMethods('GET'));
  for (const scope of ['calendar', 'process'] as const) {
    router
      .route(`/${scope === 'calendar' ? 'calendars' : 'processes'}/:name/calendar.ics`)
      .get((request, response) => {
        const answer = feed({ ...scopeWordsOf(request), [scope]: request.params['name'] });
        if ('wrong' in answer) throw new Problem('not_found');
        response.type('text/calendar').send(answer.file);
      })
      .all(onlyMethods('GET'));
  }
  router
    .route('/control')
    .get(async (_request, response) => {
      response.json(await asked(deadlineMs, () => client.control.get()));
    })
    .all(onlyMethods('GET'));
  return router;
}

export const scopeWords = z.strictObject({
  target: text.optional(),
  manager: text.optional(),
  vendor: text.optional(),
  group: text.optional(),
  domain: text.optional(),
});

function scopeWordsOf(request: Request): ScopeWords {
  const parsed = scopeWords.safeParse({ ...request.query });
  if (parsed.success) return parsed.data;
  const known = Object.keys(scopeWords.shape).join(', ');
  throw new Problem('bad_request', { note: `Only ${known} can be given, each once and not empty.` });
}

function afterOf(word: unknown): string | undefined {
  return word === undefined || typeof word === 'string' ? word : '';
}

/** Throws Problem `bad_request` for a filter that there is not, or a value that it cannot have. */
export function ticketFilterOf(words: Readonly<Record<string, unknown>>): TicketFilter {
  const parsed = ticketFilter.safeParse(words);
  if (!parsed.success) {
    const known = Object.keys(ticketListWords.shape).join(', ');
    throw new Problem('bad_request', {
      note: `A filter is unknown or has a wrong value; there are ${known}. Phases are ${PHASES.join(', ')}.`,
    });
  }
  return Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
}
