import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';

import { TASK_QUEUES, laneWorkflowId, ticketWorkflowId } from '../../src/domain/ids.js';
import type { Enrolment } from '../../src/domain/lane.js';
import type { LaneView } from '../../src/domain/view.js';
import { bundleWorkflows } from '../../workers/bundle-workflows.js';
import { laneBeginPush, laneEnrol, laneToken, WORKFLOW_TYPES } from '../../workflows/messages.js';
import { eventually } from '../support/eventually.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { TemporalWorld } from '../support/temporal-world.js';
import { startTimeSkippingServer } from '../support/time-skipping.js';

quietSdk();

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

let bundle: Awaited<ReturnType<typeof bundleWorkflows>>;
let environment: TestWorkflowEnvironment;
let world: TemporalWorld;

beforeAll(async () => {
  bundle = await bundleWorkflows();
});

// A server for each: after some terminations and updates this one no longer skips.
beforeEach(async () => {
  environment = await startTimeSkippingServer();
  world = await TemporalWorld.start({ address: environment.address, bundle });
});

afterEach(async () => {
  await world.stop();
  await environment.teardown();
});

/** Lets the server skip time; what is pretended follows. */
async function pass(ms: number): Promise<void> {
  await environment.sleep(ms);
  world.skippedTo(await environment.currentTimeMs());
}

describe('a ticket that waits for its window', () => {
  it('sleeps for days without an event, and is given its turn the moment the window opens', async () => {
    const { opensAtMs } = world.open('nightly', world.nowMs() + 5 * DAY);
    const ticket = world.ticket('10');
    await world.reach(ticket, 'Implementation');
    await world.until('10', 'waits for the window', (view) => view.waiting?.for === 'window');
    const events = await world.historyLength(ticketWorkflowId('10'));
    const laneEvents = await world.historyLength(laneWorkflowId('manager-of-FW-10'));

    await pass(opensAtMs - world.nowMs() - MINUTE);

    expect(world.nowMs()).toBeGreaterThan(opensAtMs - 2 * MINUTE);
    expect(await world.historyLength(ticketWorkflowId('10'))).toBe(events);
    expect(await world.historyLength(laneWorkflowId('manager-of-FW-10'))).toBe(laneEvents);
    expect(world.effects('10', 'commit')).toEqual([]);

    await pass(2 * MINUTE);
    const ended = await world.ended('10');

    expect(ended.outcome).toBe('closed');
    const turn = (await world.newestRun('10')).findLast(({ name }) => name === 'laneGranted');
    expect(turn?.atMs).toBeGreaterThanOrEqual(opensAtMs);
    expect(turn?.atMs).toBeLessThan(opensAtMs + 2 * SECOND);
    expect(world.secureChange.landed.at(-1)).toMatchObject({ ticketId: '10', kind: 'commit' });
    expect(world.secureChange.landed.at(-1)!.atMs).toBeGreaterThan(opensAtMs);
  });

  it('plans anew when its window passed unused', async () => {
    const { closesAtMs } = world.open('nightly', world.nowMs() + DAY);
    const ticket = world.ticket('11');
    await world.reach(ticket, 'Implementation');
    await world.until('11', 'waits for the window', (view) => view.waiting?.for === 'window');
    const lane = laneWorkflowId('manager-of-FW-11');
    await world.operate(lane, { kind: 'pause' });

    await pass(closesAtMs - world.nowMs() + MINUTE);
    expect(world.effects('11', 'commit')).toEqual([]);
    const { opensAtMs } = world.open('nightly', world.nowMs() + 2 * DAY);
    await world.operate(lane, { kind: 'resume' });
    await world.until(
      '11',
      'waits for the next window',
      (view) => view.window?.next?.opensAtMs === opensAtMs,
    );
    expect(world.effects('11', 'commit')).toEqual([]);

    await pass(opensAtMs - world.nowMs() + MINUTE);

    expect((await world.ended('11')).outcome).toBe('closed');
    expect(world.effects('11', 'commit')).toEqual(['commit FW-11']);
    expect(world.secureChange.landed.at(-1)!.atMs).toBeGreaterThan(opensAtMs);
  });
});

