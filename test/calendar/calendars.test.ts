import type { TargetFilter } from '../../src/domain/calendar-rules.js';
import { CallFailure } from '../../src/domain/failure.js';
import type { Role } from '../../src/domain/commands.js';
import { judgeWindow } from '../../src/domain/window.js';
import { calendarsOf, explain, freeze, oneOff, openings, plan, rules, target, weekly } from './rules.js';

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
      oneOff: [oneOff({ opens: '2027-01-04T22:30', closes: '2027-01-05T01:00' })],
    });
    expect(openings(both, MONDAY, 2)).toEqual(['2027-01-04T20:00Z/2027-01-05T01:00Z']);
  });

  it('lets a freeze beat a window, and cuts a window in two', () => {
    const cut = rules({
      weekly: [weekly({ days: ['mon'], start: '20:00', end: '24:00' })],
      freezes: [freeze('audit', '2027-01-04T21:00', '2027-01-04T22:00')],
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
      oneOff: [oneOff({ opens: '2027-01-05T20:00+01:00', closes: '2027-01-05T20:00:00Z' })],
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
      freezes: [freeze('year end', '2027-01-05', '2027-01-05')],
    });
    expect(openings(always, MONDAY, 3)).toEqual([
      '2027-01-04T12:00Z/2027-01-05T00:00Z',
      '2027-01-06T00:00Z/2027-01-07T12:00Z',
    ]);
  });

  it('of `always` says that its last opening has no end of its own; one that a freeze or a window ends has', () => {
    const openEnded = (part: Parameters<typeof rules>[0]): true | undefined =>
      plan(rules(part), MONDAY, 3).openEnded;
    expect(openEnded({ kind: 'always' })).toBe(true);
    expect(openEnded({ kind: 'always', freezes: [freeze('f', '2027-01-05', '2027-02-01')] })).toBeUndefined();
    expect(openEnded({ weekly: [weekly({ durationMs: HOUR })] })).toBeUndefined();
  });

  it.each([
    ['never opens', rules({ kind: 'never' })],
    ['has no window', rules({})],
    [
      'is frozen: year end',
      rules({
        weekly: [weekly({ durationMs: HOUR })],
        freezes: [freeze('year end', '2027-01-01', '2027-02-01')],
      }),
    ],
  ])('without an opening says why: %s', (words, one) => {
    const none = plan(one, MONDAY, 7);
    expect(none.intervals).toEqual([]);
    expect(none.noneReason).toContain(words);
  });

  it('changes its rule version with any change of the rules, and only then', () => {
    const one = rules({ weekly: [weekly({ durationMs: HOUR })] });
    const other = rules({ weekly: [weekly({ durationMs: HOUR + 1 })] });
    const version = (which: typeof one): string => plan(which, 0, 1).ruleVersion;
    expect(version(one)).toMatch(/^[0-9a-f]{12}$/);
    expect(version(one)).toBe(version({ ...one }));
    expect(version(one)).not.toBe(version(other));
  });

  it('of an unknown calendar is refused with the names there are', () => {
    const ask = (): unknown =>
      calendarsOf(rules({ name: 'nightly' })).plan({
        calendars: ['nigthly'],
        fromMs: 0,
        horizonDays: 1,
        target: null,
      });
    expect(ask).toThrow(CallFailure);
    expect(ask).toThrow(/there is no calendar nigthly .* nightly/);
  });

  it('feeds the verdict of the domain', () => {
    const nightly = rules({ weekly: [weekly({ start: '22:00', end: '04:00' })] });
    const { intervals } = plan(nightly, MONDAY, 7);
    expect(judgeWindow(intervals, at('2027-01-04T23:00Z'), HOUR)).toMatchObject({ kind: 'open' });
    expect(judgeWindow(intervals, at('2027-01-05T03:30Z'), HOUR)).toMatchObject({
      kind: 'opensLater',
      opensAtMs: at('2027-01-05T22:00Z'),
    });
  });
});

