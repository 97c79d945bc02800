import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { API, list, QUICK, StandIn } from './stand-in.js';

let folder: string;
let child: ChildProcess | undefined;

/** Starts the command line and resolves with a client once it says that it listens. */
function start(): Promise<StandIn> {
  const started = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/main.ts', '--port', '0', '--state', join(folder, 'state')],
    {
      cwd: join(import.meta.dirname, '..'),
      env: { ...process.env, SIMULATOR_SCENARIO: join(folder, 'scenario.json') },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  child = started;
  return new Promise((resolve, reject) => {
    started.once('exit', (code) => {
      reject(new Error(`the simulator ended with ${String(code)}`));
    });
    started.stdout.setEncoding('utf8').once('data', (line: string) => {
      const [, url, port] = /^simulator listening on (http:\/\/127\.0\.0\.1:(\d+))\n$/.exec(line) ?? [];
      if (url === undefined) reject(new Error(`the simulator says: ${line}`));
      else resolve(new StandIn({ url, port: Number(port), close: () => Promise.resolve() }));
    });
  });
}

function end(signal: NodeJS.Signals): Promise<number | null> {
  const ending = child;
  child = undefined;
  return new Promise((resolve) => {
    if (ending?.exitCode !== null) {
      resolve(ending?.exitCode ?? null);
      return;
    }
    ending.once('exit', resolve);
    ending.kill(signal);
  });
}

/** Every process listens on a free port, and its links name that port. */
function withoutAddress({ running }: StandIn, answer: unknown): string {
  return JSON.stringify(answer).replaceAll(running.url, '');
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-restart-'));
  writeFileSync(join(folder, 'scenario.json'), JSON.stringify({ timings: QUICK }));
});
afterEach(async () => {
  await end('SIGKILL');
  rmSync(folder, { recursive: true });
});

it('keeps everything it answered for over kill -9, and ends what was under way', async () => {
  const before = await start();
  const { id, place } = await before.implementation();
  await before.control('PUT', '/switches', { redoStepIds: 'renew' });
  await before.control('POST', '/faults', { match: { action: 'cancel' }, kind: 'status', status: 502 });
  await before.control('PUT', '/timings', { updateMs: 600_000 });
  await before.call('PUT', `${place.designerPath}/device/21/update`);
  const ticket = await before.ticket(id);
  const overdue = await before.create();
  await before.call('PUT', `${(await before.place(overdue)).designerPath}/redesign`);
  const writes = await before.writes();
  await end('SIGKILL');
  appendFileSync(join(folder, 'state'), '[["tickets","99",{"id":99,"torn');

  const after = await start();
  expect(withoutAddress(after, await after.ticket(id))).toBe(withoutAddress(before, ticket));
  expect(await after.writes()).toEqual(writes);
  expect(await after.control('GET', '/switches')).toMatchObject({ redoStepIds: 'renew' });
  expect(await after.notPending(overdue)).toMatchObject({ designer: 'designer success' });
  await after.finish();
  expect(await after.place(id)).toMatchObject({ designer: 'implementation success', taskStatus: 'ASSIGNED' });
  expect((await after.device(21)).saved).toMatchObject([{ ticketId: id }]);
  expect((await after.call('PUT', `${API}/tickets/${String(id)}/cancel`)).status).toBe(502);
  expect(await after.create()).toBe(overdue + 1);
});

it('tries a script again that a kill cut off, within its five tries', async () => {
  const script = join(folder, 'mediator.sh');
  writeFileSync(
    script,
    `#!/bin/bash\ncd ${folder}\necho try >> tries\n[ $(wc -l < tries) -ge 2 ] || exec sleep 30\n`,
  );
  chmodSync(script, 0o755);
  const trigger = {
    name: 'all',
    executer: { path: script },
    triggers: [{ name: 'all', workflow: { name: 'Firewall change' }, events: ['CREATE'] }],
  };
  const before = await start();
  await before.control('PUT', '/switches', { triggerRetryMs: [10] });
  await before.call('POST', `${API}/triggers`, { workflow_triggers: { workflow_trigger: [trigger] } });
  await before.create();
  await eventually('the first try starts', () => readFileSync(join(folder, 'tries'), 'utf8') === 'try\n');
  await end('SIGKILL');
  const after = await start();
  const [run] = await eventually('the run ends', async () => {
    const runs = await after.scriptRuns();
    return runs[0]?.['state'] === 'done' && runs;
  });
  expect(list(run?.['attempts'])).toMatchObject([{ exitCode: null }, { exitCode: 0 }]);
});

it('stops cleanly on SIGTERM', async () => {
  await start();
  expect(await end('SIGTERM')).toBe(0);
});
