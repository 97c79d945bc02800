/** Issue 12, 6.5: a canary in every configured credential appears nowhere, whether payloads are encrypted or not. */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SMTPServer } from 'smtp-server';

import { runCli } from '../../src/cli/program.js';
import { processContext } from '../../src/cli/process-context.js';
import { createClient } from '../../packages/client/src/create-client.js';
import { inspectDeployment } from '../../packages/client/src/deployment.js';
import type { PAYLOAD_CODECS } from '../../src/config/payload-keys.js';
import { connectTemporal, type TemporalAccess } from '../../src/temporal/connect.js';
import { readHistory } from '../../src/temporal/read-history.js';
import { canaryIn, namedSecrets, newCanary } from './canaries.js';
import { eventually } from './eventually.js';
import { startRecordedServer, type Answer, type Received, type RecordedServer } from './recorded-server.js';
import { startRunningProduct, type RunningProduct } from './running-product.js';

const canaries = new Map<string, string>();
function planted(place: string): string {
  const canary = newCanary(place);
  canaries.set(place, canary);
  return canary;
}

/** What names no secret, or is not handed to a gateway, worker or command line of this test. */
const NOT_PLANTED: Readonly<Record<string, string>> = {
  'people sha256': 'a hash, from which no one finds the token',
  'servers basic.user': 'a name',
  'servers oauthPassword.user': 'a name',
  'servers ca': 'a certificate, which is public',
  'servers cert': 'a certificate, which is public',
  GATEWAY_TLS_KEY_FILE:
    'read as tls.keyFile of a server is, and handed to Node only; this gateway serves loopback',
  POSTGRES_PASSWORD: 'for the database of Compose; no program of ours reads it',
  TEMPORAL_API_KEY: 'read by the SDK alone, for a server that this test does not have',
};

const dataDir = mkdtempSync(join(tmpdir(), 'sco-canary-'));
const secretsDir = mkdtempSync(join(tmpdir(), 'sco-canary-secrets-'));
const started = join(secretsDir, 'started');
const released = join(secretsDir, 'released');
const secretFile = (name: string, text: string): string => {
  writeFileSync(join(secretsDir, name), text, { mode: 0o600 });
  return join(secretsDir, name);
};

const fixture = (name: string): string => join(__dirname, '../fixtures/http', name);
const TLS_KEY = readFileSync(fixture('other.key.pem'), 'utf8');
canaries.set('servers key', TLS_KEY.split('\n')[3] ?? '');
const EVIDENCE_KEY = generateKeyPairSync('ed25519').privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;
canaries.set('SCO_EVIDENCE_KEY', EVIDENCE_KEY.split('\n')[1] ?? '');
const PAYLOAD_KEY = randomBytes(32).toString('hex');
canaries.set('SCO_PAYLOAD_KEYS', PAYLOAD_KEY);
const CREDENTIAL_OF_SIMULATOR = `Basic ${Buffer.from('wf-api:wf-api').toString('base64')}`;

