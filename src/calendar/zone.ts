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

export function dateIn(zone: string, atMs: number): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone).toPlainDate();
}

/** `24:00` is the start of the next day. */
export function wallInstant(
  date: Temporal.PlainDate,
  time: string,
  zone: string,
  disambiguation: 'compatible' | 'earlier' | 'later' = 'compatible',
): number {
  const wall =
    time === '24:00'
      ? date.add({ days: 1 }).toPlainDateTime()
      : date.toPlainDateTime(Temporal.PlainTime.from(time));
  return wall.toZonedDateTime(zone, { disambiguation }).epochMilliseconds;
}

/** False for a wall time inside the hour (or day) that the zone leaves out. */
export function wallExists(date: Temporal.PlainDate, time: string, zone: string): boolean {
  const plain = Temporal.PlainTime.from(time);
  const zoned = date.toPlainDateTime(plain).toZonedDateTime(zone, { disambiguation: 'compatible' });
  return zoned.toPlainDateTime().equals(date.toPlainDateTime(plain));
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
