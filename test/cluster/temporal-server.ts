import { join } from 'node:path';

import { Connection } from '@temporalio/client';

import { locateTemporalServer } from '../../scripts/go-programs.js';
import { becomesFree } from '../../src/embedded/free-ports.js';
import { ourProgram, packageRoot } from '../../src/embedded/our-program.js';
import { runCommand } from '../../src/embedded/run-command.js';
import { superviseProcess, type SupervisedProcess } from '../../src/embedded/supervise.js';
import type { PostgreSql } from './postgresql.js';

export interface TemporalServer {
  readonly address: string;
  readonly namespace: string;
  readonly process: SupervisedProcess;
  stop(): Promise<void>;
}

const NAMESPACE = 'default';
/** As docker-compose.yml: database, and the folder of its schema in the program that makes it. */
const SCHEMAS = [
  ['temporal', 'postgresql/v12/temporal'],
  ['temporal_visibility', 'postgresql/v12/visibility'],
] as const;
const PORTS = [
  'FRONTEND_GRPC_PORT',
  'FRONTEND_HTTP_PORT',
  'FRONTEND_MEMBERSHIP_PORT',
  'MATCHING_GRPC_PORT',
  'MATCHING_MEMBERSHIP_PORT',
  'HISTORY_GRPC_PORT',
  'HISTORY_MEMBERSHIP_PORT',
  'WORKER_GRPC_PORT',
  'WORKER_MEMBERSHIP_PORT',
] as const;
/** Of docker-compose.yml. */
const HISTORY_SHARDS = 512;
const READY_MS = 120_000;

/** The server of docker-compose.yml as a process: a later patch of its version, the same settings and schema, all its services in one. */
export async function startTemporalServer(folder: string, database: PostgreSql): Promise<TemporalServer> {
  const sql = await locateTemporalServer('tools/sql');
  const server = await locateTemporalServer('server');
  for (const [name, schema] of SCHEMAS) {
    for (const args of [
      ['create'],
      ['setup-schema', '--version', '0.0'],
      ['update-schema', '--schema-name', schema],
    ]) {
      const connection = ['--plugin', 'postgres12', '--ep', '127.0.0.1', '--port', String(database.port)];
      const whole = [...connection, '--user', database.user, '--pw', 'none', '--db', name, ...args];
      const { code, lastLines } = await runCommand(sql, whole, { env: process.env, timeoutMs: 120_000 });
      if (code !== 0) throw new Error(`${name}: sql ${args.join(' ')} failed:\n  ${lastLines.join('\n  ')}`);
    }
  }
  const ports = await lowPorts(PORTS.length);
  const address = `127.0.0.1:${ports[0] ?? 0}`;
  const supervised = await superviseProcess({
    name: 'temporal',
    command: server,
    args: ['--allow-no-auth', 'start'],
    cwd: folder,
    withoutSettings: true,
    env: {
      DB: 'postgres12',
      DB_PORT: String(database.port),
      POSTGRES_SEEDS: '127.0.0.1',
      POSTGRES_USER: database.user,
      POSTGRES_PWD: 'none',
      BIND_ON_IP: '127.0.0.1',
      NUM_HISTORY_SHARDS: String(HISTORY_SHARDS),
      DYNAMIC_CONFIG_FILE_PATH: join(packageRoot(), 'deploy/temporal/dynamic-config.yaml'),
      LOG_LEVEL: 'warn',
      ...Object.fromEntries(PORTS.map((name, index) => [name, String(ports[index] ?? 0)])),
    },
    logFile: join(folder, 'temporal-server.log'),
    readyWhen: async () => answers(address),
    readyWithinMs: READY_MS,
  });
  return { address, namespace: NAMESPACE, process: supervised, stop: async () => supervised.stop(10_000) };
}

/** The server keeps its members' ports in a column that ends at 32,767; the system hands out higher ones. */
async function lowPorts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let port = 20_000 + (process.pid % 10_000); found.length < count && port < 32_000; port += 1)
    if (await becomesFree(port, '127.0.0.1', 0)) found.push(port);
  if (found.length < count) throw new Error('no free ports below 32,000');
  return found;
}

/** What an operator does once, `npm run namespace`: namespace, retention, search attributes. */
export async function makeNamespace({ address, namespace }: TemporalServer): Promise<void> {
  const { command, args } = ourProgram('src/temporal/main');
  const env = { ...process.env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
  const { code, lastLines } = await runCommand(command, args, {
    env,
    timeoutMs: 180_000,
    cwd: packageRoot(),
  });
  if (code !== 0) throw new Error(`the namespace could not be made:\n  ${lastLines.join('\n  ')}`);
}

/** By reading from its database, and through all its services. */
async function answers(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    await connection.withDeadline(Date.now() + 2_000, async () =>
      connection.workflowService.listNamespaces({ pageSize: 1 }),
    );
    return true;
  } finally {
    await connection.close();
  }
}