/** Variables of worker and gateway, which `npm start` finds in its own environment. */
const variables: Record<string, string> = {
  SECURECHANGE_USER: 'wf-api',
  SECURECHANGE_PASSWORD: planted('SECURECHANGE_PASSWORD'),
  SERVICENOW_USER: 'itsm',
  SERVICENOW_PASSWORD: planted('SERVICENOW_PASSWORD'),
  SCO_ACTOR_KEY: planted('SCO_ACTOR_KEY'),
  SCO_ACTOR_KEY_PREVIOUS: planted('SCO_ACTOR_KEY_PREVIOUS'),
  SCO_EVIDENCE_KEY: EVIDENCE_KEY,
  SCO_PAYLOAD_KEYS: `canary ${PAYLOAD_KEY}`,
  SCO_OIDC_CLIENT_ID: 'sco',
  SCO_OIDC_CLIENT_SECRET: planted('SCO_OIDC_CLIENT_SECRET'),
  SCO_PAGE_URL: 'http://127.0.0.1:8000',
  OTEL_EXPORTER_OTLP_HEADERS: `authorization=${planted('OTEL_EXPORTER_OTLP_HEADERS')}`,
  MAIL_PASSWORD: planted('servers basic.password'),
  STATIC_TOKEN: planted('servers bearer.token'),
  CLIENT_SECRET: planted('servers oauthClientCredentials.clientSecret'),
  OAUTH_PASSWORD: planted('servers oauthPassword.password'),
  REFRESH_CLIENT_SECRET: planted('servers oauthRefreshToken.clientSecret'),
  SIGNING_SECRET: planted('people secret'),
  SCRIPT_VALUE: planted('scripts secretValue'),
  SCRIPT_FILE: planted('scripts secret'),
  VAULT: planted('scripts secret of a token script'),
};
const passwordClient = secretFile('password-client', planted('servers oauthPassword.clientSecret'));
const refreshToken = secretFile('refresh-token', planted('servers oauthRefreshToken.refreshToken'));
const keyFile = secretFile('client.key.pem', TLS_KEY);
const webhook = planted('servers url');
for (const name of ['client', 'password', 'refresh', 'vault']) planted(`access token of ${name}`);
const newRefreshToken = planted('refresh token of an answer');
// What `npm start` makes once, and finds here.
for (const [file, place] of [
  ['mediator-password', 'SCO_MEDIATOR_PASSWORD'],
  ['operator-token', 'SCO_TOKEN'],
  ['approver-token', 'token of an approver'],
] as const) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(join(dataDir, file), planted(place), { mode: 0o600 });
}

/** Says back what it was sent, as badly made systems do: 500, 400, an error with status 200, 401; then it takes the call. */
function echo(count: number, { method, path, headers, body }: Received): Answer {
  const said = [headers.authorization, path, body, method].join(' ');
  const error = { code: 'x', message: said, detail: JSON.stringify(headers) };
  switch (count) {
    case 1:
      return { status: 500, body: { error } };
    case 2:
      return { status: 400, body: { error } };
    case 3:
      return { status: 200, body: { error } };
    case 4:
      return { status: 401, body: { error: said, error_description: said } };
    default:
      return path.startsWith('/servicenow') ? tableApi(method, body) : { body: { taken: said } };
  }
}

/** No change is there before it is created. */
function tableApi(method: string, body: string): Answer {
  if (method === 'GET') return { body: { result: [] } };
  const row = { ...(JSON.parse(body) as object), sys_id: 'a1', number: 'CHG0030001' };
  return { status: 201, body: { result: row } };
}

const counts = new Map<string, number>();
function answer(request: Received): Answer {
  const [, server = '', part = ''] = request.path.split('/');
  const key = `${server} ${part === 'token' ? 'token' : 'call'}`;
  const count = (counts.get(key) ?? 0) + 1;
  counts.set(key, count);
  if (part !== 'token' || count <= 4) return echo(count, request);
  return {
    body: {
      access_token: canaries.get(`access token of ${server}`),
      token_type: 'Bearer',
      expires_in: 3_600,
      ...(server === 'refresh' && { refresh_token: newRefreshToken }),
    },
  };
}

/** In front of the simulator, whose password is a canary so; the first readings of each ticket are answered with an echo. */
function secureChange(target: Promise<string>) {
  const readings = new Map<string, number>();
  return async (request: Received): Promise<Answer> => {
    const { method, path, headers, body } = request;
    const sent = Buffer.from((headers.authorization ?? '').slice(6), 'base64').toString();
    if (sent !== `wf-api:${variables['SECURECHANGE_PASSWORD']}`) return { status: 401 };
    const [reading] = method === 'GET' ? (/\/tickets\/\d+(?=$|[?.])/.exec(path) ?? []) : [];
    const message = `${headers.authorization} ${sent}`;
    if (reading !== undefined) {
      const count = (readings.get(reading) ?? 0) + 1;
      readings.set(reading, count);
      if (count <= 2) {
        const status = count === 1 ? 500 : 401;
        return { status, body: { result: { code: 'GENERAL_ERROR', message }, error: { message } } };
      }
    }
    const response = await fetch(`${await target}${path}`, {
      method,
      headers: {
        accept: headers.accept ?? '*/*',
        authorization: CREDENTIAL_OF_SIMULATOR,
        ...(headers['content-type'] !== undefined && { 'content-type': headers['content-type'] }),
      },
      ...(body !== '' && { body }),
    });
    const kept = ['content-type', 'location', 'retry-after'].flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    return { status: response.status, headers: Object.fromEntries(kept), body: await response.text() };
  };
}

