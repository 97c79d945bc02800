/** Tokens of outbound servers, of OAuth or printed by a script: fetched before a call, renewed before they expire, shared by all workers. */
import { createHash } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import { CallFailure } from '../domain/failure.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import { endsSoon, type RefreshTokenAlarm } from '../domain/refresh-token.js';
import { Secret } from '../domain/secret.js';
import { isOk, readBody, wordsOf } from '../http/answer.js';
import type { Http, HttpOptions, HttpResponse } from '../http/http.js';
import { failureOfStatus } from '../http/status-failure.js';
import { connectionOf, secretsOf } from './server-connection.js';
import { runForToken, type RunTokenScript, type TokenScript } from './script-tokens.js';
import { FRESH_MS, refreshLifeOf, renewAt } from './token-life.js';
import type { StoredToken, TokenStore } from './token-store.js';

export interface Tokens {
  /** A token that is good for a while. Throws a `CallFailure`: `auth` when the token endpoint refuses us. */
  tokenFor(server: OutboundServer, signal?: AbortSignal): Promise<string>;
  /** The server refused this token: the next call gets another one. False when it is new, so that another would not help. */
  refused(server: OutboundServer, token: string): boolean;
  /**
   * Goes on with a refresh token that a person gives, for all workers: it is tried at once, and kept. Throws as `tokenFor`; for a
   * server with another grant a `TypeError`.
   */
  login(server: OutboundServer, refreshToken: string): Promise<void>;
  /** When its refresh token ends soon, or has ended; null also for servers without one. Makes no call. */
  alarm(server: OutboundServer): RefreshTokenAlarm | null;
}

type OAuth = Extract<OutboundServer['auth'], { kind: 'oauth' }>;

export interface TokensOptions {
  readonly store: TokenStore;
  readonly http: (options: HttpOptions) => Http;
  readonly now: () => number;
  /** Of servers whose token a script prints: how it is run, where tokens are kept, and a key that all who share them have. */
  readonly script: { readonly run: RunTokenScript; readonly store: TokenStore; readonly key: Secret };
}

/** Where the token of a server comes from, and where it is kept. */
interface Source {
  readonly store: TokenStore;
  readonly key: Secret;
  /** Digest of what it is issued for: a token for something else is no use. */
  readonly of: string;
  readonly fetch: (before: StoredToken | null, signal: AbortSignal | undefined) => Promise<StoredToken>;
}

/** What a token lives whose endpoint does not say. */
const DEFAULT_LIFE_S = 300;

