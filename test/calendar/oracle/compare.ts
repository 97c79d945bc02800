import fc from 'fast-check';
import { mistakesOf } from '../../../src/calendar/mistakes.js';
import { plan, target } from '../rules.js';
import { openMinutes } from './minute-evaluator.js';
import type { MadeCalendar } from './minute-evaluator.js';
import { calendarFrom, SPAN_DAYS, type SPANS } from './random-rules.js';
import { MINUTE, timelineOf } from './timeline.js';

/** The days in the middle: every window that touches them lies whole inside the span. */
const FROM_DAY = 12;
const TO_DAY = 22;

/** The first minute at which both evaluators differ, as the wall shows it; null when they agree. */
export function difference(made: MadeCalendar, fromDate: string): string | null {
  const startMs = Date.parse(`${fromDate}T00:00Z`);
  const of = target({});
  const expected = openMinutes(made, startMs, SPAN_DAYS, of);
  const fromMs = startMs + FROM_DAY * 1440 * MINUTE;
  const { intervals } = plan(made.rules, fromMs, TO_DAY - FROM_DAY, of);
  // At most 20 are planned: behind the last one nothing is said.
  const lastMinute =
    intervals.length === 20 ? (intervals.at(-1)!.closesAtMs - startMs) / MINUTE : TO_DAY * 1440;
  const actual = new Uint8Array(SPAN_DAYS * 1440);
  for (const { opensAtMs, closesAtMs } of intervals)
    actual.fill(1, Math.max(0, (opensAtMs - startMs) / MINUTE), (closesAtMs - startMs) / MINUTE);
  for (let minute = FROM_DAY * 1440; minute < Math.min(lastMinute, TO_DAY * 1440); minute += 1) {
    if (actual[minute] === expected[minute]) continue;
    const wall = timelineOf(made.rules.zone, startMs, SPAN_DAYS).walls[minute]!;
    return `${wall}: ${actual[minute] === 1 ? 'open' : 'closed'}, expected the other`;
  }
  return null;
}

/** Compares `runs` random calendars of one span; throws with the smallest one that differs. */
export function compareRandom([zone, fromDate]: (typeof SPANS)[number], runs: number, seed: number): void {
  fc.assert(
    fc.property(calendarFrom(zone, fromDate), (made) => {
      fc.pre(mistakesOf(made.rules).length === 0);
      const found = difference(made, fromDate);
      if (found !== null) throw new Error(`${found}\n${JSON.stringify(made.rules, null, 1)}`);
    }),
    { numRuns: runs, seed },
  );
}