const SCRIPT = `#!/bin/bash
echo "value $SCRIPT_VALUE"; cat "$SCRIPT_FILE" >&2; printf %s "$SCRIPT_VALUE" | base64 -w0; env
touch ${started}
for _ in $(seq 600); do [ -e ${released} ] && break; sleep 0.05; done
echo "$SCRIPT_VALUE"; exit 3
`;
const vaultScript = (): string =>
  `#!/bin/bash\ncat "$VAULT" >&2\necho '{"access_token":"${canaries.get('access token of vault')}","expires_in":900}'\n`;

const SERVERS = ['static', 'client', 'password', 'refresh', 'vault', 'tls', 'chat'];

function configure(configDir: string, address: string, mail: string): void {
  const call = (name: string, auth: string, more = ''): string =>
    `  ${name}:\n    kind: http\n    url: ${address}/${name}\n    auth: { ${auth} }\n${more}`;
  const oauth = (name: string, kind: string): string =>
    `kind: ${kind}, tokenUrl: '${address}/${name}/token', clientId: sco`;
  appendFileSync(
    join(configDir, 'servers.yaml'),
    [
      '',
      call('static', 'kind: bearer, tokenEnv: STATIC_TOKEN'),
      call('client', `${oauth('client', 'oauthClientCredentials')}, clientSecretEnv: CLIENT_SECRET`),
      call(
        'password',
        `${oauth('password', 'oauthPassword')}, clientSecretFile: ${passwordClient}, user: sco, passwordEnv: OAUTH_PASSWORD`,
      ),
      call(
        'refresh',
        `${oauth('refresh', 'oauthRefreshToken')}, clientAuth: basic, clientSecretEnv: REFRESH_CLIENT_SECRET, refreshTokenFile: ${refreshToken}`,
      ),
      call('vault', 'kind: tokenScript, script: vault'),
      call(
        'tls',
        'kind: bearer, tokenEnv: STATIC_TOKEN',
        `    tls: { certFile: ${fixture('other.cert.pem')}, keyFile: ${keyFile} }\n`,
      ),
      '  chat:\n    kind: http\n    urlEnv: CHAT_URL\n    auth: { kind: none }',
      `  mail:\n    kind: mail\n    url: ${mail}\n    auth: { kind: basic, user: sco, passwordEnv: MAIL_PASSWORD }\n    from: sco@example.com`,
    ].join('\n'),
  );
  const scripts = [
    ['leaks', 'event', SCRIPT, 'SCRIPT_VALUE: secretValue:SCRIPT_VALUE, SCRIPT_FILE: secret:SCRIPT_FILE'],
    ['vault', 'token', vaultScript(), 'VAULT: secret:VAULT'],
  ].map(([name, kind, text = '', env]) => {
    writeFileSync(join(configDir, 'scripts', `${name}.sh`), text, { mode: 0o700 });
    const sha256 = createHash('sha256').update(text).digest('hex');
    const events = kind === 'event' ? '\n    events: [CREATE]' : '';
    return `  - name: ${name}\n    kind: ${kind}\n    executable: scripts/${name}.sh\n    sha256: '${sha256}'${events}\n    env: { ${env} }`;
  });
  appendFileSync(join(configDir, 'scripts.yaml'), `\n${scripts.join('\n')}\n`);
  const point = (server: string, more: string): string =>
    `  - { name: to-${server}, enabled: true, on: { inbound: Approval }, server: ${server}, ${more} }`;
  appendFileSync(
    join(configDir, 'processes/mediator-test.yaml'),
    [
      '\nintegrationPoints:',
      point('servicenow', "action: create, body: { short_description: '#ticket_subject#' }"),
      ...SERVERS.map((server) =>
        point(server, "action: call, path: /hook, repeatable: true, body: { text: '#ticket_id#' }"),
      ),
      point('mail', 'action: mail, body: { to: ops@example.com, subject: Hello, text: Hello }'),
      '',
    ].join('\n'),
  );
  const people = join(configDir, 'people.yaml');
  const machine =
    '  - login: snow\n    roles: [itsm]\n    credentials: [{ kind: bearer, secretEnv: SIGNING_SECRET }]\n    signing: [{ secretEnv: SIGNING_SECRET }]\n';
  writeFileSync(people, readFileSync(people, 'utf8').replace('people:\n', `people:\n${machine}`));
}

