import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallFailure } from '../../src/domain/failure.js';
import { Secret } from '../../src/domain/secret.js';
import { createHttp } from '../../src/http/http.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import {
  createMemoryTokenStore,
  createTokenStore,
  type TokenStore,
} from '../../src/integrations/token-store.js';
import { createTokens, type TokensOptions } from '../../src/integrations/tokens.js';
import { context, point } from '../placeholders/context.js';
import { startRecordedServer } from '../support/recorded-server.js';
import { serviceNow } from './servers.js';

type Run = Awaited<ReturnType<TokensOptions['script']['run']>>;

const printed = (stdout: string): Run => ({ kind: 'exited', exitCode: 0, stdout });
const server = (script = 'vault') =>
  serviceNow({ url: 'https://itsm.example.com', auth: { kind: 'tokenScript', script } });

let nowMs = 0;
let runs: string[] = [];
beforeEach(() => {
  nowMs = 1_000_000;
  runs = [];
});

/** A worker; those with one store and one key share their tokens. */
const tokensOf = (
  answer: (run: number) => Run,
  store: TokenStore = createMemoryTokenStore(),
  key = 'the key of the workers',
) =>
  createTokens({
    store: createMemoryTokenStore(),
    http: createHttp,
    now: () => nowMs,
    script: {
      run: async (script, { name, url }) => {
        runs.push(`${script} for ${name} at ${url}`);
        return await Promise.resolve(answer(runs.length));
      },
      store,
      key: new Secret(key),
    },
  });

async function failureOf(promise: Promise<unknown>): Promise<CallFailure['facts']> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CallFailure);
  return (error as CallFailure).facts;
}

