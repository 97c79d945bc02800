import { fileURLToPath } from 'node:url';

import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';

import { openTemporal, type TemporalAccess } from '../../src/temporal/connect.js';
import { eventually } from '../support/eventually.js';
import { come, merging, seen } from '../fixtures/workflows/merging.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';

type Service = Connection['workflowService'];
type TaskQueue = NonNullable<Parameters<Service['pollWorkflowTaskQueue']>[0]['taskQueue']>;
/** Of the queue that one worker reads: the tasks of the runs that it keeps in memory. */
const STICKY = 2;

quietSdk();

const TASK_QUEUE = 'merging';
const DEAD_WORKER: TaskQueue = { name: 'dead', kind: STICKY, normalName: TASK_QUEUE };
/** How long Temporal waits for the worker that died. */
const STICKY_MS = 4_000;

let server: TestDevServer;
let access: TemporalAccess;
let workflowBundle: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  [server, workflowBundle] = await Promise.all([
    startTestDevServer(),
    bundleWorkflowCode({
      logger: new DefaultLogger('ERROR'),
      workflowsPath: fileURLToPath(new URL('../fixtures/workflows/merging.ts', import.meta.url)),
      workflowInterceptorModules: [
        fileURLToPath(new URL('../../workflows/partial-history.ts', import.meta.url)),
      ],
    }),
  ]);
  access = openTemporal({ address: server.address, identity: 'test' });
});
afterAll(async () => {
  await access.close();
  await server.stop();
});

async function poll(taskQueue: TaskQueue): ReturnType<Service['pollWorkflowTaskQueue']> {
  const { connection, namespace } = access;
  return await connection.withDeadline(Date.now() + 60_000, async () =>
    connection.workflowService.pollWorkflowTaskQueue({ namespace, taskQueue, identity: 'dies' }),
  );
}

/** A worker that does the first task of a run, takes the next query, and dies. */
async function workerThatDies(): Promise<{ queried: Promise<unknown> }> {
  const { taskToken } = await poll({ name: TASK_QUEUE });
  const queried = poll(DEAD_WORKER);
  await access.connection.workflowService.respondWorkflowTaskCompleted({
    namespace: access.namespace,
    taskToken: taskToken ?? null,
    commands: [],
    stickyAttributes: { workerTaskQueue: DEAD_WORKER, scheduleToStartTimeout: msToTs(STICKY_MS) },
  });
  return { queried };
}

it('a query that overtakes the task of a dead worker leaves a history that can be replayed', async () => {
  const handle = await access.client.workflow.start(merging, {
    taskQueue: TASK_QUEUE,
    workflowId: 'overtaken',
  });
  const { queried } = await workerThatDies();
  const answer = handle.query(seen);
  await queried;
  const askedAtMs = Date.now();
  await eventually(
    'Temporal gives the query to another worker sooner than the task',
    () => Date.now() > askedAtMs + STICKY_MS / 2,
  );
  await handle.signal(come);
  const connection = await NativeConnection.connect({ address: server.address });
  const worker = await Worker.create({ connection, workflowBundle, taskQueue: TASK_QUEUE });
  await worker.runUntil(async () => {
    // The answer has the signal, which no task has brought yet.
    expect(await answer).toBe(1);
    await handle.signal(come);
    await handle.result();
  });
  await connection.close();
  const history = await handle.fetchHistory();
  const events = (history.events ?? []).map(
    ({ workflowExecutionSignaledEventAttributes: signal, workflowTaskTimedOutEventAttributes: late }) =>
      signal ? 'signal' : late ? 'task given up' : '',
  );
  expect(events.filter((event) => event !== '')).toEqual(['signal', 'signal', 'task given up']);
  await Worker.runReplayHistory({ workflowBundle }, history, 'overtaken');
});
