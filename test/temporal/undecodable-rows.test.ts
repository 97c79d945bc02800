import { readStopSwitch } from '../../activities/control.js';
import { createClient } from '../../packages/client/src/create-client.js';
import { inspectDeployment } from '../../packages/client/src/deployment.js';
import { CONTROL_WORKFLOW_ID, laneWorkflowId, TASK_QUEUES } from '../../src/domain/ids.js';
import { ensureStanding } from '../../workers/create-worker.js';
import { controlView, WORKFLOW_TYPES } from '../../workflows/messages.js';
import { eventually } from '../support/eventually.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

let server: TestDevServer;
let env: TestEnvironment;

const UNHEARD_OF = { metadata: { encoding: Buffer.from('binary/unheard-of') }, data: Buffer.from('x') };
const EMPTY = { metadata: { encoding: Buffer.from('binary/null') }, data: Buffer.from('') };
const WHAT = ['memo theirs (encoding binary/unheard-of)'];

/** A workflow of each type with a memo and a search attribute that cannot be decoded; those of the queue `elsewhere` never run. */
const STARTED = [
  ['ticket', 'ticket/8001', TASK_QUEUES.main],
  ['ticket', 'ticket/8002', 'elsewhere'],
  ['lane', laneWorkflowId('l80'), TASK_QUEUES.main],
  ['lane', laneWorkflowId('l81'), 'elsewhere'],
  ['updateSlot', 'lane/update', TASK_QUEUES.main],
  ['control', CONTROL_WORKFLOW_ID, TASK_QUEUES.main],
  ['sweep', 'sweep-80', TASK_QUEUES.main],
  ['another', 'ticket/8003', 'elsewhere'],
] as const;

beforeAll(async () => {
  server = await startTestDevServer();
  env = await TestEnvironment.start({ address: server.address });
  const ticket = env.ticket('80');
  await env.reach(ticket, 'Approval');
  // Its event is lost: another caller of Temporal starts it.
  env.mediatorWorks = false;
  env.ticket('8001');
  env.mediatorWorks = true;
  await env.temporal.client.workflow.getHandle(CONTROL_WORKFLOW_ID).terminate();
  const { client, namespace } = env.temporal;
  for (const [type, workflowId, queue] of STARTED) {
    await client.workflowService.startWorkflowExecution({
      namespace,
      workflowId,
      workflowType: { name: type },
      taskQueue: { name: queue },
      requestId: workflowId,
      memo: { fields: { theirs: UNHEARD_OF } },
      searchAttributes: { indexedFields: { ScoRequester: EMPTY } },
    });
  }
  await eventually('all are listed', async () => {
    let count = 0;
    for await (const { memo } of client.workflow.list({ query: '' }))
      if (memo !== undefined && 'theirs' in memo) count += 1;
    return count === STARTED.length;
  });
});

afterAll(async () => {
  await env.stop();
  await server.stop();
});

describe('workflows with parts that cannot be decoded', () => {
  it('are in the list of tickets, by name, and so is every other ticket', async () => {
    const found = await env.client.tickets.list({ open: true });
    const shown = found.map(({ ticketId, undecodable = [] }) => [ticketId, undecodable] as const);
    expect(new Map(shown)).toEqual(
      new Map([
        ['80', []],
        ['8001', WHAT],
        ['8002', WHAT],
      ]),
    );
    expect(found.find(({ ticketId }) => ticketId === '80')?.subject).not.toBeNull();
  });

  it('are in the list of lanes', async () => {
    // No worker answers for one of them.
    const client = createClient({ address: server.address, deadlineMs: 3_000 });
    const lanes = await client.lanes.list();
    await client.close();
    expect(lanes.map(({ key }) => key)).toEqual(expect.arrayContaining(['l80', 'l81']));
  });

  it('fail nothing that a status is made of', async () => {
    const { status } = env.client;
    await eventually('the sweep with such a memo has said what it uses', async () => {
      const [one] = await status.configurations();
      return one?.worker === 'worker@test/1';
    });
    expect(await status.attention(10)).toEqual([]);
    expect(await status.nextOpening(env.nowMs())).toBeNull();
    expect(await status.unread()).toBeNull();
  });

  it('are named for doctor and status, with what it is', async () => {
    const { workflows, foreign, control } = await inspectDeployment({ address: server.address });
    expect(workflows.undecodable).toEqual(
      expect.arrayContaining(
        ['ticket/8001', 'ticket/8002', 'lane/l80', 'lane/l81', 'control'].map((workflowId) => ({
          workflowId,
          runId: expect.any(String) as string,
          what: WHAT,
        })),
      ),
    );
    expect(workflows.failing).toEqual([]);
    expect(foreign.found.map(({ workflowId }) => workflowId).sort()).toEqual([
      'lane/l81',
      'ticket/8002',
      'ticket/8003',
    ]);
    expect(control).toBe('RUNNING');
  });

  it('stop no sweep', async () => {
    const result = await env.temporal.client.workflow.execute(WORKFLOW_TYPES.sweep, {
      workflowId: 'sweep-81',
      taskQueue: TASK_QUEUES.main,
      args: [],
    });
    expect(result).toMatchObject({ openInSecureChange: 2, odd: [], started: [] });
  });

  it('fail neither a status nor a worker that starts where the schedule of the sweep has such parts', async () => {
    const { client, namespace } = env.temporal;
    await client.workflowService.createSchedule({
      namespace,
      scheduleId: 'sweep',
      requestId: 'sweep',
      memo: { fields: { theirs: UNHEARD_OF } },
      schedule: {
        spec: {},
        action: {
          startWorkflow: {
            workflowId: 'sweep',
            workflowType: { name: 'sweep' },
            taskQueue: { name: TASK_QUEUES.main },
            input: { payloads: [UNHEARD_OF] },
            memo: { fields: { theirs: UNHEARD_OF } },
          },
        },
      },
    });
    expect((await inspectDeployment({ address: server.address })).sweep).toMatchObject({ paused: false });
    await ensureStanding(client, { sweepEveryMs: 3_600_000, exportEveryMs: 3_600_000 });
    await eventually('the sweep runs', async () => (await env.client.status.unread()) !== null);
  });

  it('are described: the stop switch is read, takes commands, and so does a lane', async () => {
    const now = (): number => env.nowMs();
    await eventually('the switch has looked for earlier runs', async () => {
      const control = env.temporal.client.workflow.getHandle(CONTROL_WORKFLOW_ID);
      return (await control.query(controlView)).reason?.includes('was lost');
    });
    expect(await env.startPushes()).toMatchObject({ accepted: true });
    expect(await readStopSwitch(env.temporal.client, now)).toMatchObject({ stopped: false });
    expect(await env.operate(laneWorkflowId('l80'), { kind: 'pause' })).toMatchObject({ accepted: true });
  });
});
