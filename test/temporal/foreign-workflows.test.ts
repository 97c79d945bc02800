import { fileURLToPath } from 'node:url';

import { NativeConnection, Worker } from '@temporalio/worker';

import { signLaneMessage } from '../../packages/client/src/sign.js';
import { findFailingWorkflows } from '../../packages/client/src/failing-workflows.js';
import { findForeignWorkflows } from '../../packages/client/src/foreign-workflows.js';
import {
  CONTROL_WORKFLOW_ID,
  laneWorkflowId,
  pushWorkflowId,
  TASK_QUEUES,
  ticketWorkflowId,
} from '../../src/domain/ids.js';
import { CALLERS } from '../../activities/callers.js';
import { readStopSwitch } from '../../activities/control.js';
import { ACTIVITY_NAMES } from '../../activities/effects.js';
import { optionsOf } from '../../workflows/activity-options.js';
import * as messages from '../../workflows/messages.js';
import { ensureStanding } from '../../workers/create-worker.js';
import { DEFAULT_MANAGER } from '../../src/domain/lane.js';
import { enrolment } from '../support/enrolment.js';
import { eventually } from '../support/eventually.js';
import { ACTOR_KEY } from '../support/fake-temporal.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

const HOUR = 3_600_000;

let server: TestDevServer;
let env: TestEnvironment;

beforeAll(async () => {
  server = await startTestDevServer();
  env = await TestEnvironment.start({ address: server.address });
});

afterAll(async () => {
  await env.stop();
  await server.stop();
});

interface RunningWorker {
  readonly shutdown: () => void;
  readonly ended: Promise<void>;
}

/** A worker whose lanes fail. */
const brokenWorker = async (taskQueue: string): Promise<RunningWorker> =>
  workerWith('broken-lane', taskQueue);

/** A worker with the workflows of a fixture, on a task queue that is not ours. */
async function workerWith(fixture: string, taskQueue: string): Promise<RunningWorker> {
  const connection = await NativeConnection.connect({ address: server.address });
  const workflowsPath = fileURLToPath(new URL(`../fixtures/workflows/${fixture}.ts`, import.meta.url));
  const worker = await Worker.create({ connection, taskQueue, workflowsPath });
  const ended = worker.run().finally(async () => connection.close());
  return {
    shutdown: () => {
      worker.shutdown();
    },
    ended,
  };
}

const handle = (workflowId: string) => env.temporal.client.workflow.getHandle(workflowId);

const FAR_AWAY = { opensAtMs: 4_000_000_000_000, closesAtMs: 4_000_003_600_000 };

describe('a workflow that another caller starts under an id of ours', () => {
  it('is named, and a lane runs and recovers beside what is left of it', async () => {
    const { client } = env.temporal;
    const key = 'l95';
    const workflowId = laneWorkflowId(key);
    const args = [null];
    await client.workflow.start('lane', { workflowId, taskQueue: TASK_QUEUES.main, args });
    await eventually('it works by its id', async () => {
      const { name, recovered } = await handle(workflowId).query(messages.laneState);
      return name === key && recovered;
    });
    await handle(workflowId).terminate();
    const foreign = await client.workflow.start('another', { workflowId, taskQueue: 'elsewhere', args });
    const reader = { ...env.temporal, deadlineMs: 10_000 };
    const found = await eventually('it is named', async () => {
      const { found: all } = await findForeignWorkflows(reader);
      return all.length > 0 ? all : undefined;
    });
    expect(found).toEqual([
      { workflowId, runId: foreign.firstExecutionRunId, type: 'another', taskQueue: 'elsewhere' },
    ]);
    await handle(workflowId).terminate();

    const window = { calendar: 'x', ruleVersion: 'r', minimumRemainingMs: 0, intervals: [FAR_AWAY] };
    const input = { manager: DEFAULT_MANAGER, enrolments: [enrolment({ ticketId: '95', window })] };
    await client.workflow.signalWithStart('lane', {
      workflowId,
      taskQueue: TASK_QUEUES.main,
      args: [{ version: 1, key, name: 'L95' }],
      signal: messages.laneEnrol,
      signalArgs: [signLaneMessage(key, 'laneEnrol', input, ACTOR_KEY)],
    });
    await eventually('it has recovered', async () => {
      const { recovered, queue } = await handle(workflowId).query(messages.laneState);
      return recovered && queue.length === 1;
    });
  });
});

