import { isIP } from 'node:net';
import { Agent, buildConnector, ProxyAgent, type Dispatcher } from 'undici';
import type { Code } from '../domain/codes.js';
import { CallFailure } from '../domain/failure.js';
import { addressRule, checkedLookup, ForbiddenAddress } from './addresses.js';
import { unproven } from './answer.js';
import { formsOf, withoutSecrets } from './redaction.js';
import {
  failureOfError,
  markWhileConnecting,
  notSent,
  StoppedWaiting,
  type CallContext,
} from './network-failure.js';
import type { AnswerHead } from './status-failure.js';
import { WRITE_RULES, type WriteName, type WriteRule } from './write-rules.js';

export type HttpAuth =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'none' };

export interface HttpOptions {
  /** Names the other side in failures: `securechange`, `securetrack`, `itsm/<server>`. */
  readonly name: string;
  /** Scheme, host, port and an optional path before every request's path. Without credentials, query and fragment. */
  readonly baseUrl: string;
  readonly auth: HttpAuth;
  readonly tls?: {
    /** PEM text of the authority that signed the server's certificate, instead of the system's list. */
    readonly caPem?: string;
    /** Default true. Switching it off is the operator's own, logged choice. */
    readonly verify?: boolean;
    /** PEM texts with which we prove who we are. */
    readonly clientCertificate?: { readonly certPem: string; readonly keyPem: string };
  };
  readonly timeouts?: {
    /** Default 5,000: name lookup, TCP and TLS. */
    readonly connectMs?: number;
    /** Default 30,000: from the sent request to the answer's headers. */
    readonly headersMs?: number;
    /** Default 60,000: the whole body. */
    readonly bodyMs?: number;
  };
  /** Default 32 MiB. */
  readonly maxBodyBytes?: number;
  /** Secrets beside those of `auth` that stand in a request: an answer that says them back is cleaned of them too. */
  readonly secrets?: readonly string[];
  /** Ranges that may be connected to; null or left out: all but `NEVER` of addresses.ts. Not with a proxy, which looks up itself. */
  readonly allowedAddresses?: readonly string[] | null;
  /** Everything goes through this HTTP proxy. */
  readonly proxy?: { readonly url: string; readonly user?: string; readonly password?: string };
}

export interface HttpRequest {
  /** Starts with a slash; parts that come from outside are already encoded by the caller. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** What is tried, for a person: `commit DG-B`. */
  readonly operation: string;
}

export interface HttpWrite extends HttpRequest {
  /**
   * What the system's own texts say: throws for a refusal, `noOp` when there was nothing to do, null when the answer says
   * neither. Called with every answer, whatever its status.
   */
  readonly meaning: (response: HttpResponse, call: CallContext) => 'noOp' | null;
  /** Of a system that an operator described: takes the place of what `WRITE_RULES` says. */
  readonly declared?: Pick<WriteRule, 'method' | 'statuses'> & Partial<Pick<WriteRule, 'repeatable'>>;
  /** Code of the failure of an answer that does not prove the write. */
  readonly unproven: Code;
}

export interface HttpResponse extends AnswerHead {
  readonly text: string;
  /** A part of it that a person will read: some systems say back what they were sent, credentials included. */
  readonly cleaned: (part: string) => string;
}

/**
 * One remote side. One attempt a call: retries are Temporal's. Redirects are never followed. Throws only `CallFailure`,
 * whose texts carry no credential and no body.
 */
export interface Http {
  readonly name: string;
  /** GET. Every answer is returned, whatever its status. */
  read(request: HttpRequest): Promise<HttpResponse>;
  /**
   * The only way to write, so that no call can forget what proves it: an answer is returned where status and body are
   * those of `WRITE_RULES`, null when there was nothing to do. A write that must not be repeated gets a connection of its
   * own, so that a kept one which the server closes at that moment does not leave us guessing.
   */
  write(name: WriteName, request: HttpWrite): Promise<HttpResponse | null>;
  close(): Promise<void>;
}

const DEFAULTS = { connectMs: 5_000, headersMs: 30_000, bodyMs: 60_000, maxBodyBytes: 32 * 1024 * 1024 };

