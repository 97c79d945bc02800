import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { startDevServer } from '../../src/embedded/dev-server.js';
import { DatabaseInUse } from '../../src/embedded/server-takeover.js';
import type { DevServer, DevServerOptions } from '../../src/embedded/dev-server.js';
import { freePorts } from '../../src/embedded/free-ports.js';
import { locateTemporalCli } from '../../src/embedded/temporal-cli.js';
import { isAlive } from '../../src/embedded/process-facts.js';
import { readServerLock } from '../../src/embedded/server-lock.js';
import { searchAttributeTable } from '../../workflows/search-attributes.js';
import { eventually } from '../support/eventually.js';
import { startTestDevServer } from '../support/temporal-server.js';

let folder: string;
let dbFile: string;
const ends: (() => Promise<void> | void)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sco-dev-server-'));
  dbFile = join(folder, 'temporal.db');
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<DevServerOptions> = {}): Promise<DevServer> {
  const server = await startDevServer({ durable: false, dbFile, ...options });
  ends.push(async () => server.stop());
  return server;
}

async function connect(server: DevServer): Promise<Connection> {
  const connection = await Connection.connect({ address: server.address });
  ends.push(async () => connection.close());
  return connection;
}

/** A run without a worker: enough to see whether the database still knows it. */
async function acknowledge(server: DevServer, workflowId: string): Promise<void> {
  const client = new Client({ connection: await connect(server) });
  await client.workflow.signalWithStart('ticket', {
    workflowId,
    taskQueue: 'without-worker',
    signal: 'ticketReported',
  });
}

async function signalsOf(server: DevServer, workflowId: string): Promise<number> {
  const client = new Client({ connection: await connect(server) });
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes != null).length;
}

/** Another process of ours that starts a server on the same database; prints `address pid adopted`, or why not. */
function anotherProcess(): { firstLine: Promise<string>; pid: number; kill: () => void } {
  const script = `
    import { startDevServer } from ${JSON.stringify(join(process.cwd(), 'src/embedded/dev-server.ts'))};
    try {
      const server = await startDevServer({ durable: false, dbFile: ${JSON.stringify(dbFile)} });
      console.log([server.address, server.pid, server.adopted].join(' '));
      setInterval(() => {}, 1000);
    } catch (error) {
      console.log(error.name + ': ' + error.message);
    }`;
  const file = join(folder, 'another.mts');
  writeFileSync(file, script);
  const child = spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => void child.kill('SIGKILL');
  ends.push(kill);
  const firstLine = new Promise<string>((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes('\n')) resolve(text.split('\n')[0]!);
    });
  });
  return { firstLine, pid: child.pid!, kill };
}

describe('the development server', () => {
  it('keeps closed runs for 30 days and knows our search attributes', async () => {
    const connection = await connect(await start({ searchAttributes: searchAttributeTable() }));

    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });

    expect(tsToMs(config!.workflowExecutionRetentionTtl)).toBe(30 * 24 * 60 * 60 * 1000);
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(searchAttributeTable().map(({ name }) => name)),
    );
  });

  it('registers search attributes that are new on a database that exists already', async () => {
    const first = await start({ searchAttributes: [{ name: 'ScoPhase', type: 'KEYWORD' }] });
    await first.stop();

    const second = await start({ searchAttributes: searchAttributeTable() });

    const { customAttributes } = await (
      await connect(second)
    ).operatorService.listSearchAttributes({
      namespace: 'default',
    });
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(['ScoPhase', 'ScoDevices', 'ScoNeedsAttention']),
    );
    // Registered is not enough: a list must be able to use it at once.
    const client = new Client({ connection: await connect(second) });
    for await (const run of client.workflow.list({ query: 'ScoNeedsAttention = true' }))
      expect(run).toBeUndefined();
  });

  it('refuses a search attribute that exists with another type, naming it', async () => {
    const first = await start({ searchAttributes: [{ name: 'ScoPhase', type: 'INT' }] });
    await first.stop();

    await expect(start({ searchAttributes: searchAttributeTable() })).rejects.toThrow(
      /ScoPhase \(other type\); remove them/,
    );
    expect(existsSync(`${dbFile}.lock`)).toBe(false);
  });

  it('knows every acknowledged event after kill -9, on the same address', async () => {
    const server = await start();
    const address = server.address;
    for (let ticket = 1; ticket <= 20; ticket += 1) await acknowledge(server, `ticket/${ticket}`);

    await server.kill();
    expect(isAlive(server.pid)).toBe(false);
    await server.revive();

    expect(server.address).toBe(address);
    for (let ticket = 1; ticket <= 20; ticket += 1)
      expect(await signalsOf(server, `ticket/${ticket}`)).toBe(1);
  });

  it('is started again on the same port when it dies by itself', async () => {
    const server = await start({ restart: true });
    const { address, pid } = server;
    await acknowledge(server, 'ticket/4711');

    process.kill(pid, 'SIGKILL');
    await eventually('another server process answers', async () => {
      if (server.pid === pid) return false;
      const connection = await Connection.connect({ address, connectTimeout: 500 });
      await connection.close();
      return true;
    });

    expect(await signalsOf(server, 'ticket/4711')).toBe(1);
    expect(readServerLock(dbFile)?.serverPid).toBe(server.pid);
  });

  it('writes through to the disk where that was asked for', async () => {
    const durable = await start({ durable: true });
    const args = readFileSync(`/proc/${durable.pid}/cmdline`, 'utf8').split('\0');

    expect(args).toEqual(expect.arrayContaining(['journal_mode=WAL', 'synchronous=FULL']));
  });

  it('shows the Web UI where one was asked for', async () => {
    const [uiPort] = await freePorts(1);
    const server = await start({ uiPort: uiPort! });

    expect(server.uiUrl).toBe(`http://127.0.0.1:${uiPort}`);
    const answer = await eventually('the Web UI answers', async () => fetch(server.uiUrl!));
    expect(answer.status).toBe(200);
  });

  it('says which port is taken instead of starting somewhere else', async () => {
    const other = await startTestDevServer();
    ends.push(async () => other.stop());
    const port = Number(other.address.split(':')[1]);

    await expect(start({ port })).rejects.toThrow(
      new RegExp(`Port ${port}, .* is in use by another program`),
    );
  });

  it('says where its last words are when it cannot start', async () => {
    writeFileSync(
      dbFile,
      'this is no SQLite database, and long enough not to be taken for an empty one'.repeat(20),
    );

    await expect(start()).rejects.toThrow(/ended while it started.*temporal\.db\.log/);
  });

  it('starts again when another program took a port it had chosen', async () => {
    const unlucky = join(folder, 'unlucky-temporal');
    writeFileSync(
      unlucky,
      `#!/bin/sh
if [ ! -e "$0.tried" ]; then
  : > "$0.tried"
  echo "can't set metrics port 45998: listen tcp 127.0.0.1:45998: bind: address already in use" >&2
  exit 1
fi
exec ${await locateTemporalCli()} "$@"
`,
      { mode: 0o755 },
    );
    const said: string[] = [];

    const server = await start({ executable: unlucky, log: (line) => said.push(line) });

    expect(isAlive(server.pid)).toBe(true);
    expect(said.join()).toMatch(/metrics port 45998.*Starting it again/);
  });

  it('leaves no process and no lock behind when it is stopped', async () => {
    const server = await start();
    await server.stop();

    expect(isAlive(server.pid)).toBe(false);
    expect(existsSync(`${dbFile}.lock`)).toBe(false);
    expect(existsSync(`${dbFile}.lock.guard`)).toBe(false);
  });
});

