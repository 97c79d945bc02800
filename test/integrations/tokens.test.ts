import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallFailure } from '../../src/domain/failure.js';
import type { OutboundServer } from '../../src/domain/outbound-server.js';
import { Secret } from '../../src/domain/secret.js';
import { createHttp } from '../../src/http/http.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import { createMemoryTokenStore, createTokenStore } from '../../src/integrations/token-store.js';
import { createTokens } from '../../src/integrations/tokens.js';
import { context, point } from '../placeholders/context.js';
import { startRecordedServer, type Answer, type RecordedServer } from '../support/recorded-server.js';
import { oauthServer, noScript } from './servers.js';

const SECRETS = ['client-secret-7f3a', 'password-7f3a', 'refresh-7f3a', 'access-1', 'access-2', 'rotated-1'];

let nowMs = 0;
let issued = 0;
let onToken: (form: URLSearchParams) => Answer;
let server: RecordedServer;
let folder: string;

const refreshing = (token: string) =>
  ({
    grant: 'refreshToken',
    refreshToken: new Secret(token),
    refreshRules: { livesForMs: null, alarmMs: 604_800_000 },
  }) as const;
const form = (at: number): URLSearchParams => new URLSearchParams(server.received[at]?.body);
const give = (more: object = {}): Answer => {
  issued += 1;
  return { body: { access_token: `access-${issued}`, token_type: 'Bearer', expires_in: 1_800, ...more } };
};

beforeEach(async () => {
  nowMs = Date.parse('2026-11-26T09:00:00Z');
  issued = 0;
  onToken = () => give();
  folder = mkdtempSync(join(tmpdir(), 'sco-tokens-'));
  server = await startRecordedServer(({ body }) => onToken(new URLSearchParams(body)));
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const clock = { now: () => nowMs, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
const worker = () =>
  createTokens({
    store: createTokenStore(folder, clock),
    http: createHttp,
    now: () => nowMs,
    script: noScript,
  });

async function failureOf(promise: Promise<unknown>): Promise<CallFailure['facts']> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CallFailure);
  const { facts, message } = error as CallFailure;
  for (const secret of SECRETS) expect(`${JSON.stringify(facts)} ${message}`).not.toContain(secret);
  return facts;
}

describe('checklist point 5: a token', () => {
  it.each<[string, Parameters<typeof oauthServer>[1], Record<string, string>]>([
    [
      'client credentials',
      { scope: 'useraccount' },
      { grant_type: 'client_credentials', scope: 'useraccount' },
    ],
    [
      'a password',
      { grant: 'password', user: 'sco', password: new Secret('password-7f3a') },
      { grant_type: 'password', username: 'sco', password: 'password-7f3a' },
    ],
    [
      'a refresh token',
      refreshing('refresh-7f3a'),
      { grant_type: 'refresh_token', refresh_token: 'refresh-7f3a' },
    ],
  ])('is fetched with %s', async (_, changes, expected) => {
    expect(await worker().tokenFor(oauthServer(server.url, changes))).toBe('access-1');
    const sent = { ...expected, client_id: 'sco', client_secret: 'client-secret-7f3a' };
    expect(Object.fromEntries(form(0))).toEqual(sent);
  });

  it('is fetched with the client as Basic where that is asked for', async () => {
    await worker().tokenFor(oauthServer(server.url, { clientAuth: 'basic' }));
    expect(server.received[0]?.headers.authorization).toMatch(/^Basic /);
    expect(form(0).has('client_secret')).toBe(false);
  });

  it('is kept, shared by workers, and renewed before it expires', async () => {
    const one = oauthServer(server.url);
    expect(await worker().tokenFor(one)).toBe('access-1');
    nowMs += 1_700_000;
    expect(await worker().tokenFor(one)).toBe('access-1');
    nowMs += 50_000;
    expect(await worker().tokenFor(one)).toBe('access-2');
    expect(server.received).toHaveLength(2);
  });

  it('is fetched once by workers that need it at the same moment', async () => {
    const one = oauthServer(server.url);
    const all = await Promise.all([worker(), worker(), worker()].map((each) => each.tokenFor(one)));
    expect(all).toEqual(['access-1', 'access-1', 'access-1']);
    expect(server.received).toHaveLength(1);
  });

  it('is encrypted in the data folder, in files that only we can read', async () => {
    onToken = () => give({ refresh_token: 'rotated-1' });
    const refresh = refreshing('refresh-7f3a');
    await worker().tokenFor(oauthServer(server.url, refresh));
    const files = readdirSync(join(folder, 'tokens'));
    expect(files).toEqual(['servicenow.token']);
    const bytes = readFileSync(join(folder, 'tokens/servicenow.token'), 'latin1');
    for (const secret of SECRETS) expect(bytes).not.toContain(secret);
  });

  it('that cannot be decrypted is fetched again', async () => {
    await worker().tokenFor(oauthServer(server.url));
    const other = oauthServer(server.url, { clientSecret: new Secret('another') });
    expect(await worker().tokenFor(other)).toBe('access-2');
  });

  it('is renewed with the newest refresh token, until a person gives another', async () => {
    onToken = () => give({ refresh_token: `rotated-${issued + 1}` });
    const with_ = (text: string): OutboundServer => oauthServer(server.url, refreshing(text));
    await worker().tokenFor(with_('refresh-7f3a'));
    nowMs += 3_600_000;
    await worker().tokenFor(with_('refresh-7f3a'));
    expect(form(1).get('refresh_token')).toBe('rotated-1');
    await worker().tokenFor(with_('pasted'));
    expect(form(2).get('refresh_token')).toBe('pasted');
  });

  it('goes on with the refresh token that a person gives, for all workers, and keeps what it is replaced with', async () => {
    const configured = oauthServer(server.url, refreshing('refresh-7f3a'));
    onToken = (sent) =>
      sent.get('refresh_token') === 'refresh-7f3a'
        ? { status: 400, body: { error: 'invalid_grant' } }
        : give({ refresh_token: 'rotated-1' });
    await failureOf(worker().tokenFor(configured));
    await worker().login(configured, 'fresh-7f3a');
    expect(await worker().tokenFor(configured)).toBe('access-1');
    nowMs += 1_790_000;
    expect(await worker().tokenFor(configured)).toBe('access-2');
    expect(form(2).get('refresh_token')).toBe('rotated-1');
  });

  it('that is refused at the login changes nothing', async () => {
    const configured = oauthServer(server.url, refreshing('refresh-7f3a'));
    await worker().tokenFor(configured);
    onToken = () => ({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'fresh-7f3a is dead' },
    });
    const facts = await failureOf(worker().login(configured, 'fresh-7f3a'));
    expect(JSON.stringify(facts)).not.toContain('fresh-7f3a');
    expect(await worker().tokenFor(configured)).toBe('access-1');
  });

  it('that is refused asks for another credential, in the words of the endpoint', async () => {
    const error_description = 'The refresh token refresh-7f3a has expired';
    onToken = () => ({ status: 400, body: { error: 'invalid_grant', error_description } });
    const refresh = refreshing('refresh-7f3a');
    const facts = await failureOf(worker().tokenFor(oauthServer(server.url, refresh)));
    expect(facts).toMatchObject({ kind: 'auth', code: 'itsm.token_refused' });
    expect(facts.message).toContain('invalid_grant: The refresh token [secret] has expired');
    expect(facts.message).toContain('get a new refresh token');
  });

  it.each([
    ['transient', 'http.server_error', { status: 500 }],
    ['busy', 'http.too_many', { status: 429 }],
    ['transient', 'itsm.token_unexpected', { body: '<html>Sign in</html>' }],
    ['transient', 'itsm.token_unexpected', { body: { error: 'invalid_client' } }],
    ['bug', 'itsm.token_unexpected', { body: { token: 'access-1' } }],
  ])('is %s (%s) after %j', async (kind, code, answer) => {
    onToken = () => answer;
    const facts = await failureOf(worker().tokenFor(oauthServer(server.url)));
    expect(facts).toMatchObject({ kind, code });
    onToken = () => give();
    expect(await worker().tokenFor(oauthServer(server.url))).toBe('access-1');
  });
});

