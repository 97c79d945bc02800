import type { TestWorkflowEnvironment } from '@temporalio/testing';

import type { ActivityDeps } from '../../activities/contract.js';
import { laneWorkflowId, ticketWorkflowId } from '../../src/domain/ids.js';
import { eventually } from '../support/eventually.js';
import { firewallChange } from '../support/firewall-change.js';
import { quietSdk } from '../support/quiet-sdk.js';
import { TestEnvironment } from '../support/test-environment.js';
import { startTimeSkippingServer } from '../support/time-skipping.js';

quietSdk();

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

let environment: TestWorkflowEnvironment;
let env: TestEnvironment;

// A server for each: after some terminations and updates this one no longer skips.
beforeEach(async () => {
  environment = await startTimeSkippingServer();
  env = await TestEnvironment.start({
    address: environment.address,
    // This server lists nothing: a lane that starts finds no earlier run.
    deps: ({ temporal }) => ({ temporal: withoutLists(temporal) }),
  });
  env.fake.processes.set('Firewall change', firewallChange({ saveUpdates: 'inWindow' }));
});

afterEach(async () => {
  await env.stop();
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
  env.skippedTo(await environment.currentTimeMs());
}

async function activitiesOf(workflowId: string): Promise<readonly string[]> {
  const { events } = await env.temporal.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
  );
}

describe('a ticket that waits for its window', () => {
  it('sleeps for days without an event, and is pushed the moment the window opens', async () => {
    const { opensAtMs } = env.open('nightly', env.nowMs() + 5 * DAY);
    const ticket = env.ticket('10');
    await env.reach(ticket, 'Implementation');
    await env.until('10', 'waits for the window', (view) => view.waiting?.for === 'window');
    const events = await env.historyLength(ticketWorkflowId('10'));
    const lane = laneWorkflowId('manager-of-FW-10');
    let laneEvents = 0;
    await eventually('the lane sleeps until the window opens', async () => {
      const before = laneEvents;
      laneEvents = await env.historyLength(lane);
      const { queue } = await env.lane('manager-of-FW-10');
      return queue.length === 1 && laneEvents === before;
    });

    const activitiesBefore = await activitiesOf(lane);

    await pass(opensAtMs - env.nowMs() - MINUTE);

    expect(env.nowMs()).toBeGreaterThan(opensAtMs - 2 * MINUTE);
    expect(await env.historyLength(ticketWorkflowId('10'))).toBe(events);
    // A day and two hours before the window it reads its tickets, to alert its owner.
    expect((await activitiesOf(lane)).slice(activitiesBefore.length)).toEqual([
      'inspectWindow',
      'alertOwner',
      'inspectWindow',
      'alertOwner',
    ]);
    expect(env.effects('10', 'commit')).toEqual([]);

    await pass(2 * MINUTE);
    const ended = await env.ended('10');

    expect(ended.outcome).toBe('closed');
    const turn = (await env.newestRun('10')).find(({ name }) => name === 'laneNews');
    expect(turn?.atMs).toBeGreaterThanOrEqual(opensAtMs);
    expect(turn?.atMs).toBeLessThan(opensAtMs + 2 * SECOND);
    expect(env.secureChange.landed.at(-1)).toMatchObject({ ticketId: '10', kind: 'commit' });
    expect(env.secureChange.landed.at(-1)!.atMs).toBeGreaterThan(opensAtMs);
  });

  it('plans again when its window passed unused', async () => {
    const { closesAtMs } = env.open('nightly', env.nowMs() + DAY);
    const ticket = env.ticket('11');
    await env.reach(ticket, 'Implementation');
    await env.until('11', 'waits for the window', (view) => view.waiting?.for === 'window');
    const lane = laneWorkflowId('manager-of-FW-11');
    await env.operate(lane, { kind: 'pause' });
    const { opensAtMs } = env.open('nightly', env.nowMs() + 3 * DAY);

    await pass(closesAtMs - env.nowMs() + MINUTE);
    await env.until('11', 'waits for the next window', (view) => view.window?.next?.opensAtMs === opensAtMs);
    expect(await env.operate(lane, { kind: 'resume' })).toMatchObject({ accepted: true });
    expect(env.effects('11', 'commit')).toEqual([]);

    await pass(opensAtMs - env.nowMs() + MINUTE);

    expect((await env.ended('11')).outcome).toBe('closed');
    expect(env.effects('11', 'commit')).toEqual(['commit FW-11']);
    expect(env.secureChange.landed.at(-1)!.atMs).toBeGreaterThan(opensAtMs);
  });
});
