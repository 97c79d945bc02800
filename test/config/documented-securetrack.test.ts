/** The files that config/README.md shows of a process whose Commits are made by SecureTrack. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { windowCopies } from '../../src/calendar/window-copies.js';
import { loadConfig } from '../../src/config/load-config.js';
import { calendarsOf } from '../../src/config/windows-basis.js';
import { minute } from '../calendar/rules.js';

const EXAMPLE = 'docs/examples/securetrack';
const FILES = ['calendars.yaml', 'processes/panorama-change.yaml', 'managers.yaml'] as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sco-securetrack-'));
  for (const name of [
    'servers.yaml',
    'scripts.yaml',
    'people.yaml',
    'managers.yaml',
    'scripts',
    'integrations',
  ])
    cpSync(join('config', name), join(folder, name), { recursive: true });
  cpSync(EXAMPLE, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

function edit(name: (typeof FILES)[number], before: string, after: string): void {
  const text = readFileSync(join(folder, name), 'utf8');
  expect(text).toContain(before);
  writeFileSync(join(folder, name), text.replace(before, after));
}

it('stands in config/README.md word for word', () => {
  const readme = readFileSync('config/README.md', 'utf8');
  for (const name of FILES)
    expect(readme).toContain(`\`\`\`yaml\n# ${name}\n${readFileSync(join(EXAMPLE, name), 'utf8')}\`\`\``);
});

it('saves a day ahead, and leaves the Commit to the window that its calendar copies', () => {
  const config = loadConfig(folder);
  const [process] = config.processes;
  expect(process).toMatchObject({
    commitBy: 'securetrack',
    saveUpdates: { aheadMs: 86_400_000 },
    window: { calendar: 'panorama-window' },
  });
  const calendars = calendarsOf(config);
  expect(windowCopies(calendars)).toEqual([
    { calendar: 'panorama-window', uuid: '07c230ce-2dec-4109-a0db-33ff45ba1057' },
  ]);
  const { intervals } = calendars.plan({
    calendars: ['panorama-window'],
    fromMs: Date.parse('2027-01-04T12:00Z'),
    horizonDays: 7,
    target: null,
  });
  expect(intervals.map(({ opensAtMs, closesAtMs }) => `${minute(opensAtMs)}/${minute(closesAtMs)}`)).toEqual([
    '2027-01-08T00:00Z/2027-01-08T02:00Z',
  ]);
});

it('names the person who answers for a manager that both commit', () => {
  expect(loadConfig(folder).managers).toMatchObject([
    { name: 'PANO-8', policy: { secureTrackWindows: { by: 'o.brandt' } } },
  ]);
});

it.each([
  ['calendars.yaml', / {4}secureTrackWindow: .*\n/, 'needs secureTrackWindow in calendar panorama-window'],
  ['processes/panorama-change.yaml', /saveUpdates: .*\n/, 'needs saveUpdates: { ahead: … }'],
] as const)('is refused without its line in %s', (name, line, mistake) => {
  const [found = ''] = line.exec(readFileSync(join(folder, name), 'utf8')) ?? [];
  expect(found).not.toBe('');
  edit(name, found, '');
  const { processes, faultyProcesses } = loadConfig(folder);
  expect(processes).toEqual([]);
  expect(JSON.stringify(faultyProcesses)).toContain(mistake);
});
