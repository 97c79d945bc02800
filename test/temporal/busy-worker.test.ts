import { fileURLToPath } from 'node:url';

import { NativeConnection, Worker } from '@temporalio/worker';

import { openTemporal, type TemporalAccess } from '../../src/temporal/connect.js';
import { WORKFLOW_TASKS } from '../../workers/create-worker.js';
import { burn, slow } from '../fixtures/workflows/slow.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';

quietSdk();

const TASK_QUEUE = 'slow';
const TASKS = 40;
/** Of the production time-out of 10 s. */
const SCALE = 4;

let server: TestDevServer;
let access: TemporalAccess;
beforeAll(async () => {
  server = await startTestDevServer();
  access = openTemporal({ address: server.address, identity: 'test' });
});
afterAll(async () => {
  await access.close();
  await server.stop();
});

/** How many rounds take the processor for so long. */
function roundsFor(ms: number): number {
  const rounds = 20_000_000;
  burn(rounds);
  const startedAt = performance.now();
  burn(rounds);
  return Math.round((rounds * ms) / (performance.now() - startedAt));
}

/** Tasks that a worker takes and cannot begin are given up by the server, played again from their beginning, and are late again. */
it('a worker that is slow takes no more workflow tasks than it ends in time', async () => {
  const rounds = roundsFor(300 / SCALE);
  const handles = await Promise.all(
    Array.from({ length: TASKS }, async (_, index) =>
      access.client.workflow.start(slow, {
        workflowId: `slow/${index}`,
        taskQueue: TASK_QUEUE,
        args: [rounds],
        workflowTaskTimeout: `${10_000 / SCALE} ms`,
      }),
    ),
  );
  const connection = await NativeConnection.connect({ address: server.address });
  const worker = await Worker.create({
    connection,
    taskQueue: TASK_QUEUE,
    workflowsPath: fileURLToPath(new URL('../fixtures/workflows/slow.ts', import.meta.url)),
    ...WORKFLOW_TASKS,
  });
  await worker.runUntil(async () => Promise.all(handles.map(async (handle) => handle.result())));
  await connection.close();
  const given = await Promise.all(
    handles.map(async (handle) =>
      ((await handle.fetchHistory()).events ?? []).filter(
        ({ workflowTaskTimedOutEventAttributes: late }) => late != null,
      ),
    ),
  );
  expect(given.flat()).toEqual([]);
});