/** Opens nothing until the first request. Throws a plain `TypeError` for a base address that cannot be used. */
export function createHttp(options: HttpOptions): Http {
  const base = readBase(options.baseUrl);
  const limits = {
    ...DEFAULTS,
    ...options.timeouts,
    maxBodyBytes: options.maxBodyBytes ?? DEFAULTS.maxBodyBytes,
  };
  const kept = createDispatcher(options, limits, 1);
  const fresh = createDispatcher(options, limits, 0);
  const authorization = authorizationOf(options.auth);
  const hidden = formsOf([...secretsOf(options.auth), ...(options.secrets ?? []), ...longParts(base.prefix)]);
  const cleaned = (part: string): string => withoutSecrets(part, hidden);

  async function send(method: string, request: HttpRequest, call: CallContext): Promise<HttpResponse> {
    if (!request.path.startsWith('/')) throw new TypeError(`${options.name}: a path starts with a slash`);
    if (request.signal?.aborted) throw notSent(call, 'http.cancelled', 'cancelled before it was sent');
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(new StoppedWaiting('cancelled'));
    request.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const answer = await (call.repeatable ? kept : fresh).request({
        origin: base.origin,
        path: base.prefix + request.path + queryText(request.query),
        method,
        headers: { ...lowerCase(request.headers), ...(authorization && { authorization }) },
        body: request.body ?? null,
        signal: stop.signal,
      });
      const text = await readBody(answer, limits, stop);
      return { status: answer.statusCode, headers: flatten(answer.headers), text, cleaned };
    } catch (error) {
      if (error instanceof CallFailure) throw error;
      throw failureOfError(error, stop.signal.reason, call);
    } finally {
      request.signal?.removeEventListener('abort', onAbort);
    }
  }

  const callOf = ({ operation }: HttpRequest, repeatable: boolean): CallContext => ({
    system: options.name,
    operation,
    repeatable,
  });

  return {
    name: options.name,
    read: (request) => send('GET', request, callOf(request, true)),
    async write(name, request) {
      const rule: WriteRule = { ...WRITE_RULES[name], ...request.declared };
      const call = callOf(request, rule.repeatable);
      const response = await send(rule.method, request, call);
      if (request.meaning(response, call) === 'noOp') return null;
      const failure = unproven(response, rule, call, request.unproven);
      if (failure !== null) throw failure;
      return response;
    },
    async close() {
      await Promise.all([kept.close(), fresh.close()]);
    },
  };
}

interface Limits {
  readonly connectMs: number;
  readonly headersMs: number;
  readonly bodyMs: number;
  readonly maxBodyBytes: number;
}

function createDispatcher(options: HttpOptions, limits: Limits, pipelining: 0 | 1): Dispatcher {
  const tls = {
    ...(options.tls?.caPem !== undefined && { ca: options.tls.caPem }),
    ...(options.tls?.clientCertificate && {
      cert: options.tls.clientCertificate.certPem,
      key: options.tls.clientCertificate.keyPem,
    }),
    rejectUnauthorized: options.tls?.verify ?? true,
  };
  const common = {
    pipelining,
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.bodyMs,
    // Our own count below names the limit; this one is the backstop should a caller stop reading.
    maxResponseSize: limits.maxBodyBytes + 1,
  };
  if (options.proxy) {
    const { url, user, password } = options.proxy;
    const token = user === undefined ? undefined : basic(user, password ?? '');
    return new ProxyAgent({
      ...common,
      uri: url,
      ...(token !== undefined && { token }),
      requestTls: { ...tls, timeout: limits.connectMs },
      connectTimeout: limits.connectMs,
    });
  }
  const isAllowed = addressRule(options.allowedAddresses ?? null);
  const connect = buildConnector({ ...tls, timeout: limits.connectMs, lookup: checkedLookup(isAllowed) });
  return new Agent({
    ...common,
    connect: (target, done) => {
      const host = target.hostname.replace(/^\[|\]$/g, '');
      // No name is looked up for an address.
      if (isIP(host) !== 0 && !isAllowed(host)) {
        done(new ForbiddenAddress(), null);
        return;
      }
      connect(target, (...outcome) => {
        if (outcome[0] !== null) markWhileConnecting(outcome[0]);
        done(...outcome);
      });
    },
  });
}

async function readBody(
  answer: Dispatcher.ResponseData,
  limits: Limits,
  stop: AbortController,
): Promise<string> {
  const timer = setTimeout(() => stop.abort(new StoppedWaiting('body')), limits.bodyMs);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limits.maxBodyBytes) {
        stop.abort(new StoppedWaiting('size'));
        break;
      }
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  stop.signal.throwIfAborted();
  return Buffer.concat(chunks).toString('utf8');
}

function readBase(text: string): { origin: string; prefix: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new TypeError('a base address is an absolute http or https URL');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('a base address carries no credentials, query or fragment');
  }
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
}

function authorizationOf(auth: HttpAuth): string | null {
  if (auth.kind === 'none') return null;
  return auth.kind === 'bearer' ? `Bearer ${auth.token}` : basic(auth.user, auth.password);
}

/** A password that is the user's name is no secret, and its name is needed to understand what a system says. */
function secretsOf(auth: HttpAuth): readonly string[] {
  if (auth.kind === 'none') return [];
  if (auth.kind === 'bearer') return [auth.token];
  return auth.password === auth.user ? [] : [auth.password, `${auth.user}:${auth.password}`];
}

/** The address of a chat's webhook is its credential, and stands in its path. */
function longParts(prefix: string): readonly string[] {
  return prefix.split('/').filter((part) => part.length >= 16);
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

function queryText(query: HttpRequest['query']): string {
  const parts = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`],
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

function lowerCase(headers: HttpRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
