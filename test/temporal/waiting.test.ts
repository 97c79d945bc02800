import type { TestWorkflowEnvironment } from '@temporalio/testing';

import type { ActivityDeps } from '../../activities/contract.js';
import { laneWorkflowId, ticketWorkflowId } from '../../src/domain/ids.js';
import { bundleWorkflows } from '../../workers/bundle-workflows.js';
import { eventually } from '../support/eventually.js';
import { firewallChange } from '../support/firewall-change.js';
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
  world = await TemporalWorld.start({
    address: environment.address,
    bundle,
    // This server lists nothing: a lane that starts finds no earlier run.
    deps: ({ temporal }) => ({ temporal: withoutLists(temporal) }),
  });
  world.fake.processes.set('Firewall change', firewallChange({ saveUpdates: 'inWindow' }));
});

afterEach(async () => {
  await world.stop();
  await environment.teardown();
});

function withoutLists(temporal: ActivityDeps['temporal']): ActivityDeps['temporal'] {
  const workflow = Object.create(temporal.workflow, {
    list: { value: async function* () {} },
  }) as typeof temporal.workflow;
  return Object.create(temporal, { workflow: { value: workflow } }) as typeof temporal;
}

/** Lets the server skip time; what is pretended follows. */
async function pass(ms: number): Promise<void> {
  await environment.sleep(ms);
  world.skippedTo(await environment.currentTimeMs());
}

describe('a ticket that waits for its window', () => {
  it('sleeps for days without an event, and is pushed the moment the window opens', async () => {
    const { opensAtMs } = world.open('nightly', world.nowMs() + 5 * DAY);
    const ticket = world.ticket('10');
    await world.reach(ticket, 'Implementation');
    await world.until('10', 'waits for the window', (view) => view.waiting?.for === 'window');
    const events = await world.historyLength(ticketWorkflowId('10'));
    const lane = laneWorkflowId('manager-of-FW-10');
    let laneEvents = 0;
    await eventually('the lane sleeps until the window opens', async () => {
      const before = laneEvents;
      laneEvents = await world.historyLength(lane);
      const { queue } = await world.lane('manager-of-FW-10');
      return queue.length === 1 && laneEvents === before;
    });

    await pass(opensAtMs - world.nowMs() - MINUTE);

    expect(world.nowMs()).toBeGreaterThan(opensAtMs - 2 * MINUTE);
    expect(await world.historyLength(ticketWorkflowId('10'))).toBe(events);
    expect(await world.historyLength(laneWorkflowId('manager-of-FW-10'))).toBe(laneEvents);
    expect(world.effects('10', 'commit')).toEqual([]);

    await pass(2 * MINUTE);
    const ended = await world.ended('10');

    expect(ended.outcome).toBe('closed');
    const turn = (await world.newestRun('10')).find(({ name }) => name === 'laneNews');
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
    expect(await world.operate(lane, { kind: 'resume' })).toMatchObject({ accepted: true });
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