describe('a token script', () => {
  it.each([
    ['a word', 'tok-7f3a\n'],
    ['an answer as of OAuth', '{"access_token": "tok-7f3a", "token_type": "Bearer", "expires_in": 900}'],
    ['such an answer without a lifetime', '{"access_token": "tok-7f3a"}'],
  ])('gives the token as %s', async (_, stdout) => {
    expect(await tokensOf(() => printed(stdout)).tokenFor(server())).toBe('tok-7f3a');
    expect(runs).toEqual(['vault for servicenow at https://itsm.example.com']);
  });

  it('is run once for calls of the same moment, and again shortly before the token ends', async () => {
    const tokens = tokensOf((run) => printed(`{"access_token":"tok-${run}","expires_in":900}`));
    const first = await Promise.all([1, 2, 3].map(async () => tokens.tokenFor(server())));
    expect(first).toEqual(['tok-1', 'tok-1', 'tok-1']);
    nowMs += 839_999;
    expect(await tokens.tokenFor(server())).toBe('tok-1');
    nowMs += 1;
    expect(await tokens.tokenFor(server())).toBe('tok-2');
    expect(await tokens.tokenFor(server('other'))).toBe('tok-3');
  });

  describe('of workers with one data folder', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'sco-printed-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const printing = (run: number) => printed(`{"access_token":"tok-7f3a-${run}","expires_in":900}`);
    const clock = { now: () => nowMs, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
    const worker = (key?: string) => tokensOf(printing, createTokenStore(folder, clock), key);

    it('is run once for all, also when they need its token at the same moment', async () => {
      const all = [worker(), worker(), worker()].flatMap((one) => [one, one]);
      const tokens = await Promise.all(all.map(async (one) => one.tokenFor(server())));
      expect(new Set(tokens)).toEqual(new Set(['tok-7f3a-1']));
      expect(await worker().tokenFor(server())).toBe('tok-7f3a-1');
      expect(runs).toHaveLength(1);
    });

    it('is run again, once for all, when the server refuses its token to one of them', async () => {
      const [one, other] = [worker(), worker()];
      const token = await one.tokenFor(server());
      expect(one.refused(server(), token)).toBe(false);
      nowMs += 30_000;
      expect(one.refused(server(), token)).toBe(true);
      expect(await other.tokenFor(server())).toBe('tok-7f3a-2');
      expect(other.refused(server(), token)).toBe(true);
      expect(await one.tokenFor(server())).toBe('tok-7f3a-2');
      expect(runs).toHaveLength(2);
    });

    it('leaves its token encrypted in a file for us alone; with another key it is run again', async () => {
      await worker().tokenFor(server());
      const file = join(folder, 'tokens/servicenow.token');
      expect(readFileSync(file, 'latin1')).not.toMatch(/7f3a|vault|itsm/);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(await worker('the next key').tokenFor(server())).toBe('tok-7f3a-2');
      expect(await worker('the next key').tokenFor(server())).toBe('tok-7f3a-2');
    });
  });

  it.each([
    ['nothing', ''],
    ['two words', 'tok 7f3a'],
    ['a page', '<html>\n<body>'],
    ['a token that no header takes', 'tök'],
    ['no token in its answer', '{"token":"7f3a"}'],
    ['a token of the wrong type', '{"access_token":["7f3a"]}'],
    ['a lifetime of the wrong type', '{"access_token":"7f3a","expires_in":"7f3a"}'],
    ['a lifetime that is over', '{"access_token":"7f3a","expires_in":0}'],
    ['half an answer', '{"access_token":"7f3a'],
    ['a secret of its own', '[secret]'],
    ['more than a token has', '7f3a'.repeat(5_000)],
  ])('that prints %s gives none, and nothing of it is repeated', async (_, stdout) => {
    const facts = await failureOf(tokensOf(() => printed(stdout)).tokenFor(server()));
    expect(facts).toMatchObject({ kind: 'bug', code: 'itsm.token_script', system: 'itsm/servicenow' });
    expect(JSON.stringify(facts)).not.toContain('7f3a');
  });

  it.each<[string, string, string, Run]>([
    ['fails', 'transient', 'itsm.token_script', { kind: 'exited', exitCode: 1, stdout: 'tok-7f3a' }],
    ['is killed', 'transient', 'itsm.token_script', { kind: 'exited', exitCode: null, stdout: '' }],
    ['hangs', 'transient', 'itsm.token_script', { kind: 'timedOut' }],
    ['runs too often', 'transient', 'itsm.token_script', { kind: 'busy', why: '2 are under way' }],
    ['is another file', 'rejected', 'itsm.token_script', { kind: 'notRun', why: 'its hash differs' }],
    ['is refused', 'auth', 'itsm.token_refused', { kind: 'exited', exitCode: 77, stdout: 'tok-7f3a' }],
  ])('that %s is %s (%s), and is run again for the next message', async (_, kind, code, run) => {
    const tokens = tokensOf((count) => (count === 1 ? run : printed('tok-2')));
    const facts = await failureOf(tokens.tokenFor(server()));
    expect(facts).toMatchObject({ kind, code });
    expect(JSON.stringify(facts)).not.toContain('7f3a');
    expect(await tokens.tokenFor(server())).toBe('tok-2');
  });

  it('is run again when the server refuses a token that was good; a new one that is refused holds the message', async () => {
    let accepted = 'tok-1';
    const table = await startRecordedServer(({ method, headers, body }) => {
      if (headers.authorization !== `Bearer ${accepted}`) return { status: 401 };
      const row = { sys_id: 'a', number: 'CHG1', correlation_id: 'securechange-214-servicenow' };
      if (method === 'POST') return { status: 201, body: { result: { ...row, ...JSON.parse(body) } } };
      return { body: { result: [] } };
    });
    const itsm = createItsm({
      server: () => ({ ...server(), url: table.url }),
      http: createHttp,
      tokens: tokensOf((run) => printed(`tok-${run}`)),
    });
    const send = () => itsm.send(itsm.render(point(), context()), null);
    expect(await send()).toMatchObject({ number: 'CHG1' });
    accepted = 'tok-2';
    nowMs += 60_000;
    expect(await failureOf(send())).toMatchObject({ kind: 'transient', code: 'http.unauthorized' });
    expect(await send()).toMatchObject({ number: 'CHG1' });
    accepted = 'none';
    expect(await failureOf(send())).toMatchObject({ kind: 'auth', code: 'http.unauthorized' });
    expect(runs).toHaveLength(2);
    await Promise.all([itsm.close(), table.close()]);
  });
});
