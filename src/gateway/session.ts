import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

import type { Request, Response } from 'express';
import { z } from 'zod';

import type { Actor } from '../domain/commands.js';
import type { Callers } from './callers.js';

const SESSION_MS = 8 * 3_600_000;

/** A browser that has signed in with a token. The gateway keeps nothing: the cookie says it all, and is signed. */
export interface Sessions {
  /** Sets the cookie of whoever holds this token. */
  open(response: Response, token: string): void;
  close(response: Response): void;
  /** With the roles of this moment: a token that was taken away ends its sessions. undefined without a valid cookie. */
  actorOf(request: Request): Actor | undefined;
}

const content = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  untilMs: z.int().nonnegative(),
});

export function createSessions(deps: {
  callers: Callers;
  actorKey: string;
  /** Served over TLS: the cookie never travels without it. */
  isTls: boolean;
  now: () => number;
}): Sessions {
  const { callers, isTls, now } = deps;
  const key = Buffer.from(hkdfSync('sha256', deps.actorKey, '', 'sessions of the pages', 32));
  // Its prefix lets no other host of the domain set it; browsers allow that only with TLS.
  const name = isTls ? '__Host-sco-session' : 'sco-session';
  const flags = { httpOnly: true, sameSite: 'lax', secure: isTls, path: '/' } as const;
  const sign = (body: string): Buffer => createHmac('sha256', key).update(body).digest();

  return {
    open(response, token) {
      const said = { sha256: callers.hashOf(token), untilMs: now() + SESSION_MS };
      const body = Buffer.from(JSON.stringify(said)).toString('base64url');
      response.cookie(name, `${body}.${sign(body).toString('base64url')}`, { ...flags, maxAge: SESSION_MS });
    },
    close(response) {
      response.clearCookie(name, flags);
    },
    actorOf(request) {
      const [body, signature, ...rest] = (cookieOf(request, name) ?? '').split('.');
      if (body === undefined || signature === undefined || rest.length > 0) return undefined;
      const given = Buffer.from(signature, 'base64url');
      const right = sign(body);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
      const { sha256, untilMs } = content.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
      return untilMs > now() ? callers.bearerOfHash(sha256) : undefined;
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
