import type { OutboundServer } from '../domain/outbound-server.js';
import type { HttpAuth, HttpOptions } from '../http/http.js';

/** How a server is reached: the same for its calls and for those to its token endpoint. */
export function connectionOf(
  server: OutboundServer,
): Pick<HttpOptions, 'tls' | 'timeouts' | 'proxy' | 'allowedAddresses'> {
  return {
    tls: {
      verify: server.verifyTls,
      ...(server.caPem !== null && { caPem: server.caPem }),
      ...(server.clientCertificate !== null && { clientCertificate: server.clientCertificate }),
    },
    allowedAddresses: server.allowedAddresses,
    timeouts: { headersMs: server.timeoutMs, bodyMs: server.timeoutMs },
    ...(server.proxy !== null && { proxy: { url: server.proxy } }),
  };
}

/** Every secret of a server, and what a header makes of it: none of them may be in a text that a person reads. */
export function secretsOf(auth: OutboundServer['auth']): readonly string[] {
  switch (auth.kind) {
    case 'none':
    case 'tokenScript':
      return [];
    case 'basic':
      // As AUTH PLAIN of SMTP has it; HTTP knows its own header.
      return [auth.password.reveal(), `\0${auth.user}\0${auth.password.reveal()}`];
    case 'bearer':
      return [auth.token.reveal()];
    case 'oauth':
      return [
        auth.clientSecret.reveal(),
        `${auth.clientId}:${auth.clientSecret.reveal()}`,
        ...(auth.grant === 'password' ? [auth.password.reveal()] : []),
        ...(auth.grant === 'refreshToken' ? [auth.refreshToken.reveal()] : []),
      ];
  }
}

/** Kinds whose token has to be asked for first. */
export type TokenAuth = Extract<OutboundServer['auth'], { kind: 'oauth' | 'tokenScript' }>;

export function needsToken(auth: OutboundServer['auth']): auth is TokenAuth {
  return auth.kind === 'oauth' || auth.kind === 'tokenScript';
}

/** How a call signs in where no token has to be asked for first. */
export function authOf(auth: Exclude<OutboundServer['auth'], TokenAuth>): HttpAuth {
  switch (auth.kind) {
    case 'none':
      return { kind: 'none' };
    case 'basic':
      return { kind: 'basic', user: auth.user, password: auth.password.reveal() };
    case 'bearer':
      return { kind: 'bearer', token: auth.token.reveal() };
  }
}
