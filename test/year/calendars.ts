/** Calendars of the simulated year, and how people edit them. */
import type { Interval } from '../../src/domain/window.js';
import { DAY, HOUR, YEAR_STARTS_MS, type Draw } from './draw.js';

/** A calendar from one instant on, until it is edited again. */
export interface CalendarVersion {
  readonly fromMs: number;
  readonly ruleVersion: string;
  readonly intervals: readonly Interval[];
}

export const calendarNames = ['nightly', 'weekend', 'maintenance', 'never'] as const;

/** One day over the year's end, so that the last tickets find an opening. */
const DAYS = 400;

function daily(holds: (weekday: number) => boolean, fromHour: number, hours: number): Interval[] {
  return Array.from({ length: DAYS }, (_, day) => day)
    .filter((day) => holds(day % 7))
    .map((day) => {
      const opensAtMs = YEAR_STARTS_MS + day * DAY + fromHour * HOUR;
      return { opensAtMs, closesAtMs: opensAtMs + hours * HOUR };
    });
}

/** Each calendar with its edits: windows that move earlier or later, or go away. */
export function calendarsOfYear(draw: Draw): ReadonlyMap<string, readonly CalendarVersion[]> {
  const first: Readonly<Record<(typeof calendarNames)[number], Interval[]>> = {
    nightly: daily(() => true, 22, 4),
    weekend: daily((weekday) => weekday === 5, 20, 10),
    maintenance: daily((weekday) => weekday === 1 || weekday === 3, 21, 2.5),
    never: [],
  };
  return new Map(
    calendarNames.map((name) => {
      const versions: CalendarVersion[] = [
        { fromMs: YEAR_STARTS_MS, ruleVersion: `${name}-1`, intervals: first[name] },
      ];
      let fromMs = YEAR_STARTS_MS + draw.upTo(20 * DAY);
      while (fromMs < YEAR_STARTS_MS + 350 * DAY) {
        const before = versions.at(-1)!.intervals;
        const ruleVersion = `${name}-${versions.length + 1}`;
        versions.push({ fromMs, ruleVersion, intervals: edited(name, before, fromMs, draw) });
        fromMs += DAY + draw.upTo(25 * DAY);
      }
      return [name, versions];
    }),
  );
}

function edited(name: string, before: readonly Interval[], fromMs: number, draw: Draw): Interval[] {
  if (name === 'never') {
    // An operator opens it for one night after all, or for none.
    const opensAtMs = fromMs + draw.upTo(3 * DAY);
    return draw.chance(0.7) ? [{ opensAtMs, closesAtMs: opensAtMs + 3 * HOUR }] : [];
  }
  const coming = before.find(({ closesAtMs }) => closesAtMs > fromMs);
  const change = draw.pick(['away', 'earlier', 'later', 'shorter', 'now'] as const);
  return before.flatMap((interval) => {
    if (interval !== coming) return [interval];
    const { opensAtMs, closesAtMs } = interval;
    switch (change) {
      case 'away':
        return [];
      case 'earlier':
        return [{ opensAtMs: opensAtMs - 2 * HOUR, closesAtMs: closesAtMs - 2 * HOUR }];
      case 'later':
        return [{ opensAtMs: opensAtMs + 3 * HOUR, closesAtMs: closesAtMs + 3 * HOUR }];
      case 'shorter':
        return [{ opensAtMs, closesAtMs: opensAtMs + HOUR / 2 }];
      case 'now':
        return [{ opensAtMs: Math.min(opensAtMs, fromMs), closesAtMs }];
    }
  });
}

/** The version that holds at an instant. */
export function versionAt(versions: readonly CalendarVersion[], atMs: number): CalendarVersion {
  return versions.findLast(({ fromMs }) => fromMs <= atMs) ?? versions[0]!;
}

/** Openings as the calendar stands at `fromMs`. */
export function openingsOf(
  calendars: ReadonlyMap<string, readonly CalendarVersion[]>,
  name: string,
  fromMs: number,
  toMs: number,
): readonly Interval[] {
  const { intervals } = versionAt(calendars.get(name)!, fromMs);
  return intervals.filter(({ opensAtMs }) => opensAtMs >= fromMs && opensAtMs < toMs);
}
