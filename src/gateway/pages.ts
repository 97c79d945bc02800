import { randomUUID } from 'node:crypto';

import type { VNode } from 'preact';

import { toTimeline } from '../audit/timeline.js';
import type { TimelineRow } from '../audit/timeline.js';
import { dayStart, daysFrom } from '../calendar/zone.js';
import { ClientError, isReadable } from '../../packages/client/src/contract.js';
import type { OrchestratorClient } from '../../packages/client/src/contract.js';
import { canonicalTicketId } from '../domain/canonical-id.js';
import type { CalendarRules } from '../domain/calendar-rules.js';
import { mayCommand } from '../domain/commands.js';
import type { Actor, Command } from '../domain/commands.js';
import { laneWorkflowId, ticketWorkflowId } from '../domain/ids.js';
import { Attention } from '../web/attention.js';
import { Calendar } from '../web/calendar.js';
import { changeCalendar } from '../web/change-calendar.js';
import type { Frame, Visitor } from '../web/document.js';
import type { Reader } from '../web/instant.js';
import { Manager } from '../web/manager.js';
import { Managers } from '../web/managers.js';
import { Ticket } from '../web/ticket.js';
import { Tickets } from '../web/tickets.js';
import { createAttentionFacts, MOST_WAITING } from './attention-facts.js';
import { asked } from './client-problems.js';
import { placeOf, placeText } from './list-place.js';
import { decoded } from './path-parts.js';
import { Problem } from './problem.js';
import { createRecent } from './recent.js';
import { ticketFilterOf } from './read-routes.js';

/** A page before it is made for its reader. */
export interface LoadedPage {
  /** What it shows, as far as a change of it is worth a new look. */
  readonly facts: unknown;
  render(reader: Reader, visitor: Visitor): VNode | Promise<VNode>;
}

export interface PagesDeps {
  readonly client: OrchestratorClient;
  readonly calendars: () => readonly CalendarRules[];
  /** `http://127.0.0.1:8233/namespaces/default`; null: pages have no links to the Temporal Web UI. */
  readonly temporalUiUrl: string | null;
  readonly deadlineMs: number;
  readonly now: () => number;
}

/** The page at an address of ours; null where there is none. Many readers of a page cost Temporal one reading. */
export type Pages = (path: string, query: URLSearchParams, zone: string) => Promise<LoadedPage> | null;

const RECENT_MS = 2_000;
const ROWS = 200;
const DAY_MS = 86_400_000;

