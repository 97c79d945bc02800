import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator } from '../../packages/simulator/src/index.js';
import { writeFolder } from '../config/config-folder.js';
import type { TicketSummary } from '../../packages/client/src/contract.js';
import { startRecordedServer } from '../support/recorded-server.js';
import { runSco } from '../support/cli-context.js';
import { temporaryFolder, writeExecutable } from '../support/run-script.js';
import { ticketViewOf } from '../support/ticket-view.js';

describe('sco server test', () => {
  it('tries the server as servers.yaml describes it, and ends with 1 at a problem', async () => {
    const simulator = await startSimulator({ port: 0 });
    const folder = writeFolder();
    const environment = { SCO_CONFIG_DIR: folder, ITSM_URL: simulator.url, ITSM_PASSWORD: 'itsm' };
    const servers = `servers: { itsm: { kind: servicenow, urlEnv: ITSM_URL, auth: { kind: basic, user: itsm, passwordEnv: ITSM_PASSWORD } } }`;
    const right = writeFolder({ 'servers.yaml': servers });
    const good = await runSco(['server', 'test', 'itsm'], {
      context: { environment: { ...environment, SCO_CONFIG_DIR: right } },
    });
    expect([good.code, good.out]).toEqual([0, expect.stringContaining('✓ ok       sample call: ')]);
    const file = join(right, 'record.json');
    writeFileSync(file, '{ "short_description": "a test of sco" }');
    const context = { environment: { ...environment, SCO_CONFIG_DIR: right } };
    const written = await runSco(['server', 'test', 'itsm', '--write', file], { context });
    expect([written.code, written.out]).toEqual([
      0,
      expect.stringContaining('✓ ok       write and read back: '),
    ]);
    for (const [text, why] of [
      ['["a"]', 'it is not a JSON object'],
      ['{', 'cannot be used: '],
      [JSON.stringify({ a: 'x'.repeat(200 * 1024) }), 'more than 200 KiB'],
    ] as const) {
      writeFileSync(file, text);
      const refused = await runSco(['server', 'test', 'itsm', '--write', file], { context });
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining(why)]);
    }
    const bad = await runSco(['server', 'test', 'itsm', '--json'], { context: { environment } });
    expect([bad.code, bad.json()]).toMatchObject([
      1,
      [{ check: 'name' }, { check: 'connection' }, { check: 'sign-in', state: 'problem' }],
    ]);
    await simulator.close();
    for (const made of [folder, right]) rmSync(made, { recursive: true });
  });

  it('runs the script of kind token of the server here, and shows no token', async () => {
    const endpoint = await startRecordedServer(({ headers }) =>
      headers.authorization === 'Bearer tok-7f3a' ? { body: { result: [] } } : { status: 401 },
    );
    const data = temporaryFolder();
    const text = '#!/bin/bash\necho tok-7f3a\n';
    const executable = writeExecutable(data.path, 'vault.sh', text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const folder = writeFolder({
      'scripts.yaml': `scripts: [{ name: vault, kind: token, executable: ${executable}, sha256: '${sha256}' }]`,
      'servers.yaml': `servers: { itsm: { kind: servicenow, url: '${endpoint.url}', auth: { kind: tokenScript, script: vault } } }`,
    });
    const environment = { SCO_CONFIG_DIR: folder, SCO_DATA_DIR: data.path };
    const { code, out } = await runSco(['server', 'test', 'itsm'], { context: { environment } });
    expect([code, out]).toEqual([0, expect.stringContaining('token: the script vault gave one')]);
    expect(out).not.toContain('7f3a');
    await endpoint.close();
    rmSync(folder, { recursive: true });
    data.remove();
  });

  it('says which servers there are, and which variable is not set', async () => {
    const folder = writeFolder();
    const context = { environment: { SCO_CONFIG_DIR: folder } };
    const unknown = await runSco(['server', 'test', 'nowhere'], { context });
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('it has: itsm')]);
    const unset = await runSco(['server', 'test', 'itsm'], { context });
    expect([unset.code, unset.err]).toEqual([2, expect.stringContaining('ITSM_URL is not set')]);
    rmSync(folder, { recursive: true });
  });
});

describe('sco server login', () => {
  const OAUTH = `servers:
  itsm:
    kind: servicenow
    urlEnv: ITSM_URL
    auth: { kind: oauthRefreshToken, tokenUrl: TOKEN_URL, clientId: x, clientSecretEnv: CLIENT, refreshTokenEnv: REFRESH }
`;
  const held = (number: number, server = 'itsm') => ({
    number,
    point: 'create-change',
    server,
    action: 'create',
    state: 'held' as const,
    sinceMs: 0,
    sizeBytes: 1,
    message: 'the token endpoint refuses us',
  });
  const tickets = {
    list: async () => ['1', '2'].map((ticketId) => ({ ticketId }) as TicketSummary),
    get: async (id: string) =>
      ticketViewOf({
        ticketId: id,
        outbox: id === '1' ? [held(3), { ...held(4), state: 'queued' }] : [held(7), held(8, 'other')],
      }),
  };

  async function login(answer: object, ...more: string[]) {
    const endpoint = await startRecordedServer(() => answer);
    const folder = writeFolder({ 'servers.yaml': OAUTH.replace('TOKEN_URL', `${endpoint.url}/token`) });
    const dataDir = mkdtempSync(join(tmpdir(), 'sco-login-'));
    const file = join(dataDir, 'token');
    writeFileSync(file, 'fresh-7f3a\n');
    const environment = {
      SCO_CONFIG_DIR: folder,
      SCO_DATA_DIR: dataDir,
      ITSM_URL: endpoint.url,
      CLIENT: 'client-7f3a',
      REFRESH: 'dead-7f3a',
    };
    const ran = await runSco(['server', 'login', 'itsm', '--token-file', file, ...more], {
      tickets,
      context: { environment },
    });
    await endpoint.close();
    for (const made of [folder, dataDir]) rmSync(made, { recursive: true });
    expect(`${ran.out}${ran.err}`).not.toContain('7f3a');
    return {
      ...ran,
      forms: endpoint.received.map(({ body }) => new URLSearchParams(body).get('refresh_token')),
    };
  }
  const GIVEN = { body: { access_token: 'a', token_type: 'bearer', expires_in: 600 } };

  it('tries the token, keeps it, and names the messages that waited for it', async () => {
    const { code, out, forms, sent } = await login(GIVEN);
    expect([code, forms, sent]).toEqual([0, ['fresh-7f3a'], []]);
    expect(out).toContain('2 message(s) are held');
    expect(out).toContain('sco outbox retry 1 3');
    expect(out).toContain('sco outbox retry 2 7');
  });

  it('sends those messages again with --release, and no others', async () => {
    const { code, sent } = await login(GIVEN, '--release', '--reason', 'new token');
    expect(code).toBe(0);
    expect(sent.map(({ to, command }) => [to, command])).toEqual([
      ['ticket 1', { kind: 'retryMessage', message: 3 }],
      ['ticket 2', { kind: 'retryMessage', message: 7 }],
    ]);
  });

  it('releases nothing when the token is refused', async () => {
    const refused = { status: 400, body: { error: 'invalid_grant' } };
    const { code, err, sent } = await login(refused, '--release', '--reason', 'new token');
    expect([code, sent]).toEqual([2, []]);
    expect(err).toContain('the token endpoint refuses us');
  });
});
