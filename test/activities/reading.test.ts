import { createActivities } from '../../activities/index.js';
import type { ReadTicketInput } from '../../activities/read-ticket.js';
import { stepInstanceOf } from '../../src/domain/ticket.js';
import { refused, SERVICE_LOGIN } from '../support/fake-secure-change.js';
import { fakeWorld, HOUR, MINUTE, START_MS } from '../support/fake-world.js';
import type { FakeWorld } from '../support/fake-world.js';
import { firewallChange } from '../support/firewall-change.js';
import { activityEnvironment } from './activity-environment.js';

async function read(world: FakeWorld, part: Partial<ReadTicketInput> = {}) {
  const { readTicket } = createActivities(world.deps());
  const input = { ticketId: '4711', knownStep: null, adopted: false, leftStep: null, ...part };
  return await world.time.finish(activityEnvironment().run(readTicket, input));
}

describe('readTicket', () => {
  it('gives facts, mode and definition in one answer, and the definition only with another step', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    const reading = await read(world);
    expect(reading).toMatchObject({ found: true, mode: 'drive', definition: { name: 'firewall-change' } });
    const knownStep = stepInstanceOf(ticket.facts('Required Access'));
    expect(await read(world, { knownStep })).not.toHaveProperty('definition');
    ticket.complete('r.meier');
    expect(await read(world, { knownStep })).toHaveProperty('definition');
  });

  it('says so when there is no such ticket, and fails with everything else', async () => {
    const world = fakeWorld();
    expect(await read(world)).toEqual({ found: false });
    world.ticket();
    world.secureChange.faults.push({ call: 'readTicket', before: refused({ kind: 'auth' }) });
    await expect(read(world)).rejects.toMatchObject({ type: 'auth', nonRetryable: true });
  });

  it('waits after an ADVANCE until SecureChange shows the step that was entered', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    world.time.at(world.time.nowMs + 3_000, () => ticket.complete('r.meier'));
    expect(await read(world, { leftStep: 'Open Request' })).toMatchObject({
      facts: { step: { name: 'Design and Risk' } },
    });
    expect(world.time.nowMs - START_MS).toBeGreaterThanOrEqual(3_000);
  });

  it('does not wait long for a stale event, and not at all when the ticket is elsewhere', async () => {
    const world = fakeWorld();
    world.ticket();
    expect(await read(world, { leftStep: 'Open Request' })).toMatchObject({
      facts: { step: { name: 'Open Request' } },
    });
    expect(world.time.nowMs - START_MS).toBeLessThan(2 * world.settings.advanceLagMs);
    const before = world.time.nowMs;
    await read(world, { leftStep: 'Verification' });
    expect(world.time.nowMs).toBe(before);
  });

  it.each([
    ['without a definition', 'no process definition', (world: FakeWorld) => world.processes.clear(), false],
    [
      'after a restore',
      'SCO_RESTORED',
      (world: FakeWorld) => (world.settings = { ...world.settings, restored: true }),
      true,
    ],
    [
      'older than the definition',
      'driveSince',
      (world: FakeWorld) =>
        world.processes.set('Firewall change', firewallChange({ driveSinceMs: START_MS + 1 })),
      false,
    ],
  ] as const)('only observes a ticket %s, and says why', async (_, why, change, adopted) => {
    const world = fakeWorld();
    world.ticket();
    change(world);
    expect(await read(world, { adopted })).toMatchObject({
      mode: 'observe',
      modeReason: expect.stringContaining(why) as string,
    });
  });

  it('only observes a ticket of which nobody knows when it was created, until it is adopted', async () => {
    const world = fakeWorld();
    world.ticket({ createdAtMs: null });
    expect(await read(world)).toMatchObject({
      mode: 'observe',
      modeReason: expect.stringContaining('says when it was created') as string,
    });
    expect(await read(world, { adopted: true })).toMatchObject({ mode: 'drive', modeReason: null });
  });

  it('drives an older ticket that somebody adopted', async () => {
    const world = fakeWorld();
    world.ticket();
    world.processes.set('Firewall change', firewallChange({ driveSinceMs: START_MS + 1 }));
    expect(await read(world, { adopted: true })).toMatchObject({ mode: 'drive', modeReason: null });
  });
});

