import { CallFailure } from '../../src/domain/failure.js';
import { judgeWindow } from '../../src/domain/window.js';
import { calendarsOf, openings, rules, weekly } from './rules.js';

const HOUR = 3_600_000;
const MONDAY = '2027-01-04T12:00Z';
const at = (text: string): number => Date.parse(text);

describe('a plan', () => {
  it('joins windows that overlap or touch', () => {
    const both = rules({
      weekly: [
        weekly({ days: ['mon'], start: '20:00', end: '22:00' }),
        weekly({ days: ['mon'], start: '22:00', end: '23:00' }),
      ],
      oneOff: [{ name: null, opens: '2027-01-04T22:30', closes: '2027-01-05T01:00', durationMs: null }],
    });
    expect(openings(both, MONDAY, 2)).toEqual(['2027-01-04T20:00Z/2027-01-05T01:00Z']);
  });

  it('lets a freeze beat a window, and cuts a window in two', () => {
    const cut = rules({
      weekly: [weekly({ days: ['mon'], start: '20:00', end: '24:00' })],
      freezes: [{ name: 'audit', from: '2027-01-04T21:00', to: '2027-01-04T22:00' }],
    });
    expect(openings(cut, MONDAY, 2)).toEqual([
      '2027-01-04T20:00Z/2027-01-04T21:00Z',
      '2027-01-04T22:00Z/2027-01-05T00:00Z',
    ]);
  });

  it('shows the opening it stands in with its true start, and forgets one that just closed', () => {
    const nightly = rules({ weekly: [weekly({ start: '22:00', end: '04:00' })] });
    expect(openings(nightly, '2027-01-05T01:00Z', 1)[0]).toBe('2027-01-04T22:00Z/2027-01-05T04:00Z');
    expect(openings(nightly, '2027-01-05T04:00Z', 1)).toEqual(['2027-01-05T22:00Z/2027-01-06T04:00Z']);
  });

  it('keeps to the dates a weekly window is valid for', () => {
    const bounded = rules({
      weekly: [weekly({ start: '22:00', end: '23:00', validFrom: '2027-01-06', validUntil: '2027-01-07' })],
    });
    expect(openings(bounded, MONDAY, 10)).toEqual([
      '2027-01-06T22:00Z/2027-01-06T23:00Z',
      '2027-01-07T22:00Z/2027-01-07T23:00Z',
    ]);
  });

  it('takes an instant with an offset as it stands, whatever the zone of the calendar', () => {
    const offset = rules({
      zone: 'Asia/Tokyo',
      oneOff: [
        {
          name: null,
          opens: '2027-01-05T20:00+01:00',
          closes: '2027-01-05T20:00:00Z',
          durationMs: null,
        },
      ],
    });
    expect(openings(offset, MONDAY, 3)).toEqual(['2027-01-05T19:00Z/2027-01-05T20:00Z']);
  });

  it('has at most twenty openings', () => {
    const nightly = rules({ weekly: [weekly({ durationMs: HOUR })] });
    expect(openings(nightly, MONDAY, 60)).toHaveLength(20);
  });

  it('of `always` is one opening up to the horizon, minus freezes', () => {
    const always = rules({
      kind: 'always',
      freezes: [{ name: 'year end', from: '2027-01-05', to: '2027-01-05' }],
    });
    expect(openings(always, MONDAY, 3)).toEqual([
      '2027-01-04T12:00Z/2027-01-05T00:00Z',
      '2027-01-06T00:00Z/2027-01-07T12:00Z',
    ]);
  });

  it('of `always` says that its last opening has no end of its own; one that a freeze or a window ends has', () => {
    const openEnded = (part: Parameters<typeof rules>[0]): true | undefined =>
      calendarsOf(rules(part)).plan('made', at(MONDAY), 3).openEnded;
    expect(openEnded({ kind: 'always' })).toBe(true);
    expect(
      openEnded({ kind: 'always', freezes: [{ name: 'f', from: '2027-01-05', to: '2027-02-01' }] }),
    ).toBeUndefined();
    expect(openEnded({ weekly: [weekly({ durationMs: HOUR })] })).toBeUndefined();
  });

  it.each([
    ['never opens', rules({ kind: 'never' })],
    ['has no window', rules({})],
    [
      'is frozen: year end',
      rules({
        weekly: [weekly({ durationMs: HOUR })],
        freezes: [{ name: 'year end', from: '2027-01-01', to: '2027-02-01' }],
      }),
    ],
  ])('without an opening says why: %s', (words, one) => {
    const plan = calendarsOf(one).plan('made', at(MONDAY), 7);
    expect(plan.intervals).toEqual([]);
    expect(plan.noneReason).toContain(words);
  });

  it('changes its rule version with any change of the rules, and only then', () => {
    const one = rules({ weekly: [weekly({ durationMs: HOUR })] });
    const other = rules({ weekly: [weekly({ durationMs: HOUR + 1 })] });
    const version = (which: typeof one): string => calendarsOf(which).plan('made', 0, 1).ruleVersion;
    expect(version(one)).toMatch(/^[0-9a-f]{12}$/);
    expect(version(one)).toBe(version({ ...one }));
    expect(version(one)).not.toBe(version(other));
  });

  it('of an unknown calendar is refused with the names there are', () => {
    const ask = (): unknown => calendarsOf(rules({ name: 'nightly' })).plan('nigthly', 0, 1);
    expect(ask).toThrow(CallFailure);
    expect(ask).toThrow(/there is no calendar nigthly .* nightly/);
  });

  it('feeds the verdict of the domain', () => {
    const nightly = rules({ weekly: [weekly({ start: '22:00', end: '04:00' })] });
    const { intervals } = calendarsOf(nightly).plan('made', at(MONDAY), 7);
    expect(judgeWindow(intervals, at('2027-01-04T23:00Z'), HOUR)).toMatchObject({ kind: 'open' });
    expect(judgeWindow(intervals, at('2027-01-05T03:30Z'), HOUR)).toMatchObject({
      kind: 'opensLater',
      opensAtMs: at('2027-01-05T22:00Z'),
    });
  });
});

describe('an explanation', () => {
  const nightly = rules({
    zone: 'Europe/Berlin',
    weekly: [weekly({ start: '22:00', end: '04:00' })],
    freezes: [{ name: 'audit', from: '2027-01-06', to: '2027-01-06' }],
  });
  const explain = (text: string) => calendarsOf(nightly).explain('made', at(text));

  it('says that it is open and until when, with the offset', () => {
    expect(explain('2027-01-04T22:00Z')).toMatchObject({
      state: 'open',
      text: 'made is open at 2027-01-04 23:00 +01:00 (Europe/Berlin), until 2027-01-05 04:00 +01:00 (Europe/Berlin)',
    });
  });

  it('says that it is closed and when it opens', () => {
    expect(explain('2027-01-04T12:00Z')).toMatchObject({
      state: 'closed',
      changesAtMs: at('2027-01-04T21:00Z'),
    });
  });

  it('names the freeze', () => {
    const frozen = explain('2027-01-06T22:00Z');
    expect(frozen.state).toBe('frozen');
    expect(frozen.text).toContain('by audit until 2027-01-07 00:00 +01:00');
    expect(frozen.changesAtMs).toBe(at('2027-01-06T23:00Z'));
  });

  it('of a calendar that is open for good gives no end', () => {
    const always = calendarsOf(rules({ kind: 'always' })).explain('made', 0);
    expect(always).toMatchObject({ state: 'open', changesAtMs: null });
  });
});
