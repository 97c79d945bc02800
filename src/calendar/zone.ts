/** The one place where wall times become instants and instants become text for people. */
import { Temporal } from 'temporal-polyfill';

/** `2026-11-23 22:00 +01:00`: never without its offset. */
export function formatInstant(atMs: number, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs)
    .toZonedDateTimeISO(zone)
    .toString({ timeZoneName: 'never', smallestUnit: 'minute' })
    .replace('T', ' ')
    .replace(/([+-]\d\d:\d\d)$/, ' $1');
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

const DATE_ONLY = /^\d{4}-\d\d-\d\d$/;
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

/** An IANA name that the zone data of this process knows. */
export function isZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
