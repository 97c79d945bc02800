/** What may stand in `config/calendars.yaml`. */
import { z } from 'zod';
import { WEEKDAYS } from '../domain/calendar-rules.js';
import { duration } from './duration.js';
import { name, relativePath, role, slug, zone } from './schema-parts.js';

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

const wallDateTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d$/, {
    error: 'must be a day such as 2026-12-24 or a wall time such as 2026-12-24T22:00',
  })
  .refine((text) => realDate(text.slice(0, 10)), { error: 'is no date there is' });

const oneEnd = (window: { end?: unknown; closes?: unknown; duration?: unknown }): boolean =>
  (window.end === undefined && window.closes === undefined) !== (window.duration === undefined);

const WINDOW_NAME = 'Name of the window, shown where openings are explained.';
const FREEZE = {
  name: z.string().min(1).describe('Name of the freeze, shown as the reason why nothing is pushed.'),
  owner: name.optional().describe('Login or team that declared it, for whoever has a question.'),
  reason: z.string().min(1).optional().describe('Why, shown with the freeze.'),
  overridableBy: z
    .array(role)
    .optional()
    .describe('Roles that may override this freeze; no role when it is left out. Shown with the freeze.'),
};

const names = z.array(name).min(1);
export const targetFilter = z
  .strictObject({
    devices: names.optional().describe('Names or management ids of targets.'),
    managers: names.optional().describe('Names or management ids of topmost managers.'),
    groups: names
      .optional()
      .describe('Management ids of the device groups, ADOMs or CMAs that the target is, or is below.'),
    vendors: names.optional().describe('Vendors as SecureTrack names them.'),
    domains: names.optional().describe('Domains as SecureTrack names them.'),
    tags: names.optional().describe('Tags that managers.yaml gives to devices, groups or managers.'),
  })
  .refine((filter) => Object.keys(filter).length > 0, { error: 'names no target; remove it or name some' });
const scope = {
  zone: zone.optional().describe('IANA time zone of this rule; the one of the calendar when it is left out.'),
  for: targetFilter.optional().describe('Which targets it is for: one of each list must be true.'),
};

const recurring = (what: string) =>
  z
    .strictObject({
      name: z.string().min(1).optional().describe(WINDOW_NAME),
      days: z.array(z.enum(WEEKDAYS)).min(1).optional().describe('Days it starts on; left out with rrule.'),
      rrule: z
        .string()
        .optional()
        .describe(
          'Days it starts on, as a recurrence rule of RFC 5545 in the place of days: FREQ=MONTHLY;BYDAY=2SU.',
        ),
      start: time.describe(`When it ${what}s, in its zone: "22:00".`),
      end: endTime
        .optional()
        .describe('When it ends; on the next day when it is before start. Either this or duration.'),
      duration: duration('1m', '7d')
        .optional()
        .describe('How long it lasts, such as 4h or 1h30m. Either this or end.'),
      validFrom: date.optional().describe('First day on which it starts; an rrule counts from it.'),
      validUntil: date.optional().describe('Last day on which it starts.'),
      exdates: z.array(date).default([]).describe('Days on which it does not start (EXDATE).'),
      rdates: z
        .array(z.union([date, wallDateTime]))
        .default([])
        .describe('Further days (at start) or wall date-times at which it starts (RDATE).'),
      ...scope,
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
    name: z.string().min(1).optional().describe(WINDOW_NAME),
    opens: dateTime.describe('When it opens: 2026-12-05T20:00 in its zone, or with an offset.'),
    closes: dateTime.optional().describe('When it closes. Either this or duration.'),
    duration: duration('1m', '31d')
      .optional()
      .describe('How long it is open, such as 4h or 1d. Either this or closes.'),
    ...scope,
  })
  .refine(oneEnd, { error: 'needs either closes or duration' });

const freeze = z.union([
  z.strictObject({ ...FREEZE, date: date.describe('The whole day that is frozen.'), ...scope }),
  z.strictObject({
    ...FREEZE,
    from: z.union([date, dateTime]).describe('Beginning: a day (its midnight) or a date-time.'),
    to: z
      .union([date, dateTime])
      .describe('End: a day (included) or a date-time. Nothing is frozen after it.'),
    ...scope,
  }),
]);

const calendar = z.strictObject({
  description: z.string().optional().describe('For people.'),
  kind: z
    .enum(['windows', 'always', 'never'])
    .default('windows')
    .describe('windows: open as written below. always: open but for denies and freezes. never: closed.'),
  zone: zone.default('UTC').describe('IANA time zone of every time below, such as Europe/Berlin.'),
  dst: z
    .enum(['shift', 'skip'])
    .default('shift')
    .describe(
      'A start in the hour that summer time leaves out: shift opens behind that hour for as long as usual, skip leaves that day out.',
    ),
  noWindow: z
    .enum(['closed', 'open'])
    .optional()
    .describe('For targets that no window is for. Needed when every window has `for`.'),
  weekly: z.array(recurring('open')).default([]).describe('Windows that come back, by weekday or rrule.'),
  oneOff: z.array(oneOff).default([]).describe('Windows that come once.'),
  deny: z
    .array(recurring('begin'))
    .default([])
    .describe('Times that come back in which nothing is open, whatever window says otherwise.'),
  freezes: z
    .array(freeze)
    .default([])
    .describe('Times that come once in which nothing is open, whatever else is written here.'),
  secureTrackWindow: z
    .strictObject({
      uuid: z.string().min(1).max(255).describe('Its uuid in SecureTrack; sco doctor lists them.'),
    })
    .optional()
    .describe(
      'The SecureTrack change window that this calendar is a copy of, for processes with commitBy: securetrack.',
    ),
  ical: relativePath
    .optional()
    .describe('An iCalendar file below this folder: its events are further windows of the calendar.'),
  denyIcal: relativePath
    .optional()
    .describe(
      'An iCalendar file below this folder, such as the blackouts of an ITSM: nothing is open during its events.',
    ),
});

export const calendarsSchema = z.strictObject({
  calendars: z.record(slug, calendar).describe('Calendars by the name that processes refer to.'),
});

export type CalendarFile = z.output<typeof calendar>;
export type RecurringFile = CalendarFile['weekly'][number];
