import { hostname } from 'node:os';

import { createCalendars } from '../calendar/create-calendars.js';
import { createFeed } from '../calendar/feed.js';
import { clientOf } from '../../packages/client/src/client-of.js';
import { createIntake } from '../../packages/client/src/create-intake.js';
import { shareReader } from '../../packages/client/src/open-reader.js';
import { createConfigSource } from '../config/config-source.js';
import { scopeSourceOf } from '../config/windows-basis.js';
import { releaseVersion } from '../config/release.js';
import { createCredentialsSource } from '../config/credentials-source.js';
import { loadSettings, unsafeChoices } from '../config/settings.js';
import { createLiveScriptRegistry } from '../scripts/script-registry.js';
import { createOidcProvider } from '../oidc/provider.js';
import type { OidcProvider } from '../oidc/provider.js';
import { createLogger } from '../telemetry/logger.js';
import { metricsRefused } from '../telemetry/metrics-refused.js';
import { tracesOf } from '../telemetry/traces.js';
import { openTemporal } from '../temporal/connect.js';
import { sendTraces } from '../temporal/trace-headers.js';
import { payloadServerOf } from '../temporal/data-converter.js';
import { createLiveCallers } from './callers.js';
import { createGateway } from './create-gateway.js';
import { createGatewayMetrics } from './metrics.js';
import { serveMetrics } from './metrics-server.js';
import { OIDC_PATH } from './oidc-routes.js';
import { keepFigures } from './read-figures.js';

const FIGURES_EVERY_MS = 30_000;
/** As for people.yaml. Every event asks for its script. */
const LOOK_EVERY_MS = 1_000;

/** Serves until SIGTERM or SIGINT; a second signal does not wait for calls under way. Starts while Temporal is away. */
async function main(): Promise<void> {
  const settings = loadSettings('gateway');
  const log = createLogger({ name: 'gateway', level: settings.logLevel });
  for (const warning of unsafeChoices(settings)) log.warn({}, warning);
  const config = createConfigSource(settings.configDir, {
    lookEveryMs: LOOK_EVERY_MS,
    onProblem: (error) => {
      log.error(
        { error: error.message },
        'a changed file in config/ cannot be used; the last good content stays in use',
      );
    },
  });
  const credentials = createCredentialsSource(settings.configDir, {
    references: config.references,
    now: () => Date.now(),
    onProblem: (error) => {
      log.error(
        { error: error.message },
        'people.yaml was changed and cannot be used: the previous list of callers stays in use',
      );
    },
    onChange: ({ credentials: active, notices }, gone) => {
      log.info(
        { credentials: active.length, gone },
        'people.yaml or a secret it names was changed: read again',
      );
      for (const notice of notices) log.warn({}, notice);
    },
  });
  for (const notice of credentials.current().notices) log.warn({}, notice);
  // Each call reads it too; this reports a change while there are no calls.
  setInterval(() => credentials.current(), 1_000).unref();

  const identity = `gateway@${hostname()}/${process.pid}`;
  const traces = await tracesOf(
    settings,
    { service: 'securechange-orchestrator gateway', instance: identity, release: releaseVersion() },
    log,
  );
  const temporal = openTemporal({
    identity,
    ...(traces !== null && { interceptors: [sendTraces(traces)] }),
  });
  const client = clientOf(shareReader(temporal));
  const metrics = createGatewayMetrics();
  const gateway = createGateway({
    intake: createIntake(temporal, { pageUrl: settings.pageUrl }),
    client,
    metrics,
    traces,
    scripts: createLiveScriptRegistry(() => config.scripts()),
    feed: createFeed({ ...config, scope: () => scopeSourceOf(config.current()) }, () => Date.now()),
    secondPerson: {
      rules: () => credentials.current(),
      isOpen: (calendar) => {
        const atMs = Date.now();
        return (
          createCalendars(config).explain({ calendars: [calendar], target: null, atMs }).state === 'open'
        );
      },
    },
    calendars: () => config.current().calendars,
    codec: payloadServerOf(temporal),
    callers: createLiveCallers(() => credentials.current()),
    oidc: oidcOf(settings),
    settings: {
      host: settings.gatewayHost,
      port: settings.gatewayPort,
      tls:
        settings.gatewayTlsCert === undefined || settings.gatewayTlsKey === undefined
          ? null
          : { cert: settings.gatewayTlsCert, key: settings.gatewayTlsKey.reveal() },
      allowPlainHttp: settings.gatewayAllowPlainHttp,
      actorKey: settings.actorKey.reveal(),
      temporalUiUrl: settings.temporalUiUrl ?? null,
    },
    clock: { now: () => Date.now() },
    log,
  });
  const server = await gateway.listen();
  const ending = new AbortController();
  if (settings.gatewayMetrics !== undefined) {
    const address = settings.gatewayMetrics;
    const { url } = await serveMetrics(metrics, address).catch((error: unknown) => {
      throw metricsRefused('GATEWAY_METRICS_ADDRESS', address, error);
    });
    log.info({ url }, 'metrics are served');
    void keepFigures({ client, metrics, log, now: () => Date.now() }, FIGURES_EVERY_MS, ending.signal);
  }
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      ending.abort();
      void server.close().then(async () => {
        await temporal.close();
        await traces?.close();
        process.exit(0);
      });
    });
  }
}

/** null: not configured. The settings are checked together. */
function oidcOf(settings: ReturnType<typeof loadSettings<'gateway'>>): OidcProvider | null {
  const {
    oidcIssuer: issuer,
    oidcClientId: clientId,
    oidcClientSecret,
    oidcSubjectClaim,
    pageUrl,
  } = settings;
  if (issuer === undefined || clientId === undefined || pageUrl === undefined) return null;
  return createOidcProvider({
    issuer,
    clientId,
    clientSecret: oidcClientSecret?.reveal() ?? null,
    subjectClaim: oidcSubjectClaim,
    redirectUri: `${pageUrl}${OIDC_PATH}/callback`,
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`gateway: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