let outside: RecordedServer;
let front: RecordedServer;
let mail: SMTPServer;
let running: RunningProduct;
let temporal: TemporalAccess;
const lines: string[] = [];
const own = { ...process.env };
let ticketId = '';

/** Every text that was looked at is one line of the failure. */
function expectClean(texts: Iterable<readonly [where: string, text: string]>): void {
  const found: string[] = [];
  for (const [where, text] of texts) {
    const place = canaryIn(text, canaries);
    if (place !== undefined) found.push(`${place} in ${where}`);
  }
  expect(found).toEqual([]);
}

/** The tests of one file. */
export function keepsSecrets(codec: (typeof PAYLOAD_CODECS)[number]): void {
  beforeAll(async () => {
    variables['SCO_PAYLOAD_CODEC'] = codec;
    outside = await startRecordedServer(answer);
    let known: (url: string) => void = () => undefined;
    front = await startRecordedServer(secureChange(new Promise((resolve) => (known = resolve))));
    let signIns = 0;
    mail = new SMTPServer({
      authMethods: ['PLAIN'],
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _, done) => {
        signIns += 1;
        if (signIns > 1) done(null, { user: username });
        else
          done(new Error(`${username} ${password} ${Buffer.from(`\0sco\0${password}`).toString('base64')}`));
      },
      onData: (stream, _, done) => {
        stream.resume();
        stream.on('end', () => done());
      },
    });
    await new Promise<void>((resolve) => mail.listen(0, '127.0.0.1', resolve));
    const { port } = mail.server.address() as AddressInfo;
    // As a user starts it: every variable is there for all that `npm start` starts.
    Object.assign(process.env, variables, {
      CHAT_URL: `${outside.url}/chat/${webhook}`,
      SCO_OIDC_ISSUER: `${outside.url}/oidc`,
      OTEL_EXPORTER_OTLP_ENDPOINT: outside.url,
    });
    running = await startRunningProduct({
      dataDir,
      script: 'leaks',
      edit: (configDir) => configure(configDir, outside.url, `smtp://127.0.0.1:${port}`),
      env: {
        SECURECHANGE_URL: front.url,
        SERVICENOW_URL: `${outside.url}/servicenow`,
        SCO_OIDC_ISSUER: `${outside.url}/oidc`,
        OTEL_EXPORTER_OTLP_ENDPOINT: outside.url,
        ...variables,
      },
      onLine: (line, name) => lines.push(`${name}: ${line}`),
    });
    known(running.product.simulatorUrl ?? '');
    temporal = await connectTemporal({ address: running.product.temporal.address, identity: 'test' });
  });

  afterAll(async () => {
    writeFileSync(released, '');
    for (const name of Object.keys(process.env))
      if (!(name in own)) Reflect.deleteProperty(process.env, name);
    await temporal?.close();
    await running?.stop();
    await Promise.all([outside?.close(), front?.close()]);
    await new Promise<void>((resolve) => mail.close(() => resolve()));
    for (const dir of [dataDir, secretsDir]) rmSync(dir, { recursive: true, force: true });
  });

  it('each credential that the settings and the schemas of the files can name has a canary', () => {
    const covered = [...canaries.keys(), ...Object.keys(NOT_PLANTED)];
    expect(namedSecrets().filter((place) => !covered.includes(place))).toEqual([]);
    expect(Object.keys(NOT_PLANTED).filter((place) => !namedSecrets().includes(place))).toEqual([]);
  });

  it('while scripts run, no process list shows a canary to whom it is not handed', async () => {
    ticketId = await running.simulator.createTicket({ subject: 'canary', workflow: 'Mediator Test' });
    await giveOrders(() => existsNow(started));
    const processes = processesBelow(process.pid);
    const { worker, gateway } = running.product;
    const mayHave = new Set([process.pid, worker.pid, gateway.pid]);
    expect(processes.some(({ argv }) => argv.includes('leaks'))).toBe(true);
    expectClean(processes.map(({ pid, argv }) => [`argv of ${pid} (${argv})`, argv]));
    expectClean(
      processes
        // The compiler of a checkout is a part of worker and gateway; an image has none.
        .filter(({ pid, argv }) => !mayHave.has(pid) && !argv.includes('esbuild --service'))
        .map(({ pid, argv, environ }) => [
          `environment of ${pid} (${argv})`,
          environ.includes('SCRIPT_RUN=') ? environ.replaceAll(variables['SCRIPT_VALUE'] ?? '', '') : environ,
        ]),
    );
    writeFileSync(released, '');
  });

  it('each server was called with its credential, and took its message after it had said every credential back', async () => {
    const points = SERVERS.length + 2;
    await giveOrders(async () => {
      const view = await running.view(ticketId);
      return view.outbox.length === 0 && view.delivered.length === points;
    });
    for (const server of [...SERVERS, 'servicenow']) expect(counts.get(`${server} call`)).toBeGreaterThan(4);
    for (const server of ['client', 'password', 'refresh']) expect(counts.get(`${server} token`)).toBe(5);
    const received = JSON.stringify(outside.received) + JSON.stringify(front.received);
    const sent = [...canaries].filter(([place]) => /^servers (?!basic|key)|^access|^SECURE/.test(place));
    expect(
      sent.filter(
        ([place]) => canaryIn(received, new Map(sent.filter(([one]) => one === place))) === undefined,
      ),
    ).toEqual([]);
  });

  it('no payload of a history, no list of Temporal and no view has a canary', async () => {
    const { client, connection, namespace } = temporal;
    const stored: [string, string][] = [];
    const texts: [string, string][] = [];
    for await (const { workflowId, runId, searchAttributes, memo } of client.workflow.list()) {
      const raw = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      stored.push([`stored history of ${workflowId}`, plain(raw)]);
      texts.push([`history of ${workflowId}`, plain(await readHistory(client, workflowId, runId))]);
      texts.push([`list entry of ${workflowId}`, plain([searchAttributes, memo])]);
    }
    const { executions } = await connection.workflowService.listWorkflowExecutions({ namespace });
    stored.push(['stored list entries', plain(executions)]);
    expect(texts.length).toBeGreaterThan(2);
    // What the systems said back is there, cleaned.
    expect(texts.some(([, text]) => text.includes('[secret]'))).toBe(true);
    expect(stored.some(([, text]) => text.includes('[secret]'))).toBe(codec === 'off');
    expect(stored.some(([, text]) => text.includes('binary/encrypted'))).toBe(codec !== 'off');
    texts.push(['view', JSON.stringify(await running.view(ticketId))]);
    expectClean([...stored, ...texts]);
  });

  it('nothing that gateway, worker and simulator wrote has a canary', () => {
    expect(lines.length).toBeGreaterThan(5);
    expectClean(lines.map((line) => [line, line]));
  });

  it('no answer of sco has a canary, as JSON or as text', async () => {
    const commands = [
      'status',
      'doctor',
      'config check --live',
      'ticket list --all',
      `ticket show ${ticketId}`,
      `ticket history ${ticketId}`,
      'outbox list --all',
      `outbox show ${ticketId}`,
      'lane list',
      'evidence export',
      `evidence ${ticketId} --out -`,
      'evidence head --check',
      `rehearse ${ticketId}`,
      'itsm reconcile servicenow',
      ...[...SERVERS, 'servicenow', 'mail'].map((server) => `server test ${server}`),
    ];
    // What answered well at last says everything back again.
    counts.clear();
    const texts: [string, string][] = [];
    for (const command of commands)
      for (const form of ['--json', '']) {
        const text = await sco([...command.split(' '), form].filter((word) => word !== ''));
        expect(text).not.toBe('');
        texts.push([`sco ${command} ${form}: ${text}`, text]);
      }
    expectClean(texts);
  });

  it('no answer of the gateway has a canary', async () => {
    const authorization = `Bearer ${canaries.get('SCO_TOKEN')}`;
    const texts: [string, string][] = [];
    for (const path of [
      '/v1/tickets',
      `/v1/tickets/${ticketId}`,
      `/v1/tickets/${ticketId}/history`,
      '/v1/control',
    ]) {
      const response = await fetch(`${running.product.gatewayUrl}${path}`, { headers: { authorization } });
      expect(response.status).toBe(200);
      texts.push([path, `${await response.text()} ${JSON.stringify([...response.headers])}`]);
    }
    expectClean(texts);
  });

  it('no file of the data folder has a canary but those that hold one secret each, for our user alone', () => {
    const secrets = ['mediator-password', 'operator-token', 'approver-token', 'mediator.sh'];
    // The scripts of this test have theirs in their text.
    const others = readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !secrets.includes(entry.name) && !entry.name.endsWith('vault.sh'))
      .map((entry) => join(entry.parentPath, entry.name));
    expect(others.some((path) => path.endsWith('client.token'))).toBe(true);
    expect(others.some((path) => path.endsWith('evidence/log.jsonl'))).toBe(true);
    expectClean(others.map((path) => [path, readFileSync(path, 'latin1')]));
  });
}

