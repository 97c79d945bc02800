/** Random calendars, each with the days of its recurring rules worked out without a library. */
import fc from 'fast-check';
import { WEEKDAYS } from '../../../src/domain/calendar-rules.js';
import type { RecurringRule, TargetFilter } from '../../../src/domain/calendar-rules.js';
import { freeze, oneOff, rules, weekly } from '../rules.js';
import type { MadeCalendar, StartsOn } from './minute-evaluator.js';
import { addDays, MINUTE } from './timeline.js';

/** Spans of 31 days around changes of the clock, with the zone's own odd rules. */
export const SPANS: readonly (readonly [zone: string, fromDate: string])[] = [
  ['America/New_York', '2027-02-28'],
  ['America/New_York', '2027-10-25'],
  ['Europe/London', '2027-03-15'],
  ['Australia/Lord_Howe', '2027-09-20'],
  ['Asia/Kolkata', '2027-01-01'],
  ['America/St_Johns', '2027-10-28'],
  ['Pacific/Auckland', '2027-03-25'],
  ['America/Havana', '2027-10-28'],
];
export const SPAN_DAYS = 31;
const ZONES = [...new Set(SPANS.map(([zone]) => zone)), 'UTC'];

const dayNumber = (date: string): number => Date.parse(`${date}T00:00Z`) / 86_400_000;
/** Monday is 0. */
const weekday = (date: string): number => (((dayNumber(date) + 3) % 7) + 7) % 7;
const dayOfMonth = (date: string): number => Number(date.slice(8));
const lastDay = (date: string): number =>
  new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)), 0)).getUTCDate();

interface Days {
  readonly change: Partial<RecurringRule>;
  readonly startsOn: StartsOn;
}

const RFC = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const someDays = fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 });

function daysFrom(fromDate: string): fc.Arbitrary<Days> {
  const since = fc.integer({ min: -40, max: 20 }).map((offset) => addDays(fromDate, offset));
  return fc.oneof(
    someDays.map((on) => ({
      change: { days: on.map((day) => WEEKDAYS[day]!) },
      startsOn: (date: string) => on.includes(weekday(date)),
    })),
    fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 6 })).map(([nth, day]) => ({
      change: { rrule: `FREQ=MONTHLY;BYDAY=${nth}${RFC[day]}` },
      startsOn: (date: string) => weekday(date) === day && Math.ceil(dayOfMonth(date) / 7) === nth,
    })),
    fc.integer({ min: 0, max: 6 }).map((day) => ({
      change: { rrule: `FREQ=MONTHLY;BYDAY=-1${RFC[day]}` },
      startsOn: (date: string) => weekday(date) === day && dayOfMonth(date) + 7 > lastDay(date),
    })),
    fc.integer({ min: 1, max: 31 }).map((day) => ({
      change: { rrule: `FREQ=MONTHLY;BYMONTHDAY=${day}` },
      startsOn: (date: string) => dayOfMonth(date) === day,
    })),
    fc.constant({
      change: { rrule: 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1' },
      startsOn: (date: string) => {
        const last = lastDay(date);
        const lastDate = `${date.slice(0, 8)}${last}`;
        return dayOfMonth(date) === last - Math.max(0, weekday(lastDate) - 4);
      },
    }),
    fc.tuple(fc.integer({ min: 1, max: 5 }), since).map(([interval, from]) => ({
      change: { rrule: `FREQ=DAILY;INTERVAL=${interval}`, validFrom: from },
      startsOn: (date: string) => date >= from && (dayNumber(date) - dayNumber(from)) % interval === 0,
    })),
    fc.tuple(fc.integer({ min: 1, max: 3 }), someDays, since).map(([interval, on, from]) => ({
      change: {
        rrule: `FREQ=WEEKLY;INTERVAL=${interval};BYDAY=${on.map((day) => RFC[day]).join(',')}`,
        validFrom: from,
      },
      startsOn: (date: string) => {
        const monday = (text: string): number => dayNumber(text) - weekday(text);
        return (
          date >= from && on.includes(weekday(date)) && ((monday(date) - monday(from)) / 7) % interval === 0
        );
      },
    })),
    fc
      .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 4, max: 18 }))
      .map(([count, offset]) => ({ count, from: addDays(fromDate, offset) }))
      .map(({ count, from }) => ({
        change: { rrule: `FREQ=DAILY;COUNT=${count}`, validFrom: from },
        startsOn: (date: string, exists: (date: string) => boolean) => {
          if (date < from) return false;
          let started = 0;
          for (let day = from; day < date; day = addDays(day, 1)) if (exists(day)) started += 1;
          return started < count;
        },
      })),
    fc.integer({ min: 8, max: 25 }).map((offset) => ({
      change: { rrule: `FREQ=DAILY;UNTIL=${addDays(fromDate, offset).replaceAll('-', '')}` },
      startsOn: (date: string) => date <= addDays(fromDate, offset),
    })),
  );
}

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30, 45))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
const sometimes = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(value, { nil: null, freq: 3 });
const filter: fc.Arbitrary<TargetFilter | null> = fc.option(
  fc.oneof(
    fc.constantFrom('FW1', 'FW2').map((device) => ({ devices: [device] })),
    fc.constantFrom('Panorama', 'Check Point').map((vendor) => ({ vendors: [vendor] })),
    fc.constantFrom('PANO-8', 'CMA-DE').map((manager) => ({ managers: [manager], devices: ['FW1', 'FW3'] })),
  ),
  { nil: null, freq: 2 },
);

