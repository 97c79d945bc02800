/** What may stand in `config/calendars.yaml`. */
import { z } from 'zod';
import { WEEKDAYS } from '../domain/calendar-rules.js';
import { duration } from './duration.js';
import { role, slug } from './schema-parts.js';

const time = z
  .string({ error: 'must be a time such as "22:00", in quotes' })
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time such as "22:00"' });
const endTime = z
  .string({ error: 'must be a time such as "04:00", in quotes' })
  .regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: 'must be a time such as "04:00" or "24:00"' });

const realDate = (text: string): boolean => {
  const at = Date.parse(`${text}T00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
};
const date = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/, { error: 'must be a date such as 2026-12-24' })
  .refine(realDate, { error: 'is no date there is' });
const dateTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:Z|[+-]\d\d:\d\d)?$/, {
    error: 'must be a date-time such as 2026-12-05T20:00 (zone of the calendar) or 2026-12-05T20:00+01:00',
  })
  .refine((text) => realDate(text.slice(0, 10)), { error: 'is no date there is' });

/** Validated against the zone data of this process: a name it does not know cannot be computed with either. */
const zone = z.string().refine(isZone, { error: 'must be an IANA time zone such as Europe/Berlin' });

function isZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const oneEnd = (window: { end?: unknown; closes?: unknown; duration?: unknown }): boolean =>
  (window.end === undefined && window.closes === undefined) !== (window.duration === undefined);

const weekly = z
  .strictObject({
    name: z.string().optional(),
    /** Days it starts on; left out with rrule. */
    days: z.array(z.enum(WEEKDAYS)).min(1).optional(),
    start: time,
    end: endTime.optional(),
    duration: duration('1m', '7d').optional(),
    validFrom: date.optional(),
    validUntil: date.optional(),
    rrule: z.string().optional(),
  })
  .refine(oneEnd, { error: 'needs either end or duration' })
  .refine((window) => window.end !== window.start, {
    error: 'start and end are the same: say duration: 24h for a whole day, or end: "24:00"',
  })
  .refine((window) => (window.days === undefined) !== (window.rrule === undefined), {
    error: 'needs either days or rrule',
  });

const oneOff = z
  .strictObject({
    name: z.string().optional(),
    opens: dateTime,
    closes: dateTime.optional(),
    duration: duration('1m', '31d').optional(),
  })
  .refine(oneEnd, { error: 'needs either closes or duration' });

const freeze = z.union([
  z.strictObject({ name: z.string().min(1), date, overridableBy: z.array(role).optional() }),
  z.strictObject({
    name: z.string().min(1),
    from: z.union([date, dateTime]),
    to: z.union([date, dateTime]),
    overridableBy: z.array(role).optional(),
  }),
]);

const calendar = z.strictObject({
  description: z.string().optional(),
  kind: z.enum(['windows', 'always', 'never']).default('windows'),
  zone: zone.default('UTC'),
  dst: z.enum(['shift', 'skip']).default('shift'),
  weekly: z.array(weekly).default([]),
  oneOff: z.array(oneOff).default([]),
  freezes: z.array(freeze).default([]),
  /** Copy of a SecureTrack change window that commits by itself. */
  secureTrackWindow: z.strictObject({ uuid: z.string() }).optional(),
  ical: z.string().optional(),
});

export const calendarsSchema = z.strictObject({ calendars: z.record(slug, calendar) });

export type CalendarFile = z.output<typeof calendar>;
