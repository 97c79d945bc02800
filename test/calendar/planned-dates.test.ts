import { readPlannedDates } from '../../src/calendar/planned-dates.js';
import type { PlannedDates } from '../../src/domain/process.js';

const DATES: PlannedDates = {
  server: null,
  start: 'Planned start',
  end: 'Planned end',
  zone: 'Europe/Berlin',
  blank: 'refuse',
};
const NOW = Date.parse('2027-03-01T00:00Z');

const read = (start: string | null, end: string | null, dates: Partial<PlannedDates> = {}) =>
  readPlannedDates({ start, end }, { ...DATES, ...dates }, NOW);

function span(start: string, end: string): string {
  const reading = read(start, end);
  if (reading.kind !== 'within') return reading.kind;
  const { opensAtMs, closesAtMs } = reading.interval;
  return [opensAtMs, closesAtMs].map((atMs) => new Date(atMs).toISOString().slice(0, 16)).join('/');
}

it.each([
  ['2027-03-10 20:00:00', '2027-03-10 23:30:00', '2027-03-10T19:00/2027-03-10T22:30'],
  ['2027-03-10T20:00Z', '2027-03-11T00:00+02:00', '2027-03-10T20:00/2027-03-10T22:00'],
  ['2027-03-10', '2027-03-11', '2027-03-09T23:00/2027-03-11T23:00'],
  // The night that loses an hour: from before it to behind it.
  ['2027-03-28 01:30', '2027-03-28 03:30', '2027-03-28T00:30/2027-03-28T01:30'],
  // The hour that comes twice: the shorter span.
  ['2027-10-31 02:15', '2027-10-31 03:30', '2027-10-31T01:15/2027-10-31T02:30'],
  ['2027-10-31 01:00', '2027-10-31 02:45', '2027-10-30T23:00/2027-10-31T00:45'],
  ['2027-03-10 20:00', '2027-03-10 20:00', 'reversed'],
  ['2027-03-11 20:00', '2027-03-10', 'reversed'],
  ['2027-02-01 20:00', '2027-02-28 23:00', 'pastEnd'],
  ['10.03.2027 20:00', '2027-03-11', 'unreadable'],
  ['2027-02-30', '2027-03-11', 'unreadable'],
])('planned dates from %s to %s are %s', (start, end, expected) => {
  expect(span(start, end)).toBe(expected);
});

it('a blank date is named, or does not limit', () => {
  expect(read(' ', null)).toEqual({
    kind: 'blank',
    message: 'blank in the ITSM change: Planned start, Planned end',
  });
  expect(read('', '2027-03-10', { blank: 'ignore' })).toMatchObject({
    interval: { opensAtMs: 0, closesAtMs: Date.parse('2027-03-10T23:00Z') },
  });
});
