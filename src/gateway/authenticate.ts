import type { Request, RequestHandler } from 'express';

import type { Actor, Role } from '../domain/commands.js';
import type { Callers } from './callers.js';
import type { FailureLimit } from './failure-limit.js';
import type { GatewayClock, GatewayLog } from './gateway-settings.js';
import { Problem } from './problem.js';
import { signatureHolds } from './webhook-signature.js';

const actors = new WeakMap<Request, Actor>();
/** Requests whose signature says who sends them, with the roles that may. */
const signedOnly = new WeakMap<Request, readonly Role[]>();

export interface Authenticator {
  /** Lets only known callers with one of these roles pass; runs before anything of the body is read. */
  admit(...roles: readonly Role[]): RequestHandler;
  /** Whoever holds this token, for a page; a wrong one counts as a failed attempt. */
  holder(request: Request, token: string): Actor;
  /**
   * The same for callers that may sign instead: without an Authorization header, `checkSignature` finds out who they are. An
   * address with too many failures is refused before its body is read.
   */
  admitSigned(...roles: readonly Role[]): RequestHandler;
  /** Checks the signature over the raw body of a caller that has a signing secret; runs after the body was read. */
  readonly checkSignature: RequestHandler;
}

export function createAuthenticator(deps: {
  callers: Callers;
  failures: FailureLimit;
  clock: GatewayClock;
  log: GatewayLog;
}): Authenticator {
  const { callers, failures, clock, log } = deps;

  /** Only failed attempts are held back: a caller behind the same address must not keep out who has a valid credential. */
  function refuse(request: Request): Problem {
    const address = addressOf(request);
    const retryAfterSeconds = failures.blockedFor(address);
    if (retryAfterSeconds > 0) return new Problem('too_many_failures', { retryAfterSeconds });
    failures.failed(address);
    log.warn({ address, path: request.path }, 'caller refused');
    return new Problem('unauthorised');
  }

  function enter(request: Request, actor: Actor | undefined, roles: readonly Role[]): void {
    if (actor === undefined) throw refuse(request);
    if (!actor.roles.some((role) => roles.includes(role))) {
      log.warn({ login: actor.login, path: request.path }, 'caller lacks the role');
      throw new Problem('forbidden');
    }
    actors.set(request, actor);
  }

  function admit(...roles: readonly Role[]): RequestHandler {
    return (request, _response, next) => {
      const header = request.headers.authorization;
      // Clients call without a credential to read which one is wanted: not a failed attempt.
      if (header === undefined) throw new Problem('unauthorised');
      enter(request, identify(header, callers), roles);
      next();
    };
  }

  return {
    admit,
    admitSigned: (...roles) => {
      const byHeader = admit(...roles);
      return (request, response, next) => {
        if (request.headers.authorization !== undefined || !isSigned(request)) {
          byHeader(request, response, next);
          return;
        }
        const retryAfterSeconds = failures.blockedFor(addressOf(request));
        if (retryAfterSeconds > 0) throw new Problem('too_many_failures', { retryAfterSeconds });
        signedOnly.set(request, roles);
        next();
      };
    },
    holder: (request, token) => {
      const actor = callers.bearer(token);
      if (actor === undefined) throw refuse(request);
      if (!mayRead(actor)) throw new Problem('forbidden');
      return actor;
    },
    checkSignature: (request, _response, next) => {
      const headers = {
        id: request.get('webhook-id'),
        timestamp: request.get('webhook-timestamp'),
        signature: request.get('webhook-signature'),
      };
      const holds = (secrets: readonly string[]): boolean =>
        signatureHolds(headers, rawBody(request), secrets, clock.now());
      const roles = signedOnly.get(request);
      if (roles !== undefined) {
        enter(request, callers.signer(holds), roles);
      } else {
        const secrets = callers.signingSecrets(actorOf(request).login);
        if (secrets.length > 0 && !holds(secrets)) throw refuse(request);
      }
      next();
    },
  };
}

export const READERS: readonly Role[] = ['viewer', 'operator', 'approver', 'auditor'];

/** Reading is for people: mediators and the ITSM only report. */
export function mayRead({ roles }: Actor): boolean {
  return roles.some((role) => READERS.includes(role));
}

/** Who was admitted. */
export function actorOf(request: Request): Actor {
  const actor = actors.get(request);
  if (actor === undefined) throw new Problem('unauthorised');
  return actor;
}

/** Whether it comes with a signature; `checkSignature` says whether that one holds. */
export function isSigned(request: Request): boolean {
  return request.get('webhook-signature') !== undefined;
}

/** The bytes as they came; empty when there was no body. */
export function rawBody(request: Request): Buffer {
  const body: unknown = request.body;
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

function identify(header: string, callers: Callers): Actor | undefined {
  const [, scheme, value] = /^(Basic|Bearer) +([\x21-\x7e]{1,4096})$/i.exec(header) ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return callers.bearer(value);
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : callers.basic(pair.slice(0, colon), pair.slice(colon + 1));
}

function addressOf(request: Request): string {
  return request.socket.remoteAddress ?? 'unknown';
}
