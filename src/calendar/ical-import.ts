/** Events of an iCalendar file (RFC 5545) as windows of a calendar: nothing is guessed, what cannot be one is named. */
import ICAL from 'ical.js';
import type { CalendarRules, Freeze, OneOffWindow, RecurringRule } from '../domain/calendar-rules.js';
import { oneOffOpening } from './expand.js';
import { isZone } from './zone.js';

export interface ImportedWindows {
  readonly weekly: readonly RecurringRule[];
  readonly oneOff: readonly OneOffWindow[];
  /** One sentence each, with the event. */
  readonly mistakes: readonly string[];
}

const DAY_MINUTES = 24 * 60;

/** Throws nothing: a file that is no iCalendar is one mistake. Cancelled events are left out. */
export function importWindows(text: string): ImportedWindows {
  let events: readonly ICAL.Component[];
  try {
    events = new ICAL.Component(ICAL.parse(text) as unknown[]).getAllSubcomponents('vevent');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { weekly: [], oneOff: [], mistakes: [`it is no iCalendar file: ${why.slice(0, 200)}`] };
  }
  const weekly: RecurringRule[] = [];
  const oneOff: OneOffWindow[] = [];
  const mistakes: string[] = [];
  for (const [index, event] of events.entries()) {
    if (textOf(event, 'status')?.toUpperCase() === 'CANCELLED') continue;
    const name = textOf(event, 'summary')?.trim().slice(0, 100) ?? '';
    try {
      const window = windowOf(event, name === '' ? null : name);
      if ('start' in window) weekly.push(window);
      else oneOff.push(window);
    } catch (error) {
      if (!(error instanceof NoWindow)) throw error;
      mistakes.push(`event ${index + 1}${name === '' ? '' : ` (${name})`}: ${error.message}`);
    }
  }
  if (events.length === 0) mistakes.push('it has no event');
  return { weekly, oneOff, mistakes };
}

/** The same events as times in which nothing is open. No role may override one: who published them decides. */
export function denialsOf(
  events: ImportedWindows | null,
  zone: string,
): Pick<CalendarRules, 'deny' | 'freezes'> {
  const freezes = (events?.oneOff ?? []).map((event): Freeze => {
    const { opensAtMs, closesAtMs } = oneOffOpening(event, event.zone ?? zone);
    return {
      name: event.name ?? 'blackout',
      from: new Date(opensAtMs).toISOString(),
      to: new Date(closesAtMs).toISOString(),
      zone: event.zone,
      for: null,
      owner: null,
      reason: null,
      overridableBy: [],
    };
  });
  return { deny: events?.weekly ?? [], freezes };
}

class NoWindow extends Error {}

function windowOf(event: ICAL.Component, name: string | null): RecurringRule | OneOffWindow {
  if (event.hasProperty('recurrence-id'))
    throw new NoWindow('it changes one event of a series (RECURRENCE-ID); write it as exdates and a window');
  const { time: start, zone } = timeOf(event, 'dtstart');
  const minutes = minutesOf(event, start);
  const opens = wallOf(start);
  const rrule = event.getFirstPropertyValue('rrule');
  const added = timesOf(event, 'rdate').map(wallOf);
  const scope = { name, zone, for: null };
  if (rrule === null && added.length === 0)
    return { ...scope, opens, closes: null, durationMs: minutes * 60_000 };
  if (minutes > 7 * DAY_MINUTES) throw new NoWindow('it comes back and lasts longer than 7 days');
  const [date = '', time = ''] = opens.split('T');
  // The first event counts whether or not the rule names its day.
  const rDates = [...new Set([date, ...added])];
  const onWall = minutes <= DAY_MINUTES && !event.hasProperty('duration');
  return {
    ...scope,
    days: [],
    rrule: rrule === null ? `FREQ=DAILY;UNTIL=${date.replaceAll('-', '')}` : String(rrule),
    start: time,
    end: onWall ? endOf(time, minutes) : null,
    durationMs: onWall ? null : minutes * 60_000,
    validFrom: date,
    validUntil: null,
    exDates: timesOf(event, 'exdate').map((one) => wallOf(one).slice(0, 10)),
    rDates,
  };
}

function timeOf(event: ICAL.Component, name: string): { time: ICAL.Time; zone: string | null } {
  const property = event.getFirstProperty(name);
  const value: unknown = property?.getFirstValue();
  if (property === null || !(value instanceof ICAL.Time))
    throw new NoWindow(`it has no ${name.toUpperCase()}`);
  if (value.second !== 0)
    throw new NoWindow(`${name.toUpperCase()} has seconds; windows begin at full minutes`);
  return { time: value, zone: zoneOf(property, value) };
}

/** null: the zone of the calendar, for a time without one. */
function zoneOf(property: ICAL.Property, time: ICAL.Time): string | null {
  if (time.isDate) return null;
  const tzid: unknown = property.getParameter('tzid');
  if (typeof tzid === 'string') {
    if (isZone(tzid)) return tzid;
    throw new NoWindow(`${tzid} is no IANA time zone; export the file with names such as Europe/Berlin`);
  }
  return time.zone === ICAL.Timezone.utcTimezone ? 'UTC' : null;
}

function minutesOf(event: ICAL.Component, start: ICAL.Time): number {
  const duration: unknown = event.getFirstPropertyValue('duration');
  const seconds =
    duration instanceof ICAL.Duration
      ? duration.toSeconds()
      : event.hasProperty('dtend')
        ? secondsOnWall(timeOf(event, 'dtend').time, start)
        : start.isDate
          ? DAY_MINUTES * 60
          : 0;
  if (seconds <= 0) throw new NoWindow('it does not end after it starts');
  if (seconds % 60 !== 0) throw new NoWindow('its length is no whole number of minutes');
  return seconds / 60;
}

function secondsOnWall(end: ICAL.Time, start: ICAL.Time): number {
  if ((end.zone === ICAL.Timezone.utcTimezone) !== (start.zone === ICAL.Timezone.utcTimezone))
    throw new NoWindow('DTSTART and DTEND are in different zones');
  return (Date.parse(`${wallOf(end)}Z`) - Date.parse(`${wallOf(start)}Z`)) / 1_000;
}

function timesOf(event: ICAL.Component, name: string): ICAL.Time[] {
  return event.getAllProperties(name).flatMap((property) =>
    property.getValues().map((value: unknown) => {
      if (value instanceof ICAL.Time) return value;
      throw new NoWindow(`${name.toUpperCase()} has something else than times`);
    }),
  );
}

/** `2027-03-10T22:00`, as it stands in the file. */
function wallOf({ year, month, day, hour, minute, isDate }: ICAL.Time): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return isDate ? `${date}T00:00` : `${date}T${two(hour)}:${two(minute)}`;
}

function endOf(start: string, minutes: number): string {
  const end = Number(start.slice(0, 2)) * 60 + Number(start.slice(3)) + minutes;
  if (end === DAY_MINUTES) return '24:00';
  const wall = end % DAY_MINUTES;
  return `${String(Math.floor(wall / 60)).padStart(2, '0')}:${String(wall % 60).padStart(2, '0')}`;
}

function textOf(event: ICAL.Component, name: string): string | null {
  const value: unknown = event.getFirstPropertyValue(name);
  return typeof value === 'string' ? value : null;
}