export function createTokens({ store, http, now, script }: TokensOptions): Tokens {
  const runs = new Map<string, Promise<string>>();

  function sourceOf(server: OutboundServer): Source {
    const { auth } = server;
    if (auth.kind !== 'tokenScript') {
      const client = oauthOf(server);
      return {
        store,
        key: client.clientSecret,
        of: digestOf(client),
        fetch: (before, signal) => fetchToken(server, client, before, signal),
      };
    }
    const of = sha256Of([server.name, auth.script, server.url]);
    return { store: script.store, key: script.key, of, fetch: () => runScript(server, auth, of) };
  }

  async function renewed(name: string, source: Source, signal?: AbortSignal): Promise<string> {
    return await source.store.alone(name, async () => {
      // Another worker may have renewed it while we waited.
      const before = source.store.read(name, source.key);
      if (isGood(before, source)) return before.accessToken;
      const fetched = await source.fetch(before, signal);
      source.store.write(name, source.key, fetched);
      return fetched.accessToken;
    });
  }

  /** Without the signal of one call: all calls of a moment wait for one run of the script, which has a time limit of its own. */
  async function sharedRun(name: string, source: Source): Promise<string> {
    let run = runs.get(source.of);
    if (run === undefined) {
      run = renewed(name, source).finally(() => runs.delete(source.of));
      runs.set(source.of, run);
    }
    return await run;
  }

  const isGood = (token: StoredToken | null, { of }: Source): token is StoredToken =>
    token !== null && token.of === of && now() < renewAt(token);

  return {
    async tokenFor(server, signal) {
      signal?.throwIfAborted();
      const source = sourceOf(server);
      const kept = source.store.read(server.name, source.key);
      if (isGood(kept, source)) return kept.accessToken;
      return server.auth.kind === 'tokenScript'
        ? await sharedRun(server.name, source)
        : await renewed(server.name, source, signal);
    },
    async login(server, refreshToken) {
      const auth = oauthOf(server);
      if (auth.grant !== 'refreshToken') throw new TypeError(`server ${server.name} has no refresh token`);
      const given = { ...auth, refreshToken: new Secret(refreshToken) };
      await store.alone(server.name, async () => {
        const fetched = await fetchToken({ ...server, auth: given }, given, null, undefined);
        // Of what servers.yaml names: that token began, this one goes on.
        store.write(server.name, auth.clientSecret, { ...fetched, of: digestOf(auth) });
      });
    },
    alarm(server) {
      if (server.auth.kind !== 'oauth' || server.auth.grant !== 'refreshToken') return null;
      const kept = store.read(server.name, server.auth.clientSecret);
      if (kept?.refreshLife === undefined || kept.of !== digestOf(server.auth)) return null;
      const expiresAtMs = endsSoon(kept.refreshLife, server.auth.refreshRules, now());
      return expiresAtMs === null ? null : { server: server.name, expiresAtMs };
    },
    refused(server, token) {
      const { store: shared, key } = sourceOf(server);
      const kept = shared.read(server.name, key);
      if (kept?.accessToken !== token) return true;
      if (now() - kept.issuedAtMs < FRESH_MS) return false;
      shared.write(server.name, key, { ...kept, expiresAtMs: 0 });
      return true;
    },
  };

  async function runScript(server: OutboundServer, auth: TokenScript, of: string): Promise<StoredToken> {
    const { accessToken, livesForMs } = await runForToken(script.run, server, auth);
    const issuedAtMs = now();
    return { of, accessToken, issuedAtMs, expiresAtMs: issuedAtMs + livesForMs, refreshToken: null };
  }

  async function fetchToken(
    server: OutboundServer,
    auth: OAuth,
    kept: StoredToken | null,
    signal: AbortSignal | undefined,
  ): Promise<StoredToken> {
    const url = new URL(auth.tokenUrl);
    const system = `itsm/${server.name}`;
    const operation = 'get a token';
    // The one the operator gave counts when it is another than we began with: a person replaced a dead one.
    const of = digestOf(auth);
    const given = auth.grant === 'refreshToken' ? auth.refreshToken.reveal() : null;
    const keptLife = kept?.of === of ? kept.refreshLife : undefined;
    const refreshToken = kept?.of === of ? (kept.refreshToken ?? given) : given;
    const client = http({
      name: system,
      baseUrl: url.origin,
      auth: { kind: 'none' },
      secrets: [...secretsOf(auth), ...(refreshToken === null ? [] : [refreshToken])],
      ...connectionOf(server),
    });
    try {
      const as = { issuer: url.origin, token_endpoint: auth.tokenUrl };
      const response = await oauth.genericTokenEndpointRequest(
        as,
        { client_id: auth.clientId },
        auth.clientAuth === 'basic'
          ? oauth.ClientSecretBasic(auth.clientSecret.reveal())
          : oauth.ClientSecretPost(auth.clientSecret.reveal()),
        GRANTS[auth.grant],
        parametersOf(auth, refreshToken),
        {
          [oauth.allowInsecureRequests]: url.protocol === 'http:',
          [oauth.customFetch]: through(client, server, operation),
          ...(signal !== undefined && { signal }),
        },
      );
      const answer = await oauth.processGenericTokenEndpointResponse(
        as,
        { client_id: auth.clientId },
        response,
      );
      const issuedAtMs = now();
      return {
        of,
        accessToken: answer.access_token,
        issuedAtMs,
        expiresAtMs: issuedAtMs + (answer.expires_in ?? DEFAULT_LIFE_S) * 1000,
        refreshToken: auth.grant === 'refreshToken' ? (answer.refresh_token ?? refreshToken) : null,
        ...(auth.grant === 'refreshToken' && {
          refreshLife: refreshLifeOf(answer, refreshToken, keptLife, issuedAtMs),
        }),
      };
    } catch (error) {
      if (error instanceof CallFailure) throw error;
      throw new CallFailure({
        kind: 'bug',
        system,
        operation,
        code: 'itsm.token_unexpected',
        message: 'the answer of the token endpoint is not what OAuth 2.0 describes; check tokenUrl',
      });
    } finally {
      await client.close();
    }
  }
}

