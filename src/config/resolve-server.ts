import { CallFailure } from '../domain/failure.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import { Secret } from '../domain/secret.js';
import { recipientsOf } from './mail-points.js';
import type { ConfiguredServer } from './operator-config.js';
import type { References } from './secret-reference.js';
import { isLoopback } from './setting-kinds.js';
import { isAllowedHost } from './allowed-hosts.js';

/** Fills in what the file only names; a reference that leads nowhere stops the send and says which one. */
export function resolveServer(
  { name, kind, file, records, allowedHosts, allowedAddresses }: ConfiguredServer,
  references: References,
): OutboundServer {
  const fail = (message: string): CallFailure =>
    new CallFailure({
      kind: 'rejected',
      system: `itsm/${name}`,
      operation: 'read its entry in servers.yaml',
      code: 'itsm.not_configured',
      message,
    });
  const value = (
    plain: string | undefined,
    variable: string | undefined,
    path: string | undefined,
  ): string => {
    const found =
      plain ??
      (variable === undefined ? undefined : references.variable(variable)) ??
      (path === undefined ? undefined : references.file(path));
    if (found !== undefined && found !== '') return found;
    throw fail(
      variable === undefined
        ? `the file ${path ?? ''} cannot be read or is empty; correct it, then retry`
        : `${variable} is not set; set it for the worker, then retry`,
    );
  };

  const url = value(file.url, file.urlEnv, undefined).replace(/\/+$/, '');
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const scheme = kind === 'mail' ? /^smtps?:$/ : /^https?:$/;
  if (parsed === null || !scheme.test(parsed.protocol) || parsed.hostname === '' || parsed.username !== '') {
    const like = kind === 'mail' ? 'smtps://host:465' : 'https://host';
    throw fail(`${file.urlEnv ?? 'url'} is not an address like ${like}; correct it, then retry`);
  }
  checkHost(parsed, file.urlEnv ?? 'url');
  if (parsed.protocol === 'http:' && !isLoopback(parsed.hostname) && !file.allowPlainHttp) {
    throw fail('its address is plain http; use https (or, unsafe, allowPlainHttp: true)');
  }
  return {
    name,
    kind,
    url,
    auth: authOf(),
    caPem: file.tls.caFile === undefined ? null : value(undefined, undefined, file.tls.caFile),
    verifyTls: file.tls.verify,
    clientCertificate:
      file.tls.certFile === undefined
        ? null
        : {
            certPem: value(undefined, undefined, file.tls.certFile),
            keyPem: value(undefined, undefined, file.tls.keyFile),
          },
    proxy: file.proxy ?? null,
    allowedAddresses,
    headers: file.headers,
    timeoutMs: file.timeout,
    concurrency: file.concurrency,
    perMinute: file.perMinute ?? null,
    table: file.table,
    states: file.states ?? null,
    ticketsField: file.ticketsField ?? null,
    records,
    ...(kind === 'mail' && {
      mail: {
        from: file.from ?? '',
        recipients: recipientsOf(file),
        mayBePlain: file.allowPlainHttp || isLoopback(parsed.hostname),
      },
    }),
  };

  function checkHost({ hostname }: URL, key: string): void {
    if (isAllowedHost(hostname, allowedHosts)) return;
    throw fail(
      `${key}: ${hostname} is not among allowedHosts; correct the address, or add the host, then retry`,
    );
  }

  function authOf(): OutboundServer['auth'] {
    const { auth } = file;
    switch (auth.kind) {
      case 'none':
        return { kind: 'none' };
      case 'basic':
        return {
          kind: 'basic',
          user: value(auth.user, auth.userEnv, undefined),
          password: new Secret(value(undefined, auth.passwordEnv, auth.passwordFile)),
        };
      case 'bearer':
        return { kind: 'bearer', token: new Secret(value(undefined, auth.tokenEnv, auth.tokenFile)) };
      case 'oauthClientCredentials':
        return { ...clientOf(auth), grant: 'clientCredentials' };
      case 'oauthPassword':
        return {
          ...clientOf(auth),
          grant: 'password',
          user: value(auth.user, auth.userEnv, undefined),
          password: new Secret(value(undefined, auth.passwordEnv, auth.passwordFile)),
        };
      case 'oauthRefreshToken':
        return {
          ...clientOf(auth),
          grant: 'refreshToken',
          refreshToken: new Secret(value(undefined, auth.refreshTokenEnv, auth.refreshTokenFile)),
          refreshRules: { livesForMs: auth.refreshTokenLivesFor ?? null, alarmMs: auth.refreshTokenAlarm },
        };
      case 'tokenScript':
        return { kind: 'tokenScript', script: auth.script };
    }
  }

  function clientOf(auth: Extract<typeof file.auth, { clientId: string }>) {
    const tokenUrl = new URL(auth.tokenUrl);
    checkHost(tokenUrl, 'tokenUrl');
    if (tokenUrl.protocol === 'http:' && !isLoopback(tokenUrl.hostname) && !file.allowPlainHttp) {
      throw fail('its tokenUrl is plain http; use https (or, unsafe, allowPlainHttp: true)');
    }
    return {
      kind: 'oauth',
      tokenUrl: auth.tokenUrl,
      clientId: auth.clientId,
      clientSecret: new Secret(value(undefined, auth.clientSecretEnv, auth.clientSecretFile)),
      clientAuth: auth.clientAuth,
      scope: auth.scope ?? null,
    } as const;
  }
}