/** Sends again what is held and retries what waits for a person, until the condition holds. */
async function giveOrders(until: () => boolean | Promise<boolean>): Promise<void> {
  const reason = 'the canary test goes on';
  await eventually(`ticket ${ticketId}`, async () => {
    if (await until()) return true;
    const view = await running.view(ticketId);
    const held = view.outbox.find(({ state }) => state === 'held');
    if (held !== undefined)
      await running.commands.ticket(ticketId, { kind: 'retryMessage', message: held.number }, { reason });
    else if (view.needsAttention !== null)
      await running.commands.ticket(ticketId, { kind: 'retry' }, { reason });
    return false;
  });
}

async function sco(argv: readonly string[]): Promise<string> {
  const { product } = running;
  const address = product.temporal.address;
  const environment = { ...product.env, ...process.env, SCO_TOKEN: canaries.get('SCO_TOKEN') };
  let text = '';
  const write = (part: string): void => void (text += part);
  const { stdout, stderr } = process;
  const context = processContext({ stdout, stderr, environment, interrupted: new AbortController().signal });
  await runCli(argv, {
    ...context,
    colours: false,
    redraw: null,
    stdout: { write },
    stderr: { write },
    temporalAddress: async () => address,
    openClient: async () => createClient({ address, deadlineMs: 5_000 }),
    inspectTemporal: () => inspectDeployment({ address }),
  });
  return text;
}

