import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';

interface Package {
  version: string;
  bin: Record<string, string>;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const manifestOf = (folder: string): Package =>
  JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as Package;
const manifest = manifestOf('');
const workspaces = readdirSync('packages').map((name) => manifestOf(`packages/${name}/`));
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<
    string,
    { version: string; resolved?: string; link?: boolean; optionalDependencies?: Record<string, string> }
  >;
};

describe('the package', () => {
  it('pins every dependency exactly', () => {
    const loose = [manifest, ...workspaces]
      .flatMap(({ dependencies, devDependencies }) => Object.entries({ ...dependencies, ...devDependencies }))
      .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));

    expect(loose).toEqual([]);
  });

  it('has one version in all its workspaces, and each of their dependencies in one version', () => {
    const wanted = new Map(Object.entries({ ...manifest.devDependencies, ...manifest.dependencies }));

    for (const { version, dependencies } of workspaces) {
      expect(version).toBe(manifest.version);
      for (const [name, needed] of Object.entries(dependencies)) {
        expect([name, wanted.get(name) ?? needed]).toEqual([name, needed]);
      }
    }
  });

  it('has one version of the Temporal SDK', () => {
    const versions = Object.entries(lock.packages)
      .filter(([path]) => path.startsWith('node_modules/@temporalio/'))
      .map(([, { version }]) => version);

    expect(versions.length).toBeGreaterThan(5);
    expect(new Set(versions)).toEqual(new Set(['1.24.0']));
  });

  it('has one protobufjs for the whole SDK, without which histories cannot be read as JSON', () => {
    const history = {
      events: [
        {
          eventId: 1,
          eventTime: '2026-11-22T06:00:00Z',
          workflowExecutionStartedEventAttributes: { attempt: 1 },
        },
      ],
    };

    const there = historyToJSON(historyFromJSON(JSON.parse(JSON.stringify(history))));
    expect(JSON.parse(there)).toMatchObject({ events: [{ eventId: '1' }] });
    expect(Object.keys(lock.packages).filter((path) => /@temporalio\/.*\/protobufjs$/.test(path))).toEqual(
      [],
    );
  });

  it("names no download address in the lock file: which registry is used is the installing machine's choice", () => {
    const hosts = Object.values(lock.packages).flatMap(({ resolved, link }) =>
      resolved === undefined || link === true ? [] : [new URL(resolved).host],
    );

    expect(hosts).toEqual([]);
  });

  it('lists in the lock file every package for another platform, without which npm ci refuses it', () => {
    const missing = Object.values(lock.packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies).filter(
        (name) => !Object.keys(lock.packages).some((path) => path.endsWith(`node_modules/${name}`)),
      ),
    );

    // After npm install: node scripts/complete-lock-file.mjs
    expect(missing).toEqual([]);
  });

  it('has a file for everything its scripts and its command name', () => {
    const files = [...Object.values(manifest.scripts), ...Object.values(manifest.bin)]
      .flatMap((command) => command.split(' '))
      .filter((word) => /\.(ts|mjs)$/.test(word));

    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  it.each(['.ci/run', 'bin/sco.mjs'])('can run %s', (file) => {
    expect(() => accessSync(file, constants.X_OK)).not.toThrow();
  });
});

describe('the test suite', () => {
  it('has a layer for every test file, so that none is never run', () => {
    const listed = execFileSync(
      process.execPath,
      ['node_modules/jest/bin/jest.js', '--listTests', '--json'],
      {
        encoding: 'utf8',
      },
    );
    const run = new Set((JSON.parse(listed) as string[]).map((path) => relative('', path)));
    const written = execFileSync(
      'git',
      [
        'ls-files',
        '--cached',
        '--others',
        '--exclude-standard',
        'test/**/*.test.ts',
        'packages/**/*.test.ts',
      ],
      { encoding: 'utf8' },
    );

    expect(written.split('\n').filter((path) => path !== '' && existsSync(path) && !run.has(path))).toEqual(
      [],
    );
  });
});
