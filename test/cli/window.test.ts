import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROCESS, writeFolder } from '../config/config-folder.js';
import type { UnreadableLane } from '../../packages/client/src/contract.js';
import type { JudgedWindow, LaneWindows } from '../../src/domain/window-record.js';
import { NOW, runSco } from '../support/cli-context.js';

let folder: string;
beforeAll(() => {
  folder = writeFolder({
    'calendars.yaml': `calendars:
  nightly:
    zone: Europe/Berlin
    weekly: [{ name: weeknight, days: [mon, tue, wed, thu], start: '22:00', end: '04:00' }]
    deny: [{ name: backup, rrule: FREQ=MONTHLY;BYDAY=1TU, start: '23:00', duration: 1h }]
    freezes: [{ name: audit, date: 2027-01-06, owner: n.weber, reason: quarter end }]
`,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const sco = async (...args: string[]) =>
  await runSco(['window', ...args], {
    context: { environment: { PATH: process.env['PATH'], SCO_CONFIG_DIR: folder } },
  });

describe('sco window import', () => {
  it('prints windows for calendars.yaml, and what it could not import', async () => {
    const path = join(folder, 'team.ics');
    const event = (...lines: string[]): string[] => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'];
    const nights = event(
      'SUMMARY:Nights',
      'DTSTART;TZID=Europe/Berlin:20270104T220000',
      'DTEND;TZID=Europe/Berlin:20270105T040000',
      'RRULE:FREQ=WEEKLY;BYDAY=MO',
    );
    const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', ...nights, ...event('SUMMARY:Odd'), 'END:VCALENDAR', ''];
    writeFileSync(path, lines.join('\r\n'));
    const { code, out } = await sco('import', path);
    expect(out).toContain(
      'weekly:\n  - {"name":"Nights","zone":"Europe/Berlin","rrule":"FREQ=WEEKLY;BYDAY=MO"',
    );
    expect(out).toContain('# not imported: event 2 (Odd): it has no DTSTART');
    expect(code).toBe(1);
    const yaml = out
      .split('\n')
      .slice(0, 2)
      .map((line) => `    ${line}`)
      .join('\n');
    const used = writeFolder({ 'calendars.yaml': `calendars:\n  nightly:\n${yaml}\n` });
    const next = await runSco(['window', 'next', 'nightly', '--at', '2027-01-04T12:00Z'], {
      context: { environment: { PATH: process.env['PATH'], SCO_CONFIG_DIR: used } },
    });
    expect(next.out).toContain('2027-01-04 21:00 +00:00');
    rmSync(used, { recursive: true });
  });
});

describe('sco window', () => {
  it('at says whether it is open, at a wall time of the calendar', async () => {
    const { code, out } = await sco('at', 'nightly', '--at', '2027-01-04T23:00');
    expect(out).toContain(
      'nightly is open at 2027-01-04 23:00 +01:00 (Europe/Berlin), until 2027-01-05 04:00 +01:00',
    );
    expect(code).toBe(0);
  });

  it('explain names every rule, the freeze with its owner and reason', async () => {
    const { out } = await sco('explain', 'nightly', '--at', '2027-01-06T12:00');
    expect(out).toContain('nightly is frozen at 2027-01-06 12:00 +01:00 (Europe/Berlin) by audit');
    expect(out).toContain(
      '● freeze nightly/audit: active until 2027-01-07 00:00 +01:00 (Europe/Berlin); reason: quarter end; owner: n.weber',
    );
    expect(out).toContain('○ window nightly/weeknight');
    expect(out).toContain('○ deny nightly/backup');
  });

  it('next and preview list openings with their windows, for programs too', async () => {
    const { out } = await sco('next', 'nightly', '--at', '2027-01-04T12:00');
    expect(out).toContain('2027-01-04 22:00 +01:00');
    expect(out).not.toContain('2027-01-05 22:00');
    const { json } = await sco('preview', 'nightly', '--at', '2027-01-04T12:00', '--days', '2', '--json');
    expect((json() as { intervals: unknown[] }).intervals).toMatchObject([
      { opensAtMs: Date.parse('2027-01-04T21:00Z'), windows: ['nightly/weeknight'] },
      { opensAtMs: Date.parse('2027-01-05T21:00Z'), closesAtMs: Date.parse('2027-01-05T22:00Z') },
    ]);
  });

  it('answers for a process and a target', async () => {
    const { json } = await sco(
      'next',
      '--process',
      'web',
      '--target',
      'FW1',
      '--at',
      '2027-01-04T12:00',
      '--json',
    );
    expect(json()).toMatchObject({
      calendar: 'nightly',
      intervals: [{ opensAtMs: Date.parse('2027-01-04T21:00Z'), windows: ['nightly/weeknight'] }],
    });
  });

  it('ical prints a feed that says when the openings are', async () => {
    const { out } = await sco('ical', 'nightly', '--at', '2027-01-04T12:00', '--days', '1');
    expect(out).toContain('BEGIN:VEVENT');
    expect(out).toContain('DTSTART:20270104T210000Z');
    expect(out).toContain('DTEND:20270105T030000Z');
  });

  it('lint names what is suspicious and ends with 1 when there is a warning', async () => {
    const other = mkdtempSync(join(tmpdir(), 'sco-lint-'));
    writeFileSync(
      join(other, 'calendars.yaml'),
      `calendars:
  dst:
    zone: America/New_York
    dst: skip
    weekly: [{ name: early, days: [sun], start: '02:30', end: '03:30' }]
    freezes: [{ name: old, date: 2020-01-01 }]
  shadow:
    weekly:
      - { name: night, days: [mon], start: '22:00', end: '23:00' }
      - { name: whole, days: [mon], start: '20:00', end: '24:00' }
`,
    );
    const { code, json } = await runSco(['window', 'lint', '--json'], {
      context: { environment: { PATH: process.env['PATH'], SCO_CONFIG_DIR: other } },
    });
    rmSync(other, { recursive: true });
    const { findings } = json() as { findings: { about: string; kind: string; text: string }[] };
    expect(findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          about: 'dst',
          kind: 'clockChange',
          text: expect.stringContaining('left out (dst: skip)') as string,
        }),
        expect.objectContaining({
          about: 'dst',
          kind: 'shadowed',
          text: expect.stringContaining('freeze old (to 2020-01-01) has no occurrence') as string,
        }),
        expect.objectContaining({
          about: 'shadow',
          kind: 'shadowed',
          text: expect.stringContaining('window night changes nothing') as string,
        }),
        expect.objectContaining({ about: 'shadow', kind: 'unused' }),
      ]),
    );
    expect(code).toBe(1);
  });

  const linted = async (files: Readonly<Record<string, string>>, ...args: string[]) => {
    const other = writeFolder({ 'processes/web.yaml': undefined, ...files });
    const { code, json } = await runSco(['window', 'lint', '--json', ...args], {
      context: { environment: { PATH: process.env['PATH'], SCO_CONFIG_DIR: other } },
    });
    rmSync(other, { recursive: true });
    const { findings } = json() as { findings: { about: string; kind: string; text: string }[] };
    return { code, findings, texts: findings.map(({ about, text }) => `${about}: ${text}`) };
  };
  const nights = (name: string, start: string, end: string): string =>
    `  ${name}: { weekly: [{ days: [mon, tue, wed, thu, fri, sat, sun], start: '${start}', end: '${end}' }] }\n`;
  const second = PROCESS.replace('name: web', 'name: lab').replace('workflow: Web change', 'workflow: Lab');

  it('lint looks at the calendar of a manager, and at what it has in common with each process', async () => {
    const { texts, code } = await linted({
      'processes/web.yaml': PROCESS,
      'calendars.yaml': `calendars:\n${nights('nightly', '22:00', '23:00')}${nights('noon', '12:00', '13:00')}${nights('late', '22:50', '23:30')}`,
      'managers.yaml':
        'managers:\n  CMA: { calendar: noon }\n  PANO: { calendar: late }\n  FMC: { expectedPush: 2h }\n',
    });
    expect(texts).toEqual([
      'nightly and noon: they are never open together within 14 days, so nothing is pushed for web on CMA',
      expect.stringMatching(
        /^nightly and late: \d+ of \d+ openings are not longer than minimumRemaining of web on PANO/,
      ),
      expect.stringMatching(
        /^nightly: \d+ of \d+ openings are shorter than a push of web on FMC usually takes \(120 min\)/,
      ),
    ]);
    expect(code).toBe(1);
  });

  it('lint names two processes that save early in different calendars, and the managers where it counts', async () => {
    const early = (text: string): string => `${text}saveUpdates: early\n`;
    const files = {
      'processes/web.yaml': early(PROCESS),
      'processes/lab.yaml': early(second.replace('calendar: nightly', 'calendar: late')),
      'calendars.yaml': `calendars:\n${nights('nightly', '22:00', '04:00')}${nights('late', '23:00', '04:00')}`,
    };
    const { findings } = await linted({
      ...files,
      'managers.yaml': 'managers: { CMA: { exclusive: true }, FMC: {} }\n',
    });
    expect(findings).toMatchObject([
      {
        about: 'lab, web',
        kind: 'differentWindows',
        text: expect.stringContaining('(late; nightly): on CMA, what one saved hinders') as string,
      },
    ]);
    expect((await linted(files)).findings).toEqual([]);
    const each = 'managers:\n  CMA: { exclusive: true, calendar: late }\n  FMC: { exclusive: true }\n';
    expect(
      (await linted({ ...files, 'managers.yaml': each })).texts.map((text) => text.split(' on ')[1]),
    ).toEqual([expect.stringMatching(/^CMA,/), expect.stringMatching(/^FMC,/)]);
    const same = {
      ...files,
      'processes/lab.yaml': early(second),
      'managers.yaml': 'managers: { CMA: { exclusive: true } }\n',
    };
    expect((await linted(same)).findings).toMatchObject([{ about: 'late', kind: 'unused' }]);
  });

  it('lint names a calendar without an opening within the days that are asked for', async () => {
    const files = {
      'processes/web.yaml': PROCESS,
      'calendars.yaml': `calendars:\n  nightly: { oneOff: [{ opens: '2026-12-12T20:00', duration: 4h }] }\n`,
    };
    expect((await linted(files)).texts).toEqual(['nightly: it has no opening within 14 days']);
    expect((await linted(files, '--days', '30')).texts).toEqual([]);
  });

  it('lint compares a rule for some targets with those for the same, or for all', async () => {
    const rule = (name: string, start: string, scope = ''): string =>
      `      - { name: ${name}, days: [mon], start: '${start}', end: '23:00'${scope} }\n`;
    const cma = ', for: { managers: [CMA] }';
    const pano = ', for: { managers: [PANO] }';
    const { findings } = await linted({
      'processes/web.yaml': PROCESS,
      'calendars.yaml': `calendars:\n  nightly:\n    noWindow: closed\n    weekly:\n${rule('all', '20:00')}${rule('within', '21:00', cma)}${rule('wider', '19:00', cma)}${rule('other', '19:30', pano)}`,
    });
    const names = findings.filter(({ kind }) => kind === 'shadowed').map(({ text }) => text.split(' ')[1]);
    expect(names).toEqual(['within']);
  });

  it('lint names a time of a one-off window or freeze that the clock leaves out or repeats', async () => {
    const { texts } = await linted({
      'processes/web.yaml': PROCESS,
      'calendars.yaml': `calendars:
  nightly:
    zone: Europe/Berlin
    weekly: [{ days: [mon], start: '20:00', end: '23:00' }]
    oneOff: [{ name: move, opens: '2027-03-28T02:30', duration: 4h }]
    freezes: [{ name: audit, from: '2027-10-31T02:15', to: '2027-10-31T12:00', owner: n.weber }]
`,
    });
    const dst = 'the clock of Europe/Berlin leaves out or repeats';
    expect(texts).toEqual([
      `nightly: move: ${dst} 2027-03-28T02:30; write it with an offset`,
      `nightly: audit: ${dst} 2027-10-31T02:15; write it with an offset`,
    ]);
  });

  it.each([
    [['at'], 'name either a calendar or --process'],
    [['at', 'gone'], 'there is no calendar gone'],
    [['next', 'nightly', '--at', 'soon'], '--at must be a time'],
    [['next', '--process', 'gone'], 'there is no process gone'],
  ])('refuses %j with what to type', async (args, message) => {
    const { code, err } = await sco(...args);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });
});