describe('awaitStepFree', () => {
  it('returns when no task is PENDING any more, or the step is another one', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    ticket.current!.tasks[0]!.pending = true;
    const stepInstance = stepInstanceOf(ticket.facts(null))!;
    const { awaitStepFree } = createActivities(world.deps());
    const input = { ticketId: '4711', stepInstance, requestField: null };
    world.time.at(world.time.nowMs + HOUR, () => (ticket.current!.tasks[0]!.pending = false));
    await world.time.finish(activityEnvironment().run(awaitStepFree, input));
    expect(world.time.nowMs - START_MS).toBeGreaterThanOrEqual(HOUR);

    ticket.current!.tasks[0]!.pending = true;
    ticket.redo('Open Request');
    await world.time.finish(activityEnvironment().run(awaitStepFree, input));
  });

  it('tells Temporal that it lives, and stops when it is cancelled', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    ticket.current!.tasks[0]!.pending = true;
    const environment = activityEnvironment();
    let heartbeats = 0;
    environment.on('heartbeat', () => (heartbeats += 1));
    world.time.at(world.time.nowMs + HOUR, () => environment.cancel());
    const { awaitStepFree } = createActivities(world.deps());
    const stepInstance = stepInstanceOf(ticket.facts(null))!;
    const waiting = environment.run(awaitStepFree, { ticketId: '4711', stepInstance, requestField: null });
    await expect(world.time.finish(waiting)).rejects.toThrow();
    expect(heartbeats).toBeGreaterThan(0);
  });
});

describe('watchStep', () => {
  const watch = async (world: FakeWorld, what: 'design' | 'update' | 'commit') => {
    const ticket = world.secureChange.tickets.get('4711')!;
    const { watchStep } = createActivities(world.deps());
    const stepInstance = stepInstanceOf(ticket.facts(null))!;
    const input = {
      ticketId: '4711',
      stepInstance,
      requestField: 'Required Access',
      what,
      targets: ['m-FW1'],
    };
    return await world.time.finish(activityEnvironment().run(watchStep, input));
  };

  it('sees a Designer run that ends, an Update and a Commit of every target', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    world.time.at(world.time.nowMs + MINUTE, () => (ticket.designerStatus = 'designer success'));
    expect(await watch(world, 'design')).toMatchObject({
      moved: false,
      failed: null,
      design: { designerStatus: 'designer success' },
    });
    world.time.at(world.time.nowMs + MINUTE, () => (ticket.devices[0]!.update = 'updated'));
    expect(await watch(world, 'update')).toMatchObject({ failed: null });
    ticket.provisionedBy = 'n.weber';
    world.time.at(world.time.nowMs + MINUTE, () => {
      ticket.devices[0]!.commit = { state: 'committed', reportStart: 'now', message: null };
    });
    expect(await watch(world, 'commit')).toMatchObject({ failed: null, by: 'n.weber' });
  });

  it('sees the ticket move on, and an automatic step that failed', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    world.time.at(world.time.nowMs + MINUTE, () => ticket.complete(SERVICE_LOGIN));
    expect(await watch(world, 'design')).toMatchObject({ moved: true });
    ticket.automationFailure = { tool: 'design', reason: 'no route' };
    expect(await watch(world, 'design')).toMatchObject({
      failed: 'automatic step (design) failed: no route',
    });
  });

  it('does not take a failure of before for one of an automatic step that runs again', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    ticket.automationFailure = { tool: 'design', reason: 'no route' };
    ticket.current!.tasks[0]!.pending = true;
    world.time.at(world.time.nowMs + MINUTE, () => {
      ticket.current!.tasks[0]!.pending = false;
      ticket.automationFailure = null;
      ticket.designerStatus = 'designer success';
    });
    expect(await watch(world, 'design')).toMatchObject({ failed: null });
  });
});

describe('awaitStart', () => {
  it('returns when the stop switch is off, and not before', async () => {
    const world = fakeWorld();
    world.temporal.control = { stopped: true, by: 'olga', reason: 'x', sinceMs: 0 };
    world.time.at(
      world.time.nowMs + HOUR,
      () => (world.temporal.control = { ...world.temporal.control, stopped: false }),
    );
    const { awaitStart } = createActivities(world.deps());
    await world.time.finish(activityEnvironment().run(awaitStart));
    expect(world.time.nowMs - START_MS).toBeGreaterThanOrEqual(HOUR);
  });
});
