import { resolveServer } from '../../src/config/resolve-server.js';
import { serversSchema } from '../../src/config/server-schema.js';

const SECRETS: Readonly<Record<string, string>> = { CLIENT: 'c-7f3a', USER: 'sco', PASSWORD: 'p-7f3a' };
const FILES: Readonly<Record<string, string>> = { refresh: 'r-7f3a', 'us.crt': 'CERT', 'us.key': 'KEY' };
const references = { variable: (name: string) => SECRETS[name], file: (path: string) => FILES[path] };

const oauth = { tokenUrl: 'https://itsm.example/oauth_token.do', clientId: 'x', clientSecretEnv: 'CLIENT' };

function resolve(auth: object, more: object = {}, allowedHosts: readonly string[] | null = null) {
  const servers = { a: { kind: 'servicenow', url: 'https://itsm.example', auth, ...more } };
  const file = serversSchema.parse({ servers }).servers['a'];
  if (file === undefined) throw new Error('the server is not there');
  return resolveServer(
    { name: 'a', kind: 'servicenow', file, records: null, allowedHosts, allowedAddresses: null },
    references,
  );
}

describe('the entry of a server', () => {
  it.each<[object, object]>([
    [
      { kind: 'oauthClientCredentials', ...oauth, scope: 's' },
      { grant: 'clientCredentials', scope: 's' },
    ],
    [
      { kind: 'oauthPassword', ...oauth, userEnv: 'USER', passwordEnv: 'PASSWORD' },
      { grant: 'password', user: 'sco' },
    ],
    [
      { kind: 'oauthRefreshToken', ...oauth, refreshTokenFile: 'refresh', clientAuth: 'basic' },
      { grant: 'refreshToken', clientAuth: 'basic' },
    ],
  ])('with OAuth has its secrets filled in, and shows none: %j', (written, expected) => {
    const { auth } = resolve(written);
    expect(auth).toMatchObject({ kind: 'oauth', tokenUrl: oauth.tokenUrl, clientId: 'x', ...expected });
    expect(JSON.stringify(auth)).not.toContain('7f3a');
    if (auth.kind !== 'oauth') throw new Error('not OAuth');
    expect(auth.clientSecret.reveal()).toBe('c-7f3a');
    if (auth.grant === 'password') expect(auth.password.reveal()).toBe('p-7f3a');
    if (auth.grant === 'refreshToken') expect(auth.refreshToken.reveal()).toBe('r-7f3a');
  });

  it('names the secret that is missing', () => {
    const auth = { kind: 'oauthClientCredentials', ...oauth, clientSecretEnv: 'NOT_SET' };
    expect(() => resolve(auth)).toThrow('NOT_SET is not set; set it for the worker, then retry');
  });

  it.each([
    [['itsm.example'], true],
    [['ITSM.example'.toLowerCase(), 'other.example'], true],
    [['*.example'], true],
    [['example', '*.itsm.example', 'xitsm.example'], false],
    [[], false],
  ])('goes to allowed hosts only: %j', (allowed, isAllowed) => {
    const attempt = (): unknown => resolve({ kind: 'none' }, {}, allowed);
    if (isAllowed) expect(attempt).not.toThrow();
    else expect(attempt).toThrow('itsm.example is not among allowedHosts');
  });

  it('gets tokens from allowed hosts only', () => {
    const auth = { kind: 'oauthClientCredentials', ...oauth, tokenUrl: 'https://elsewhere.example/token' };
    expect(() => resolve(auth, {}, ['itsm.example'])).toThrow('tokenUrl: elsewhere.example is not among');
  });

  it('refuses a token endpoint without encryption', () => {
    const auth = { kind: 'oauthClientCredentials', ...oauth, tokenUrl: 'http://itsm.example/token' };
    expect(() => resolve(auth)).toThrow('its tokenUrl is plain http');
  });

  it.each([
    [
      { kind: 'oauthClientCredentials', ...oauth, clientSecretFile: 'x' },
      'clientSecretEnv or clientSecretFile',
    ],
    [{ kind: 'oauthPassword', ...oauth, user: 'x' }, 'passwordEnv or passwordFile'],
    [{ kind: 'oauthRefreshToken', ...oauth }, 'refreshTokenEnv or refreshTokenFile'],
  ])('with two secrets or none is a mistake: %j', (auth, advice) => {
    expect(() => resolve(auth)).toThrow(advice);
  });

  it('with a certificate of ours has both files read', () => {
    const tls = { certFile: 'us.crt', keyFile: 'us.key' };
    const server = resolve({ kind: 'none' }, { tls });
    expect(server.clientCertificate).toEqual({ certPem: 'CERT', keyPem: 'KEY' });
    expect(() => resolve({ kind: 'none' }, { tls: { certFile: 'us.crt' } })).toThrow(
      'both certFile and keyFile',
    );
  });
});

describe('the addresses that servers may have', () => {
  const given = (ranges: readonly string[]) =>
    serversSchema.safeParse({ allowedAddresses: ranges, servers: {} }).success;

  it('are ranges of IPv4 and IPv6, and nothing else', () => {
    expect(given(['10.20.0.0/16', '2001:db8::/32', '127.0.0.1/32'])).toBe(true);
    for (const wrong of ['10.20.0.0', '10.20.0.0/33', 'itsm.example/8', '10.0.0.0/8/8', '2001:db8::/129'])
      expect(given([wrong])).toBe(false);
    expect(given([])).toBe(false);
  });
});