describe('sco report windows', () => {
  const HOUR = 3_600_000;
  const opening = { opensAtMs: NOW - 3 * HOUR, closesAtMs: NOW - HOUR };
  const windows: readonly JudgedWindow[] = [
    { ...opening, calendar: 'nightly', ruleVersion: 'r1', tzdataVersion: '2025c', windows: ['nightly/a'] },
  ];
  const inside = { atMs: NOW - 2 * HOUR, inside: true, windows, accepted: [] };
  const push = { n: 17, kind: 'commit' as const, target: 'DG-B', tickets: ['4711'], result: 'live' };
  const lane: LaneWindows = {
    key: '20',
    name: 'PANO-8',
    pushes: [{ ...push, enforced: inside }],
    liveByOthers: [],
    missed: [],
  };
  const others = {
    ticketId: '4712',
    targetName: 'DG-B',
    what: 'made live by n.weber',
    afterMs: NOW - 5 * HOUR,
    seenAtMs: NOW - 4 * HOUR,
    opening: null,
    calendar: 'nightly',
  };
  const asked = async (answer: readonly (LaneWindows | UnreadableLane)[], ...args: string[]) =>
    await runSco(['report', 'windows', ...args], { lanes: { windows: async () => answer } });

  it('counts and shows what went live inside its window, and ends with 0', async () => {
    const { code, out, json } = await asked([lane], '--json');
    expect(json()).toMatchObject({
      counts: { inside: 1, outside: 0, missed: 0 },
      rows: [{ state: 'inside', tickets: ['4711'], opening: { ruleVersion: 'r1', tzdataVersion: '2025c' } }],
    });
    expect(code).toBe(0);
    expect(out).toContain('"text": "push 17: live"');
  });

  it('shows what others made live outside it, and ends with 1', async () => {
    const { code, out } = await asked([{ ...lane, liveByOthers: [others] }]);
    expect(out).toMatch(
      /1 inside, 0 overridden, 0 outside, 0 inside by others, 1 outside by others, 0 missed/,
    );
    expect(out).toMatch(/outside by others .*nightly/);
    expect(out).toContain('made live by n.weber');
    expect(code).toBe(1);
  });

  it('is of the last days and of one manager where that is asked', async () => {
    const old = { ...lane, pushes: [{ ...push, enforced: { ...inside, atMs: NOW - 25 * HOUR } }] };
    expect((await asked([old], '--days', '1')).out).toContain('Nothing went live');
    expect((await asked([lane, { ...lane, key: '30', name: 'FMC' }], '--lane', 'FMC')).out).toContain(
      '1 inside',
    );
    const { code, err } = await asked([lane], '--lane', 'gone');
    expect(err).toContain('there is no lane gone; there are: PANO-8');
    expect(code).toBe(2);
  });

  it('says which lane is not in it, and ends with 1', async () => {
    const { code, err } = await asked([lane, { key: '30', unreadable: 'no worker' }]);
    expect(err).toContain('not in the report: lane 30: no worker');
    expect(code).toBe(1);
  });
});
