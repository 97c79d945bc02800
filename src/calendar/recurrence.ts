/** The days of a recurring rule, by the library of RFC 5545, and the instants they become. */
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import type { RecurringRule, Weekday } from '../domain/calendar-rules.js';
import type { Interval } from '../domain/window.js';
import { momentInstant, resolveWall, wallOf } from './zone.js';

const DAY_MS = 86_400_000;
/** A rule without `validFrom` began here; a start that the clock moves lies within this much of its wall time in UTC. */
const SINCE = '2000-01-01';
const AROUND_MS = 2 * DAY_MS;
/** A rule has so many starts more than it counts, at most: one a year falls into the missing hour, over a century. */
const MOST_MISSING = 200;
/** A century of days: with fewer a rule of long ago, or one whose only day is taken out, would end in an error. */
const MOST_PERIODS = 40_000;

const RFC_DAYS: Readonly<Record<Weekday, string>> = {
  mon: 'MO',
  tue: 'TU',
  wed: 'WE',
  thu: 'TH',
  fri: 'FR',
  sat: 'SA',
  sun: 'SU',
};

export interface RuleSettings {
  readonly zone: string;
  readonly dst: 'shift' | 'skip';
}

/** `shifted`: its start does not exist on the wall that day, so it opens behind the missing hour and keeps its length. */
export interface Occurrence extends Interval {
  readonly shifted: boolean;
}

/** The occurrences that start in [fromMs, toMs). */
export function occurrencesOf(
  rule: RecurringRule,
  { zone, dst }: RuleSettings,
  fromMs: number,
  toMs: number,
): Occurrence[] {
  return startsOf(rule, { zone, dst }, fromMs, toMs).flatMap((wall) => {
    const { atMs, missing } = resolveWall(wall, zone);
    if ((missing && dst === 'skip') || atMs < fromMs || atMs >= toMs) return [];
    return [{ opensAtMs: atMs, closesAtMs: closingOf(rule, zone, wall, atMs, missing), shifted: missing }];
  });
}

/** A date on which a change of the clock alters the rule. `minutes`: how much longer (or shorter) than on the wall. */
export interface ClockChange {
  readonly date: string;
  readonly what: 'shifted' | 'skipped' | 'length';
  readonly minutes: number;
}

/** The dates in [fromMs, toMs) that the clock changes hit. */
export function clockChangesOf(
  rule: RecurringRule,
  { zone, dst }: RuleSettings,
  fromMs: number,
  toMs: number,
): ClockChange[] {
  return startsOf(rule, { zone, dst: 'shift' }, fromMs, toMs).flatMap((wall): ClockChange[] => {
    const { atMs, missing } = resolveWall(wall, zone);
    if (atMs < fromMs || atMs >= toMs) return [];
    const date = wall.toPlainDate().toString();
    if (missing) return [{ date, what: dst === 'skip' ? 'skipped' : 'shifted', minutes: 0 }];
    if (rule.end === null) return [];
    const minutes =
      (closingOf(rule, zone, wall, atMs, false) - atMs) / 60_000 - wallMinutesOf(rule.start, rule.end);
    return minutes === 0 ? [] : [{ date, what: 'length', minutes }];
  });
}

/** Whether it ever starts. A rule that never can is found by the library's limits, within half a second. */
export function everStarts(rule: RecurringRule, settings: RuleSettings): boolean {
  if (rule.rDates.length > 0) return true;
  const { validFrom, validUntil } = rule;
  const fromMs = Date.parse(`${validFrom ?? SINCE}T00:00Z`) - AROUND_MS;
  // Four years hold every day of the calendar; the rest is for rules such as a 29 February on a Monday.
  for (const years of [4, 40]) {
    const untilMs = fromMs + years * 366 * DAY_MS;
    const endMs = validUntil === null ? untilMs : Math.min(untilMs, Date.parse(validUntil) + 3 * DAY_MS);
    if (startsOf(rule, settings, fromMs, endMs).length > 0) return true;
  }
  return false;
}

