import { importWindows } from '../../src/calendar/ical-import.js';
import { scheduleToIcal } from '../../src/calendar/servicenow-schedule.js';
import type { ScheduleRow } from '../../src/domain/servicenow-schedule.js';

const SCHEDULE = { name: 'Freeze', type: 'blackout', time_zone: 'Europe/Berlin', parent: '' };
const ENTRY = {
  sys_id: 'a1',
  name: 'Night',
  start_date_time: '20261128T220000',
  end_date_time: '20261129T040000',
  repeat_type: '',
};
const translated = (entry: ScheduleRow = {}, schedule: ScheduleRow = {}, others = 0) =>
  scheduleToIcal({ schedule: { ...SCHEDULE, ...schedule }, entries: [{ ...ENTRY, ...entry }], others });
function windows(entry: ScheduleRow = {}, schedule: ScheduleRow = {}) {
  const result = translated(entry, schedule);
  if (result.kind === 'refused') throw new Error(result.mistakes.join('\n'));
  return importWindows(result.ical);
}

describe('a schedule of ServiceNow', () => {
  it('has times on the wall of its zone, of the calendar when it floats, and in UTC with a Z', () => {
    const opens = '2026-11-28T22:00';
    expect(windows().oneOff).toMatchObject([{ opens, zone: 'Europe/Berlin', durationMs: 6 * 3_600_000 }]);
    expect(windows({}, { time_zone: 'floating' }).oneOff).toMatchObject([{ opens, zone: null }]);
    const utc = { start_date_time: '20261128T220000Z', end_date_time: '20261129T040000Z' };
    expect(windows(utc).oneOff).toMatchObject([{ opens, zone: 'UTC' }]);
  });

  it('has whole days that end one second before midnight', () => {
    const day = { start_date_time: '20261224T000000', end_date_time: '20261224T235959' };
    expect(windows(day).oneOff).toMatchObject([{ opens: '2026-12-24T00:00', durationMs: 86_400_000 }]);
  });

  it.each([
    ['daily', { repeat_count: '2' }, 'FREQ=DAILY;INTERVAL=2'],
    ['weekdays', {}, 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    ['weekends', {}, 'FREQ=WEEKLY;BYDAY=SA,SU'],
    ['weekMWF', {}, 'FREQ=WEEKLY;BYDAY=MO,WE,FR'],
    ['weekTT', {}, 'FREQ=WEEKLY;BYDAY=TU,TH'],
    ['weekly', { days_of_week: '6' }, 'FREQ=WEEKLY'],
  ])('that repeats %s keeps its wall time', (repeat_type, entry, rule) => {
    const { weekly, mistakes } = windows({ repeat_type, ...entry });
    expect(mistakes).toEqual([]);
    expect(weekly).toMatchObject([{ start: '22:00', end: '04:00', zone: 'Europe/Berlin' }]);
    expect(weekly[0]?.rrule).toContain(rule);
  });

  it('closes on its last day, and does not open on it', () => {
    const entry = { repeat_type: 'daily', repeat_until: '20261210' };
    expect(windows(entry).weekly[0]?.rrule).toContain('UNTIL=20261210');
    expect(windows(entry, { type: 'maintenance' }).weekly[0]?.rrule).toContain('UNTIL=20261209');
  });

  it.each<[string, ScheduleRow, ScheduleRow, number, string]>([
    ['monthly', { repeat_type: 'monthly' }, {}, 0, 'entry Night: it repeats monthly'],
    ['other days', { repeat_type: 'weekly', days_of_week: '135' }, {}, 0, 'on the days "135"'],
    ['no time', { start_date_time: '2026-11-28 22:00' }, {}, 0, 'is not a time such as'],
    ['no such day', { start_date_time: '20261131T220000' }, {}, 0, 'is not a time such as'],
    ['an exclusion', { type: 'exclude' }, {}, 0, 'takes time out of the schedule'],
    ['an entry for one day of another', { parent: 'a0' }, {}, 0, 'changes one day of another entry'],
    ['a zone that is none', {}, { time_zone: 'Mars/Base' }, 0, 'is no IANA time zone'],
    ['a parent', {}, { parent: 'b2' }, 0, 'has a parent schedule'],
    ['others', {}, {}, 2, 'includes or excludes 2 other schedules'],
    [
      'a repeating time in UTC',
      { repeat_type: 'daily', start_date_time: '20261128T220000Z', end_date_time: '20261128T230000Z' },
      {},
      0,
      'stored in UTC',
    ],
  ])('with %s is refused by name', (_, entry, schedule, others, why) => {
    const result = translated(entry, schedule, others);
    if (result.kind !== 'refused') throw new Error('it was translated');
    expect(result.mistakes.join('\n')).toContain(why);
    expect(result.mistakes[0]).toMatch(/^schedule Freeze: /);
  });
});