describe('a workflow of ours that another caller starts with a cron schedule', () => {
  it('is named while it waits for its next time, in which it does nothing', async () => {
    const workflowId = ticketWorkflowId('94');
    const { workflow } = env.temporal.client;
    await workflow.start('ticket', {
      workflowId,
      taskQueue: TASK_QUEUES.main,
      args: [],
      cronSchedule: '0 0 1 1 *',
    });
    const reader = { ...env.temporal, deadlineMs: 10_000 };
    const { type, taskQueue } = await eventually('it is named', async () => {
      const { found } = await findForeignWorkflows(reader);
      return found.find((each) => each.workflowId === workflowId);
    });
    expect([type, taskQueue]).toEqual(['ticket', TASK_QUEUES.main]);
    await handle(workflowId).terminate();
  });
});

describe('a lane with a quotation mark in its key', () => {
  it('finds its earlier runs like every other one', async () => {
    const workflowId = laneWorkflowId("it's");
    await env.temporal.client.workflow.start('lane', { workflowId, taskQueue: TASK_QUEUES.main, args: [] });
    await eventually('it has recovered', async () => {
      const { recovered } = await handle(workflowId).query(messages.laneState);
      return recovered;
    });
    await handle(workflowId).terminate();
  });
});

describe('a push that was reset in the middle of its Commit', () => {
  it('sends nothing again, follows its call to the end and reports it', async () => {
    const { client, namespace } = env.temporal;
    env.open('nightly', env.nowMs());
    env.secureChange.pushMs = 3_000;
    await env.reach(env.ticket('97'), 'Implementation');
    await eventually('the Commit was made', () => env.effects('97', 'commit').length === 1);
    env.secureChange.pushMs = 40;
    const { push } = await env.lane('manager-of-FW-97');
    const workflowId = pushWorkflowId('manager-of-FW-97', push!.n);
    const { runId } = await handle(workflowId).describe();
    const { events } = await handle(workflowId).fetchHistory();
    const first = events?.find(({ workflowTaskCompletedEventAttributes: completed }) => completed != null);
    await client.workflowService.resetWorkflowExecution({
      namespace,
      workflowExecution: { workflowId, runId },
      reason: 'test',
      requestId: 'reset of 97',
      workflowTaskFinishEventId: first!.eventId!,
    });
    expect(await env.ended('97')).toMatchObject({ outcome: 'closed' });
    expect(env.effects('97', 'update', 'commit')).toEqual(['update FW-97', 'commit FW-97']);
    expect((await handle(workflowId).describe()).runId).not.toBe(runId);
  });
});

describe('a workflow that is not ours', () => {
  it('gets no activity of ours, also under the id and type of a ticket, so that nothing is signed for it', async () => {
    const input = { ticketId: '99', laneKey: 'l99', laneName: 'L99', n: 1, items: [], laneKeys: ['l99'] };
    const calls = ACTIVITY_NAMES.filter((name) => CALLERS[name] !== 'every').map((name) => [
      name,
      optionsOf(name).taskQueue,
    ]);
    const theirs = await workerWith('foreign-caller', 'stolen');
    try {
      const outcomes = (await env.temporal.client.workflow.execute('ticket', {
        workflowId: ticketWorkflowId('99'),
        taskQueue: 'stolen',
        args: [calls, input],
      })) as Record<string, unknown>;
      expect(outcomes).toEqual(
        Object.fromEntries(calls.map(([name]) => [name, 'orchestrator.foreign_caller'])),
      );
    } finally {
      theirs.shutdown();
      await theirs.ended;
    }
    await expect(handle(laneWorkflowId('l99')).describe()).rejects.toThrow();
  });
});