describe('a second start on the same database', () => {
  it('is refused while the first one lives, naming process and address', async () => {
    const first = await start();

    const answer = await anotherProcess().firstLine;

    expect(answer).toContain('DatabaseInUse');
    expect(answer).toContain(`process ${process.pid}`);
    expect(answer).toContain(first.address);
    expect(isAlive(first.pid)).toBe(true);
  });

  it('is refused in the same process too', async () => {
    await start();

    await expect(start()).rejects.toThrow(DatabaseInUse);
  });

  it('adopts the healthy server of a supervisor that was killed', async () => {
    const first = anotherProcess();
    const [address, pid] = (await first.firstLine).split(' ');
    first.kill();
    await eventually('the supervisor is gone', () => !isAlive(first.pid));
    expect(isAlive(Number(pid))).toBe(true);

    const second = await start();

    expect([second.address, second.pid, second.adopted]).toEqual([address, Number(pid), true]);
    await second.stop();
    expect(isAlive(Number(pid))).toBe(false);
  });

  it('brings an adopted server back when that dies', async () => {
    const first = anotherProcess();
    const [address] = (await first.firstLine).split(' ');
    first.kill();
    await eventually('the supervisor is gone', () => !isAlive(first.pid));
    const second = await start({ restart: true });
    const adopted = second.pid;

    process.kill(adopted, 'SIGKILL');
    await eventually('a new server process', () => second.pid !== adopted);
    await second.revive();

    expect(second.address).toBe(address);
    await acknowledge(second, 'ticket/4711');
  });

  it('takes over, on the same port, when supervisor and server were both killed', async () => {
    const first = anotherProcess();
    const [address, pid] = (await first.firstLine).split(' ');
    first.kill();
    process.kill(Number(pid), 'SIGKILL');
    await eventually('both are gone', () => !isAlive(first.pid) && !isAlive(Number(pid)));

    const second = await start();

    expect(second.address).toBe(address);
    expect(second.adopted).toBe(false);
  });

  it('ends an orphan that no longer answers, rather than run beside it', async () => {
    const first = anotherProcess();
    const [, pid] = (await first.firstLine).split(' ');
    first.kill();
    await eventually('the supervisor is gone', () => !isAlive(first.pid));
    process.kill(Number(pid), 'SIGSTOP');

    const second = await start();

    expect(isAlive(Number(pid))).toBe(false);
    expect(second.adopted).toBe(false);
  });

  it('finds an orphan even when the kill fell before its lock was written', async () => {
    const first = anotherProcess();
    const [, pid] = (await first.firstLine).split(' ');
    first.kill();
    await eventually('the supervisor is gone', () => !isAlive(first.pid));
    rmSync(`${dbFile}.lock`);

    const second = await start();

    expect(isAlive(Number(pid))).toBe(false);
    expect(second.pid).not.toBe(Number(pid));
  });

  it('lets one of two that start at the same moment have it, and refuses the other', async () => {
    const answers = await Promise.all([anotherProcess().firstLine, anotherProcess().firstLine]);

    expect(answers.filter((answer) => answer.includes('DatabaseInUse'))).toHaveLength(1);
    const pid = Number(answers.find((answer) => !answer.includes('DatabaseInUse'))!.split(' ')[1]);
    ends.push(() => void process.kill(pid, 'SIGKILL'));
    expect(isAlive(pid)).toBe(true);
  });
});