/** Why a recurrence cannot be used here; null when it can. */
export function refusedRecurrence({ rrule, validFrom, start }: RecurringRule): string | null {
  if (rrule === null) return null;
  if (/^RRULE:|DTSTART/i.test(rrule))
    return 'write the rule without RRULE: and DTSTART; validFrom says when it begins';
  const parts = partsOf(rrule);
  if (!['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'].includes(parts.get('FREQ') ?? ''))
    return 'FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY';
  for (const part of ['BYHOUR', 'BYMINUTE', 'BYSECOND'])
    if (parts.has(part)) return `${part} is not possible: start says the time`;
  if (validFrom === null) {
    if (parts.has('COUNT') || (parts.get('INTERVAL') ?? '1') !== '1')
      return 'COUNT and INTERVAL need validFrom: the first day that counts';
    if (parts.get('FREQ') !== 'DAILY' && ![...parts.keys()].some((part) => part.startsWith('BY')))
      return 'needs a day, such as BYDAY or BYMONTHDAY, or validFrom';
  }
  try {
    libraryRule(rrule, validFrom ?? SINCE, start);
    untilOf(rrule, 'UTC');
    return null;
  } catch (error) {
    return `is not a recurrence of RFC 5545: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function startsOf(
  rule: RecurringRule,
  { zone, dst }: RuleSettings,
  fromMs: number,
  toMs: number,
): Temporal.PlainDateTime[] {
  const { days, start, validFrom, validUntil, exDates, rDates } = rule;
  const rrule = rule.rrule ?? `FREQ=WEEKLY;BYDAY=${days.map((day) => RFC_DAYS[day]).join(',')}`;
  const until = untilOf(rrule, zone);
  const count = dst === 'skip' ? countOf(rrule) : null;
  const first = validFrom ?? SINCE;
  // As if on a wall without clock changes: in the zone the library would move a `DTSTART` out of the missing hour.
  const walls = libraryRule(count === null ? rrule : withCount(rrule, count + MOST_MISSING), first, start)
    .between(new Date(count === null ? fromMs - AROUND_MS : first), new Date(toMs + AROUND_MS), true)
    .map((at) => at.toPlainDateTime())
    .filter((wall) => until === null || Temporal.PlainDateTime.compare(wall, until) <= 0);
  // `shift` counts a day whose hour is missing, `skip` does not.
  const expanded =
    count === null ? walls : walls.filter((wall) => !resolveWall(wall, zone).missing).slice(0, count);
  const added = rDates.map((text) =>
    text.includes('T') ? Temporal.PlainDateTime.from(text) : wallOf(Temporal.PlainDate.from(text), start),
  );
  const starts = new Map([...expanded, ...added].map((wall) => [wall.toString(), wall]));
  return [...starts.values()].filter((wall) => {
    const date = wall.toPlainDate().toString();
    if ((validFrom !== null && date < validFrom) || (validUntil !== null && date > validUntil)) return false;
    return !exDates.includes(date);
  });
}

function closingOf(
  { start, end, durationMs }: RecurringRule,
  zone: string,
  wall: Temporal.PlainDateTime,
  opensAtMs: number,
  missing: boolean,
): number {
  if (durationMs !== null) return opensAtMs + durationMs;
  const onWall = wallMinutesOf(start, end ?? '24:00');
  const closesAtMs = resolveWall(wall.add({ minutes: onWall }), zone).atMs;
  // A window never vanishes: where the clock leaves nothing of it, it keeps the length that it has on the wall.
  return missing || closesAtMs <= opensAtMs ? opensAtMs + onWall * 60_000 : closesAtMs;
}

function wallMinutesOf(start: string, end: string): number {
  const minutes = minutesOf(end) - minutesOf(start);
  return minutes > 0 ? minutes : minutes + 24 * 60;
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function partsOf(rrule: string): Map<string, string> {
  return new Map(
    rrule.split(';').map((part) => {
      const [key = '', value = ''] = part.split('=');
      return [key.trim().toUpperCase(), value.trim().toUpperCase()];
    }),
  );
}

function countOf(rrule: string): number | null {
  const count = partsOf(rrule).get('COUNT');
  return count === undefined ? null : Number(count);
}

function withCount(rrule: string, count: number): string {
  const parts = [...partsOf(rrule).set('COUNT', String(count))];
  return parts.map((part) => part.join('=')).join(';');
}

const libraryRules = new Map<string, RRuleTemporal<Temporal.ZonedDateTime>>();

/** Without `UNTIL`, which `untilOf` reads: a date means that whole day, whatever the time of the start. */
function libraryRule(rrule: string, from: string, start: string): RRuleTemporal<Temporal.ZonedDateTime> {
  const rule = [...partsOf(rrule)].filter(([key]) => key !== 'UNTIL').map((part) => part.join('='));
  const compact = `${from}T${start}00`.replaceAll(/[-:]/g, '');
  const text = `DTSTART;TZID=UTC:${compact}\nRRULE:${rule.join(';')}`;
  const known = libraryRules.get(text);
  if (known !== undefined) return known;
  if (libraryRules.size >= 1_000) libraryRules.clear();
  const made = new RRuleTemporal({ temporal: Temporal, rruleString: text, maxIterations: MOST_PERIODS });
  libraryRules.set(text, made);
  return made;
}

/** The last wall time that `UNTIL` lets through. */
function untilOf(rrule: string, zone: string): Temporal.PlainDateTime | null {
  const text = partsOf(rrule).get('UNTIL');
  if (text === undefined) return null;
  const [, year, month, day, hour, minute, second, utc] =
    /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/.exec(text) ?? [];
  if (year === undefined) throw new Error(`UNTIL=${text} is neither a date nor a date-time`);
  const date = Temporal.PlainDate.from(`${year}-${month}-${day}`, { overflow: 'reject' });
  if (hour === undefined) return date.add({ days: 1 }).toPlainDateTime().subtract({ seconds: 1 });
  const moment = `${date.toString()}T${hour}:${minute}:${second}`;
  if (utc === undefined) return Temporal.PlainDateTime.from(moment);
  return Temporal.Instant.fromEpochMilliseconds(momentInstant(`${moment}Z`, zone))
    .toZonedDateTimeISO(zone)
    .toPlainDateTime();
}