/** Bytes as the text that they are. (Messages of Temporal make Base64 of them where JSON.stringify finds them.) */
function plain(value: unknown): string {
  return JSON.stringify(asText(value));
}

function asText(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, asText(part)]));
}

function existsNow(path: string): boolean {
  return readdirSync(secretsDir).includes(path.slice(secretsDir.length + 1));
}

interface Seen {
  readonly pid: number;
  readonly argv: string;
  readonly environ: string;
}

/** All that descends from a process, and what was left by one that ended: read from /proc. */
function processesBelow(pid: number): readonly Seen[] {
  const parents = new Map<number, number>();
  const read = (id: string, name: string): string => {
    try {
      return readFileSync(`/proc/${id}/${name}`, 'latin1');
    } catch {
      return '';
    }
  };
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = /^PPid:\s*(\d+)/m.exec(read(id, 'status'))?.[1];
    if (parent !== undefined) parents.set(Number(id), Number(parent));
  }
  const isBelow = (id: number): boolean => {
    for (let at: number | undefined = id; at !== undefined && at > 1; at = parents.get(at))
      if (at === pid) return true;
    return false;
  };
  return [...parents.keys()].filter(isBelow).map((id) => ({
    pid: id,
    argv: read(String(id), 'cmdline').replaceAll('\0', ' '),
    environ: read(String(id), 'environ').replaceAll('\0', '\n'),
  }));
}
