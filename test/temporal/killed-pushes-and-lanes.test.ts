import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';

import { laneWorkflowId, pushWorkflowId, TASK_QUEUES } from '../../src/domain/ids.js';
import { eventually } from '../support/eventually.js';
import { firewallChange, manager } from '../support/firewall-change.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { startTestDevServer, type TestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';

quietSdk();

const HOUR = 3_600_000;
const COMMIT_MS = 3_000;
const OLD_WORKER = 'old@test';

/** `npm test` plays one moment; `npm run test:kill` all. */
const FULL = process.env.SCO_TEST_KILL_MATRIX === 'full';

/** The design of the second ticket is being read; the intent is recorded; the Commit runs. */
const MOMENTS = ['between the gates', 'between intent and call', 'while the Commit runs'] as const;
type Moment = (typeof MOMENTS)[number];
const PLAYED: readonly Moment[] = FULL ? MOMENTS : ['between intent and call'];

/** Two tickets that wait, saved, for one Commit of one group. */
interface Scene {
  readonly group: string;
  readonly laneKey: string;
  readonly leader: string;
  readonly rider: string;
}

interface Hold {
  readonly moment: Moment;
  readonly released: Promise<void>;
  readonly release: () => void;
  reached: boolean;
}

let server: TestDevServer;
let env: TestEnvironment;
const scenes = new Map<string, Scene>();
const holds = new Map<string, Hold>();

beforeAll(async () => {
  server = await startTestDevServer();
  env = await TestEnvironment.start({ address: server.address });
  env.secureChange.pushMs = COMMIT_MS;
  holdBack();
});

afterAll(async () => {
  for (const { release } of holds.values()) release();
  await env.stop();
  await server.stop();
});

function holdBack(): void {
  const { secureChange } = env;
  const commit = secureChange.commit.bind(secureChange);
  const readDesign = secureChange.readDesign.bind(secureChange);
  const sceneOf = (ticketId: string): Scene | undefined =>
    [...scenes.values()].find(({ leader, rider }) => leader === ticketId || rider === ticketId);
  const pass = async (group: string | undefined, moment: Moment): Promise<void> => {
    const hold = holds.get(group ?? '-');
    if (hold?.moment !== moment) return;
    hold.reached = true;
    await hold.released;
  };
  secureChange.readDesign = async (ref) => {
    const scene = sceneOf(ref.ticketId);
    if (scene?.rider === ref.ticketId) await pass(scene.group, 'between the gates');
    return await readDesign(ref);
  };
  secureChange.commit = async (ref, target) => {
    const { group } = sceneOf(ref.ticketId)!;
    await pass(group, 'between intent and call');
    await commit(ref, target);
    // From here on it runs.
    void pass(group, 'while the Commit runs');
  };
}

/** Both wait for the window of their group. A person has made their Updates. */
async function bothWait(number: number): Promise<Scene> {
  const group = `G${number}`;
  const laneKey = `manager-of-${group}`;
  const scene = { group, laneKey, leader: `${number}0`, rider: `${number}1` };
  scenes.set(group, scene);
  const { window } = firewallChange();
  const perTarget = Object.fromEntries([...scenes.keys()].map((name) => [name, `window of ${name}`]));
  env.fake.processes.set('Firewall change', firewallChange({ window: { ...window, perTarget } }));
  env.open(`window of ${group}`, env.nowMs() + HOUR);
  for (const id of [scene.leader, scene.rider]) {
    const ticket = env.ticket(id, { devices: [manager(group, { update: 'updated' })] });
    env.secureChange.saved.push({ ticketId: id, target: group });
    await env.reach(ticket, 'Implementation');
    await env.until(id, 'waits for its window', (view) => view.waiting?.for === 'window');
  }
  await eventually('both are in the lane', async () => (await env.lane(laneKey)).queue.length === 2);
  return scene;
}

/** Opens the window, and returns the number of the push when it has come to the moment. */
async function pushAt(
  { group, laneKey }: Scene,
  moment: Moment,
): Promise<{ n: number; release: () => void }> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  holds.set(group, { moment, released, release, reached: false });
  env.open(`window of ${group}`, env.nowMs());
  await env.replan(`window of ${group}`, laneKey);
  await eventually(`${group}: ${moment}`, () => holds.get(group)?.reached === true);
  const { push } = await env.lane(laneKey);
  return { n: push!.n, release };
}

/** By what SecureChange saw: one Commit, and both changes live by it. */
async function endsWithOneCommit({ group, leader, rider }: Scene): Promise<void> {
  for (const id of [leader, rider]) expect(await env.ended(id)).toMatchObject({ outcome: 'closed' });
  const { effects, enforced, saved } = env.secureChange;
  expect(effects.filter(({ kind, target }) => kind === 'commit' && target === group)).toHaveLength(1);
  expect(enforced.filter(({ target }) => target === group).map(({ ticketId }) => ticketId)).toEqual([
    leader,
    rider,
  ]);
  expect(saved.filter(({ target }) => target === group)).toEqual([]);
}

const handle = (workflowId: string) => env.temporal.client.workflow.getHandle(workflowId);

