import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { renderMediator } from '../../src/cli/mediator-script.js';
import { createClient } from '../../packages/client/src/create-client.js';
import { createCommands } from '../../packages/client/src/gateway-commands.js';
import { freePorts } from '../../src/embedded/free-ports.js';
import { localSecret } from '../../src/embedded/local-secrets.js';
import { ourProgram, packageRoot } from '../../src/embedded/our-program.js';
import { answersHttp, workerPolls } from '../../src/embedded/readiness.js';
import { simulatedConfig } from '../../src/embedded/simulated-config.js';
import { registerMediator, simulatorEnvironment } from '../../src/embedded/simulator-setup.js';
import {
  superviseProcess,
  type ProcessOptions,
  type SupervisedProcess,
} from '../../src/embedded/supervise.js';
import type { Soaked } from '../soak/soak.js';
import { calendarsFile } from '../support/calendars-file.js';
import { simulatorClient } from '../support/simulator-client.js';
import { startBalancer } from './balancer.js';
import { startPostgreSql, type PostgreSql } from './postgresql.js';
import { makeNamespace, startTemporalServer } from './temporal-server.js';

export const PROCESSES = [
  'worker-1',
  'worker-2',
  'gateway-1',
  'gateway-2',
  'temporal',
  'postgresql',
  'simulator',
] as const;
export type ClusterProcess = (typeof PROCESSES)[number];

/** The product as it runs in production, with a simulator for SecureChange, SecureTrack and the ITSM. */
export interface Cluster extends Soaked {
  readonly victims: Readonly<Record<ClusterProcess, SupervisedProcess>>;
  readonly folder: string;
  readonly postgresql: Pick<PostgreSql, 'backUp'>;
  /** Calendars are read live: `opensAtMs` null is open always. */
  setWindow(calendar: string, opensAtMs: number | null): void;
  stop(options?: { readonly keepLogs: boolean }): Promise<void>;
}

export interface ClusterOptions {
  /** Over the environment of gateways and workers. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the copy of `config/` before anything reads it. */
  readonly edit?: (configDir: string) => void;
  readonly log: (line: string) => void;
}

const PREFIX = 'sco-cluster-';
const WORKFLOWS = ['Firewall change', 'Firewall change (auto)', 'Group change', 'Mediator Test'];

/**
 * PostgreSQL, the Temporal server of docker-compose.yml, two gateways behind a balancer and two workers, each a process of its
 * own that can be killed. Everything is written to files in its folder, and gone after `stop`.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { log } = options;
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  const stops: (() => Promise<void>)[] = [];
  const stop: Cluster['stop'] = async ({ keepLogs } = { keepLogs: false }) => {
    for (const end of stops.splice(0).reverse()) await end();
    if (!keepLogs) rmSync(folder, { recursive: true, force: true });
  };
  const supervise = async (
    name: ClusterProcess,
    process: Omit<ProcessOptions, 'name'>,
  ): Promise<SupervisedProcess> => {
    log(`starting ${name}`);
    const one = await superviseProcess({
      name,
      cwd: packageRoot(),
      endsWithUs: true,
      readyWithinMs: 120_000,
      logFile: join(folder, `${name}.log`),
      ...process,
    });
    stops.push(async () => one.stop(20_000));
    return one;
  };
  try {
    log('starting postgresql');
    // Beside ours, which its user may not enter.
    const database = mkdtempSync(join(tmpdir(), `${PREFIX}postgresql-`));
    stops.push(async () => {
      rmSync(database, { recursive: true, force: true });
      await Promise.resolve();
    });
    const postgresql = await startPostgreSql(database);
    stops.push(async () => postgresql.stop());
    log('starting temporal');
    const temporal = await startTemporalServer(folder, postgresql);
    stops.push(async () => temporal.stop());
    await makeNamespace(temporal);

    const configDir = simulatedConfig(join(packageRoot(), 'config'), join(folder, 'config'));
    const setWindow = calendarsFile(configDir);
    options.edit?.(configDir);
    const [simulatorPort = 0, ...gatewayPorts] = await freePorts(3, '127.0.0.1');
    const simulatorUrl = `http://127.0.0.1:${simulatorPort}`;
    const simulator = await supervise('simulator', {
      ...ourProgram('packages/simulator/src/main', {
        args: ['--port', String(simulatorPort), '--state', join(folder, 'simulator.journal')],
      }),
      withoutSettings: true,
      readyWhen: async () => answersHttp(simulatorUrl),
    });
    const balancer = await startBalancer(gatewayPorts);
    stops.push(async () => balancer.stop());
    const gatewayUrl = `http://127.0.0.1:${balancer.port}`;
    const simulated = simulatorEnvironment(simulatorUrl, folder);
    const env = {
      ...simulated.env,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      TEMPORAL_CONFIG_FILE: undefined,
      SCO_ACTOR_KEY: localSecret(folder, 'actor-key').value,
      SCO_CONFIG_DIR: configDir,
      SCO_DATA_DIR: folder,
      SCO_PAGE_URL: gatewayUrl,
      GATEWAY_HOST: '127.0.0.1',
      SCO_SWEEP_INTERVAL_S: '5',
      SCO_PUSH_POLL_MS: '250',
      SCO_EVIDENCE_GRACE_MS: '5000',
      SCO_REST_MS: '300',
      ...options.env,
    };
    const gateway = async (name: ClusterProcess, port: number): Promise<SupervisedProcess> =>
      await supervise(name, {
        ...ourProgram('src/gateway/main'),
        env: { ...env, GATEWAY_PORT: String(port) },
        readyWhen: async () => answersHttp(`http://127.0.0.1:${port}/readyz`, 200),
      });
    const workers: SupervisedProcess[] = [];
    const worker = async (name: ClusterProcess, index: number): Promise<SupervisedProcess> => {
      // By the server's record one worker polls as soon as the other one does.
      const other = (): number | undefined => workers[1 - index]?.pid;
      const one = await supervise(name, {
        ...ourProgram('workers/main', { flags: ['--stack-trace-limit=3'] }),
        env,
        readyWhen: async (startedAtMs) => workerPolls(temporal, startedAtMs, [other()]),
      });
      workers[index] = one;
      return one;
    };
    const victims = {
      'worker-1': await worker('worker-1', 0),
      'worker-2': await worker('worker-2', 1),
      'gateway-1': await gateway('gateway-1', gatewayPorts[0] ?? 0),
      'gateway-2': await gateway('gateway-2', gatewayPorts[1] ?? 0),
      temporal: temporal.process,
      postgresql: postgresql.process,
      simulator,
    };
    await registerMediator({
      simulatorUrl,
      gatewayUrl,
      dataDir: folder,
      password: simulated.mediatorPassword,
      script: 'ticket-events',
      render: renderMediator,
      workflows: WORKFLOWS,
    });
    const client = createClient({ address: temporal.address, deadlineMs: 5_000 });
    stops.push(async () => client.close());
    const token = readFileSync(simulated.approverTokenFile, 'utf8').trim();
    const commands = createCommands({ gatewayUrl, token });
    stops.push(async () => commands.close());
    log('everything runs');
    return {
      simulator: simulatorClient(simulatorUrl),
      client,
      commands,
      address: () => temporal.address,
      victims,
      folder,
      postgresql,
      setWindow,
      stop,
    };
  } catch (error) {
    for (const end of stops.splice(0).reverse()) await end().catch(() => undefined);
    throw new Error(`the cluster did not start; logs in ${folder}`, { cause: error });
  }
}
