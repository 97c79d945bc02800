import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { runSco } from '../support/cli-context.js';

/** Each takes longer to load than a shell should wait for a help text. */
const BIG =
  /^(?:undici|nodemailer|express|fast-xml-parser|oauth4webapi|preact|protobufjs|pino|@temporalio\/)/;
/** Below half a second all the same, because they load one of them only. */
const WITH_ONE = ['mediator-build', 'mediator-install', 'survey'];

const loaded: string[] = [];
jest.mock('../../src/cli/commands/rehearse', () => {
  loaded.push('rehearse');
  return jest.requireActual<object>('../../src/cli/commands/rehearse');
});
jest.mock('../../src/cli/commands/doctor', () => {
  loaded.push('doctor');
  return jest.requireActual<object>('../../src/cli/commands/doctor');
});

/** What these files load before anything runs: imports that are not of types only, and theirs. */
function packagesOf(files: readonly string[]): ReadonlySet<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  for (const queue = files.map((file) => resolve(file)); queue.length > 0;) {
    const file = queue.pop()!;
    if (seen.has(file)) continue;
    seen.add(file);
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm,
    )) {
      if (!name.startsWith('.')) packages.add(name);
      else {
        const path = resolve(dirname(file), name);
        queue.push(
          [path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.tsx')].find((one) => existsSync(one))!,
        );
      }
    }
  }
  return packages;
}

const COMMANDS = 'src/cli/commands';

it.each(['src/gateway/main.ts', 'workers/main.ts'])(
  '%s loads nothing of OpenTelemetry before a setting turns traces on',
  (file) => {
    expect([...packagesOf([file])].filter((name) => name.startsWith('@opentelemetry/'))).toEqual([]);
  },
);

it('the traces themselves do', () => {
  expect([...packagesOf(['src/telemetry/otlp-traces.ts'])]).toContain('@opentelemetry/sdk-trace');
});

describe('before a command acts, sco loads', () => {
  it('none of its packages but those of options and settings', () => {
    expect(
      [...packagesOf(['src/cli/main.ts'])].filter((name) => !name.startsWith('node:')).toSorted(),
    ).toEqual(['commander', 'zod']);
  });

  it.each(readdirSync(COMMANDS))('nothing big for %s', (file) => {
    const big = [...packagesOf([join(COMMANDS, file)])].filter((name) => BIG.test(name));
    expect(big.length).toBeLessThanOrEqual(WITH_ONE.includes(file.replace(/\.ts$/, '')) ? 1 : 0);
  });

  it('no module of a command for the help of all, for a mistake and for the version', async () => {
    for (const words of [['--help'], [], ['help'], ['unheard-of'], ['--version']]) {
      const { out, err } = await runSco(words);
      expect(`${out}${err}`).not.toBe('');
    }
    expect(loaded).toEqual([]);
    const { out } = await runSco(['--help']);
    expect(out).toMatch(/^ {2}rehearse +play a ticket through a process/m);
  });

  it('the modules of the command that is asked for, also by `sco help`', async () => {
    const { out } = await runSco(['help', 'rehearse']);
    expect(out).toContain('--save <file>');
    expect(out).toContain('play a ticket through a process');
    expect(loaded).toEqual(['rehearse']);
  });
});
