import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { killTagged } from '../../src/scripts/process-table.js';
import { createRunRecords } from '../../src/scripts/run-records.js';
import type { RunRecord } from '../../src/scripts/run-records.js';
import { createScriptRunner } from '../../src/scripts/script-runner.js';
import type { ScriptEntry } from '../../src/domain/script-entry.js';
import type { ScriptResult } from '../../src/scripts/scripts.js';
import { eventually } from '../support/eventually.js';
import { temporaryFolder, writeExecutable } from '../support/run-script.js';
import { scriptEntry } from '../support/running-gateway.js';

const SECRET = 'wf-api:canary-secret';
const folder = temporaryFolder();
const workers: ChildProcess[] = [];
afterEach(() => {
  for (const worker of workers.splice(0)) worker.kill('SIGKILL');
});
afterAll(() => folder.remove());

let count = 0;
/** Data and temporary folder of one installation. */
function installation(): { dataDir: string; temporaryFolder: string } {
  count += 1;
  const dataDir = join(folder.path, `data-${count}`);
  const temporary = join(folder.path, `tmp-${count}`);
  mkdirSync(temporary);
  return { dataDir, temporaryFolder: temporary };
}

/** Writes the ids of its processes into the file that its first argument names, and sleeps; one of them is in no group of ours. */
const WILD = `#!/bin/bash
cat "$CREDENTIAL" > /dev/null
env -i setsid bash -c 'echo $$ >> "$0"; sleep 300' "$1" &
(setsid sleep 300 & echo $! >> "$1")
echo $$ >> "$1"
wait
`;

function wild(): ScriptEntry {
  const executable = writeExecutable(folder.path, 'wild.sh', WILD);
  const sha256 = createHash('sha256').update(WILD).digest('hex');
  return scriptEntry({
    name: 'wild',
    executable,
    sha256,
    timeoutMs: 60_000,
    env: { CREDENTIAL: 'secret:SECURECHANGE' },
  });
}

function quick(): ScriptEntry {
  const text = '#!/bin/sh\necho done\n';
  const executable = writeExecutable(folder.path, 'quick.sh', text);
  return scriptEntry({ name: 'quick', executable, sha256: createHash('sha256').update(text).digest('hex') });
}

function runnerOf(place: ReturnType<typeof installation>): ReturnType<typeof createScriptRunner> {
  return createScriptRunner({
    clock: { now: () => Date.now() },
    references: { setting: () => undefined, secret: () => SECRET },
    ...place,
  });
}

/** A process of its own that runs the wild script under `key`, as a worker does; resolves when all its processes run. */
async function workerWithScript(
  place: ReturnType<typeof installation>,
  key: string,
): Promise<{ worker: ChildProcess; pids: number[] }> {
  const marker = join(folder.path, `pids-${(count += 1)}`);
  const worker = startWorker({ place, key, secret: SECRET, args: [marker] });
  const pids = await eventually('all processes of the script', () => {
    const found = existsSync(marker) ? readFileSync(marker, 'utf8').trim().split('\n').map(Number) : [];
    return found.length === 3 && found;
  });
  return { worker, pids };
}

