import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSimulator, type RunningSimulator } from '../../packages/simulator/src/index.js';
import type { OutboundServer } from '../../src/domain/outbound-server.js';
import { Secret } from '../../src/domain/secret.js';
import { createHttp } from '../../src/http/http.js';
import { testServer } from '../../src/integrations/test-server.js';
import { createMemoryTokenStore } from '../../src/integrations/token-store.js';
import { createTokens } from '../../src/integrations/tokens.js';
import { startRecordedServer, startTcpServer } from '../support/recorded-server.js';
import { noTokens, oauthServer, serviceNow, noScript } from './servers.js';

const fixture = (name: string): string => readFileSync(join(__dirname, '../fixtures/http', name), 'utf8');
const TLS = { key: fixture('localhost.key.pem'), cert: fixture('localhost.cert.pem') };
const tokens = () =>
  createTokens({ store: createMemoryTokenStore(), http: createHttp, now: () => 0, script: noScript });

/** `name ok, connection problem`, as far as it came. */
async function layers(server: OutboundServer, more: object = {}): Promise<string> {
  const checks = await testServer(server, { tokens: noTokens, ...more });
  for (const { state, advice } of checks) if (state === 'problem') expect(advice).not.toBeNull();
  return checks.map(({ check, state }) => `${check} ${state}`).join(', ');
}

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0 });
});
afterAll(async () => simulator.close());

