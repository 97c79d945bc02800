import { readFileSync } from 'node:fs';

import express, { Router } from 'express';
import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from 'express';
import type { VNode } from 'preact';

import { isZone } from '../calendar/zone.js';
import type { Actor } from '../domain/commands.js';
import type { OidcProvider } from '../oidc/provider.js';
import { isSection, renderPage } from '../web/document.js';
import type { Reader } from '../web/instant.js';
import { Says } from '../web/says.js';
import { SignIn } from '../web/sign-in.js';
import { atMost } from './at-most.js';
import { mayRead } from './authenticate.js';
import type { Authenticator } from './authenticate.js';
import type { Callers } from './callers.js';
import { liveUpdates } from './live-updates.js';
import { OIDC_PATH, oidcRoutes } from './oidc-routes.js';
import { pageCommands } from './page-commands.js';
import type { CommandDeps } from './carry-out.js';
import { visitorOf } from './pages.js';
import type { Pages } from './pages.js';
import { addressOf, decoded } from './path-parts.js';
import { logInternal, onlyMethods, Problem, problemText, statusOfProblem, toProblem } from './problem.js';
import { cookieOf } from './session.js';
import type { Sessions, SignedCookies } from './session.js';

export interface PageDeps extends CommandDeps {
  readonly authenticator: Pick<Authenticator, 'holder'>;
  readonly callers: Callers;
  readonly sessions: Sessions;
  readonly cookies: SignedCookies;
  /** null: sign-in is by token only. */
  readonly oidc: OidcProvider | null;
  readonly pages: Pages;
  /** Of who has not said otherwise. */
  readonly zone: () => string;
  readonly admission: RequestHandler;
}

/** Apart from the calls under way: an open page holds its connection for hours, and must not keep out mediators. */
const OPEN_PAGES = 200;

const ASSETS = { 'style.css': 'text/css', 'page.js': 'text/javascript' } as const;

/** The pages for people: sign-in, views, live updates and the commands of their buttons. */
export function pageRoutes(deps: PageDeps): Router {
  const { authenticator, callers, sessions, cookies, oidc, pages, clock, log, admission } = deps;
  const router = Router({ caseSensitive: true, strict: true });
  const readerOf = (request: Request): Reader => {
    const wanted = decoded(cookieOf(request, 'zone') ?? '') ?? '';
    return { nowMs: clock.now(), zone: isZone(wanted) ? wanted : deps.zone() };
  };

  for (const [name, type] of Object.entries(ASSETS)) {
    const content = readFileSync(new URL(`../web/assets/${name}`, import.meta.url));
    router
      .route(`/assets/${name}`)
      .get((_request, response) => {
        response.set('Cache-Control', 'max-age=300').type(type).send(content);
      })
      .all(onlyMethods('GET'));
  }

  const signIn = (request: Request, response: Response, next: string, refused: string | null): void => {
    const href = `${OIDC_PATH}?${new URLSearchParams({ next })}`;
    const provider = oidc === null ? null : { issuer: oidc.issuer, href };
    sendPage(response, SignIn({ reader: readerOf(request), next, refused, provider }));
  };

  if (oidc !== null) {
    oidcRoutes(router, {
      provider: oidc,
      callers,
      sessions,
      cookies,
      log,
      ownPath,
      refused: (request, response, error) => {
        const problem = refuse(response, error);
        logInternal(log, problem);
        signIn(request, response, '/', `${problem.message}. ${problemText(problem)}`);
      },
    });
  }

  router
    .route('/sign-in')
    .get((request, response) => {
      signIn(request, response, ownPath(request.query['next']), null);
    })
    .post(fromOwnPage, form, (request, response) => {
      const { token = '', next } = membersOf(request);
      try {
        authenticator.holder(request, token);
      } catch (error) {
        signIn(request, response, ownPath(next), problemText(refuse(response, error)));
        return;
      }
      sessions.open(response, token);
      response.redirect(303, ownPath(next));
    })
    .all(onlyMethods('GET', 'POST'));

  router
    .route('/sign-out')
    .post(fromOwnPage, (_request, response) => {
      sessions.close(response);
      response.redirect(303, '/sign-in');
    })
    .all(onlyMethods('POST'));

  router.get('/live', atMost(OPEN_PAGES, 30), (request, response) => {
    const actor = sessionActor(sessions, request);
    if (actor === undefined) throw new Problem('unauthorised');
    const wanted = ownPath(request.query['page']);
    const url = addressOf(wanted);
    const { zone } = readerOf(request);
    liveUpdates(response, () => pages(url.pathname, url.searchParams, zone));
  });

  pageCommands(router, deps, {
    before: [fromOwnPage, form],
    actorOf: (request) => {
      const actor = sessionActor(sessions, request);
      if (actor === undefined) throw new Problem('unauthorised');
      return actor;
    },
    membersOf,
    listsOf,
    answer: (request, response, actor, says) => {
      sendPage(response, Says({ reader: readerOf(request), visitor: visitorOf(actor), ...says }));
    },
  });

  router.get('/*path', admission, view);
  router.get('/', admission, view);
  async function view(request: Request, response: Response, next: NextFunction): Promise<void> {
    const actor = sessionActor(sessions, request);
    if (request.path.startsWith('/v1/') || (actor === undefined && !isSection(request.path))) {
      next();
      return;
    }
    if (actor === undefined) {
      response.redirect(303, `/sign-in?${new URLSearchParams({ next: request.originalUrl })}`);
      return;
    }
    const reader = readerOf(request);
    const url = addressOf(request.originalUrl);
    const loaded = await pages(url.pathname, url.searchParams, reader.zone);
    if (loaded === null) throw new Problem('not_found');
    sendPage(response, await loaded.render(reader, visitorOf(actor)));
  }

  const asPage: ErrorRequestHandler = (error: unknown, request, response, next) => {
    if (response.headersSent || request.path.startsWith('/v1/')) {
      next(error);
      return;
    }
    const problem = refuse(response, error);
    logInternal(log, problem);
    const actor = sessionActor(sessions, request);
    sendPage(
      response,
      Says({
        reader: readerOf(request),
        visitor: actor === undefined ? null : visitorOf(actor),
        title: problem.message,
        text: problemText(problem),
      }),
    );
  };
  router.use(asPage);
  return router;
}