/** `first` is code that the process runs before anything else. */
function startWorker(options: {
  readonly place: ReturnType<typeof installation>;
  readonly key: string;
  readonly secret: string;
  readonly args: readonly string[];
  readonly first?: string;
}): ChildProcess {
  const { place, key, secret, args, first = '' } = options;
  const program = join(folder.path, `worker-${(count += 1)}.mts`);
  const runner = join(__dirname, '../../src/scripts/script-runner.ts');
  writeFileSync(
    program,
    `${first}
     const { createScriptRunner } = await import(${JSON.stringify(runner)});
     const runner = createScriptRunner({
       clock: { now: () => Date.now() },
       references: { setting: () => undefined, secret: () => ${JSON.stringify(secret)} },
       ...${JSON.stringify(place)},
     });
     await runner.run(${JSON.stringify(wild())}, {
       event: 'ADVANCE', args: ${JSON.stringify(args)}, stdin: '', key: ${JSON.stringify(key)},
     });`,
  );
  const worker = spawn(process.execPath, ['--import', 'tsx', program], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  workers.push(worker);
  return worker;
}

function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const recordsOf = ({ dataDir }: { dataDir: string }): string[] => readdirSync(join(dataDir, 'scripts'));

function editRecord({ dataDir }: { dataDir: string }, change: Partial<RunRecord>): void {
  const file = join(dataDir, 'scripts', recordsOf({ dataDir })[0]!);
  const record = JSON.parse(readFileSync(file, 'utf8')) as RunRecord;
  writeFileSync(file, JSON.stringify({ ...record, ...change }));
}

describe('a worker that is killed while a script runs', () => {
  it('leaves no process of it, no secret, no folder and no record', async () => {
    const place = installation();
    const { worker, pids } = await workerWithScript(place, 'ticket/1');
    expect(pids.every(alive)).toBe(true);
    expect(recordsOf(place)).toHaveLength(1);
    // Not even now is the secret in a file that has a name.
    expect(filesWith(SECRET, place.temporaryFolder)).toEqual([]);
    expect(filesWith(SECRET, '/dev/shm')).toEqual([]);

    worker.kill('SIGKILL');

    await eventually('everything is gone', () => pids.every((pid) => !alive(pid)), 20_000);
    await eventually('the record is gone', () => recordsOf(place).length === 0, 20_000);
    expect(readdirSync(place.temporaryFolder)).toEqual([]);
  });

  it('is cleaned up after by the next worker, where its watcher was killed too', async () => {
    const place = installation();
    const { worker, pids } = await workerWithScript(place, 'ticket/1');
    killWatcherOf(place);
    worker.kill('SIGKILL');
    await eventually('the worker is gone', () => !alive(worker.pid!));
    expect(pids.every(alive)).toBe(true);

    await createRunRecords(place.dataDir).sweep();

    expect(pids.filter(alive)).toEqual([]);
    expect(recordsOf(place)).toEqual([]);
    expect(readdirSync(place.temporaryFolder)).toEqual([]);
  });
});

describe('a worker that is killed between making the file of a secret and removing its name', () => {
  /** Stands still with the file on disk, in memory or, where descriptors cannot be followed, in the folder of the run. */
  async function stoppedWithSecret(
    place: ReturnType<typeof installation>,
    secret: string,
    where: 'memory' | 'folder',
  ): Promise<ChildProcess> {
    const stop = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';
    const worker = startWorker({
      place,
      key: 'ticket/1',
      secret,
      args: [],
      first: `import fs from 'node:fs';
        import { syncBuiltinESMExports } from 'node:module';
        const { writeFileSync, statSync } = fs;
        fs.writeFileSync = (path, content, options) => {
          writeFileSync(path, content, options);
          if (content === ${JSON.stringify(secret)}) { ${stop} }
        };
        fs.statSync = (path, options) => (${where === 'folder'} && path === '/proc/self/fd' ? undefined : statSync(path, options));
        syncBuiltinESMExports();`,
    });
    await eventually('the secret is in a file', () => leftOf(place, secret).length === 1);
    const [left = ''] = leftOf(place, secret);
    expect(left.startsWith(where === 'memory' ? '/dev/shm/' : place.temporaryFolder)).toBe(true);
    expect(statSync(left).mode & 0o077).toBe(0);
    return worker;
  }

  const leftOf = ({ temporaryFolder: folderOfRuns }: ReturnType<typeof installation>, secret: string) => [
    ...filesWith(secret, '/dev/shm'),
    ...filesWith(secret, folderOfRuns),
  ];

  it.each(['memory', 'folder'] as const)('its watcher removes the file (%s)', async (where) => {
    const place = installation();
    const secret = `left-for-the-watcher-${randomUUID()}`;
    const worker = await stoppedWithSecret(place, secret, where);

    worker.kill('SIGKILL');

    await eventually('no file with it is left', () => leftOf(place, secret).length === 0);
    await eventually('the record is gone', () => recordsOf(place).length === 0);
  });

  it.each(['memory', 'folder'] as const)(
    'where its watcher was killed too, the next worker removes it before it asks for anything (%s)',
    async (where) => {
      const place = installation();
      const secret = `left-for-the-next-${randomUUID()}`;
      const worker = await stoppedWithSecret(place, secret, where);
      killWatcherOf(place);
      worker.kill('SIGKILL');
      await eventually('the worker is gone', () => !alive(worker.pid!));
      expect(leftOf(place, secret)).toHaveLength(1);

      const next = spawn(process.execPath, ['--import', 'tsx', 'workers/main.ts'], {
        env: {
          PATH: process.env['PATH'],
          SCO_DATA_DIR: place.dataDir,
          // No server listens there: this worker comes no further.
          TEMPORAL_ADDRESS: '127.0.0.1:9',
          SECURECHANGE_URL: 'http://127.0.0.1:9',
          SECURECHANGE_USER: 'wf-api',
          SECURECHANGE_PASSWORD: 'wf-api',
          SECURECHANGE_ALLOW_PLAIN_HTTP: 'true',
          SCO_ACTOR_KEY: 'k'.repeat(64),
        },
        stdio: 'ignore',
      });
      workers.push(next);

      await eventually('no file with it is left', () => leftOf(place, secret).length === 0);
      await eventually('the record is gone', () => recordsOf(place).length === 0);
    },
  );
});

describe('a second copy of a script', () => {
  const call = { event: 'ADVANCE', args: [], stdin: '', key: 'ticket/1' };

  it('is not started while the first lives, whatever a command says', async () => {
    const place = installation();
    const { pids } = await workerWithScript(place, call.key);
    // Also where the command names exactly the run that we see.
    const [file = ''] = readdirSync(join(place.dataDir, 'scripts'));
    const { id } = JSON.parse(readFileSync(join(place.dataDir, 'scripts', file), 'utf8')) as { id: string };
    const result = await runnerOf(place).run(quick(), { ...call, endedRun: id });
    expect(result).toMatchObject({ outcome: 'earlierMayRun', exitCode: null, stdout: '' });
    expect(result.stderr).toMatch(/an earlier run may still be under way: wild, started .* which is still/);
    expect(result.earlierRun).toBeUndefined();
    expect(pids.every(alive)).toBe(true);
    // Another run is not hindered.
    expect(await runnerOf(place).run(quick(), { ...call, key: 'ticket/2' })).toMatchObject({ exitCode: 0 });
  });

  it('starts after what a dead worker left of the first was ended', async () => {
    const place = installation();
    const { worker, pids } = await workerWithScript(place, call.key);
    killWatcherOf(place);
    worker.kill('SIGKILL');
    await eventually('the worker is gone', () => !alive(worker.pid!));
    const result = await runnerOf(place).run(quick(), call);
    expect(result).toMatchObject({ outcome: 'exited', stdout: 'done\n' });
    expect(pids.filter(alive)).toEqual([]);
  });

  it('of a run on another host starts only when a person says that exactly that run ended', async () => {
    const place = installation();
    const runner = runnerOf(place);
    const open = createRunRecords(place.dataDir).open(call.key, {
      script: 'quick',
      startedAtMs: Date.now(),
      folder: (id) => join(place.temporaryFolder, `sco-script-${id}`),
    });
    editRecord(place, { host: 'other-host' });
    const asked: ScriptResult = await runner.run(quick(), call);
    expect(asked).toMatchObject({ outcome: 'earlierMayRun', earlierRun: open.id });
    expect(asked.stderr).toContain('on other-host');
    expect((await runner.run(quick(), { ...call, endedRun: 'another' })).outcome).toBe('earlierMayRun');

    expect(await runner.run(quick(), { ...call, endedRun: open.id })).toMatchObject({ stdout: 'done\n' });
    expect(recordsOf(place)).toEqual([]);
  });

  it('is not started where no record of it can be written', async () => {
    const blocked = join(folder.path, 'a-file');
    writeFileSync(blocked, '');
    const result = await runnerOf({ ...installation(), dataDir: blocked }).run(quick(), call);
    expect(result.outcome).toBe('refused');
    expect(result.stderr).toMatch(/no record of it can be written to SCO_DATA_DIR, .*a-file \(ENOTDIR\)/);
  });

  it('of two that ask at once, one starts', async () => {
    const place = installation();
    const results = await Promise.all([1, 2, 3].map(async () => runnerOf(place).run(quick(), call)));
    expect(results.map(({ outcome }) => outcome).sort()).toEqual([
      'earlierMayRun',
      'earlierMayRun',
      'exited',
    ]);
  });
});

it('nothing that bears no tag is killed', async () => {
  const bystander = spawn('sleep', ['300']);
  workers.push(bystander);
  expect(await killTagged({ id: 'f'.repeat(24), fileSizeLimit: 268_435_999 }, { pauseMs: 0 })).toBe(true);
  expect(alive(bystander.pid!)).toBe(true);
});

function filesWith(text: string, under: string): string[] {
  return readdirSync(under, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      try {
        return readFileSync(path, 'utf8').includes(text);
      } catch {
        return false;
      }
    });
}

function killWatcherOf({ dataDir }: { dataDir: string }): void {
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      if (args.some((arg) => arg.includes('orphan-watch-main')) && args.includes(dataDir))
        process.kill(Number(name), 'SIGKILL');
    } catch {
      // It ended between the two looks.
    }
  }
}
