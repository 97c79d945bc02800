import type { RequestHandler, Router } from 'express';
import { z } from 'zod';

import { OidcError } from '../oidc/provider.js';
import type { OidcProvider } from '../oidc/provider.js';
import { mayRead } from './authenticate.js';
import type { Callers } from './callers.js';
import type { GatewayLog } from './gateway-settings.js';
import { atMost } from './at-most.js';
import { addressOf } from './path-parts.js';
import { onlyMethods, Problem } from './problem.js';
import type { Sessions, SignedCookies } from './session.js';

export const OIDC_PATH = '/sign-in/oidc';

/** How long a person may take at the provider. */
const FLOW_MS = 10 * 60_000;
/** Calls to the provider under way: it is slower than Temporal, and must not take all places. */
const AT_ONCE = 20;

const flow = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
});

/** Leads to the provider and takes back who comes from there; the gateway keeps nothing meanwhile. */
export function oidcRoutes(
  router: Router,
  deps: {
    readonly provider: OidcProvider;
    readonly callers: Callers;
    readonly sessions: Sessions;
    readonly cookies: SignedCookies;
    readonly log: GatewayLog;
    readonly ownPath: (text: unknown) => string;
    /** Shows the sign-in page with what was refused. */
    readonly refused: (
      request: Parameters<RequestHandler>[0],
      response: Parameters<RequestHandler>[1],
      error: unknown,
    ) => void;
  },
): void {
  const { provider, callers, sessions, cookies, log, ownPath, refused } = deps;
  const admission = atMost(AT_ONCE);

  const handled =
    (handle: (...args: Parameters<RequestHandler>) => Promise<void>): RequestHandler =>
    async (request, response, next) => {
      try {
        await handle(request, response, next);
      } catch (error) {
        cookies.clear(response, 'oidc');
        const problem = problemOf(error);
        log.warn({ issuer: provider.issuer, error: messageOf(error) }, 'sign-in at the provider failed');
        refused(request, response, problem);
      }
    };

  router
    .route(OIDC_PATH)
    .get(
      admission,
      handled(async (request, response) => {
        const { url, ...begun } = await provider.begin();
        const next = ownPath(request.query['next']);
        // A cookie has at most 4 KB.
        const kept = { ...begun, next: next.length < 1_024 ? next : '/' };
        cookies.set(response, 'oidc', kept, FLOW_MS);
        response.redirect(303, url);
      }),
    )
    .all(onlyMethods('GET'));

  router
    .route(`${OIDC_PATH}/callback`)
    .get(
      admission,
      handled(async (request, response) => {
        const begun = flow.safeParse(cookies.read(request, 'oidc'));
        if (!begun.success)
          throw new OidcError('refused', 'this browser has begun no sign-in that still waits');
        const subject = await provider.finish(begun.data, addressOf(request.originalUrl).searchParams);
        cookies.clear(response, 'oidc');
        const actor = callers.subject(subject);
        if (actor === undefined) throw new UnknownSubject(subject);
        if (!mayRead(actor)) throw new Problem('forbidden');
        sessions.openSubject(response, subject);
        log.info({ login: actor.login }, 'signed in at the provider');
        response.redirect(303, ownPath(begun.data.next));
      }),
    )
    .all(onlyMethods('GET'));

  function problemOf(error: unknown): unknown {
    if (error instanceof UnknownSubject) {
      return new Problem('unknown_person', {
        note: `You are ${error.subject} for ${provider.issuer}, and no person of people.yaml has this as oidcSubject.`,
      });
    }
    if (!(error instanceof OidcError)) return error;
    return error.kind === 'away'
      ? new Problem('sign_in_away', { note: `${error.message}.`, retryAfterSeconds: 10, cause: error })
      : new Problem('sign_in_refused', { note: `${error.message}.`, cause: error });
  }
}

/** The provider knows the person, and people.yaml does not. */
class UnknownSubject extends Error {
  readonly subject: string;

  constructor(subject: string) {
    super(`no person has the oidcSubject ${subject}`);
    this.subject = subject;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unexpected error';
}
