import type { OutboundServer } from '../../src/domain/outbound-server.js';
import type { RefreshTokenRules } from '../../src/domain/refresh-token.js';
import { CallFailure } from '../../src/domain/failure.js';
import { Secret } from '../../src/domain/secret.js';
import { createHttp } from '../../src/http/http.js';
import { testServer } from '../../src/integrations/test-server.js';
import { createMemoryTokenStore } from '../../src/integrations/token-store.js';
import { createTokens } from '../../src/integrations/tokens.js';
import { endingRefreshTokens } from '../../workers/ending-refresh-tokens.js';
import { startRecordedServer, type RecordedServer } from '../support/recorded-server.js';
import { oauthServer, serviceNow, noScript } from './servers.js';

const DAY = 86_400_000;
const DAY_S = 86_400;

let startMs: number;
let nowMs: number;
let more: object;
let endpoint: RecordedServer;

beforeEach(async () => {
  startMs = Date.parse('2026-11-26T09:00:00Z');
  nowMs = startMs;
  more = {};
  endpoint = await startRecordedServer(({ method }) =>
    method === 'GET'
      ? { body: { result: [] } }
      : { body: { access_token: 'access-7f3a', token_type: 'bearer', expires_in: 600, ...more } },
  );
});
afterEach(() => endpoint.close());

function server(rules: Partial<RefreshTokenRules> = {}, refreshToken = 'refresh-7f3a'): OutboundServer {
  return oauthServer(endpoint.url, {
    grant: 'refreshToken',
    refreshToken: new Secret(refreshToken),
    refreshRules: { livesForMs: null, alarmMs: 7 * DAY, ...rules },
  });
}

const tokensOf = () =>
  createTokens({ store: createMemoryTokenStore(), http: createHttp, now: () => nowMs, script: noScript });

describe('a refresh token that ends', () => {
  it.each([
    ['refresh_expires_in', 30 * DAY_S],
    ['refresh_token_expires_in', 30 * DAY_S],
    ['refresh_token_expires_in', String(30 * DAY_S)],
  ])('raises its alarm 7 days ahead where the endpoint says %s: %j', async (name, value) => {
    more = { [name]: value };
    const tokens = tokensOf();
    expect(tokens.alarm(server())).toBeNull();
    await tokens.tokenFor(server());
    nowMs = startMs + 23 * DAY - 1;
    expect(tokens.alarm(server())).toBeNull();
    nowMs += 1;
    expect(tokens.alarm(server())).toEqual({ server: 'servicenow', expiresAtMs: startMs + 30 * DAY });
    nowMs = startMs + 40 * DAY;
    expect(tokens.alarm(server())).toEqual({ server: 'servicenow', expiresAtMs: startMs + 30 * DAY });
  });

  it.each([0, -1, 'never', null, {}, [3], 1e300])(
    'raises none where the endpoint says %j, and the life is not configured',
    async (value) => {
      more = { refresh_expires_in: value };
      const tokens = tokensOf();
      await tokens.tokenFor(server());
      nowMs = startMs + 3_000 * DAY;
      expect(tokens.alarm(server())).toBeNull();
    },
  );

  it('is counted from its first use by refreshTokenLivesFor, over every renewal that does not replace it', async () => {
    const configured = server({ livesForMs: 90 * DAY, alarmMs: 10 * DAY });
    const tokens = tokensOf();
    await tokens.tokenFor(configured);
    nowMs = startMs + 80 * DAY;
    await tokens.tokenFor(configured);
    expect(tokens.alarm(configured)).toEqual({ server: 'servicenow', expiresAtMs: startMs + 90 * DAY });
    more = { refresh_token: 'rotated-7f3a' };
    nowMs += 700_000;
    await tokens.tokenFor(configured);
    expect(tokens.alarm(configured)).toBeNull();
  });

  it('keeps the end that was said, until it is replaced', async () => {
    more = { refresh_expires_in: 30 * DAY_S };
    const tokens = tokensOf();
    await tokens.tokenFor(server());
    more = {};
    nowMs = startMs + 25 * DAY;
    await tokens.tokenFor(server());
    expect(tokens.alarm(server())).toMatchObject({ expiresAtMs: startMs + 30 * DAY });
    more = { refresh_token: 'rotated-7f3a' };
    nowMs += 700_000;
    await tokens.tokenFor(server());
    expect(tokens.alarm(server())).toBeNull();
  });

  it('with a short life raises it in the last third: one that is replaced at each use is no alarm', async () => {
    more = { refresh_expires_in: 1_800, refresh_token: 'rotated-7f3a' };
    const tokens = tokensOf();
    await tokens.tokenFor(server());
    nowMs = startMs + 1_199_999;
    expect(tokens.alarm(server())).toBeNull();
    nowMs += 1;
    expect(tokens.alarm(server())).toMatchObject({ expiresAtMs: startMs + 1_800_000 });
  });

  it('is forgotten after sco server login, and after another one in the configuration', async () => {
    const configured = server({ livesForMs: 30 * DAY });
    const tokens = tokensOf();
    await tokens.tokenFor(configured);
    nowMs = startMs + 29 * DAY;
    expect(tokens.alarm(configured)).not.toBeNull();
    expect(tokens.alarm(server({ livesForMs: 30 * DAY }, 'another-7f3a'))).toBeNull();
    await tokens.login(configured, 'fresh-7f3a');
    expect(tokens.alarm(configured)).toBeNull();
  });

  it('is shown by the test of its server, with the command to type', async () => {
    more = { refresh_expires_in: 3 * DAY_S };
    const tokens = tokensOf();
    await tokens.tokenFor(server());
    more = {};
    nowMs = startMs + 2 * DAY;
    const checks = await testServer(server(), { tokens, now: () => nowMs });
    expect(checks.map(({ check, state }) => `${check} ${state}`)).toContain('refresh token note');
    expect(checks.find(({ check }) => check === 'refresh token')).toMatchObject({
      found: 'the refresh token of server servicenow expires in 1 d (2026-11-29T09:00Z)',
      advice: 'get a new refresh token and give it with: sco server login servicenow',
    });
  });

  it('is reported by a worker, beside servers that cannot be resolved and those without one', async () => {
    more = { refresh_expires_in: 3 * DAY_S };
    const tokens = tokensOf();
    await tokens.tokenFor(server());
    nowMs = startMs + 4 * DAY;
    const servers = new Map([
      ['servicenow', () => server()],
      ['plain', () => serviceNow({ url: endpoint.url })],
      [
        'unset',
        (): OutboundServer => {
          throw new CallFailure({
            kind: 'rejected',
            system: 'itsm/unset',
            operation: 'read its entry',
            code: 'itsm.not_configured',
            message: 'X is not set',
          });
        },
      ],
    ]);
    const config = {
      serverNames: () => [...servers.keys()],
      server: (name: string) => servers.get(name)!(),
    };
    expect(endingRefreshTokens(config, tokens)).toEqual([
      { server: 'servicenow', expiresAtMs: startMs + 3 * DAY },
    ]);
  });
});
