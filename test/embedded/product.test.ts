import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../src/embedded/free-ports.js';
import { isAlive } from '../../src/embedded/process-facts.js';
import { readServerLock } from '../../src/embedded/server-lock.js';
import { eventually } from '../support/eventually.js';

let dataDir: string;
let ports: Readonly<Record<'temporal' | 'ui' | 'gateway' | 'simulator', number>>;
const launchers: ChildProcess[] = [];

// As on a user's machine: each worker bundles the workflows itself.
beforeAll(() => {
  delete process.env.SCO_WORKFLOW_BUNDLE;
});

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'sco-product-'));
  const [temporal, ui, gateway, simulator] = await freePorts(4);
  ports = { temporal: temporal!, ui: ui!, gateway: gateway!, simulator: simulator! };
});

afterEach(async () => {
  for (const launcher of launchers.splice(0)) launcher.kill('SIGKILL');
  const server = readServerLock(join(dataDir, 'temporal.db'))?.serverPid;
  if (server !== undefined && isAlive(server)) process.kill(server, 'SIGKILL');
  await eventually('everything has ended', async () => !(await answers(gatewayUrl())));
  rmSync(dataDir, { recursive: true, force: true });
});

/** What others than our user could read, under this folder. */
function openToOthers(under: string): string[] {
  return ['.', ...readdirSync(under, { recursive: true, encoding: 'utf8' })].filter(
    (name) => (lstatSync(join(under, name), { throwIfNoEntry: false })?.mode ?? 0) & 0o077,
  );
}

const gatewayUrl = () => `http://127.0.0.1:${ports.gateway}/healthz`;

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** `npm start -- …` on the ports and data of this test. */
function npmStart(...args: string[]): Started {
  return start([process.execPath, '--import', 'tsx', 'src/embedded/main.ts', ...args]);
}

interface Started {
  said: () => string;
  exit: Promise<number | null>;
  launcher: ChildProcess;
}

