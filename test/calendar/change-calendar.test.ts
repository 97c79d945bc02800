import { changeCalendar } from '../../src/web/change-calendar.js';
import { laneView } from '../support/page-client.js';
import { rules, weekly } from './rules.js';

const ask = { lanes: [], count: 2, zone: 'Europe/Berlin', fromMs: Date.parse('2026-11-23T12:00:00Z') };
const texts = (days: readonly (readonly { clock: string; text: string }[])[]): string[][] =>
  days.map((entries) => entries.map(({ clock, text }) => `${clock} ${text}`));

describe('change calendar', () => {
  it('cuts a window at midnight, into the two days it belongs to', () => {
    const nightly = rules({
      name: 'nightly',
      zone: 'Europe/Berlin',
      weekly: [weekly({ start: '22:00', durationMs: 6 * 3_600_000 })],
    });
    const { days, calendars } = changeCalendar({ ...ask, rules: [nightly] });
    expect(days.map(({ date }) => date)).toEqual(['2026-11-23', '2026-11-24']);
    expect(texts(calendars[0]!.days)[1]).toEqual(['00:00–04:00 open', '22:00–24:00 open']);
  });

  it('says when it is in the zone of the calendar where that reads otherwise', () => {
    const far = rules({
      name: 'far',
      zone: 'Asia/Kolkata',
      weekly: [weekly({ start: '12:00', durationMs: 3_600_000 })],
    });
    const [entry] = changeCalendar({ ...ask, rules: [far] }).calendars[0]!.days[0]!;
    expect([entry!.clock, entry!.ownClock]).toEqual(['07:30–08:30', '12:00–13:00']);
  });

  it('has days of 25 and 23 hours where the clock changes, and calls an opening of such a day all day', () => {
    for (const [date, hours] of [
      ['2026-10-25T12:00:00Z', 25],
      ['2027-03-28T12:00:00Z', 23],
    ] as const) {
      const always = rules({ name: 'always', kind: 'always' });
      const shown = changeCalendar({ ...ask, rules: [always], fromMs: Date.parse(date), count: 1 });
      expect((shown.days[0]!.endMs - shown.days[0]!.startMs) / 3_600_000).toBe(hours);
      expect(texts(shown.calendars[0]!.days)).toEqual([['all day open']]);
    }
  });

  it('shows what is enrolled in an opening as one entry, and says that some of it is hindered', () => {
    const opensAtMs = Date.parse('2026-11-23T21:00:00Z');
    const place = { position: 1, target: 'DG-B', saved: true, opensAtMs };
    const lane = laneView({
      queue: [
        { ...place, ticketId: '7', hinderedBy: [] },
        { ...place, ticketId: '8', hinderedBy: ['ticket 9 is held'] },
        { ...place, ticketId: '9', opensAtMs: null, hinderedBy: [] },
      ],
    });
    const { managers } = changeCalendar({ ...ask, rules: [], lanes: [lane] });
    expect(managers[0]!.days[0]).toEqual([
      expect.objectContaining({ clock: '22:00', text: 'DG-B', tickets: ['7', '8'], hindered: true }),
    ]);
    expect(managers[0]!.days[1]).toEqual([]);
  });
});
