import express from 'express';
import type { Express, RequestHandler } from 'express';

import type { Feed } from '../calendar/feed.js';
import type { IntakeClient, OrchestratorClient } from '../../packages/client/src/contract.js';
import type { CalendarRules } from '../domain/calendar-rules.js';
import type { Traces } from '../domain/traces.js';
import type { OidcProvider } from '../oidc/provider.js';
import type { ScriptRegistry } from '../scripts/scripts.js';
import { atMost } from './at-most.js';
import { createAuthenticator, READERS } from './authenticate.js';
import type { Callers } from './callers.js';
import type { CommandDeps } from './carry-out.js';
import { codecRoutes, type PayloadServer } from './codec-routes.js';
import { commandRoutes } from './command-routes.js';
import { createFailureLimit } from './failure-limit.js';
import { DEFAULT_LIMITS } from './gateway-settings.js';
import type { GatewayClock, GatewayLog, GatewaySettings } from './gateway-settings.js';
import { countAnswers, countRefusals } from './count-events.js';
import { itsmRoutes } from './itsm-routes.js';
import type { GatewayMetrics } from './metrics.js';
import { readJsonBytes } from './json-body.js';
import { answerProblems, nothingHere, onlyMethods } from './problem.js';
import { readRoutes } from './read-routes.js';
import { QUESTION_ROUTES, scriptQuestion } from './script-question.js';
import { openApiText } from './open-api.js';
import { pageRoutes } from './page-routes.js';
import { createPages } from './pages.js';
import { createSessions, createSignedCookies } from './session.js';
import { listen } from './server.js';
import type { RunningServer } from './server.js';
import { triggerFile } from './trigger-file.js';
import { orTooLate } from './too-late.js';
import { traceRequests } from './trace-requests.js';

export interface GatewayDeps {
  readonly intake: IntakeClient;
  readonly client: OrchestratorClient;
  readonly scripts: ScriptRegistry;
  readonly callers: Callers;
  /** Where people may sign in besides with a token; null: nowhere. */
  readonly oidc: OidcProvider | null;
  /** Openings as an iCalendar file. */
  readonly feed: Feed;
  readonly secondPerson: CommandDeps['secondPerson'];
  /** For the change calendar: the calendars as they are now. */
  readonly calendars: () => readonly CalendarRules[];
  /** Shows payloads in clear to the Temporal Web UI; null where nothing is encrypted. */
  readonly codec: PayloadServer | null;
  readonly metrics: GatewayMetrics;
  /** null: off. */
  readonly traces: Traces | null;
  readonly settings: GatewaySettings;
  readonly clock: GatewayClock;
  readonly log: GatewayLog;
}

export interface Gateway {
  readonly app: Express;
  listen(): Promise<RunningServer>;
}

/**
 * The only way in for mediators, operators and programs that command. It keeps nothing: it checks the caller, checks
 * the input, makes one call through the client and answers.
 */
export function createGateway({
  intake,
  client,
  scripts,
  callers,
  oidc,
  feed,
  secondPerson,
  calendars,
  codec,
  metrics,
  traces,
  settings,
  clock,
  log,
}: GatewayDeps): Gateway {
  const limits = { ...DEFAULT_LIMITS, ...settings.limits };
  const authenticator = createAuthenticator({
    callers,
    failures: createFailureLimit(limits.failuresPerMinute, () => clock.now()),
    clock,
    log,
  });
  const cookies = createSignedCookies({
    actorKey: settings.actorKey,
    isTls: settings.tls !== null,
    now: () => clock.now(),
  });
  const body = readJsonBytes(limits.maxBodyBytes);
  const admission = atMost(limits.maxInFlight);
  const traced = traceRequests(traces);

  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple').set('trust proxy', false);
  app.enable('case sensitive routing').enable('strict routing');
  app.use(safeHeaders);
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'up' });
  });
  app.get('/readyz', async (_request, response) => {
    const ready = await orTooLate(1_500, intake.ready(1_000)).catch(() => false);
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'temporalAway' });
  });
  app
    .route('/trigger_file')
    .post(
      countAnswers(metrics),
      authenticator.admit('mediator'),
      ...body,
      authenticator.checkSignature,
      admission,
      traced,
      triggerFile({ intake, scripts, clock, log, limits, metrics, traces, actorKey: settings.actorKey }),
      countRefusals(metrics),
    )
    .all(onlyMethods('POST'));
  for (const [kind, path] of QUESTION_ROUTES) {
    app
      .route(path)
      .post(
        authenticator.admit('mediator'),
        ...body,
        authenticator.checkSignature,
        admission,
        traced,
        scriptQuestion(kind, { intake, scripts, log, limits, clock, actorKey: settings.actorKey }),
      )
      .all(onlyMethods('POST'));
  }
  const sessions = createSessions({ callers, cookies, issuer: oidc?.issuer ?? null });
  if (codec !== null) {
    const { temporalUiUrl } = settings;
    const uiOrigin = temporalUiUrl === null ? null : new URL(temporalUiUrl).origin;
    app.use('/codec', codecRoutes({ codec, uiOrigin, authenticator, sessions, admission }));
  }
  const commands = { intake, client, clock, log, limits, actorKey: settings.actorKey, secondPerson };
  app.get('/v1/itsm/*rest', authenticator.admit('itsm'), admission);
  app.post(
    '/v1/itsm/*rest',
    authenticator.admitSigned('itsm'),
    ...body,
    authenticator.checkSignature,
    admission,
    traced,
  );
  app.use('/v1/itsm', itsmRoutes(commands));
  app.post('/v1/*rest', authenticator.admit('operator', 'approver'), ...body, admission, traced);
  app.use('/v1', commandRoutes(commands));
  app
    .route('/v1/openapi.json')
    .get(authenticator.admit(...READERS), admission, (_request, response) => {
      response.type('json').send(openApiText());
    })
    .all(onlyMethods('GET'));
  app.use('/v1', authenticator.admit(...READERS), admission, readRoutes(client, feed, limits.readDeadlineMs));
  app.use(
    pageRoutes({
      ...commands,
      authenticator,
      admission,
      callers,
      oidc,
      cookies,
      sessions,
      pages: createPages({
        client,
        calendars,
        temporalUiUrl: settings.temporalUiUrl,
        deadlineMs: limits.readDeadlineMs,
        now: () => clock.now(),
      }),
      zone: () => calendars()[0]?.zone ?? 'UTC',
    }),
  );
  app.use(nothingHere);
  app.use(answerProblems(log));

  return { app, listen: () => listen(app, settings, limits, log) };
}

const safeHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'",
  });
  next();
};