describe('a rule for some targets only', () => {
  const forPanorama = rules({
    weekly: [
      weekly({ name: 'panorama night', days: ['mon'], durationMs: HOUR, for: { vendors: ['panorama'] } }),
    ],
    oneOff: [
      oneOff({ opens: '2027-01-05T20:00', durationMs: HOUR, for: { managers: ['3'], devices: ['FW1'] } }),
    ],
    freezes: [freeze('group audit', '2027-01-05', '2027-01-05', { for: { groups: ['12'] } })],
  });

  it('counts for a target of which one of each list is true, and for no other', () => {
    expect(openings(forPanorama, MONDAY, 3, target({ path: ['3', '99'], id: '99' }))).toEqual([
      '2027-01-04T22:00Z/2027-01-04T23:00Z',
      '2027-01-05T20:00Z/2027-01-05T21:00Z',
    ]);
    expect(openings(forPanorama, MONDAY, 3, target({}))).toEqual(['2027-01-04T22:00Z/2027-01-04T23:00Z']);
    expect(openings(forPanorama, MONDAY, 3, target({ vendor: 'Fortinet', name: 'FW2' }))).toEqual([]);
  });

  it('opens nothing where no target is known, and its freeze counts', () => {
    expect(openings(forPanorama, MONDAY, 3)).toEqual([]);
    const frozen = rules({
      kind: 'always',
      freezes: [freeze('f', '2027-01-05', '2027-01-05', { for: { groups: ['12'] } })],
    });
    expect(explain(frozen, '2027-01-05T12:00Z').state).toBe('frozen');
    expect(explain(frozen, '2027-01-05T12:00Z', target({ id: '7', path: ['3', '7'] })).state).toBe('open');
  });

  it('is for the targets of a domain or with a tag', () => {
    const scoped = rules({
      weekly: [weekly({ durationMs: HOUR, for: { domains: ['dmz'], tags: ['pci', 'lab'] } })],
    });
    const opensFor = (changes: Parameters<typeof target>[0]): number =>
      openings(scoped, '2027-01-04T00:00Z', 1, target(changes)).length;
    expect(opensFor({ domain: 'DMZ', tags: ['lab'] })).toBe(1);
    expect(opensFor({ domain: 'DMZ', tags: ['prod'] })).toBe(0);
    expect(opensFor({ domain: 'Default', tags: ['lab'] })).toBe(0);
  });

  it('is for one of two devices of one name where it names the domain or the id', () => {
    const opensFor = (scope: TargetFilter, changes: Parameters<typeof target>[0]): number => {
      const scoped = rules({ weekly: [weekly({ durationMs: HOUR, for: scope })] });
      return openings(scoped, '2027-01-04T00:00Z', 1, target({ name: 'EDGE', ...changes })).length;
    };
    const [german, french] = [
      { id: '12', domain: 'DE' },
      { id: '40', domain: 'FR' },
    ];
    for (const scope of [{ devices: ['EDGE'], domains: ['fr'] }, { devices: ['40'] }])
      expect([opensFor(scope, german), opensFor(scope, french)]).toEqual([0, 1]);
    expect([opensFor({ devices: ['EDGE'] }, german), opensFor({ devices: ['EDGE'] }, french)]).toEqual([
      1, 1,
    ]);
  });

  it('opens nothing, and denies, where it is not known of the target what the rule asks for', () => {
    const unknown = target({ vendor: '', path: [], domain: null });
    for (const scope of [{ vendors: ['a'] }, { groups: ['7'] }, { domains: ['dmz'] }]) {
      const opening = rules({ weekly: [weekly({ durationMs: HOUR, for: scope })] });
      const denying = rules({
        weekly: [weekly({ durationMs: HOUR })],
        deny: [weekly({ durationMs: HOUR, for: scope })],
      });
      expect(openings(opening, '2027-01-04T00:00Z', 1, unknown)).toEqual([]);
      expect(openings(denying, '2027-01-04T00:00Z', 1, unknown)).toEqual([]);
      const known = target({ vendor: 'b', domain: 'lan' });
      expect(openings(denying, '2027-01-04T00:00Z', 1, known)).toHaveLength(1);
    }
  });

  it('leaves a target that no window is for closed or open, as written', () => {
    const other = target({ vendor: 'Fortinet', name: 'FW2' });
    expect(plan(forPanorama, MONDAY, 3, other).noneReason).toContain('has no window for this target');
    expect(explain({ ...forPanorama, noWindow: 'open' }, MONDAY, other).state).toBe('open');
  });
});

describe('several calendars', () => {
  const evening = rules({ name: 'evening', weekly: [weekly({ start: '20:00', end: '23:00' })] });
  const late = rules({
    name: 'late',
    weekly: [weekly({ name: 'late night', start: '22:00', end: '01:00' })],
  });

  it('are open when each of them is, and the answer names the windows of both', () => {
    const both = plan([evening, late], MONDAY, 1);
    expect(both.calendar).toBe('evening, late');
    expect(both.intervals).toEqual([
      {
        opensAtMs: at('2027-01-04T22:00Z'),
        closesAtMs: at('2027-01-04T23:00Z'),
        windows: ['evening/weekly-1', 'late/late night'],
      },
    ]);
  });

  it('say which of them has no opening, or that they never open together', () => {
    expect(plan([evening, rules({ name: 'never', kind: 'never' })], MONDAY, 1).noneReason).toContain(
      'never never opens',
    );
    const noon = rules({ name: 'noon', weekly: [weekly({ start: '12:00', end: '13:00' })] });
    expect(plan([evening, noon], MONDAY, 7).noneReason).toContain(
      'evening, noon are never open at the same time',
    );
  });
});

