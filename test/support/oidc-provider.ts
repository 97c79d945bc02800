import { createHash, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export const OIDC_CLIENT = { id: 'sco-page', secret: 'the secret of the page' } as const;

interface Asked {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

/** An OpenID provider on loopback that lets whoever comes sign in as `subject`, with what a test makes wrong. */
export interface FakeOidcProvider {
  readonly issuer: string;
  subject: string;
  /** Instead of what is right, in the next ID tokens. */
  claims: Readonly<Record<string, unknown>>;
  /** Signs with a key that it does not publish. */
  signsWrongly: boolean;
  /** Of each path: answered with this status instead. */
  readonly failing: Map<string, number>;
  /** How often each path was asked. */
  readonly asked: Map<string, number>;
  close(): Promise<void>;
}

export async function startOidcProvider(): Promise<FakeOidcProvider> {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const codes = new Map<string, Asked>();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  const provider: FakeOidcProvider = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    subject: 'subject-of-olga',
    claims: {},
    signsWrongly: false,
    failing: new Map(),
    asked: new Map(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => {
        server.close(done);
      });
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', provider.issuer);
    provider.asked.set(pathname, (provider.asked.get(pathname) ?? 0) + 1);
    const status = provider.failing.get(pathname);
    if (status !== undefined) {
      json(response, status, { error: 'server_error' });
      return;
    }
    switch (pathname) {
      case '/.well-known/openid-configuration': {
        json(response, 200, discovery());
        return;
      }
      case '/jwks': {
        json(response, 200, {
          keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }],
        });
        return;
      }
      case '/authorize': {
        response.writeHead(302, { location: authorize(searchParams) }).end();
        return;
      }
      case '/token': {
        token(request, new URLSearchParams(await text(request)), response);
        return;
      }
      default:
        json(response, 404, {});
    }
  }

  function discovery(): object {
    const { issuer } = provider;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      code_challenge_methods_supported: ['S256'],
    };
  }

  function authorize(query: URLSearchParams): string {
    const redirectUri = query.get('redirect_uri') ?? '';
    const right =
      query.get('client_id') === OIDC_CLIENT.id &&
      query.get('response_type') === 'code' &&
      query.get('code_challenge_method') === 'S256' &&
      (query.get('scope') ?? '').split(' ').includes('openid');
    const back = new URL(redirectUri);
    back.searchParams.set('state', query.get('state') ?? '');
    if (!right) {
      back.searchParams.set('error', 'invalid_request');
      return back.href;
    }
    const code = randomUUID();
    codes.set(code, {
      nonce: query.get('nonce') ?? '',
      challenge: query.get('code_challenge') ?? '',
      redirectUri,
    });
    back.searchParams.set('code', code);
    return back.href;
  }

  function token(request: IncomingMessage, body: URLSearchParams, response: ServerResponse): void {
    const [scheme, pair = ''] = (request.headers.authorization ?? '').split(' ');
    const [id, secret] = Buffer.from(pair, 'base64')
      .toString()
      .split(':')
      .map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
    if (scheme !== 'Basic' || id !== OIDC_CLIENT.id || secret !== OIDC_CLIENT.secret) {
      json(response, 401, { error: 'invalid_client' });
      return;
    }
    const code = body.get('code') ?? '';
    const asked = codes.get(code);
    codes.delete(code);
    const challenge = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url');
    if (asked?.challenge !== challenge || asked.redirectUri !== body.get('redirect_uri')) {
      json(response, 400, { error: 'invalid_grant' });
      return;
    }
    const nowS = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: provider.issuer,
      aud: OIDC_CLIENT.id,
      sub: provider.subject,
      iat: nowS,
      exp: nowS + 300,
      nonce: asked.nonce,
      ...provider.claims,
    };
    json(response, 200, {
      access_token: randomUUID(),
      token_type: 'Bearer',
      id_token: jwt(claims, provider.signsWrongly ? other.privateKey : own.privateKey),
    });
  }

  return provider;
}

function json(response: ServerResponse, status: number, content: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

function jwt(claims: object, key: KeyObject): string {
  const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');
  const body = `${part({ alg: 'ES256', kid: 'one' })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(body), { key, dsaEncoding: 'ieee-p1363' });
  return `${body}.${signature.toString('base64url')}`;
}
