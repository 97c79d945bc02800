import { writeFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { openDataFolder } from './data-folder.js';
import { startDevServer } from './dev-server.js';
import type { DevServer } from './dev-server.js';
import { becomesFree, freePorts } from './free-ports.js';
import { localSecret } from './local-secrets.js';
import type { SearchAttributeSpec } from '../temporal/ensure-search-attributes.js';
import { ourProgram, packageRoot } from './our-program.js';
import type { Environment, Progress } from './program-paths.js';
import { answersHttp, workerPolls } from './readiness.js';
import { registerMediator, simulatorEnvironment } from './simulator-setup.js';
import type { RenderMediator } from './simulator-setup.js';
import { superviseProcess } from './supervise.js';
import type { ProcessOptions, SupervisedProcess } from './supervise.js';

export interface ProductOptions {
  /** Database, secrets of this installation, logs of the servers. Made if it is not there. */
  readonly dataDir: string;
  /** `synchronous=FULL`; off for demos and tests. */
  readonly durable: boolean;
  /** A free one when absent. */
  readonly temporalPort?: number;
  /** A free one when absent. */
  readonly temporalUiPort?: number;
  readonly gatewayHost?: string;
  /** A free one when absent. */
  readonly gatewayPort?: number;
  /** Brings the simulator too, as SecureChange, SecureTrack and ITSM. */
  readonly simulator?: {
    /** A free one when absent. */
    readonly port?: number;
    /** In the data directory when absent. */
    readonly stateFile?: string;
    /** JSON file; the default scenario when absent. */
    readonly scenarioFile?: string;
    /** Renders the mediator that is registered for `workflows`; without it, no event is reported. */
    readonly mediator?: {
      readonly render: RenderMediator;
      /** Asked once everything runs. */
      readonly workflows: () => readonly string[];
      /** Entry of scripts.yaml; `ticket-events` when absent. */
      readonly script?: string;
    };
  };
  /** For worker and gateway, over our own environment. */
  readonly env?: Environment;
  /** Writes what the processes read: called once the data directory is ours alone, so that it never changes another product's. */
  readonly prepare?: () => void;
  readonly searchAttributes: readonly SearchAttributeSpec[];
  /** Gateway, worker and simulator reload when their sources change. */
  readonly watch?: boolean;
  /** Brings a process back that ends by itself. */
  readonly restart: boolean;
  /** What we do, one line a call. */
  readonly log: Progress;
  /** What the processes write, one line a call. */
  readonly onLine?: (line: string, processName: string) => void;
}

/** Everything that runs, each to be looked at, killed and started again on its own. */
export interface Product {
  readonly temporal: DevServer;
  readonly worker: SupervisedProcess;
  readonly gateway: SupervisedProcess;
  readonly simulator: SupervisedProcess | undefined;
  readonly gatewayUrl: string;
  readonly simulatorUrl: string | undefined;
  /** With the simulator: files with the bearer tokens of the shipped operator and approver. */
  readonly operatorTokenFile: string | undefined;
  readonly approverTokenFile: string | undefined;
  /** Environment of worker and gateway, for a command line that looks at the same product. */
  readonly env: Environment;
  /** Gateway first, so that nothing new comes in, then worker, simulator, Temporal. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded product: Temporal's development server, then, when wanted, the simulator, then worker and gateway, and waits
 * until all are ready. If one cannot start, the others are stopped and the error says what it said.
 *
 * @throws DatabaseInUse when another living product serves the data directory, before anything in it was changed;
 * UnusableDataFolder; ServerNotFound; Error.
 */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const dataDir = resolve(options.dataDir);
  openDataFolder(dataDir);
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  const supervise = async (process: ProcessOptions & { graceMs: number }): Promise<SupervisedProcess> => {
    options.log(`starting ${process.name}`);
    const { onLine } = options;
    const one = await superviseProcess({
      log: (line) => {
        if (line.startsWith(`${process.name} ended`)) options.log(line);
      },
      ...(onLine && { onLine: (line) => onLine(line, process.name) }),
      cwd: packageRoot(),
      endsWithUs: options.watch !== true,
      restart: options.restart,
      readyWithinMs: 60_000,
      ...process,
    });
    stops.push(async () => one.stop(process.graceMs));
    return one;
  };

  try {
    options.log('starting Temporal');
    const temporal = await startDevServer({
      dbFile: join(dataDir, 'temporal.db'),
      durable: options.durable,
      ui: true,
      restart: options.restart,
      searchAttributes: options.searchAttributes,
      log: options.log,
      ...(options.temporalPort !== undefined && { port: options.temporalPort }),
      ...(options.temporalUiPort !== undefined && { uiPort: options.temporalUiPort }),
    });
    stops.push(async () => temporal.stop());
    options.prepare?.();

    const gatewayHost = options.gatewayHost ?? '127.0.0.1';
    const gatewayPort = await portFor('gateway', options.gatewayPort, gatewayHost);

    const gatewayUrl = urlOf(gatewayHost, gatewayPort, isSet('GATEWAY_TLS_CERT_FILE') ? 'https' : 'http');

    const started =
      options.simulator && (await startSimulator(options, options.simulator, dataDir, supervise));
    const [simulator, simulatorUrl] = started ?? [];
    const simulated = simulatorUrl === undefined ? undefined : simulatorEnvironment(simulatorUrl, dataDir);

    const env: Environment = {
      ...simulated?.env,
      ...onlyThisTemporal(temporal, dataDir),
      // Nothing to configure for a gateway and a worker that start together.
      ...(isSet('SCO_ACTOR_KEY') || isSet('SCO_ACTOR_KEY_FILE')
        ? {}
        : { SCO_ACTOR_KEY: localSecret(dataDir, 'actor-key').value }),
      SCO_DATA_DIR: dataDir,
      ...(temporal.uiUrl !== undefined && {
        SCO_TEMPORAL_UI_URL: `${temporal.uiUrl}/namespaces/${temporal.namespace}`,
      }),
      SCO_PAGE_URL: gatewayUrl,
      GATEWAY_HOST: gatewayHost,
      GATEWAY_PORT: String(gatewayPort),
      ...options.env,
    };
    const watch = options.watch === true;
    const [worker, gateway] = await bothOf(
      supervise({
        name: 'worker',
        // Why: docs/benchmarks.md, _What was found_.
        ...ourProgram('workers/main', { watch, flags: ['--stack-trace-limit=3'] }),
        env,
        readyWhen: async (startedAtMs) => workerPolls(temporal, startedAtMs),
        graceMs: 45_000,
      }),
      supervise({
        name: 'gateway',
        ...ourProgram('src/gateway/main', { watch }),
        env,
        readyWhen: async () => answersHttp(`${gatewayUrl}/readyz`, 200),
        graceMs: 15_000,
      }),
    );
    // Gateway first whichever was ready first: nothing new comes in while the worker finishes.
    stops.splice(
      -2,
      2,
      async () => worker.stop(45_000),
      async () => gateway.stop(15_000),
    );

    const mediator = options.simulator?.mediator;
    if (mediator !== undefined && simulatorUrl !== undefined && simulated !== undefined) {
      await registerMediator({
        simulatorUrl,
        gatewayUrl,
        dataDir,
        password: simulated.mediatorPassword,
        script: mediator.script ?? 'ticket-events',
        render: mediator.render,
        workflows: mediator.workflows(),
      });
    }
    return {
      temporal,
      worker,
      gateway,
      simulator,
      gatewayUrl,
      simulatorUrl,
      operatorTokenFile: simulated?.operatorTokenFile,
      approverTokenFile: simulated?.approverTokenFile,
      env,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startSimulator(
  options: ProductOptions,
  wanted: NonNullable<ProductOptions['simulator']>,
  dataDir: string,
  supervise: (process: ProcessOptions & { graceMs: number }) => Promise<SupervisedProcess>,
): Promise<[SupervisedProcess, url: string]> {
  const port = await portFor('simulator', wanted.port, '127.0.0.1');
  const state = wanted.stateFile ?? 'simulator.journal';
  const args = ['--port', String(port), '--state', isAbsolute(state) ? state : join(dataDir, state)];
  if (wanted.scenarioFile !== undefined) args.push('--scenario', resolve(wanted.scenarioFile));
  const url = urlOf('127.0.0.1', port, 'http');
  const simulator = await supervise({
    name: 'simulator',
    ...ourProgram('packages/simulator/src/main', { args, watch: options.watch === true }),
    withoutSettings: true,
    readyWhen: async () => answersHttp(url),
    graceMs: 5_000,
  });
  return [simulator, url];
}

function urlOf(host: string, port: number, scheme: 'http' | 'https'): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Waits for both even if one fails, so that the other one is known and can be stopped. */
async function bothOf<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}

/** Chosen before anything starts, so that a kill and a new start find the same address. */
async function portFor(name: string, asked: number | undefined, host: string): Promise<number> {
  if (asked === undefined || asked === 0) return (await freePorts(1, host))[0] ?? 0;
  if (await becomesFree(asked, host, 2_000)) return asked;
  throw new Error(
    `Port ${asked}, meant for the ${name}, is in use by another program. End that program or choose another port.`,
  );
}

/** Whatever the user's own Temporal profile says, worker and gateway speak to the server we started. */
function onlyThisTemporal({ address, namespace }: DevServer, dataDir: string): Environment {
  const profile = join(dataDir, 'temporal.toml');
  writeFileSync(profile, `[profile.default]\naddress = "${address}"\nnamespace = "${namespace}"\n`);
  return {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_CONFIG_FILE: profile,
    TEMPORAL_PROFILE: undefined,
    TEMPORAL_TLS: undefined,
    TEMPORAL_API_KEY: undefined,
  };
}

function isSet(name: string): boolean {
  return (process.env[name] ?? '') !== '';
}