/** As an operator does in Temporal's Web UI; `last`: to the last workflow task before now, else to the first. */
async function reset(workflowId: string, to: 'first' | 'last'): Promise<void> {
  const { client, namespace } = env.temporal;
  const { runId } = await handle(workflowId).describe();
  const { events } = await handle(workflowId).fetchHistory();
  const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes != null);
  await client.workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: { workflowId, runId },
    reason: 'test',
    requestId: `reset of ${workflowId} to ${to}`,
    workflowTaskFinishEventId: (to === 'first' ? tasks[0] : tasks.at(-1))!.eventId!,
  });
}

async function pause(workflowId: string, type: string, on: boolean): Promise<void> {
  const { client, namespace } = env.temporal;
  const request = { namespace, execution: { workflowId }, type, identity: 'test' };
  if (on) await client.workflowService.pauseActivity(request);
  else await client.workflowService.unpauseActivity(request).catch(hasEnded);
}

/** An attempt that ran when its activity was paused may have succeeded. */
function hasEnded(error: unknown): void {
  if (!(error instanceof Error) || !error.message.startsWith('5 NOT_FOUND')) throw error;
}

describe('two tickets whose push is', () => {
  it.each(PLAYED)('terminated %s are live by one Commit', async (moment) => {
    const scene = await bothWait(10 + MOMENTS.indexOf(moment));
    const { n, release } = await pushAt(scene, moment);
    await handle(pushWorkflowId(scene.laneKey, n)).terminate('test');
    release();
    await endsWithOneCommit(scene);
  });

  it.each(PLAYED)('reset %s are live by one Commit', async (moment) => {
    const scene = await bothWait(20 + MOMENTS.indexOf(moment));
    const { n, release } = await pushAt(scene, moment);
    await reset(pushWorkflowId(scene.laneKey, n), 'first');
    release();
    await endsWithOneCommit(scene);
  });

  it('paused in its send, and released later, are live by one Commit', async () => {
    const scene = await bothWait(30);
    const { n, release } = await pushAt(scene, 'between the gates');
    const workflowId = pushWorkflowId(scene.laneKey, n);
    await pause(workflowId, 'send', true);
    release();
    await pause(workflowId, 'send', false);
    await endsWithOneCommit(scene);
  });

  it('paused while it follows its Commit, and released later, are live by it', async () => {
    const scene = await bothWait(31);
    const { n, release } = await pushAt(scene, 'while the Commit runs');
    release();
    const workflowId = pushWorkflowId(scene.laneKey, n);
    await eventually('it follows', async () =>
      (await handle(workflowId).describe()).raw.pendingActivities?.some(
        ({ activityType }) => activityType?.name === 'follow',
      ),
    );
    await pause(workflowId, 'follow', true);
    await eventually(
      'the Commit has ended',
      () => !env.secureChange.saved.some(({ target }) => target === scene.group),
    );
    await pause(workflowId, 'follow', false);
    await endsWithOneCommit(scene);
  });
});

describe('two tickets whose lane is', () => {
  it.each(PLAYED)('terminated %s are live by one Commit: it recovers first', async (moment) => {
    const scene = await bothWait(40 + MOMENTS.indexOf(moment));
    const { release } = await pushAt(scene, moment);
    await handle(laneWorkflowId(scene.laneKey)).terminate('test');
    release();
    await endsWithOneCommit(scene);
  });

  it.each(PLAYED)('reset to its beginning %s are live by one Commit', async (moment) => {
    const scene = await bothWait(50 + MOMENTS.indexOf(moment));
    const { release } = await pushAt(scene, moment);
    await reset(laneWorkflowId(scene.laneKey), 'first');
    release();
    await endsWithOneCommit(scene);
  });

  it.each(PLAYED)('reset to its last task %s are live by one Commit', async (moment) => {
    const scene = await bothWait(60 + MOMENTS.indexOf(moment));
    const { release } = await pushAt(scene, moment);
    await reset(laneWorkflowId(scene.laneKey), 'last');
    release();
    await endsWithOneCommit(scene);
  });
});

describe('while an old worker still polls', () => {
  it('that knows no send, two tickets are live by one Commit', async () => {
    const scene = await bothWait(70);
    const connection = await NativeConnection.connect({ address: server.address });
    const old = await Worker.create({
      connection,
      namespace: env.temporal.namespace,
      identity: OLD_WORKER,
      taskQueue: TASK_QUEUES.push,
      activities: { somethingElse: async () => undefined },
    });
    await old.runUntil(async () => {
      const { release } = await pushAt(scene, 'while the Commit runs');
      release();
      await endsWithOneCommit(scene);
    });
    await connection.close();
  });

  it('that knows no push, two tickets are live by one Commit', async () => {
    const scene = await bothWait(71);
    const connection = await NativeConnection.connect({ address: server.address });
    const old = await Worker.create({
      connection,
      namespace: env.temporal.namespace,
      identity: OLD_WORKER,
      taskQueue: TASK_QUEUES.main,
      workflowsPath: fileURLToPath(new URL('../fixtures/workflows/without-push.ts', import.meta.url)),
    });
    await old.runUntil(async () => {
      const { release } = await pushAt(scene, 'while the Commit runs');
      release();
      await endsWithOneCommit(scene);
    });
    await connection.close();
  });
});
