import { hostname } from 'node:os';
import { resolve } from 'node:path';

import { NativeConnection, Runtime } from '@temporalio/worker';
import { loadClientConnectConfig } from '@temporalio/envconfig';

import { createConfigSource, faultText } from '../src/config/config-source.js';
import { loadSettings, unsafeChoices } from '../src/config/settings.js';
import { measureWith } from '../src/domain/metrics.js';
import { createRunRecords } from '../src/scripts/run-records.js';
import { createLogger, toSdkLogger } from '../src/telemetry/logger.js';
import { tracesOf } from '../src/telemetry/traces.js';
import { releaseVersion } from '../src/config/release.js';
import { connectTemporal } from '../src/temporal/connect.js';
import { sendTraces } from '../src/temporal/trace-headers.js';
import { createActivityDeps } from './activity-deps.js';
import { replanLanes } from '../activities/lanes-in-step.js';
import { watchCalendars } from './calendar-edits.js';
import { workflowsToRun } from './bundle-workflows.js';
import { installWithMetrics } from './metrics-on.js';
import { showOutboxAges } from './show-outbox-ages.js';
import { createWorkers, ensureStanding, refuseWithoutSearchAttributes } from './create-worker.js';

const OUTBOX_AGES_EVERY_MS = 15_000;

// The flag that the program is started with is for its workflows; errors of activities keep their frames.
Error.stackTraceLimit = 10;

/** Starts the worker of this process; ends with exit code 0 after SIGTERM or SIGINT once everything in flight is done. */
async function main(): Promise<void> {
  const settings = loadSettings('worker');
  const log = createLogger({ name: 'worker', level: settings.logLevel });
  for (const warning of unsafeChoices(settings)) log.warn({}, warning);
  installWithMetrics(settings.workerMetrics, (telemetryOptions) =>
    Runtime.install({ logger: toSdkLogger(log), shutdownSignals: [], telemetryOptions }),
  );

  const config = createConfigSource(settings.configDir, {
    onProblem: (error) => {
      log.error(
        { error: error.message },
        'a changed file in config/ cannot be used; the last good content stays in use',
      );
    },
    onFaulty: (faulty) => {
      log.error(
        { file: faulty.file, workflow: faulty.workflow },
        `${faultText(faulty)}. Tickets of this workflow are not driven until it is corrected; the others go on`,
      );
    },
  });
  // What scripts of a worker that was killed left behind, where its watcher was killed too. First: secrets do not wait
  // for Temporal.
  await createRunRecords(resolve(settings.dataDir)).sweep();

  const identity = `worker@${hostname()}/${process.pid}`;
  const traces = await tracesOf(
    settings,
    { service: 'securechange-orchestrator worker', instance: identity, release: releaseVersion() },
    log,
  );
  const temporal = await connectTemporal({
    identity,
    ...(traces !== null && { interceptors: [sendTraces(traces)] }),
  });
  await refuseWithoutSearchAttributes(temporal);
  await ensureStanding(temporal.client, {
    sweepEveryMs: settings.sweepIntervalS * 1000,
    exportEveryMs: settings.evidenceIntervalS * 1000,
  });

  const connect = loadClientConnectConfig();
  const connection = await NativeConnection.connect({
    ...connect.connectionOptions,
  });
  const deps = createActivityDeps(
    settings,
    config,
    temporal.client,
    measureWith(Runtime.instance().metricMeter),
  );
  const workers = await createWorkers({
    deps,
    connection,
    namespace: temporal.namespace,
    identity,
    traces,
    workflowBundle: await workflowsToRun(process.env.SCO_WORKFLOW_BUNDLE),
    ...(settings.release !== undefined && { release: settings.release }),
  });
  const ending = new AbortController();
  const watching = watchCalendars(
    {
      digest: () => config.inUse().digest,
      replan: async () => {
        const { failed } = await replanLanes(deps);
        if (failed.length > 0) throw new Error(failed.join('; '));
      },
      onError: (error) => {
        log.warn(
          { error: String(error) },
          'the edited calendars did not reach all lanes; tried again each second',
        );
      },
    },
    ending.signal,
  );
  const ages = showOutboxAges(deps.outboxAges, deps.measure, OUTBOX_AGES_EVERY_MS, ending.signal);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      ending.abort();
      log.info({ signal }, 'stopping: calls under way finish first');
      workers.shutdown();
    });
  }
  const running = workers.run();
  log.info({ namespace: temporal.namespace, restored: settings.restored }, 'worker is ready');
  await running;
  ending.abort();
  await Promise.all([watching, ages]);
  await connection.close();
  await temporal.close();
  if (traces === null) return;
  await traces.close();
  // Requests to a collector that does not answer would keep the process for as long as they may take.
  process.exit();
}

main().catch((error: unknown) => {
  process.stderr.write(`worker: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