/** Anything that is wrong with a cookie is no session. */
function sessionActor(sessions: Sessions, request: Request): Actor | undefined {
  try {
    const actor = sessions.actorOf(request);
    return actor !== undefined && mayRead(actor) ? actor : undefined;
  } catch {
    return undefined;
  }
}

/** Status and headers of a refusal; its text is up to the page. */
function refuse(response: Response, error: unknown): Problem {
  const problem = toProblem(error);
  response.status(statusOfProblem(problem));
  if (problem.retryAfterSeconds !== null) response.set('Retry-After', String(problem.retryAfterSeconds));
  return problem;
}

function sendPage(response: Response, page: VNode): void {
  response
    .set({
      'Content-Security-Policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      'Referrer-Policy': 'same-origin',
    })
    .type('html')
    .send(renderPage(page));
}

/** A form of another site is refused: browsers say where a form comes from. */
const fromOwnPage: RequestHandler = (request, _response, next) => {
  const site = request.get('sec-fetch-site');
  const origin = request.get('origin');
  const isOwn =
    site === undefined
      ? origin !== undefined && hostOf(origin) === request.get('host')
      : site === 'same-origin';
  if (!isOwn) throw new Problem('forbidden');
  next();
};

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}

const form = express.urlencoded({ extended: false, limit: 16 * 1024, parameterLimit: 80, inflate: false });

function membersOf(request: Request): Readonly<Record<string, string>> {
  const body: unknown = request.body;
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}

function listsOf(request: Request): Readonly<Record<string, readonly string[]>> {
  const body: unknown = request.body;
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body).filter(
      (pair): pair is [string, string[]] =>
        Array.isArray(pair[1]) && pair[1].every((one) => typeof one === 'string'),
    ),
  );
}

/** Only a path of ours: a link must not send who signs in elsewhere. */
function ownPath(text: unknown): string {
  return typeof text === 'string' && /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(text) && text.length < 2_048
    ? text
    : '/';
}
