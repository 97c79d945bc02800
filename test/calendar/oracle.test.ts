/** A second evaluator that steps minute by minute and asks only Intl what a clock on the wall shows. */
import fc from 'fast-check';
import { createCalendars } from '../../src/calendar/create-calendars.js';
import type { CalendarRules, WeeklyWindow } from '../../src/domain/calendar-rules.js';
import { WEEKDAYS } from '../../src/domain/calendar-rules.js';
import { rules, weekly } from './rules.js';

const MINUTE = 60_000;
const DAY = 1440;

/** Spans of 25 days around changes of the clock, with the zone's own odd rules. */
const SPANS: readonly (readonly [zone: string, fromDate: string])[] = [
  ['America/New_York', '2027-03-05'],
  ['America/New_York', '2027-10-30'],
  ['Europe/London', '2027-03-20'],
  ['Australia/Lord_Howe', '2027-09-25'],
  ['Asia/Kolkata', '2027-01-01'],
  ['America/St_Johns', '2027-11-01'],
];

interface Wall {
  readonly date: string;
  readonly time: string;
}

interface Timeline {
  readonly startMs: number;
  /** What the wall shows at each minute. */
  readonly walls: readonly Wall[];
  /** First minute at which the wall shows it. */
  readonly firstAt: ReadonlyMap<string, number>;
  readonly dates: readonly string[];
}

function timelineOf(zone: string, fromDate: string, days: number): Timeline {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const startMs = Date.parse(`${fromDate}T00:00Z`);
  const walls: Wall[] = [];
  const firstAt = new Map<string, number>();
  for (let index = 0; index < days * DAY; index += 1) {
    const [date = '', time = ''] = format.format(startMs + index * MINUTE).split(' ');
    walls.push({ date, time });
    const shown = `${date} ${time}`;
    if (!firstAt.has(shown)) firstAt.set(shown, index);
  }
  return { startMs, walls, firstAt, dates: [...new Set(walls.map((wall) => wall.date))] };
}

const asMinutes = (date: string, time: string): number => Date.parse(`${date}T${time}Z`) / MINUTE;

/** First minute that shows it; inside a gap, as far behind the gap as the wall time lies in it. */
function minuteOf(timeline: Timeline, date: string, time: string): { index: number; missing: boolean } {
  const found = timeline.firstAt.get(`${date} ${time}`);
  if (found !== undefined) return { index: found, missing: false };
  const wanted = asMinutes(date, time);
  const behind = timeline.walls.findIndex((wall) => asMinutes(wall.date, wall.time) > wanted);
  const before = timeline.walls[behind - 1]!;
  return { index: behind - 1 + (wanted - asMinutes(before.date, before.time)), missing: true };
}

function nextDate(date: string): string {
  return new Date(Date.parse(`${date}T00:00Z`) + DAY * MINUTE).toISOString().slice(0, 10);
}

function openMinutes(one: CalendarRules, timeline: Timeline): boolean[] {
  const open = new Array<boolean>(timeline.walls.length).fill(false);
  // Not the days at either end, which are not whole.
  for (const date of timeline.dates.slice(1, -2)) {
    for (const window of one.weekly) {
      const day = WEEKDAYS[(new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7]!;
      const start = minuteOf(timeline, date, window.start);
      if (!window.days.includes(day) || (one.dst === 'skip' && start.missing)) continue;
      const end =
        window.end === null
          ? start.index + window.durationMs! / MINUTE
          : minuteOf(timeline, window.end > window.start ? date : nextDate(date), window.end).index;
      for (let index = Math.max(0, start.index); index < end && index < open.length; index += 1) {
        open[index] = true;
      }
    }
  }
  return open.map(
    (allowed, index) =>
      allowed &&
      !one.freezes.some(
        ({ from, to }) => timeline.walls[index]!.date >= from && timeline.walls[index]!.date <= to,
      ),
  );
}

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30, 45))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
const days = fc.subarray([...WEEKDAYS], { minLength: 1 });
const window: fc.Arbitrary<WeeklyWindow> = fc
  .tuple(days, time, time, fc.option(fc.integer({ min: 1, max: 40 }), { nil: null }))
  .filter(([, start, end, quarters]) => quarters !== null || start !== end)
  .map(([on, start, end, quarters]) =>
    quarters === null
      ? weekly({ days: on, start, end })
      : weekly({ days: on, start, durationMs: quarters * 15 * MINUTE }),
  );

describe('the evaluator', () => {
  it.each(SPANS)('agrees with a minute-by-minute oracle: %s from %s', (zone, fromDate) => {
    const timeline = timelineOf(zone, fromDate, 25);
    const freeze = fc
      .tuple(fc.integer({ min: 8, max: 15 }), fc.integer({ min: 0, max: 3 }))
      .map(([offset, length]) => {
        const dateAt = (index: number) => timeline.walls[index * DAY]!.date;
        return { name: 'freeze', from: dateAt(offset), to: dateAt(offset + length) };
      });
    const made = fc.record({
      weekly: fc.array(window, { minLength: 1, maxLength: 3 }),
      freezes: fc.array(freeze, { maxLength: 2 }),
      dst: fc.constantFrom('shift' as const, 'skip' as const),
    });
    fc.assert(
      fc.property(made, (changes) => {
        const one = rules({ zone, ...changes });
        const calendars = createCalendars({ calendar: () => one, calendarNames: () => ['made'] });
        const expected = openMinutes(one, timeline);
        // The ten days in the middle: every window that touches them lies whole inside the timeline.
        const from = 7 * DAY;
        const { intervals } = calendars.plan('made', timeline.startMs + from * MINUTE, 10);
        const until = intervals.length === 20 ? minutesTo(intervals.at(-1)!.closesAtMs) : 17 * DAY;
        let wrong = from;
        while (wrong < until && expected[wrong] === isOpen(timeline.startMs + wrong * MINUTE)) wrong += 1;
        expect(
          wrong >= until ? 'agrees' : `${timeline.walls[wrong]!.date} ${timeline.walls[wrong]!.time}`,
        ).toBe('agrees');

        function isOpen(atMs: number): boolean {
          return intervals.some(({ opensAtMs, closesAtMs }) => opensAtMs <= atMs && atMs < closesAtMs);
        }
        function minutesTo(atMs: number): number {
          return (atMs - timeline.startMs) / MINUTE;
        }
      }),
      { numRuns: 40, seed: 20261122 },
    );
  });
});
