/** What config/README.md and the runbook show of calendars, managers, people and processes, each laid over the shipped files. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../src/config/load-config.js';
import { ConfigError, formatMistake } from '../../src/config/mistakes.js';

/** Whole files, and parts of a file, that other tests compare word for word and load. */
const EXAMPLES = ['docs/examples/windows', 'docs/examples/securetrack', 'docs/examples/devices', 'config'];

/** The file of a block that does not name it, by its first member. */
const FILE_OF: Readonly<Record<string, string>> = {
  calendars: 'calendars.yaml',
  managers: 'managers.yaml',
  startAlone: 'people.yaml',
  window: 'processes/firewall-change.yaml',
};
const COVERED = /^(calendars|managers|people|capabilities)\.yaml$|^processes\//;
/** Names a server or a script of the block before it: mail-points.test.ts and load-managers.test.ts. */
const NEEDS_OTHERS = /^integrationPoints:|\bprobe:/m;

interface Block {
  readonly where: string;
  readonly file: string;
  readonly text: string;
}

const blocks = ['config/README.md', 'docs/runbook.md'].flatMap((document) => {
  const page = readFileSync(document, 'utf8');
  return [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].flatMap(({ 1: text = '', index }): Block[] => {
    const named = /^# (\S+\.yaml)\n/.exec(text)?.[1];
    const file = named ?? FILE_OF[/^([A-Za-z]+):/.exec(text)?.[1] ?? ''];
    const where = `${document}:${page.slice(0, index).split('\n').length}`;
    return file !== undefined && COVERED.test(file) ? [{ where, file, text }] : [];
  });
});

const isElsewhere = ({ file, text }: Block): boolean =>
  EXAMPLES.some((folder) => {
    const path = join(folder, file);
    const body = text.replace(/^# .*\n/, '');
    return existsSync(path) && body.split('\n\n').every((part) => readFileSync(path, 'utf8').includes(part));
  });

type Members = Record<string, unknown>;
const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the block says takes the place of what the shipped file says; lists grow, a person is replaced. */
function laidOver(shipped: unknown, shown: unknown): unknown {
  if (Array.isArray(shipped) && Array.isArray(shown)) {
    const logins = shown.map(loginOf);
    const others = shipped.filter((one) => loginOf(one) === undefined || !logins.includes(loginOf(one)));
    return [...(shown as unknown[]), ...(others as unknown[])];
  }
  if (!isMembers(shipped) || !isMembers(shown)) return shown;
  const merged = Object.entries(shown).map(([name, value]) => [name, laidOver(shipped[name], value)]);
  return { ...shipped, ...(Object.fromEntries(merged) as Members) };
}

function loginOf(one: unknown): unknown {
  return isMembers(one) ? one['login'] : undefined;
}

function mistakesWith({ file, text }: Block): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sco-shown-'));
  try {
    cpSync('config', folder, { recursive: true });
    const path = join(folder, file);
    writeFileSync(path, stringify(laidOver(parse(readFileSync(path, 'utf8')), parse(text))));
    return loadConfig(folder).faultyProcesses.flatMap(({ mistakes }) => mistakes.map(formatMistake));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.mistakes.map(formatMistake);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const here = blocks.filter((block) => !isElsewhere(block) && !NEEDS_OTHERS.test(block.text));

it.each(here)('$where ($file) is accepted with the shipped configuration', (block) => {
  expect(mistakesWith(block)).toEqual([]);
});

it('looks at the blocks of both documents', () => {
  expect(new Set(blocks.map(({ where }) => where.split(':')[0]))).toEqual(
    new Set(['config/README.md', 'docs/runbook.md']),
  );
  expect(here.length).toBeGreaterThan(8);
});

/** What a process, a manager or a person of people.yaml can say of windows, approvals, emergencies and devices. */
const FEATURES: Readonly<Record<string, RegExp>> = {
  'a recurring window and a deny': /^ {4}deny:/m,
  'a freeze with its owner': /freezes:[\s\S]*owner:/,
  'a freeze that a role may override': /overridableBy:/,
  'a calendar of a manager': /^ {4}calendar: \S+/m,
  'a calendar for one target': /perTarget:/,
  'planned dates of the ITSM': /itsmPlannedDates:/,
  'what must remain of a window': /minimumRemaining:/,
  'what happens when it closes': /whenWindowCloses:/,
  jitter: /openingJitter:/,
  'windows of SecureTrack': /commitBy: securetrack/,
  'that both commit': /secureTrackWindows:/,
  'partial failure': /partialFailure: waves/,
  conflicts: /conflicts:/,
  'several approvals': /covers: request\n/,
  'an emergency': /kind: emergency/,
  'an override': /override: \{ roles:/,
  'rights to push': /pushRights:/,
  'one person of several names': /alsoKnownAs:/,
  'a start by one person': /startAlone:/,
  'capabilities of devices': /families:/,
};

it.each(Object.entries(FEATURES))(
  '%s is shown in a block that is loaded here or stands in a tested file',
  (_, shown) => {
    expect(
      blocks.some((block) => (here.includes(block) || isElsewhere(block)) && shown.test(block.text)),
    ).toBe(true);
  },
);