function start([command = '', ...args]: readonly string[], env: Record<string, string> = {}): Started {
  const launcher = spawn(command, args, {
    env: {
      ...process.env,
      SCO_DATA_DIR: dataDir,
      SCO_TEMPORAL_PORT: String(ports.temporal),
      SCO_TEMPORAL_UI_PORT: String(ports.ui),
      GATEWAY_PORT: String(ports.gateway),
      SIMULATOR_PORT: String(ports.simulator),
      SECURECHANGE_URL: '',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  launchers.push(launcher);
  let text = '';
  const read = (chunk: Buffer) => void (text += chunk.toString('utf8'));
  launcher.stdout.on('data', read);
  launcher.stderr.on('data', read);
  const exit = new Promise<number | null>((resolve) => launcher.on('close', resolve));
  return { said: () => text, exit, launcher };
}

async function ready(started: Started): Promise<void> {
  const isUp = (): boolean => started.said().includes('Ctrl-C stops it');
  let ended = false;
  void started.exit.then(() => (ended = true));
  await eventually('npm start says where everything is, or ends', () => isUp() || ended, 90_000).catch(
    () => undefined,
  );
  if (!isUp()) throw new Error(`npm start ${ended ? 'ended' : 'is not ready'}; it said:\n${started.said()}`);
}

async function simulated(path: string, body?: object): Promise<Response> {
  return fetch(`http://127.0.0.1:${ports.simulator}${path}`, {
    headers: {
      authorization: `Basic ${Buffer.from('j.meier:j.meier').toString('base64')}`,
      accept: 'application/json',
      'content-type': 'application/json',
    },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
}

async function createTicket(): Promise<string> {
  const field = {
    '@xsi.type': 'multi_access_request',
    name: 'Required Access',
    access_request: [
      {
        order: 'AR1',
        sources: { source: [{ '@type': 'IP', ip_address: '10.1.1.1', netmask: '255.255.255.255' }] },
        destinations: {
          destination: [{ '@type': 'IP', ip_address: '10.2.2.2', netmask: '255.255.255.255' }],
        },
        services: { service: [{ '@type': 'PROTOCOL', protocol: 'TCP', port: 443 }] },
        action: 'Accept',
      },
    ],
  };
  const answer = await simulated('/securechangeworkflow/api/securechange/tickets', {
    ticket: {
      subject: 'Web to database',
      priority: 'Normal',
      workflow: { name: 'Firewall change' },
      steps: { step: [{ name: 'Open Request', tasks: { task: [{ fields: { field: [field] } }] } }] },
    },
  });
  expect(answer.status).toBe(201);
  return answer.headers.get('location')!.split('/').at(-1)!;
}

async function sco(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, ['bin/sco.mjs', ...args], {
    env: { ...process.env, TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => void (text += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => void (said += chunk.toString('utf8')));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`sco ${args.join(' ')} ended with ${String(code)}: ${said}`);
  return text;
}

describe('npm start', () => {
  it('says what is missing when there is no SecureChange, and what to type', async () => {
    const started = npmStart();

    expect(await started.exit).toBe(2);
    expect(started.said()).toMatch(/SECURECHANGE_URL is not set[^]*npm start -- --simulator/);
  });

  it('carries a ticket, survives kill -9 of everything, and stops when asked', async () => {
    const first = npmStart('--simulator');
    await ready(first);
    const ticket = await createTicket();
    await eventually('the ticket is known', async () =>
      (await sco('ticket', 'list')).includes('Firewall change'),
    );

    const edited = join(dataDir, 'simulated-config', 'calendars.yaml');
    appendFileSync(edited, '# edited while it runs\n');
    const second = npmStart('--simulator');
    expect(await second.exit).toBe(1);
    expect(second.said()).toContain(`in use by process ${first.launcher.pid}`);
    expect(readFileSync(edited, 'utf8')).toContain('# edited while it runs');

    first.launcher.kill('SIGKILL');
    await eventually(
      'gateway and worker end with their launcher',
      async () => !(await answers(gatewayUrl())),
    );
    const third = npmStart('--simulator');
    await ready(third);
    expect(third.said()).toContain('taking over the Temporal server');
    expect(await sco('ticket', 'show', ticket)).toContain('Web to database');

    third.launcher.kill('SIGINT');
    expect(await third.exit).toBe(0);
    expect(await answers(gatewayUrl())).toBe(false);
    expect(readServerLock(join(dataDir, 'temporal.db'))).toBeUndefined();
  });

  it('keeps the secrets it makes for itself from other users, and from its output', async () => {
    const started = npmStart('--simulator');
    await ready(started);

    for (const name of ['actor-key', 'mediator-password', 'operator-token', 'approver-token']) {
      expect(statSync(join(dataDir, name)).mode & 0o077).toBe(0);
      expect(started.said()).not.toContain(readFileSync(join(dataDir, name), 'utf8').trim());
    }
    expect(openToOthers(dataDir)).toEqual([]);
  });

  it('closes a data folder that an earlier version left open, in whatever umask it starts', async () => {
    mkdirSync(join(dataDir, 'data'), { mode: 0o755 });
    writeFileSync(join(dataDir, 'data', 'actor-key'), 'x'.repeat(64), { mode: 0o644 });
    const npm = `umask 0; exec "$0" --import tsx src/embedded/main.ts --simulator`;
    const started = start(['sh', '-c', npm, process.execPath], {
      SCO_DATA_DIR: join(dataDir, 'data'),
      LOG_LEVEL: 'warn',
    });
    // Ready although no process says so in a line.
    await ready(started);
    expect(openToOthers(join(dataDir, 'data'))).toEqual([]);
    started.launcher.kill('SIGTERM');
    expect(await started.exit).toBe(0);
  });

  it('refuses a data folder that cannot be made, at once and with the code of a wrong setting', async () => {
    const started = start([process.execPath, '--import', 'tsx', 'src/embedded/main.ts', '--simulator'], {
      SCO_DATA_DIR: '/proc/nowhere',
    });
    expect(await started.exit).toBe(2);
    expect(started.said()).toMatch(/The data folder \/proc\/nowhere cannot be used: .*ENOENT.*SCO_DATA_DIR/);
  });

  it('refuses an open folder that holds what is not ours, and changes nothing there', async () => {
    chmodSync(dataDir, 0o755);
    writeFileSync(join(dataDir, 'thesis.txt'), '');
    const started = npmStart('--simulator');
    expect(await started.exit).toBe(2);
    expect(started.said()).toMatch(/it holds what is not ours/);
    expect(readdirSync(dataDir)).toEqual(['thesis.txt']);
    expect(statSync(dataDir).mode & 0o777).toBe(0o755);
  });

  it('ends with everything it started when npm is killed, also by kill -9', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const started = start(['npm', 'run', 'start', '--', '--simulator']);
      await ready(started);
      started.launcher.kill(signal);
      await eventually(
        `gateway and Temporal have ended after ${signal}`,
        async () =>
          !(await answers(gatewayUrl())) && readServerLock(join(dataDir, 'temporal.db')) === undefined,
      );
    }
  });
});