export function createPages({ client, calendars, temporalUiUrl, deadlineMs, now }: PagesDeps): Pages {
  const recent = createRecent(now);
  const read = <T>(key: string, call: () => Promise<T>, forMs = RECENT_MS): Promise<T> =>
    recent(key, forMs, () => asked(deadlineMs, call));
  const stop = (): Promise<Exclude<Frame['stop'], null>> =>
    read('control', () => client.control.get()).catch((error: unknown) => {
      // Temporal's absence is said once, for the whole page.
      if (error instanceof Problem && error.code !== 'temporal_away') return 'unreadable';
      throw error;
    });
  const lanes = () => read('lanes', () => client.lanes.list());
  const temporalHref = (workflowId: string): string | null =>
    temporalUiUrl === null ? null : `${temporalUiUrl}/workflows/${encodeURIComponent(workflowId)}`;

  const attentionFacts = createAttentionFacts({ client, read, lanes, now });

  async function attention(query: URLSearchParams): Promise<LoadedPage> {
    const from = wholeNumber(query.get('from') ?? undefined, MOST_WAITING);
    const [stopNow, waiting] = await Promise.all([stop(), attentionFacts(from)]);
    const facts = { stop: stopNow, ...waiting };
    return { facts, render: (reader, visitor) => Attention({ facts, reader, visitor }) };
  }

  async function tickets(query: URLSearchParams): Promise<LoadedPage> {
    const given = Object.fromEntries([...query].filter(([, value]) => value !== ''));
    const { after, ...words } = query.size === 0 ? { open: 'true' } : given;
    const filter = { ...ticketFilterOf(words), limit: ROWS };
    const place = placeOf(after);
    const key = `tickets ${JSON.stringify([words, place])}`;
    const { rows, next } = await read(key, () => client.tickets.page(filter, place));
    const nextHref =
      next === null ? null : `/tickets?${new URLSearchParams({ ...words, after: placeText(next) })}`;
    return {
      facts: rows,
      render: (reader, visitor) => Tickets({ rows, asked: words, nextHref, reader, visitor }),
    };
  }

  async function ticket(id: string): Promise<LoadedPage> {
    const [view, stopNow] = await Promise.all([read(`ticket ${id}`, () => client.tickets.get(id)), stop()]);
    const timeline = async (): Promise<readonly TimelineRow[] | { unreadable: string }> => {
      try {
        return await recent(`history ${id}`, RECENT_MS, async () =>
          toTimeline(await client.tickets.history(id)),
        );
      } catch (error) {
        if (error instanceof ClientError) return { unreadable: error.message };
        throw error;
      }
    };
    return {
      facts: [view, stopNow],
      render: async (reader, visitor) =>
        Ticket({
          facts: {
            view,
            timeline: await timeline(),
            temporalHref: temporalHref(ticketWorkflowId(id)),
            stop: stopNow,
          },
          reader,
          visitor,
        }),
    };
  }

  async function managers(): Promise<LoadedPage> {
    const [lanesNow, stopNow] = await Promise.all([lanes(), stop()]);
    return {
      facts: [lanesNow, stopNow],
      render: (reader, visitor) => Managers({ lanes: lanesNow, stop: stopNow, reader, visitor }),
    };
  }

  async function manager(key: string): Promise<LoadedPage> {
    const [lane, stopNow] = await Promise.all([read(`lane ${key}`, () => client.lanes.get(key)), stop()]);
    return {
      facts: [lane, stopNow],
      render: (reader, visitor) =>
        Manager({
          lane,
          stop: stopNow,
          temporalHref: temporalHref(laneWorkflowId(lane.key)),
          reader,
          visitor,
        }),
    };
  }

  async function calendar(query: URLSearchParams, zone: string): Promise<LoadedPage> {
    const [lanesNow, stopNow] = await Promise.all([lanes(), stop()]);
    const count = query.get('days') === '1' ? 1 : 7;
    const fromMs = dayStart(query.get('from') ?? '', zone) ?? now();
    const shown = changeCalendar({
      rules: calendars(),
      lanes: lanesNow.filter(isReadable),
      fromMs,
      count,
      zone,
    });
    const unreadable = lanesNow.filter((lane) => !isReadable(lane)).length;
    const href = (atMs: number | null, days: number): string => {
      const day = atMs === null ? undefined : daysFrom(atMs, zone, 1)[0]?.date;
      return `/calendar?${new URLSearchParams({ ...(day !== undefined && { from: day }), days: String(days) })}`;
    };
    const firstMs = shown.days[0]?.startMs ?? fromMs;
    const links = {
      // Noon: a day of 23 or 25 hours is still that day.
      before: href(firstMs + DAY_MS / 2 - count * DAY_MS, count),
      today: href(null, count),
      after: href(firstMs + DAY_MS / 2 + count * DAY_MS, count),
      other: href(firstMs + DAY_MS / 2, count === 1 ? 7 : 1),
    };
    return {
      facts: [shown, stopNow],
      render: (reader, visitor) =>
        Calendar({ calendar: shown, unreadable, links, stop: stopNow, reader, visitor }),
    };
  }

  return (path, query, zone) => {
    const [first = '', second, ...rest] = path.split('/').slice(1);
    if (rest.length > 0) return null;
    switch (first) {
      case '':
        return second === undefined ? attention(query) : null;
      case 'calendar':
        return second === undefined ? calendar(query, zone) : null;
      case 'tickets': {
        if (second === undefined) return tickets(query);
        const id = canonicalTicketId(second);
        return id === null ? null : ticket(id);
      }
      case 'managers': {
        if (second === undefined) return managers();
        const key = decoded(second);
        return key === null || key === '' ? null : manager(key);
      }
      default:
        return null;
    }
  };
}

export function visitorOf(actor: Actor): Visitor {
  return {
    login: actor.login,
    may: (kind) => mayCommand(actor, { kind } as Command),
    newKey: () => randomUUID(),
  };
}

function wholeNumber(text: string | undefined, most: number): number {
  if (text === undefined) return 0;
  if (/^\d{1,15}$/.test(text) && Number(text) <= most) return Number(text);
  throw new Problem('bad_request', { note: 'Follow the link of the page instead of writing its address.' });
}
