import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { DevServer } from '../../src/embedded/dev-server.js';
import { TASK_QUEUES } from '../../src/domain/ids.js';
import { searchAttributeTable } from '../../workflows/search-attributes.js';
import { startTestDevServer } from '../support/temporal-server.js';

const node = promisify(execFile);
let server: DevServer;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  server = await startTestDevServer({ searchAttributes: [] });
});
afterAll(async () => server.stop());

async function run(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; output: string }> {
  const environment = {
    ...process.env,
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: 'tickets',
    ...env,
  };
  return node(process.execPath, args, { env: environment }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: unknown) => {
      const { code, stderr } = error as { code: number; stderr: string };
      return { code, output: stderr };
    },
  );
}

describe('the namespace job', () => {
  it('makes a namespace with retention and every search attribute, and finds nothing to do the second time', async () => {
    const job = ['--import', 'tsx', 'src/temporal/main.ts'];
    const first = await run(job);
    const second = await run(job);

    expect(first.output).toMatch(
      /namespace tickets .* closed runs are kept 30 days, registered ScoWorkflow, /,
    );
    expect(second.output).toMatch(/every search attribute was there/);
    const connection = await Connection.connect({ address: server.address });
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'tickets' });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'tickets',
    });
    await connection.close();
    expect(tsToMs(config!.workflowExecutionRetentionTtl)).toBe(30 * 24 * 60 * 60 * 1000);
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(searchAttributeTable().map(({ name }) => name)),
    );
  });

  it('says what is wrong when there is no Temporal', async () => {
    const { code, output } = await run(['--import', 'tsx', 'src/temporal/main.ts'], {
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });

    expect(code).toBe(1);
    expect(output).toMatch(/^namespace: /);
  });
});

describe('the health check of a worker', () => {
  it('fails while no worker polls, and succeeds while a worker of this host does', async () => {
    const check = ['deploy/container/worker-health.mjs'];
    const env = { TEMPORAL_NAMESPACE: 'default' };
    expect((await run(check, env)).code).toBe(1);

    const connection = await NativeConnection.connect({ address: server.address });
    const worker = await Worker.create({
      connection,
      identity: `worker@${hostname()}/1`,
      taskQueue: TASK_QUEUES.main,
      workflowsPath: new URL('../fixtures/embedded/three-days.ts', import.meta.url).pathname,
    });
    await worker.runUntil(async () => {
      const until = Date.now() + 20_000;
      while ((await run(check, env)).code !== 0) expect(Date.now()).toBeLessThan(until);
    });
    await connection.close();
  });
});

describe('the health check of a gateway', () => {
  it('succeeds when it answers, fails when it does not', async () => {
    const check = ['deploy/container/gateway-health.mjs'];
    const gateway = createServer((request, response) => {
      response.writeHead(request.url === '/healthz' ? 200 : 404).end();
    });
    await new Promise<void>((listening) => gateway.listen(0, '127.0.0.1', () => listening()));
    const env = { GATEWAY_PORT: String((gateway.address() as AddressInfo).port) };

    expect((await run(check, env)).code).toBe(0);
    await new Promise((closed) => gateway.close(closed));
    expect((await run(check, env)).code).toBe(1);
  });
});
