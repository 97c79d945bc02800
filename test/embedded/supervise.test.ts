import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../src/embedded/process-facts.js';
import { superviseProcess } from '../../src/embedded/supervise.js';
import type { ProcessOptions, SupervisedProcess } from '../../src/embedded/supervise.js';
import { eventually } from '../support/eventually.js';

let folder: string;
const started: SupervisedProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sco-supervise-'));
});

afterEach(async () => {
  await Promise.all(started.splice(0).map(async (one) => one.stop(0)));
  rmSync(folder, { recursive: true, force: true });
});

/** What the latest process wrote. */
let said: string[];

/** Ready when it has written such a line, where one is given. */
async function supervise(
  script: string,
  { line, ...options }: Partial<ProcessOptions> & { line?: RegExp } = {},
): Promise<SupervisedProcess> {
  const lines: string[] = [];
  said = lines;
  const one = await superviseProcess({
    name: 'child',
    command: 'sh',
    args: ['-c', script],
    onLine: (text) => lines.push(text),
    ...(line && { readyWhen: async () => lines.some((text) => line.test(text)) }),
    ...options,
  });
  started.push(one);
  return one;
}

describe('a process of ours', () => {
  it('is asked whether it is ready with the instant of its start, and what is not there is not ready', async () => {
    const before = Date.now();
    const asked: number[] = [];
    await supervise('exec sleep 60', { readyWhen: async (at) => asked.push(at) > 0 });
    expect(asked[0]).toBeGreaterThanOrEqual(before);

    await expect(
      supervise('exit 3', { readyWhen: async () => new Promise((yes) => setTimeout(() => yes(true), 300)) }),
    ).rejects.toThrow(/ended before it was ready/);
  });

  it('counts as ready when it can be asked', async () => {
    const flag = join(folder, 'ready');
    const asked: boolean[] = [];
    await supervise(`sleep 0.2; touch ${flag}; exec sleep 60`, {
      readyWhen: async () => {
        asked.push(true);
        return readFileSync(flag, 'utf8') === '';
      },
    });

    expect(asked.length).toBeGreaterThan(1);
  });

  it('gives its last words when it ends before it is ready', async () => {
    await expect(supervise('echo cannot bind >&2; exit 3', { line: /ready/ })).rejects.toThrow(
      /child ended before it was ready: exit code 3\n {2}cannot bind/,
    );
  });

  it('gives its last words from the log file too', async () => {
    const logFile = join(folder, 'child.log');

    await expect(
      supervise('echo cannot bind; exit 3', { logFile, readyWhen: async () => false }),
    ).rejects.toThrow(/exit code 3\n {2}cannot bind/);
  });

  it('is given up when it does not become ready in time', async () => {
    const attempt = superviseProcess({
      name: 'child',
      command: 'sh',
      args: ['-c', 'exec sleep 60'],
      readyWhen: async () => false,
      readyWithinMs: 200,
    });

    await expect(attempt).rejects.toThrow(/not ready within 200 ms/);
  });

  it('has its name before each of its lines', async () => {
    const lines: string[] = [];
    await supervise('echo out; echo err >&2; echo ready; exec sleep 60', {
      line: /ready/,
      log: (line) => lines.push(line),
    });

    await eventually('both streams were read', () => lines.length >= 3);
    expect([...lines].sort()).toEqual(['child: err', 'child: out', 'child: ready']);
  });

  it('may finish its work when it is stopped', async () => {
    const trace = join(folder, 'trace');
    const one = await supervise(
      `trap 'echo finished > ${trace}; exit 0' TERM; echo ready; while :; do sleep 0.05; done`,
      {
        line: /ready/,
      },
    );
    await one.stop();

    expect(readFileSync(trace, 'utf8')).toBe('finished\n');
    expect(one.running).toBe(false);
  });

  it('is ended by force when it does not want to stop', async () => {
    const one = await supervise(`trap '' TERM; echo ready; while :; do sleep 0.05; done`, {
      line: /ready/,
    });
    const ended = one.exited();
    await one.stop(100);

    expect(await ended).toBe('SIGKILL');
  });

  it('takes its own children with it when it is killed', async () => {
    const one = await supervise('sleep 60 & echo child $!; wait', { line: /child (\d+)/ });
    const grandchild = Number(/child (\d+)/.exec(said.join())?.[1]);
    expect(isAlive(grandchild)).toBe(true);

    await one.kill();

    await eventually('the grandchild is gone', () => !isAlive(grandchild));
  });

  it('stays dead after a kill until it is started', async () => {
    const one = await supervise('echo ready; exec sleep 60', { line: /ready/ });
    const first = one.pid;
    await one.kill();
    expect(one.running).toBe(false);

    await one.start();

    expect(one.pid).not.toBe(first);
    expect(one.starts).toBe(2);
  });

  it('comes back by itself where that was asked for, and not after a stop', async () => {
    const one = await supervise('echo ready; exec sleep 60', { line: /ready/, restart: true });
    await one.kill();
    await eventually('it runs again', () => one.running && one.starts === 2);

    await one.stop();

    expect(one.running).toBe(false);
    expect(one.starts).toBe(2);
  });
});

describe('Ctrl-C', () => {
  /** A program whose graceful stop ends when the file `done` appears. */
  function program(): { pid: number; said: () => string; exit: Promise<number | null>; finish: () => void } {
    const file = join(folder, 'program.mts');
    const done = join(folder, 'done');
    writeFileSync(
      file,
      `import { existsSync } from 'node:fs';
       import { onInterrupt } from ${JSON.stringify(join(process.cwd(), 'src/embedded/interrupts.ts'))};
       onInterrupt({
         stopGracefully: async (signal) => {
           console.log('stopping after ' + signal);
           while (!existsSync(${JSON.stringify(done)})) await new Promise((resolve) => setTimeout(resolve, 20));
         },
         forceNow: () => console.log('forced'),
       });
       console.log('running');
       setInterval(() => {}, 1000);`,
    );
    const child = spawn(process.execPath, ['--import', 'tsx', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    return {
      pid: child.pid!,
      said: () => text,
      exit: new Promise((resolve) => child.on('close', resolve)),
      finish: () => writeFileSync(done, ''),
    };
  }

  it('once lets work finish', async () => {
    const { pid, said, exit, finish } = program();
    await eventually('it runs', () => said().includes('running'));
    process.kill(pid, 'SIGINT');
    await eventually('it is stopping', () => said().includes('stopping after SIGINT'));
    finish();

    expect(await exit).toBe(0);
    expect(said()).not.toContain('forced');
  });

  it('twice does not wait', async () => {
    const { pid, said, exit } = program();
    await eventually('it runs', () => said().includes('running'));
    process.kill(pid, 'SIGINT');
    await eventually('it is stopping', () => said().includes('stopping'));
    process.kill(pid, 'SIGINT');

    expect(await exit).toBe(130);
    expect(said()).toContain('forced');
  });
});
