/**
 * A schedule of ServiceNow (`cmn_schedule`, its entries in `cmn_schedule_span`) as an iCalendar file, for `ical` and `denyIcal` of
 * a calendar. Nothing is guessed: an entry that cannot be translated is named, and there is no file.
 */
import ICAL from 'ical.js';
import type { ScheduleRow, ServiceNowSchedule } from '../domain/servicenow-schedule.js';
import { importWindows } from './ical-import.js';
import { isZone } from './zone.js';

export type TranslatedSchedule =
  | { readonly kind: 'ical'; readonly ical: string; readonly events: number }
  | { readonly kind: 'refused'; readonly mistakes: readonly string[] };

/** Repeat types that name their days themselves. */
const DAYS: Readonly<Record<string, string>> = {
  weekdays: 'MO,TU,WE,TH,FR',
  weekends: 'SA,SU',
  weekmwf: 'MO,WE,FR',
  weektt: 'TU,TH',
};

export function scheduleToIcal({ schedule, entries, others }: ServiceNowSchedule): TranslatedSchedule {
  const name = schedule['name'] ?? '';
  const zone = schedule['time_zone'] ?? '';
  const isFloating = zone === '' || zone.toLowerCase() === 'floating';
  const mistakes: string[] = [];
  if (!isFloating && !isZone(zone))
    mistakes.push(`its time zone ${zone} is no IANA time zone, such as Europe/Berlin`);
  if ((schedule['parent'] ?? '') !== '') mistakes.push('it has a parent schedule, which limits it');
  if (others > 0) mistakes.push(`it includes or excludes ${others} other schedules`);
  if (entries.length === 0) mistakes.push('it has no entry');
  const calendar = new ICAL.Component('vcalendar');
  calendar.addPropertyWithValue('version', '2.0');
  calendar.addPropertyWithValue('prodid', '-//securechange-orchestrator//ServiceNow schedule//EN');
  calendar.addPropertyWithValue('x-wr-calname', name);
  for (const entry of entries) {
    try {
      calendar.addSubcomponent(eventOf(entry, isFloating ? null : zone, schedule['type'] === 'maintenance'));
    } catch (error) {
      if (!(error instanceof NotTranslated)) throw error;
      mistakes.push(`entry ${entry['name'] ?? ''}: ${error.message}`);
    }
  }
  const ical = `${calendar.toString()}\r\n`;
  if (mistakes.length === 0) mistakes.push(...importWindows(ical).mistakes);
  if (mistakes.length > 0)
    return { kind: 'refused', mistakes: mistakes.map((one) => `schedule ${name}: ${one}`) };
  return { kind: 'ical', ical, events: entries.length };
}

class NotTranslated extends Error {}

function eventOf(entry: ScheduleRow, zone: string | null, opens: boolean): ICAL.Component {
  const type = entry['type'] ?? '';
  if (/^exclude/i.test(type)) throw new NotTranslated('it takes time out of the schedule (type exclude)');
  if ((entry['parent'] ?? '') !== '') throw new NotTranslated('it changes one day of another entry (parent)');
  const repeats = (entry['repeat_type'] ?? '').trim().toLowerCase();
  const start = instantOf(entry, 'start_date_time');
  const end = instantOf(entry, 'end_date_time');
  if (start.isUtc !== end.isUtc) throw new NotTranslated('only one of start and end is in UTC');
  const rule = ruleOf(entry, repeats, start.time, opens);
  // Which day and hour it is in the zone of the schedule changes with summer time, and what repeats there is not stored.
  if (rule !== null && start.isUtc && zone !== 'UTC')
    throw new NotTranslated('it repeats, and its time is stored in UTC');
  const event = new ICAL.Component('vevent');
  event.addPropertyWithValue('uid', `${entry['sys_id'] ?? ''}@servicenow`);
  event.addPropertyWithValue('summary', entry['name'] ?? '');
  for (const [property, { time, isUtc }] of [
    ['dtstart', start],
    ['dtend', end],
  ] as const) {
    const added = event.addPropertyWithValue(property, timeText(time, isUtc));
    if (!isUtc && zone !== null) added.setParameter('tzid', zone);
  }
  if (rule !== null) event.addPropertyWithValue('rrule', ICAL.Recur.fromString(rule));
  return event;
}

function timeText(time: Date, isUtc: boolean): ICAL.Time {
  return ICAL.Time.fromDateTimeString(`${time.toISOString().slice(0, 19)}${isUtc ? 'Z' : ''}`);
}

/** `20261128T220000` on the wall of the schedule's zone, `20261128T220000Z` in UTC. */
function instantOf(entry: ScheduleRow, field: string): { readonly time: Date; readonly isUtc: boolean } {
  const text = entry[field] ?? '';
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)$/.exec(text);
  const [, year, month, day, hour, minute, second, utc] = parts ?? [];
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const at = Date.parse(written);
  if (parts === null || Number.isNaN(at) || new Date(at).toISOString() !== written)
    throw new NotTranslated(`its ${field} "${text.slice(0, 40)}" is not a time such as 20261128T220000`);
  // All-day entries end one second before midnight.
  const isLast = field === 'end_date_time' && second === '59';
  return { time: new Date(isLast ? at + 1_000 : at), isUtc: utc === 'Z' };
}

function ruleOf(entry: ScheduleRow, repeats: string, start: Date, opens: boolean): string | null {
  if (repeats === '') return null;
  const count = (entry['repeat_count'] ?? '').trim() || '1';
  if (!/^[1-9]\d?$/.test(count)) throw new NotTranslated(`it repeats every "${count.slice(0, 20)}"`);
  const until = untilOf(entry, opens);
  const days = DAYS[repeats];
  if (repeats === 'daily') return `FREQ=DAILY;INTERVAL=${count}${until}`;
  if (days !== undefined && count === '1') return `FREQ=WEEKLY;BYDAY=${days}${until}`;
  if (repeats === 'weekly') {
    const own = String(start.getUTCDay() === 0 ? 7 : start.getUTCDay());
    const on = entry['days_of_week'] ?? '';
    if (on !== '' && on !== own)
      throw new NotTranslated(
        `it repeats on the days "${on.slice(0, 20)}", and only the day of its start (${own}) is certain; make an entry for each day`,
      );
    return `FREQ=WEEKLY;INTERVAL=${count}${until}`;
  }
  throw new NotTranslated(
    `it repeats ${repeats.slice(0, 20)}${count === '1' ? '' : ` every ${count}`}; only daily, weekdays, weekends, weekMWF, weekTT and weekly are translated`,
  );
}

/** Whether the day itself counts is published nowhere: it closes, and does not open. */
function untilOf(entry: ScheduleRow, opens: boolean): string {
  const text = (entry['repeat_until'] ?? '').trim();
  if (text === '' || text === '0') return '';
  const parts = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(text);
  const at = parts === null ? NaN : Date.parse(`${parts[1]}-${parts[2]}-${parts[3]}T00:00Z`);
  if (Number.isNaN(at)) throw new NotTranslated(`its repeat_until "${text.slice(0, 40)}" is no date`);
  const last = new Date(opens ? at - 86_400_000 : at);
  return `;UNTIL=${last.toISOString().slice(0, 10).replaceAll('-', '')}`;
}
