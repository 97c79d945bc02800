import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

import type { Request, Response } from 'express';
import { z } from 'zod';

import type { Actor } from '../domain/commands.js';
import type { Callers } from './callers.js';

const SESSION_MS = 8 * 3_600_000;

/** Cookies that say it all and are signed: the gateway keeps nothing. */
export interface SignedCookies {
  set(response: Response, name: string, content: object, forMs: number): void;
  clear(response: Response, name: string): void;
  /** undefined where there is none, it is not ours, or its time has passed. */
  read(request: Request, name: string): unknown;
}

const envelope = z.strictObject({ name: z.string(), untilMs: z.int().nonnegative(), content: z.unknown() });

export function createSignedCookies(deps: {
  actorKey: string;
  /** Served over TLS: the cookie never travels without it. */
  isTls: boolean;
  now: () => number;
}): SignedCookies {
  const { isTls, now } = deps;
  const key = Buffer.from(hkdfSync('sha256', deps.actorKey, '', 'cookies of the pages', 32));
  // Its prefix lets no other host of the domain set it; browsers allow that only with TLS.
  const fullName = (name: string): string => `${isTls ? '__Host-' : ''}sco-${name}`;
  const flags = { httpOnly: true, sameSite: 'lax', secure: isTls, path: '/' } as const;
  const sign = (body: string): Buffer => createHmac('sha256', key).update(body).digest();

  function open(request: Request, name: string): unknown {
    const [body, signature, ...rest] = (cookieOf(request, fullName(name)) ?? '').split('.');
    if (body === undefined || signature === undefined || rest.length > 0) return undefined;
    const given = Buffer.from(signature, 'base64url');
    const right = sign(body);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    const said = envelope.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
    // One of another name is signed as well.
    return said.name === name && said.untilMs > now() ? said.content : undefined;
  }

  return {
    set(response, name, content, forMs) {
      const said = { name, untilMs: now() + forMs, content };
      const body = Buffer.from(JSON.stringify(said)).toString('base64url');
      const value = `${body}.${sign(body).toString('base64url')}`;
      response.cookie(fullName(name), value, { ...flags, maxAge: forMs });
    },
    clear(response, name) {
      response.clearCookie(fullName(name), flags);
    },
    read(request, name) {
      try {
        return open(request, name);
      } catch {
        return undefined;
      }
    },
  };
}

/** A browser that has signed in. */
export interface Sessions {
  /** Sets the cookie of whoever holds this token. */
  open(response: Response, token: string): void;
  /** Sets the cookie of the person with this subject at the OpenID provider. */
  openSubject(response: Response, subject: string): void;
  close(response: Response): void;
  /** With the roles of this moment: a token or subject that was taken away ends its sessions. undefined without a valid cookie. */
  actorOf(request: Request): Actor | undefined;
}

const holder = z.union([
  z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  z.strictObject({ issuer: z.string(), subject: z.string().min(1) }),
]);

export function createSessions(deps: {
  callers: Callers;
  cookies: SignedCookies;
  /** Of the OpenID provider: a subject of another one is another person. null: there is none. */
  issuer: string | null;
}): Sessions {
  const { callers, cookies, issuer } = deps;
  return {
    open(response, token) {
      cookies.set(response, 'session', { sha256: callers.hashOf(token) }, SESSION_MS);
    },
    openSubject(response, subject) {
      cookies.set(response, 'session', { issuer, subject }, SESSION_MS);
    },
    close(response) {
      cookies.clear(response, 'session');
    },
    actorOf(request) {
      const { data } = holder.safeParse(cookies.read(request, 'session'));
      if (data === undefined) return undefined;
      if ('sha256' in data) return callers.bearerOfHash(data.sha256);
      return data.issuer === issuer ? callers.subject(data.subject) : undefined;
    },
  };
}

export function cookieOf(request: Request, name: string): string | undefined {
  const header = request.headers.cookie ?? '';
  const found = header
    .split(/; */)
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])
    .find(([key]) => key === name);
  return found?.[1];
}
