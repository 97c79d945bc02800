import { join } from 'node:path';
import { DEFAULT_RULES } from '../src/domain/lane.js';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from '@temporalio/client';

import type { ActivityDeps } from '../activities/contract.js';
import { createManagersInRuns } from '../activities/managers-in-runs.js';
import { createOutboxAges } from '../activities/outbox-ages.js';
import { evidenceFolder } from '../src/audit/evidence/log-files.js';
import { createEvidenceLog } from '../src/audit/evidence/evidence-log.js';
import { createCalendars } from '../src/calendar/create-calendars.js';
import { processFactsOf } from '../src/domain/configuration-facts.js';
import type { ConfigSource } from '../src/config/config-source.js';
import { releaseVersion } from '../src/config/release.js';
import { createScriptReferences } from '../src/config/script-references.js';
import type { SettingsOf } from '../src/config/settings.js';
import { createHttp } from '../src/http/http.js';
import { createItsm } from '../src/integrations/create-itsm.js';
import { createTokenStore } from '../src/integrations/token-store.js';
import { createTokens } from '../src/integrations/tokens.js';
import type { Measure } from '../src/domain/metrics.js';
import { endingRefreshTokens } from './ending-refresh-tokens.js';
import { unusableServers } from './unusable-servers.js';
import { createUsedKeys } from '../src/scripts/used-keys.js';
import { measuredRunner } from './measured-runner.js';
import { createLiveScriptRegistry } from '../src/scripts/script-registry.js';
import { refusedScripts } from '../src/scripts/refused-scripts.js';
import { createTokenScripts } from '../src/scripts/token-script.js';
import { createScriptRunner } from '../src/scripts/script-runner.js';
import { openHttp } from '../src/securechange/open-http.js';
import { createSecureChange } from '../src/securechange/rest-client.js';

type WorkerSettings = SettingsOf<'worker'>;

/** Everything the activities are handed: real systems behind their interfaces, made once at start. */
export function createActivityDeps(
  settings: WorkerSettings,
  config: ConfigSource,
  temporal: Client,
  measure: Measure,
): ActivityDeps {
  const clock = {
    now: () => Date.now(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    },
  };
  const actorKeys = [settings.actorKey, settings.actorKeyPrevious].flatMap((key) => key?.reveal() ?? []);
  const scripts = {
    registry: createLiveScriptRegistry(() => config.scripts()),
    runner: measuredRunner(
      createScriptRunner({
        clock,
        references: createScriptReferences(config.references),
        dataDir: settings.dataDir,
      }),
      measure,
    ),
    asked: createUsedKeys(join(settings.dataDir, 'questions'), () => clock.now()),
  };
  const store = createTokenStore(settings.dataDir, clock);
  const tokens = createTokens({
    store,
    http: createHttp,
    now: () => clock.now(),
    script: { run: createTokenScripts(scripts), store, key: settings.actorKey },
  });
  const secureChange = createSecureChange({
    http: openHttp(settings, 'securechange', settings.secureChangeUrl),
    secureTrackHttp: openHttp(settings, 'securetrack', settings.secureTrackUrl),
    webUrl: settings.secureChangeUrl,
    login: settings.secureChangeUser,
    clock,
    capabilities: () => config.current().capabilities,
  });
  return {
    secureChange,
    managersInRuns: createManagersInRuns(secureChange),
    definitions: config,
    describeConfiguration: async () => {
      const { processes, warnings, scripts } = config.current();
      const { faultyProcesses, ...inUse } = config.inUse();
      const refused = await refusedScripts(scripts);
      return {
        worker: temporal.options.identity,
        atMs: clock.now(),
        release: releaseVersion(),
        ...inUse,
        faultyProcesses: faultyProcesses.slice(0, 20).map((text) => text.slice(0, 500)),
        refusedScripts: refused.slice(0, 20),
        refreshTokens: endingRefreshTokens(config, tokens).slice(0, 20),
        unusableServers: unusableServers(config).slice(0, 20),
        restored: settings.restored,
        processes: processes.slice(0, 100).map(processFactsOf),
        warnings: warnings.slice(0, 50),
      };
    },
    calendars: createCalendars(config),
    managers: {
      policyFor: ({ key, name }) => config.manager(key) ?? config.manager(name) ?? DEFAULT_RULES,
      tagsOf: (target) => config.tagsOf(target),
    },
    itsm: createItsm({
      server: (name) => config.server(name),
      http: createHttp,
      functionModules: () => config.functionModules(),
      tokens,
      ownKeys: actorKeys,
    }),
    scripts,
    openings: createUsedKeys(join(settings.dataDir, 'openings'), () => clock.now()),
    temporal,
    evidence: createEvidenceLog({
      folder: evidenceFolder(settings.dataDir),
      ...(settings.evidenceKey !== undefined && { signingKey: settings.evidenceKey }),
      now: () => clock.now(),
    }),
    clock,
    measure,
    outboxAges: createOutboxAges(() => clock.now()),
    settings: {
      pollEveryMs: settings.pushPollMs,
      restMs: settings.restMs,
      evidenceGraceMs: settings.evidenceGraceMs,
      pushTimeoutMs: settings.pushTimeoutS * 1000,
      advanceLagMs: 10_000,
      actorKeys,
      pageUrl: settings.pageUrl,
      restored: settings.restored,
      sweepDeepReads: 20,
    },
  };
}
