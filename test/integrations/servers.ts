import type { OAuthGrant, OutboundServer } from '../../src/domain/outbound-server.js';
import { Secret } from '../../src/domain/secret.js';
import { createMemoryTokenStore } from '../../src/integrations/token-store.js';
import type { Tokens, TokensOptions } from '../../src/integrations/tokens.js';

export const noTokens: Tokens = {
  tokenFor: () => Promise.reject(new Error('this server needs no token')),
  refused: () => false,
  alarm: () => null,
  login: () => Promise.reject(new Error('this server needs no token')),
};

export function serviceNow(changes: Partial<OutboundServer> & Pick<OutboundServer, 'url'>): OutboundServer {
  return {
    name: 'servicenow',
    kind: 'servicenow',
    auth: { kind: 'basic', user: 'itsm', password: new Secret('itsm') },
    caPem: null,
    verifyTls: true,
    clientCertificate: null,
    proxy: null,
    allowedAddresses: null,
    headers: {},
    timeoutMs: 5_000,
    concurrency: 10,
    perMinute: null,
    table: 'change_request',
    states: null,
    ticketsField: null,
    records: null,
    ...changes,
  };
}

type Grant = OAuthGrant extends infer G ? (G extends OAuthGrant ? Omit<G, 'tokenUrl'> : never) : never;

export function oauthServer(url: string, changes: Partial<Grant> = {}): OutboundServer {
  const auth = {
    kind: 'oauth',
    grant: 'clientCredentials',
    tokenUrl: `${url}/oauth_token.do`,
    clientId: 'sco',
    clientSecret: new Secret('client-secret-7f3a'),
    clientAuth: 'body',
    scope: null,
    ...changes,
  } as OAuthGrant;
  return serviceNow({ url, auth });
}

/** Of servers whose token no script prints. */
export const noScript: TokensOptions['script'] = {
  run: () => Promise.reject(new Error('this server has no script')),
  store: createMemoryTokenStore(),
  key: new Secret(''),
};