describe('a lane whose turn is not used', () => {
  const IDLE_QUEUE = 'idle';
  let worker: Worker;
  let ended: Promise<void>;

  beforeEach(async () => {
    world.mediatorWorks = false;
    worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue: IDLE_QUEUE,
      workflowsPath: fileURLToPath(new URL('../fixtures/workflows/idle-ticket.ts', import.meta.url)),
    });
    ended = worker.run();
  });

  afterEach(async () => {
    worker.shutdown();
    await ended;
  });

  /** A run that hears of its turn and does nothing. */
  async function idle(ticketId: string): Promise<{ terminate(): Promise<unknown> }> {
    world.ticket(ticketId, { workflow: 'Followed only' });
    return await world.temporal.client.workflow.start(WORKFLOW_TYPES.ticket, {
      workflowId: ticketWorkflowId(ticketId),
      taskQueue: IDLE_QUEUE,
      args: [{ version: 1, ticketId }],
    });
  }

  const enrolment = (ticketId: string): Enrolment => ({
    ticketId,
    epoch: 1,
    target: 'm-1',
    targetName: 'FW1',
    kind: 'commit',
    window: null,
    priority: 3,
  });

  async function openLane(key: string, ...tickets: string[]): Promise<void> {
    await world.temporal.client.workflow.signalWithStart(WORKFLOW_TYPES.lane, {
      workflowId: laneWorkflowId(key),
      taskQueue: TASK_QUEUES.main,
      args: [{ version: 1, key, name: key }],
      signal: laneEnrol,
      signalArgs: [tickets.map(enrolment)],
    });
  }

  async function holder(key: string, ticketId: string): Promise<NonNullable<LaneView['pushing']>> {
    return await eventually(`ticket ${ticketId} has the turn of ${key}`, async () => {
      const { pushing } = await world.lane(key);
      return pushing?.ticketId === ticketId ? pushing : undefined;
    });
  }

  async function begin(key: string): Promise<unknown> {
    const lane = world.temporal.client.workflow.getHandle(laneWorkflowId(key));
    return await lane.executeUpdate(laneBeginPush, { args: [{ token: 1, effectKey: 'e', baseline: 'b' }] });
  }

  it('gives it to the next when the holder ended before its push began', async () => {
    const gone = await idle('20');
    await idle('21');
    await openLane('l20', '20', '21');
    await holder('l20', '20');
    await gone.terminate();

    await pass(70 * SECOND);

    await holder('l20', '21');
  });

  it('gives it to the next when a living holder does not begin, which loses nothing but its turn', async () => {
    await idle('30');
    await idle('31');
    await openLane('l30', '30', '31');
    await holder('l30', '30');

    await pass(70 * SECOND);

    await holder('l30', '31');
    expect((await world.lane('l30')).queue.map(({ ticketId }) => ticketId)).toEqual(['30']);
    const lane = world.temporal.client.workflow.getHandle(laneWorkflowId('l30'));
    expect(await lane.query(laneToken, 1)).toMatchObject({ grant: null, ended: 'revoked' });
    expect(await begin('l30')).toMatchObject({ kind: 'stale' });
  });

  it('keeps a begun push for its holder while it lives, or SecureChange works on the ticket; then the lane is free', async () => {
    const gone = await idle('40');
    await idle('41');
    await openLane('l40', '40', '41');
    await holder('l40', '40');
    expect(await begin('l40')).toMatchObject({ kind: 'begun', first: true });

    await pass(12 * MINUTE);
    expect((await world.lane('l40')).pushing).toMatchObject({ ticketId: '40', begun: true });

    await gone.terminate();
    const task = world.secureChange.tickets.get('40')!.current!.tasks[0]!;
    task.pending = true;
    await pass(12 * MINUTE);
    expect((await world.lane('l40')).pushing).toMatchObject({ ticketId: '40', begun: true });

    task.pending = false;
    await pass(6 * MINUTE);
    await holder('l40', '41');
  });
});
