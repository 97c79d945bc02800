/** The files that config/README.md shows as one complete example of windows. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCalendars } from '../../src/calendar/create-calendars.js';
import { loadConfig } from '../../src/config/load-config.js';
import { tagsOf } from '../../src/config/windows-basis.js';
import { calendarsFor } from '../../src/domain/window.js';
import { runSco } from '../support/cli-context.js';
import { minute, target } from '../calendar/rules.js';

const EXAMPLE = 'docs/examples/windows';
const FILES = ['calendars.yaml', 'managers.yaml', 'processes/branch-change.yaml'] as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sco-windows-'));
  for (const name of ['servers.yaml', 'scripts.yaml', 'people.yaml', 'scripts', 'integrations'])
    cpSync(join('config', name), join(folder, name), { recursive: true });
  cpSync(EXAMPLE, folder, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

it('stands in config/README.md word for word', () => {
  const readme = readFileSync('config/README.md', 'utf8');
  for (const name of FILES)
    expect(readme).toContain(`\`\`\`yaml\n# ${name}\n${readFileSync(join(EXAMPLE, name), 'utf8')}\`\`\``);
});

/** Openings of a target in the days from an instant on, by all that the files say of it. */
function openings(laneName: string, from: string, horizonDays: number, name = 'FW1'): string[] {
  const config = loadConfig(folder);
  const [process] = config.processes;
  const asked = target({ name, laneName, laneKey: laneName, path: [laneName, name] });
  const manager = config.managers.find((one) => one.name === laneName)?.policy.calendar ?? null;
  const calendars = createCalendars({
    calendar: (calendar) => config.calendars.find((one) => one.name === calendar),
    calendarNames: () => config.calendars.map((one) => one.name),
  });
  const { intervals } = calendars.plan({
    calendars: calendarsFor(process!.window, manager, asked),
    fromMs: Date.parse(from),
    horizonDays,
    target: { ...asked, tags: tagsOf(config, asked) },
  });
  return intervals.map(({ opensAtMs, closesAtMs }) => `${minute(opensAtMs)}/${minute(closesAtMs)}`);
}

it('opens in branch nights, less the backup of the first Tuesday', () => {
  expect(openings('FMG-EU', '2027-01-04T12:00Z', 2)).toEqual([
    '2027-01-04T21:00Z/2027-01-05T03:00Z',
    '2027-01-05T21:00Z/2027-01-05T22:00Z',
    '2027-01-05T23:00Z/2027-01-06T03:00Z',
  ]);
});

it('opens on a manager only while its own calendar is open as well', () => {
  expect(openings('PANO-8', '2027-01-04T12:00Z', 1)).toEqual(['2027-01-04T21:00Z/2027-01-04T23:00Z']);
});

it('opens on the moved data centre by its one-off window, and for the named target by its own calendar', () => {
  expect(openings('PANO-8', '2027-02-06T12:00Z', 1)[0]).toBe('2027-02-06T19:00Z/2027-02-06T23:00Z');
  expect(openings('ASA-EDGE', '2027-02-06T12:00Z', 1, 'ASA-EDGE')).toEqual([
    '2027-02-06T17:00Z/2027-02-06T23:00Z',
  ]);
});

it('opens behind the hour that the clock leaves out, and not at all in the freeze or for what has no window', () => {
  expect(openings('FMG-EU', '2027-03-27T12:00Z', 1)).toEqual(['2027-03-28T01:30Z/2027-03-28T03:30Z']);
  expect(openings('FMG-EU', '2027-03-29T00:00Z', 4)).toEqual([]);
  expect(openings('LAB', '2027-01-04T12:00Z', 7)).toEqual([]);
});

it('names each rule of the window in the process, and nothing is suspicious but the change of the clock', async () => {
  const [process] = loadConfig(folder).processes;
  expect(process?.window).toMatchObject({
    minimumRemainingMs: 30 * 60_000,
    whenWindowCloses: 'finish',
    openingJitterMs: 5 * 60_000,
    plannedDates: { server: 'servicenow', start: 'start_date', end: 'end_date', blank: 'refuse' },
  });
  const { json } = await runSco(['window', 'lint', '--json'], {
    context: { now: () => Date.parse('2027-01-04T12:00Z'), environment: { SCO_CONFIG_DIR: folder } },
  });
  const { findings } = json() as { findings: { kind: string; about: string }[] };
  expect(new Set(findings.map(({ kind, about }) => `${about} ${kind}`))).toEqual(
    new Set(['branches clockChange']),
  );
});