const GRANTS = {
  clientCredentials: 'client_credentials',
  password: 'password',
  refreshToken: 'refresh_token',
} as const;

function oauthOf({ name, auth }: OutboundServer): OAuth {
  if (auth.kind === 'oauth') return auth;
  throw new TypeError(`server ${name} does not use OAuth`);
}

function parametersOf(auth: OAuth, refreshToken: string | null): URLSearchParams {
  const parameters = new URLSearchParams();
  if (auth.scope !== null) parameters.set('scope', auth.scope);
  if (auth.grant === 'password') {
    parameters.set('username', auth.user);
    parameters.set('password', auth.password.reveal());
  }
  if (auth.grant === 'refreshToken') parameters.set('refresh_token', refreshToken ?? '');
  return parameters;
}

/** What the token was issued for: another client, user or refresh token in the configuration asks for another one. */
function digestOf(auth: OAuth): string {
  const secrets = [
    auth.clientSecret.reveal(),
    auth.grant === 'password' ? auth.password.reveal() : '',
    auth.grant === 'refreshToken' ? auth.refreshToken.reveal() : '',
  ];
  const user = auth.grant === 'password' ? auth.user : '';
  const parts = [auth.tokenUrl, auth.clientId, auth.scope, auth.grant, user, ...secrets];
  return sha256Of(parts);
}

function sha256Of(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The library's request through the one HTTP client, which judges the answer like that of every other write. */
function through(client: Http, server: OutboundServer, operation: string) {
  return async (
    address: string,
    options: oauth.CustomFetchOptions<'POST', URLSearchParams>,
  ): Promise<Response> => {
    const { pathname, search } = new URL(address);
    const response = await client.write('token', {
      path: `${pathname}${search}`,
      operation,
      headers: options.headers,
      body: options.body.toString(),
      signal: options.signal,
      meaning: (answer) => {
        if (!isOk(answer)) throw refusalOf(answer, server, operation);
        return null;
      },
      unproven: 'itsm.token_unexpected',
    });
    const headers = { 'content-type': 'application/json' };
    return new Response(response?.text ?? '', { status: response?.status ?? 200, headers });
  };
}

/** `invalid_grant` and its like: nothing but another secret helps. */
function refusalOf(response: HttpResponse, server: OutboundServer, operation: string): CallFailure {
  const call = { system: `itsm/${server.name}`, operation, repeatable: true };
  const words = wordsOf(response);
  const { facts } = failureOfStatus(response, call, words);
  const isRefused =
    response.status === 401 || (response.status === 400 && readBody(response).kind === 'json');
  if (!isRefused) return new CallFailure(facts);
  const grant = oauthOf(server).grant;
  const advice =
    grant === 'refreshToken'
      ? 'get a new refresh token and give it with sco server login'
      : 'check client, secret and user in servers.yaml';
  const said = words === null ? '' : ` (it says: ${words})`;
  return new CallFailure({
    ...facts,
    kind: 'auth',
    code: 'itsm.token_refused',
    message: `the token endpoint refuses us${said}; ${advice}, then retry`,
  });
}