function recurringFrom(fromDate: string): fc.Arbitrary<readonly [RecurringRule, StartsOn]> {
  const dates = fc.array(
    fc.integer({ min: 5, max: 24 }).map((offset) => addDays(fromDate, offset)),
    { maxLength: 3 },
  );
  const length: fc.Arbitrary<Pick<RecurringRule, 'end' | 'durationMs'>> = fc.oneof(
    time.map((end) => ({ end, durationMs: null })),
    fc.constant({ end: '24:00', durationMs: null }),
    fc.integer({ min: 1, max: 160 }).map((quarters) => ({ end: null, durationMs: quarters * 15 * MINUTE })),
  );
  return fc
    .record({
      days: daysFrom(fromDate),
      start: time,
      length,
      exDates: dates,
      rDates: dates,
      zone: sometimes(fc.constantFrom(...ZONES)),
      until: sometimes(fc.integer({ min: 10, max: 25 }).map((offset) => addDays(fromDate, offset))),
      only: filter,
    })
    .filter(({ length: { end }, start }) => end !== start)
    .map(({ days, start, length: long, exDates, rDates, zone, until, only }) => {
      const validFrom = days.change.validFrom ?? null;
      const validUntil = until !== null && (validFrom === null || until >= validFrom) ? until : null;
      const rule = weekly({ start, ...long, exDates, rDates, zone, validUntil, for: only, ...days.change });
      return [rule, days.startsOn] as const;
    });
}

export function calendarFrom(zone: string, fromDate: string): fc.Arbitrary<MadeCalendar> {
  const date = fc.integer({ min: 6, max: 22 }).map((offset) => addDays(fromDate, offset));
  const moment = fc
    .tuple(date, time, fc.constantFrom('', '', 'Z', '+05:30', '-03:30'))
    .map(([day, at, offset]) => `${day}T${at}${offset}`);
  const zoneOfRule = sometimes(fc.constantFrom(...ZONES));
  const frozen = fc
    .oneof(
      fc
        .tuple(date, fc.integer({ min: 0, max: 3 }))
        .map(([from, more]) => [from, addDays(from, more)] as const),
      fc.tuple(moment, date).map(([from, to]) => [from, addDays(to, 17)] as const),
      fc.tuple(date, moment).map(([from, to]) => [addDays(from, -17), to] as const),
    )
    .chain(([from, to]) =>
      fc.tuple(zoneOfRule, filter).map(([own, only]) => freeze('freeze', from, to, { zone: own, for: only })),
    );
  const once = fc
    .tuple(moment, fc.integer({ min: 1, max: 200 }), zoneOfRule, filter)
    .map(([opens, quarters, own, only]) =>
      oneOff({ opens, durationMs: quarters * 15 * MINUTE, zone: own, for: only }),
    );
  return fc
    .record({
      kind: fc.constantFrom('windows' as const, 'windows' as const, 'windows' as const, 'always' as const),
      windows: fc.array(recurringFrom(fromDate), { minLength: 1, maxLength: 3 }),
      once: fc.array(once, { maxLength: 2 }),
      denies: fc.array(recurringFrom(fromDate), { maxLength: 2 }),
      freezes: fc.array(frozen, { maxLength: 1 }),
      dst: fc.constantFrom('shift' as const, 'skip' as const),
      noWindow: fc.constantFrom('closed' as const, 'open' as const),
    })
    .map(({ kind, windows, once: oneOffs, denies, freezes, dst, noWindow }) => ({
      rules: rules({
        zone,
        kind,
        dst,
        noWindow,
        weekly: kind === 'always' ? [] : windows.map(([rule]) => rule),
        oneOff: kind === 'always' ? [] : oneOffs,
        deny: denies.map(([rule]) => rule),
        freezes,
      }),
      startsOn: new Map([...windows, ...denies]),
    }));
}
