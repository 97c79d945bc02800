/** What stands in each cell of the change calendar: pure, from rules and lanes to days. */
import { expand } from '../calendar/expand.js';
import { daysFrom, formatClock } from '../calendar/zone.js';
import type { Day } from '../calendar/zone.js';
import type { CalendarRules } from '../domain/calendar-rules.js';
import type { LaneView } from '../domain/view.js';

export interface CalendarEntry {
  readonly kind: 'open' | 'deny' | 'freeze' | 'tickets' | 'pushed';
  /** Of this day only: an opening that began yesterday starts at 00:00. */
  readonly startMs: number;
  readonly endMs: number;
  /** `22:00–02:00` in the reader's zone, or `all day`. */
  readonly clock: string;
  /** The same in the zone of the calendar; null where it reads the same. */
  readonly ownClock: string | null;
  /** Name of the rule, or what is enrolled. */
  readonly text: string;
  readonly tickets: readonly string[];
  readonly hindered: boolean;
}

export interface CalendarLine {
  readonly name: string;
  /** Of the calendar; null for a manager. */
  readonly zone: string | null;
  readonly href: string | null;
  /** One list a day. */
  readonly days: readonly (readonly CalendarEntry[])[];
}

export interface ChangeCalendar {
  readonly days: readonly Day[];
  readonly calendars: readonly CalendarLine[];
  readonly managers: readonly CalendarLine[];
}

interface Span {
  readonly kind: CalendarEntry['kind'];
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
  readonly zone?: string;
  readonly tickets?: readonly string[];
  readonly hindered?: boolean;
}

/** `count` days of all calendars and managers, from the day that holds `fromMs`, in the reader's zone. */
export function changeCalendar(ask: {
  readonly rules: readonly CalendarRules[];
  readonly lanes: readonly LaneView[];
  readonly fromMs: number;
  readonly count: number;
  readonly zone: string;
}): ChangeCalendar {
  const { rules, lanes, fromMs, count, zone } = ask;
  const days = daysFrom(fromMs, zone, count);
  const line = (spans: readonly Span[], rest: Omit<CalendarLine, 'days'>): CalendarLine => ({
    ...rest,
    days: days.map((day) => spans.flatMap((span) => entryOf(span, day, zone))),
  });
  return {
    days,
    calendars: rules.map((one) => line(spansOf(one, days), { name: one.name, zone: one.zone, href: null })),
    managers: lanes.map((lane) =>
      line(spansOfLane(lane), {
        name: lane.name,
        zone: null,
        href: `/managers/${encodeURIComponent(lane.key)}`,
      }),
    ),
  };
}

function spansOf(rules: CalendarRules, days: readonly Day[]): readonly Span[] {
  const fromMs = days[0]?.startMs ?? 0;
  const toMs = days.at(-1)?.endMs ?? fromMs;
  const { open, rules: expanded } = expand(rules, fromMs, toMs);
  const closing = expanded.flatMap(({ kind, name, times, applies, freeze, zone }) => {
    if (kind === 'window' || !applies) return [];
    const why = freeze?.reason == null ? name : `${name}: ${freeze.reason}`;
    return times.map(({ opensAtMs, closesAtMs }): Span => ({
      kind,
      startMs: opensAtMs,
      endMs: closesAtMs,
      text: why,
      zone,
    }));
  });
  const forSome = expanded.flatMap(({ kind, name, times, applies, zone }) =>
    kind === 'window' && !applies
      ? times.map(({ opensAtMs, closesAtMs }): Span => ({
          kind: 'open',
          startMs: opensAtMs,
          endMs: closesAtMs,
          text: `open for some targets (${name})`,
          zone,
        }))
      : [],
  );
  const openings = open.map(({ opensAtMs, closesAtMs }): Span => ({
    kind: 'open',
    startMs: opensAtMs,
    endMs: closesAtMs,
    text: 'open',
    zone: rules.zone,
  }));
  return [...openings, ...forSome, ...closing].toSorted((a, b) => a.startMs - b.startMs);
}

/** Where places wait, one entry for an opening and target; and what was pushed. */
function spansOfLane({ queue, past }: LaneView): readonly Span[] {
  const waiting = new Map<string, Span & { readonly tickets: string[] }>();
  for (const { ticketId, target, opensAtMs, hinderedBy } of queue) {
    if (opensAtMs === null) continue;
    const key = JSON.stringify([opensAtMs, target]);
    const known = waiting.get(key);
    const tickets = [...(known?.tickets ?? []), ticketId];
    waiting.set(key, {
      kind: 'tickets',
      startMs: opensAtMs,
      endMs: opensAtMs,
      text: target,
      tickets,
      hindered: known?.hindered === true || hinderedBy.length > 0,
    });
  }
  const pushed = past.map(({ endedAtMs, startedAtMs, target, tickets, result }): Span => ({
    kind: 'pushed',
    startMs: startedAtMs,
    endMs: endedAtMs,
    text: `${target}: ${result}`,
    tickets,
  }));
  return [...waiting.values(), ...pushed].toSorted((a, b) => a.startMs - b.startMs);
}

/** The part of a span that lies in a day; none when it does not touch it. */
function entryOf(span: Span, day: Day, zone: string): readonly CalendarEntry[] {
  const { kind, text, tickets = [], hindered = false } = span;
  const isInstant = kind === 'tickets' || kind === 'pushed';
  const touches = isInstant
    ? span.startMs >= day.startMs && span.startMs < day.endMs
    : span.endMs > day.startMs && span.startMs < day.endMs;
  if (!touches) return [];
  const startMs = Math.max(span.startMs, day.startMs);
  const endMs = isInstant ? span.endMs : Math.min(span.endMs, day.endMs);
  const clockIn = (of: string): string => {
    if (isInstant) return formatClock(startMs, of);
    const end = formatClock(endMs, of);
    return `${formatClock(startMs, of)}–${end === '00:00' ? '24:00' : end}`;
  };
  const clock = clockIn(zone);
  const isWholeDay = !isInstant && startMs === day.startMs && endMs === day.endMs;
  const ownClock = span.zone === undefined || isWholeDay ? clock : clockIn(span.zone);
  return [
    {
      kind,
      startMs,
      endMs,
      clock: isWholeDay ? 'all day' : clock,
      ownClock: ownClock === clock ? null : ownClock,
      text,
      tickets,
      hindered,
    },
  ];
}