describe('checklist point 5: the test of a server', () => {
  it('passes one that is right', async () => {
    expect(await layers(serviceNow({ url: simulator.url }))).toBe(
      'name ok, connection ok, sign-in ok, sample call ok',
    );
  });

  it('stops at a host name that no name server knows', async () => {
    expect(await layers(serviceNow({ url: 'https://no-such-host.invalid' }))).toBe('name problem');
  });

  it('stops at a port without a listener, and at one that does not answer', async () => {
    const gone = await startTcpServer(() => undefined);
    await gone.close();
    expect(await layers(serviceNow({ url: gone.url }))).toBe('name ok, connection problem');
  });

  it('stops at a certificate that is not trusted, and says by whom it is', async () => {
    const server = await startRecordedServer(() => ({ body: { result: [] } }), TLS);
    const url = server.url.replace('127.0.0.1', 'localhost');
    expect(await layers(serviceNow({ url }))).toBe('name ok, connection ok, TLS problem');
    const silent = await startTcpServer(() => undefined);
    const mute = silent.url.replace('http:', 'https:');
    expect(await layers(serviceNow({ url: mute }), { timeoutMs: 200 })).toBe(
      'name ok, connection ok, TLS problem',
    );
    const trusted = await testServer(serviceNow({ url, caPem: TLS.cert }), { tokens: noTokens });
    expect(trusted.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(trusted[2]?.found).toMatch(/^TLSv1\.\d, certificate by .+, valid until .+$/);
    await Promise.all([server.close(), silent.close()]);
  });

  it('names a refused credential as such, apart from a call that fails', async () => {
    const auth = { kind: 'basic', user: 'itsm', password: new Secret('canary-7f3a') } as const;
    const checks = await testServer(serviceNow({ url: simulator.url, auth }), { tokens: noTokens });
    expect(checks.at(-1)).toMatchObject({ check: 'sign-in', state: 'problem' });
    expect(JSON.stringify(checks)).not.toContain('7f3a');
    const page = await startRecordedServer(() => ({ body: '<html>hibernating</html>' }));
    expect(await layers(serviceNow({ url: page.url }))).toBe('name ok, connection ok, sample call problem');
    await page.close();
  });

  it('finds an instance that ignores the condition of our look-up', async () => {
    const other = { sys_id: 'a1', number: 'CHG0040000', correlation_id: 'theirs' };
    const server = await startRecordedServer(() => ({ body: { result: [other] } }));
    const checks = await testServer(serviceNow({ url: server.url }), { tokens: noTokens });
    expect(checks.at(-1)).toMatchObject({
      check: 'sample call',
      found: expect.stringContaining('it ignores the condition') as string,
    });
    await server.close();
  });

  it('looks at the token endpoint by itself', async () => {
    const refusing = await startRecordedServer(({ method }) =>
      method === 'POST' ? { status: 401, body: { error: 'invalid_client' } } : { body: { result: [] } },
    );
    expect(await layers(oauthServer(refusing.url), { tokens: tokens() })).toBe(
      'name ok, connection ok, token problem',
    );
    await refusing.close();
    const giving = await startRecordedServer(({ method }) =>
      method === 'POST'
        ? { body: { access_token: 't-7f3a', token_type: 'bearer', expires_in: 300 } }
        : { body: { result: [] } },
    );
    expect(await layers(oauthServer(giving.url), { tokens: tokens() })).toBe(
      'name ok, connection ok, token ok, sign-in ok, sample call ok',
    );
    await giving.close();
  });

  it.each([405, 501])(
    'takes a server of calls that answers %d to a GET for a webhook, and no other failure',
    async (status) => {
      const answer = { status };
      const hook = await startRecordedServer(() => answer);
      const chat = serviceNow({ url: hook.url, kind: 'http', auth: { kind: 'none' } });
      const checks = await testServer(chat, { tokens: noTokens });
      expect(checks.at(-1)).toMatchObject({
        state: 'note',
        found: `${hook.url} answers ${status}: it takes no GET, as webhooks of chats do not`,
      });
      expect(new Set(hook.received.map(({ method }) => method))).toEqual(new Set(['GET']));
      answer.status = 502;
      expect(await layers(chat)).toBe('name ok, connection ok, sample call problem');
      await hook.close();
    },
  );

  describe('that writes', () => {
    const FIELDS = { short_description: 'Test of the orchestrator', description: 'may be closed' };

    it('creates one record, finds it by its id, and writes to the same one the next time', async () => {
      const server = serviceNow({ url: simulator.url });
      for (const _ of [1, 2]) {
        const checks = await testServer(server, { tokens: noTokens, write: FIELDS });
        expect(checks.at(-1)).toMatchObject({ check: 'write and read back', state: 'ok' });
      }
      const all = await fetch(`${simulator.url}/api/now/table/change_request`, {
        headers: { authorization: `Basic ${Buffer.from('itsm:itsm').toString('base64')}` },
      });
      const { result } = (await all.json()) as { result: { correlation_id: string; description: string }[] };
      expect(
        result.filter(({ correlation_id }) => correlation_id === 'securechange-0-servicenow'),
      ).toMatchObject([FIELDS]);
    });

    it('names a field that is not kept', async () => {
      const kept = {
        sys_id: '1c741bd70b2322007518478d83673af3',
        number: 'CHG0040001',
        correlation_id: 'securechange-0-servicenow',
        short_description: FIELDS.short_description,
        description: '',
      };
      let created = false;
      const server = await startRecordedServer(({ method, path }) => {
        if (method === 'POST') created = true;
        if (method !== 'GET') return { status: 201, body: { result: kept } };
        if (path.includes(kept.sys_id)) return { body: { result: kept } };
        return { body: { result: created ? [kept] : [] } };
      });
      const checks = await testServer(serviceNow({ url: server.url }), { tokens: noTokens, write: FIELDS });
      expect(checks.at(-1)).toMatchObject({
        check: 'write and read back',
        state: 'problem',
        found: expect.stringContaining('description') as string,
      });
      await server.close();
    });

    it('is not tried where there are no records', async () => {
      const server = await startRecordedServer(() => ({ status: 404, body: {} }));
      expect(await layers(serviceNow({ url: server.url, kind: 'http' }), { write: FIELDS })).toBe(
        'name ok, connection ok, sign-in ok, sample call note, write and read back note',
      );
      expect(server.received.map(({ method }) => method)).toEqual(
        ['GET', 'GET'].slice(0, server.received.length),
      );
      await server.close();
    });
  });

  it('writes nothing, and says that calls were not tried where there are no records', async () => {
    const server = await startRecordedServer(() => ({ status: 404, body: {} }));
    expect(await layers(serviceNow({ url: server.url, kind: 'http' }))).toBe(
      'name ok, connection ok, sign-in ok, sample call note',
    );
    expect(server.received.map(({ method }) => method)).toEqual(['GET']);
    await server.close();
  });
});
