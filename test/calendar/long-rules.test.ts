/** Rules that the library of RFC 5545 gives up on by itself: they have an answer, never an error at the gate. */
import { mistakesOf } from '../../src/calendar/mistakes.js';
import { openings, rules, weekly } from './rules.js';

const hour = { start: '22:00', durationMs: 3_600_000 } as const;

it.each(['shift', 'skip'] as const)('whose only day is taken out is a mistake of the file (%s)', (dst) => {
  for (const rrule of ['FREQ=DAILY;COUNT=1', 'FREQ=DAILY;UNTIL=20271115']) {
    const rule = weekly({ ...hour, rrule, validFrom: '2027-11-15', exDates: ['2027-11-15'] });
    const found = mistakesOf(rules({ dst, zone: 'America/St_Johns', weekly: [rule] }));
    expect(found.map(({ message }) => message)).toEqual(['there is no day on which it starts']);
  }
});

it.each(['shift', 'skip'] as const)('that count from long ago are counted to today (%s)', (dst) => {
  const opensIn2027 = (rrule: string): readonly string[] => {
    const rule = weekly({ ...hour, rrule, validFrom: '1990-01-01' });
    return openings(rules({ dst, weekly: [rule] }), '2027-01-04T12:00Z', 2);
  };
  expect(opensIn2027('FREQ=DAILY;COUNT=3')).toEqual([]);
  expect(opensIn2027('FREQ=DAILY;COUNT=20000')).toEqual([
    '2027-01-04T22:00Z/2027-01-04T23:00Z',
    '2027-01-05T22:00Z/2027-01-05T23:00Z',
  ]);
});