describe('a server that refuses the token', () => {
  const send = (itsm: ReturnType<typeof createItsm>): Promise<unknown> =>
    itsm.send(itsm.render(point(), context()), null);

  async function itsmThatAccepts(token: () => string) {
    const table = await startRecordedServer(({ method, path, headers, body }) => {
      if (path.startsWith('/oauth_token')) return onToken(new URLSearchParams(body));
      if (headers.authorization !== `Bearer ${token()}`) return { status: 401 };
      const row = { sys_id: 'a', number: 'CHG1', correlation_id: 'securechange-214-servicenow' };
      if (method === 'POST') return { status: 201, body: { result: { ...row, ...JSON.parse(body) } } };
      return { body: { result: [] } };
    });
    const itsm = createItsm({
      server: () => oauthServer(table.url),
      http: createHttp,
      tokens: createTokens({
        store: createMemoryTokenStore(),
        http: createHttp,
        now: () => nowMs,
        script: noScript,
      }),
    });
    return { itsm, close: () => Promise.all([itsm.close(), table.close()]) };
  }

  it('later on gets another one, and the message is sent', async () => {
    let accepted = 'access-1';
    const { itsm, close } = await itsmThatAccepts(() => accepted);
    await send(itsm);
    accepted = 'access-2';
    nowMs += 600_000;
    expect(await failureOf(send(itsm))).toMatchObject({ kind: 'transient', code: 'http.unauthorized' });
    expect(await send(itsm)).toMatchObject({ number: 'CHG1' });
    await close();
  });

  it('at once does not accept our client: nothing is asked again', async () => {
    const { itsm, close } = await itsmThatAccepts(() => 'nothing');
    expect(await failureOf(send(itsm))).toMatchObject({ kind: 'auth', code: 'http.unauthorized' });
    expect(issued).toBe(1);
    await close();
  });
});
