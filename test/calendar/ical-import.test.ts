import { importWindows } from '../../src/calendar/ical-import.js';
import { openings, rules } from './rules.js';

function file(...events: readonly string[]): string {
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//EN'];
  for (const event of events)
    lines.push('BEGIN:VEVENT', 'UID:1@test', 'DTSTAMP:20270101T000000Z', ...event.split('\n'), 'END:VEVENT');
  return [...lines, 'END:VCALENDAR', ''].join('\r\n');
}

/** What the imported calendar opens, in UTC. */
function opens(from: string, days: number, ...events: readonly string[]): string[] {
  const { weekly, oneOff, mistakes } = importWindows(file(...events));
  expect(mistakes).toEqual([]);
  return openings(rules({ zone: 'Europe/London', weekly, oneOff }), from, days);
}

const NIGHTS = `SUMMARY:Nights
DTSTART;TZID=Europe/Berlin:20270324T220000
DTEND;TZID=Europe/Berlin:20270325T040000
RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270331T235959
EXDATE;TZID=Europe/Berlin:20270329T220000
RDATE;TZID=Europe/Berlin:20270327T230000`;

describe('an iCalendar file', () => {
  it('gives windows that come back, in their zone, with EXDATE and RDATE, over a change of the clock', () => {
    expect(opens('2027-03-20T00:00Z', 30, NIGHTS)).toEqual([
      '2027-03-24T21:00Z/2027-03-25T03:00Z',
      // The night that loses an hour: on the wall until 05:00.
      '2027-03-27T22:00Z/2027-03-28T03:00Z',
      '2027-03-31T20:00Z/2027-04-01T02:00Z',
    ]);
  });

  it('gives one-off windows: in UTC, in the zone of the calendar, and whole days', () => {
    expect(
      opens(
        '2027-07-01T00:00Z',
        30,
        'DTSTART:20270702T200000Z\nDURATION:PT4H',
        'DTSTART:20270705T200000\nDTEND:20270705T223000',
        'DTSTART;VALUE=DATE:20270710\nDTEND;VALUE=DATE:20270712',
      ),
    ).toEqual([
      '2027-07-02T20:00Z/2027-07-03T00:00Z',
      '2027-07-05T19:00Z/2027-07-05T21:30Z',
      '2027-07-09T23:00Z/2027-07-11T23:00Z',
    ]);
  });

  it('counts the first event although the rule does not name its day, and COUNT from it', () => {
    const event = 'DTSTART:20270702T200000Z\nDTEND:20270702T210000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2';
    expect(opens('2027-07-01T00:00Z', 30, event).map((text) => text.slice(0, 10))).toEqual([
      '2027-07-02',
      '2027-07-05',
      '2027-07-12',
    ]);
  });

  it('leaves cancelled events out', () => {
    expect(importWindows(file('STATUS:CANCELLED\nDTSTART:20270702T200000Z\nDTEND:20270702T210000Z'))).toEqual(
      {
        weekly: [],
        oneOff: [],
        mistakes: [],
      },
    );
  });

  it.each([
    [
      'DTSTART;TZID=W. Europe Standard Time:20270702T200000\nDURATION:PT1H',
      'W. Europe Standard Time is no IANA time zone',
    ],
    ['DTSTART:20270702T200000Z\nDTEND:20270702T200000Z', 'it does not end after it starts'],
    ['DTSTART:20270702T200030Z\nDURATION:PT1H', 'DTSTART has seconds'],
    ['DTSTART:20270702T200000Z\nDTEND:20270702T220000', 'DTSTART and DTEND are in different zones'],
    ['RECURRENCE-ID:20270702T200000Z\nDTSTART:20270702T200000Z\nDURATION:PT1H', 'RECURRENCE-ID'],
    ['SUMMARY:empty', 'event 1 (empty): it has no DTSTART'],
  ])('names an event that cannot be a window: %s', (event, message) => {
    const { weekly, oneOff, mistakes } = importWindows(file(event));
    expect([weekly, oneOff]).toEqual([[], []]);
    expect(mistakes).toEqual([expect.stringContaining(message)]);
  });

  it('of another kind is a mistake, and so is one without events', () => {
    expect(importWindows('calendars: {}').mistakes).toEqual([
      expect.stringContaining('it is no iCalendar file'),
    ]);
    expect(importWindows(file()).mistakes).toEqual(['it has no event']);
  });
});