describe('a deny that comes back', () => {
  const sundays = rules({
    weekly: [weekly({ start: '22:00', end: '04:00' })],
    deny: [weekly({ name: 'backup', rrule: 'FREQ=MONTHLY;BYDAY=1TU', start: '23:00', durationMs: HOUR })],
  });

  it('is cut out of every window', () => {
    expect(openings(sundays, '2027-01-05T12:00Z', 1)).toEqual([
      '2027-01-05T22:00Z/2027-01-05T23:00Z',
      '2027-01-06T00:00Z/2027-01-06T04:00Z',
    ]);
  });

  it('is named as the reason', () => {
    const denied = explain(sundays, '2027-01-05T23:30Z');
    expect(denied.state).toBe('denied');
    expect(denied.text).toContain(
      'is denied at 2027-01-05 23:30 +00:00 (UTC) by backup until 2027-01-06 00:00',
    );
  });
});

describe('an explanation', () => {
  it('names every rule that was looked at, with owner, reason and who may override a freeze', () => {
    const one = rules({
      weekly: [weekly({ name: 'night', durationMs: HOUR })],
      deny: [weekly({ name: 'backup', start: '03:00', durationMs: HOUR, for: { vendors: ['Fortinet'] } })],
      freezes: [
        freeze('audit', '2027-01-04', '2027-01-04', {
          owner: 'n.weber',
          reason: 'quarter end',
          overridableBy: ['approver'],
        }),
      ],
    });
    const { rules: looked, ruleVersion, tzdataVersion } = explain(one, MONDAY, target({}));
    expect(looked.map(({ text }) => text)).toEqual([
      'window made/night: from 2027-01-04 22:00 +00:00 (UTC) to 2027-01-04 23:00 +00:00 (UTC)',
      'deny made/backup: is for other targets',
      'freeze made/audit: active until 2027-01-05 00:00 +00:00 (UTC); reason: quarter end; owner: n.weber; may be overridden by approver',
    ]);
    expect(ruleVersion).toMatch(/^[0-9a-f]{12}$/);
    expect(tzdataVersion).toBe(process.versions['tz']);
  });

  const nightly = rules({
    zone: 'Europe/Berlin',
    weekly: [weekly({ start: '22:00', end: '04:00' })],
    freezes: [freeze('audit', '2027-01-06', '2027-01-06')],
  });
  const explained = (text: string) => explain(nightly, text);

  it('says that it is open and until when, with the offset', () => {
    expect(explained('2027-01-04T22:00Z')).toMatchObject({
      state: 'open',
      text: 'made is open at 2027-01-04 23:00 +01:00 (Europe/Berlin), until 2027-01-05 04:00 +01:00 (Europe/Berlin)',
    });
  });

  it('says that it is closed and when it opens', () => {
    expect(explained('2027-01-04T12:00Z')).toMatchObject({
      state: 'closed',
      changesAtMs: at('2027-01-04T21:00Z'),
    });
  });

  it('names the freeze', () => {
    const frozen = explained('2027-01-06T22:00Z');
    expect(frozen.state).toBe('frozen');
    expect(frozen.text).toContain('by audit until 2027-01-07 00:00 +01:00');
    expect(frozen.changesAtMs).toBe(at('2027-01-06T23:00Z'));
  });

  it('of a calendar that is open for good gives no end', () => {
    const always = explain(rules({ kind: 'always' }), 0);
    expect(always).toMatchObject({ state: 'open', changesAtMs: null });
  });
});

describe('what an override may open', () => {
  const closed = rules({
    deny: [weekly({ days: ['mon'], start: '12:00', end: '13:00' })],
    freezes: [
      freeze('audit', '2027-01-04T13:00', '2027-01-04T14:00'),
      freeze('year end', '2027-01-04T15:00', '2027-01-04T16:00', { overridableBy: ['approver'] }),
    ],
  });
  const openedFor = (...roles: Role[]): string[] =>
    calendarsOf(closed)
      .overridable({
        calendars: [closed.name],
        fromMs: at('2027-01-04T12:00Z'),
        toMs: at('2027-01-04T17:00Z'),
        target: null,
        roles,
      })
      .map(({ opensAtMs, closesAtMs }) =>
        [opensAtMs, closesAtMs].map((ms) => new Date(ms).toISOString().slice(11, 16)).join('-'),
      );

  it('is closed hours and denies, and of the freezes only those that name one of its roles', () => {
    expect(openedFor('operator', 'approver')).toEqual(['12:00-13:00', '14:00-17:00']);
    expect(openedFor('operator')).toEqual(['12:00-13:00', '14:00-15:00', '16:00-17:00']);
  });
});
