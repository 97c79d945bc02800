/** The one place where wall times become instants and instants become text for people. */
import { Temporal } from 'temporal-polyfill';

const DATE_ONLY = /^\d{4}-\d\d-\d\d$/;

/** `2026-11-23 22:00 +01:00`: never without its offset. */
export function formatInstant(atMs: number, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs)
    .toZonedDateTimeISO(zone)
    .toString({ timeZoneName: 'never', smallestUnit: 'minute' })
    .replace('T', ' ')
    .replace(/([+-]\d\d:\d\d)$/, ' $1');
}

/** Only with an offset: a wall time without one has an unknown zone and stays as it is. */
const INSTANT = /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z| ?[+-]\d\d:\d\d)(?![\w:])/g;

/** The instants inside a text that was written elsewhere, in another form. */
export function replaceInstants(text: string, format: (ms: number) => string): string {
  return text.replaceAll(INSTANT, (written) => {
    const ms = Date.parse(written.replace(/^(\S{10}) /, '$1T').replace(' ', ''));
    return Number.isNaN(ms) ? written : format(ms);
  });
}

/** `22:00`. */
export function formatClock(
  atMs: number,
  zone: string,
  smallestUnit: 'minute' | 'second' = 'minute',
): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs)
    .toZonedDateTimeISO(zone)
    .toPlainTime()
    .toString({ smallestUnit });
}

/** A day of a zone: 23 or 25 hours where its clock changes. */
export interface Day {
  /** `2026-11-23`. */
  readonly date: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** `count` days from the one that holds `atMs`. */
export function daysFrom(atMs: number, zone: string, count: number): readonly Day[] {
  const first = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone).toPlainDate();
  return Array.from({ length: count }, (_, index) => {
    const date = first.add({ days: index });
    const startOf = (day: Temporal.PlainDate): number => day.toZonedDateTime(zone).epochMilliseconds;
    return { date: date.toString(), startMs: startOf(date), endMs: startOf(date.add({ days: 1 })) };
  });
}

/** The start of `2026-11-23` in a zone; null when the text is no date. */
export function dayStart(date: string, zone: string): number | null {
  if (!DATE_ONLY.test(date)) return null;
  try {
    return Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds;
  } catch {
    return null;
  }
}

/** The time-zone data that every answer of this process rests on. */
export function tzdataVersion(): string {
  return process.versions['tz'] ?? 'unknown';
}

/** `24:00` is the start of the next day. */
export function wallOf(date: Temporal.PlainDate, time: string): Temporal.PlainDateTime {
  return time === '24:00'
    ? date.add({ days: 1 }).toPlainDateTime()
    : date.toPlainDateTime(Temporal.PlainTime.from(time));
}

/** `missing`: the zone leaves this hour (or day) out, and the instant is as far behind the gap as the time lies in it. */
export function resolveWall(
  wall: Temporal.PlainDateTime,
  zone: string,
): { readonly atMs: number; readonly missing: boolean } {
  const zoned = wall.toZonedDateTime(zone, { disambiguation: 'compatible' });
  return { atMs: zoned.epochMilliseconds, missing: !zoned.toPlainDateTime().equals(wall) };
}

const HAS_OFFSET = /(?:Z|[+-]\d\d:\d\d)$/;

/** A date-time with an offset is an instant; one without is a wall time of the zone. */
export function momentInstant(
  text: string,
  zone: string,
  disambiguation: 'compatible' | 'earlier' | 'later' = 'compatible',
): number {
  return HAS_OFFSET.test(text)
    ? Temporal.Instant.from(text).epochMilliseconds
    : Temporal.PlainDateTime.from(text).toZonedDateTime(zone, { disambiguation }).epochMilliseconds;
}

/** False for a wall time that the zone leaves out or has twice; a day and a date-time with an offset are clear. */
export function isOnWallOnce(text: string, zone: string): boolean {
  if (DATE_ONLY.test(text)) return true;
  return momentInstant(text, zone, 'earlier') === momentInstant(text, zone, 'later');
}

/** A freeze errs on the wide side: an hour that the clock repeats is frozen both times. */
export function freezeBounds(from: string, to: string, zone: string): { startMs: number; endMs: number } {
  const startMs = DATE_ONLY.test(from)
    ? Temporal.PlainDate.from(from).toZonedDateTime(zone).epochMilliseconds
    : momentInstant(from, zone, 'earlier');
  const endMs = DATE_ONLY.test(to)
    ? Temporal.PlainDate.from(to).add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds
    : momentInstant(to, zone, 'later');
  return { startMs, endMs };
}

/** An IANA name that the zone data of this process knows. Old abbreviations (PST, IST) are none: they mean several zones. */
export function isZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text).timeZoneId !== '';
  } catch {
    return false;
  }
}