describe('a stop switch that was terminated', () => {
  afterEach(async () => {
    const { stopped } = await handle(CONTROL_WORKFLOW_ID).query(messages.controlView);
    if (stopped) await env.startPushes();
  });

  const startControl = async (type: string, taskQueue: string, args: unknown[]): Promise<void> => {
    await env.temporal.client.workflow.start(type, { workflowId: CONTROL_WORKFLOW_ID, taskQueue, args });
  };

  it('is on again whoever starts it with whatever arguments, also the moment after', async () => {
    await env.operate(CONTROL_WORKFLOW_ID, { kind: 'stop' });
    for (const start of [{ version: 1, first: true }, { version: 1 }, null]) {
      await handle(CONTROL_WORKFLOW_ID).terminate();
      await startControl('control', TASK_QUEUES.main, [start]);
      const view = await eventually('it has looked for earlier runs', async () => {
        const found = await handle(CONTROL_WORKFLOW_ID).query(messages.controlView);
        return found.reason?.includes('was lost') === true ? found : undefined;
      });
      expect(view).toMatchObject({ stopped: true, by: null });
    }
  });

  it('counts as on while another workflow answers under its id that it is off', async () => {
    const { client } = env.temporal;
    const read = async (): Promise<unknown> => readStopSwitch(client, () => env.nowMs());
    expect(await read()).toMatchObject({ stopped: false });
    await handle(CONTROL_WORKFLOW_ID).terminate();
    const theirs = await workerWith('stand-in', 'stolen');
    try {
      await startControl('control', 'stolen', [{}]);
      expect(await handle(CONTROL_WORKFLOW_ID).query(messages.controlView)).toMatchObject({ stopped: false });
      await eventually('it is named', async () => {
        const { found } = await findForeignWorkflows({ ...env.temporal, deadlineMs: 10_000 });
        return found.some(({ workflowId, taskQueue }) => workflowId === 'control' && taskQueue === 'stolen');
      });
      expect(await read()).toMatchObject({
        stopped: true,
        message: expect.stringContaining('not ours') as string,
      });
      await handle(CONTROL_WORKFLOW_ID).terminate();
    } finally {
      theirs.shutdown();
      await theirs.ended;
    }
    await ensureStanding(client, { sweepEveryMs: 24 * HOUR, exportEveryMs: 24 * HOUR });
    expect(await read()).toMatchObject({ stopped: true });
  });

  it('starts again as on, until two operators start', async () => {
    await handle(CONTROL_WORKFLOW_ID).terminate();
    await ensureStanding(env.temporal.client, { sweepEveryMs: 24 * HOUR, exportEveryMs: 24 * HOUR });
    expect(await handle(CONTROL_WORKFLOW_ID).query(messages.controlView)).toMatchObject({
      stopped: true,
      by: null,
    });
    expect(await env.operate(CONTROL_WORKFLOW_ID, { kind: 'start' })).toMatchObject({ code: 'secondPerson' });
    expect(await env.startPushes()).toMatchObject({ accepted: true });
    expect(await handle(CONTROL_WORKFLOW_ID).query(messages.controlView)).toMatchObject({ stopped: false });
  });
});

describe('a workflow whose code fails', () => {
  let broken: Awaited<ReturnType<typeof brokenWorker>> | undefined;

  afterEach(async () => {
    broken?.shutdown();
    await broken?.ended;
  });

  it('is found with its reason, and takes its row in the list of lanes and no other', async () => {
    const { client } = env.temporal;
    // Running with a task that no code can carry out: its type is ours, its worker has none of it.
    const started = await client.workflow.start('lane', {
      workflowId: 'lane/broken',
      taskQueue: 'a queue with broken code',
      args: [{ version: 1, key: 'broken', name: 'Broken' }],
    });
    broken = await brokenWorker('a queue with broken code');
    const reader = { ...env.temporal, deadlineMs: 10_000 };
    const found = await eventually('its failing task is found', async () => {
      const { failing } = await findFailingWorkflows(reader);
      return failing.length > 0 ? failing : undefined;
    });
    expect(found).toMatchObject([
      {
        workflowId: 'lane/broken',
        runId: started.firstExecutionRunId,
        type: 'lane',
        reason: expect.stringContaining('broken on purpose') as string,
      },
    ]);
    const lanes = await eventually('the list has it', async () => {
      const listed = await env.client.lanes.list();
      return listed.some((lane) => 'unreadable' in lane) ? listed : undefined;
    });
    expect(lanes.length).toBeGreaterThan(1);
    expect(lanes.filter((lane) => 'unreadable' in lane)).toMatchObject([{ key: 'broken' }]);
  });
});
