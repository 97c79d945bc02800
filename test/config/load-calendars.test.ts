import { createCalendars } from '../../src/calendar/create-calendars.js';
import { readFileSync } from 'node:fs';
import { load, mistakesOf } from './loaded-folder.js';

describe('calendars', () => {
  it.each([
    ['nightly: { weekly: [{ days: [mon], start: "22:00" }] }', 'needs either end or duration'],
    ['nightly: { weekly: [{ days: [mon], start: "22:00", end: "22:00" }] }', 'start and end are the same'],
    ['nightly: { weekly: [{ days: [mon], start: "25:00", end: "22:00" }] }', 'must be a time'],
    ['nightly: { zone: Europe/Berlln, kind: always }', 'IANA time zone'],
    ['nightly: { zone: "+02:00", kind: always }', 'IANA time zone'],
    ['nightly: {}', 'has no window'],
    ['nightly: { kind: never, weekly: [{ days: [mon], start: "22:00", end: "23:00" }] }', 'has no windows'],
    [
      'nightly: { kind: always, freezes: [{ name: f, from: 2026-12-24, to: 2026-12-23 }] }',
      'is not after from',
    ],
    ['nightly: { kind: always, freezes: [{ name: f, date: 2026-02-30 }] }', 'is no date there is'],
    ['nightly: { oneOff: [{ opens: 2026-12-05T20:00, closes: 2026-12-05T19:00 }] }', 'is not after opens'],
    ['nightly: { weekly: [{ days: [mon], start: "22:00", duration: 9d }] }', 'must be from 1m to 7d'],
    [
      `nightly: { weekly: [{ rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', start: '22:00', duration: 1h }] }`,
      'there is no day on which it starts',
    ],
    [`nightly: { weekly: [{ rrule: 'FREQ=HOURLY', start: '22:00', duration: 1h }] }`, 'FREQ must be DAILY'],
    [
      `nightly: { weekly: [{ rrule: 'FREQ=DAILY;COUNT=3', start: '22:00', duration: 1h }] }`,
      'need validFrom',
    ],
    [`nightly: { weekly: [{ rrule: 'FREQ=DAILY;BYDAY=XX', start: '22:00', duration: 1h }] }`, 'RFC 5545'],
    [
      'nightly: { zone: America/New_York, oneOff: [{ opens: 2027-03-14T02:15, closes: 2027-03-14T03:00 }] }',
      'is not after opens',
    ],
    [
      'nightly: { zone: Pacific/Apia, kind: always, freezes: [{ name: a day that never was, date: 2011-12-30 }] }',
      'is not after from',
    ],
    [
      'nightly: { weekly: [{ days: [mon], start: "22:00", duration: 1h, for: { vendors: [Fortinet] } }] }',
      'write noWindow',
    ],
  ])('refuse %s', (text, message) => {
    expect(mistakesOf({ 'calendars.yaml': `calendars:\n  ${text}\n` }).join('\n')).toContain(message);
  });
});

describe('intervals that come out empty or reversed', () => {
  it('are refused, whatever mixture of notations they were written in', () => {
    const made = readFileSync('test/fixtures/calendar/freezes-nothing.yaml', 'utf8');
    const wrong = mistakesOf({ 'calendars.yaml': `calendars:\n${made.replaceAll(/^/gm, '  ')}` });
    expect(wrong.join('\n')).toContain('freezes[0].to: is not after from');
    expect(wrong.join('\n')).toContain('freezes[1].to: is not after from');
  });
});

describe('a calendar with an iCalendar file', () => {
  const ICS = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'BEGIN:VEVENT',
    'SUMMARY:Move',
    'DTSTART:20270702T200000Z',
    'DURATION:PT4H',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');
  const CALENDARS = 'calendars:\n  nightly: { ical: windows.ics }\n';

  it('has its events as windows', () => {
    const { calendars } = load({ 'calendars.yaml': CALENDARS, 'windows.ics': ICS });
    expect(calendars[0]?.oneOff).toMatchObject([{ name: 'Move', zone: 'UTC', opens: '2027-07-02T20:00' }]);
  });

  it('is closed during the events of its denyIcal, those that come once and those that come back', () => {
    const weekly = ICS.replace('SUMMARY:Move', 'SUMMARY:Backup')
      .replace('20270702T200000Z', '20270705T210000Z')
      .replace('END:VEVENT', 'RRULE:FREQ=WEEKLY\r\nEND:VEVENT');
    const events = /BEGIN:VEVENT[^]*END:VEVENT\r\n/;
    const both = ICS.replace('END:VCALENDAR', `${events.exec(weekly)?.[0] ?? ''}END:VCALENDAR`);
    const { calendars } = load({
      'calendars.yaml': 'calendars:\n  nightly: { kind: always, zone: UTC, denyIcal: blackout.ics }\n',
      'blackout.ics': both,
    });
    const { intervals } = createCalendars({
      calendar: () => calendars[0],
      calendarNames: () => ['nightly'],
    }).plan({
      calendars: ['nightly'],
      fromMs: Date.UTC(2027, 6, 2, 12),
      horizonDays: 11,
      target: null,
    });
    const closed = intervals
      .slice(1)
      .map(({ opensAtMs }, index) => [intervals[index]?.closesAtMs ?? 0, opensAtMs])
      .map((ends) => ends.map((ms) => new Date(ms).toISOString().slice(0, 16)).join(' '));
    expect(closed).toEqual([
      '2027-07-02T20:00 2027-07-03T00:00',
      '2027-07-05T21:00 2027-07-06T01:00',
      '2027-07-12T21:00 2027-07-13T01:00',
    ]);
  });

  it('names the line where the denyIcal is missing or has an event that denies nothing', () => {
    const wrong = (text?: string): string[] =>
      mistakesOf({
        'calendars.yaml': 'calendars:\n  nightly: { kind: always, denyIcal: blackout.ics }\n',
        ...(text !== undefined && { 'blackout.ics': text }),
      });
    expect(wrong()).toContainEqual(expect.stringMatching(/calendars.yaml:2.*no file blackout.ics/));
    expect(wrong(ICS.replace('PT4H', 'PT0S'))).toContainEqual(
      expect.stringMatching(/calendars.yaml:2.*denyIcal: blackout.ics: event 1 \(Move\): it does not end/),
    );
  });

  it('names the line where the file is missing, has an event that is no window, or is no iCalendar', () => {
    const wrong = (text?: string): string[] =>
      mistakesOf({ 'calendars.yaml': CALENDARS, ...(text !== undefined && { 'windows.ics': text }) });
    expect(wrong()).toContainEqual(expect.stringMatching(/calendars.yaml:2.*no file windows.ics/));
    expect(wrong(ICS.replace('PT4H', 'PT0S'))).toContainEqual(
      expect.stringMatching(/calendars.yaml:2.*event 1 \(Move\): it does not end after it starts/),
    );
    expect(wrong('nothing')).toContainEqual(expect.stringContaining('it is no iCalendar file'));
  });
});
