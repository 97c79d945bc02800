import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../src/embedded/free-ports.js';
import { isAlive } from '../../src/embedded/process-facts.js';
import { readServerLock } from '../../src/embedded/server-lock.js';
import { eventually } from '../support/eventually.js';

let dataDir: string;
let ports: Readonly<Record<'temporal' | 'ui' | 'gateway' | 'simulator', number>>;
const launchers: ChildProcess[] = [];

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

const gatewayUrl = () => `http://127.0.0.1:${ports.gateway}/healthz`;

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** `npm start -- …` on the ports and data of this test. */
function npmStart(...args: string[]): {
  said: () => string;
  exit: Promise<number | null>;
  launcher: ChildProcess;
} {
  const launcher = spawn(process.execPath, ['--import', 'tsx', 'src/embedded/main.ts', ...args], {
    env: {
      ...process.env,
      SCO_DATA_DIR: dataDir,
      SCO_TEMPORAL_PORT: String(ports.temporal),
      SCO_TEMPORAL_UI_PORT: String(ports.ui),
      GATEWAY_PORT: String(ports.gateway),
      SIMULATOR_PORT: String(ports.simulator),
      SECURECHANGE_URL: '',
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

async function ready(started: ReturnType<typeof npmStart>): Promise<void> {
  await eventually(
    'npm start says where everything is',
    () => started.said().includes('Look around'),
    60_000,
  );
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

    expect(await started.exit).toBe(1);
    expect(started.said()).toMatch(/SECURECHANGE_URL is not set[^]*npm start -- --simulator/);
  });

  it('carries a ticket, survives kill -9 of everything, and stops when asked', async () => {
    const first = npmStart('--simulator');
    await ready(first);
    const ticket = await createTicket();
    await eventually(
      'the ticket is known',
      async () => (await sco('ticket', 'list')).includes('Firewall change'),
      30_000,
    );

    const second = npmStart('--simulator');
    expect(await second.exit).toBe(1);
    expect(second.said()).toContain(`in use by process ${first.launcher.pid}`);

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
    expect(statSync(dataDir).mode & 0o077).toBe(0);
  });
});
