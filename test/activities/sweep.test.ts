import { createSweepActivities, type SweepActivities } from '../../activities/sweep.js';
import { refused } from '../support/fake-secure-change.js';
import { fakeWorld, HOUR, MINUTE, shifted } from '../support/fake-world.js';
import type { FakeWorld } from '../support/fake-world.js';
import { firewallChange } from '../support/firewall-change.js';
import { runActivity } from './activity-environment.js';

async function sweep(world: FakeWorld, activities: SweepActivities = createSweepActivities(world.deps())) {
  return await world.time.finish(runActivity(activities.sweepTickets, {}));
}

/** Tickets of which no event ever arrived. */
function unheard(count: number): FakeWorld {
  const world = fakeWorld();
  world.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
  world.deliver = () => [];
  for (let number = 1; number <= count; number += 1) world.ticket({ id: `${number}` });
  return world;
}

describe('the sweep', () => {
  it('starts what is missing, over all pages of the list', async () => {
    const world = unheard(230);
    const result = await sweep(world);
    expect(result).toMatchObject({ openInSecureChange: 230, running: 0, signalled: [] });
    expect(result.started.length).toBe(50);
    expect(world.temporal.runs.length).toBe(230);
    expect(await sweep(world)).toMatchObject({ running: 230, started: [] });
  });

  it('signals only a ticket that differs', async () => {
    const world = unheard(3);
    await sweep(world);
    await world.time.pass(MINUTE);
    expect(await sweep(world)).toMatchObject({ started: [], signalled: [] });

    world.secureChange.tickets.get('2')!.complete('r.meier');
    expect(await sweep(world)).toMatchObject({ signalled: ['2'] });
    await world.time.pass(MINUTE);
    expect(world.state('2').stepName).toBe('Design and Risk');
    expect(await sweep(world)).toMatchObject({ signalled: [] });
  });

  it('wakes a run whose ticket is no longer open', async () => {
    const world = unheard(2);
    world.settings = { ...world.settings, sweepDeepReads: 0 };
    await sweep(world);
    await world.time.pass(MINUTE);
    world.secureChange.tickets.get('1')!.end('cancelled');
    expect(await sweep(world)).toMatchObject({ signalled: ['1'] });
    await world.ended('1');
    expect(world.run('1').outcome).toBe('cancelled');
  });

  it('goes on past rows of the list that cannot be read, and names them', async () => {
    const world = unheard(3);
    world.secureChange.oddRows = [
      { row: 'ticket 2', id: '2', why: 'workflow' },
      { row: 'ticket at place 9', id: null, why: 'id' },
    ];
    expect(await sweep(world)).toMatchObject({
      started: ['1', '3'],
      odd: ['ticket 2: workflow', 'ticket at place 9: id'],
      oddCount: 2,
      cut: false,
    });
  });

  it('does not take a running ticket for closed because its row cannot be read', async () => {
    const world = unheard(2);
    world.settings = { ...world.settings, sweepDeepReads: 0 };
    await sweep(world);
    await world.time.pass(MINUTE);
    world.secureChange.oddRows = [{ row: 'ticket 2', id: '2', why: 'status' }];
    expect(await sweep(world)).toMatchObject({ signalled: [] });
  });

  it('says that the list was cut, and takes no ticket for closed that it did not see', async () => {
    const world = unheard(2);
    world.settings = { ...world.settings, sweepDeepReads: 0 };
    await sweep(world);
    await world.time.pass(MINUTE);
    world.secureChange.cutList = true;
    world.secureChange.tickets.get('1')!.end('cancelled');
    expect(await sweep(world)).toMatchObject({ cut: true, signalled: [] });
  });

  it('goes on past a ticket that cannot be read in depth, and names it', async () => {
    const world = unheard(3);
    const activities = createSweepActivities(world.deps());
    await sweep(world, activities);
    await world.time.pass(MINUTE);
    world.secureChange.tickets.get('3')!.redo('Open Request');
    const odd = refused({ kind: 'bug', code: 'securechange.wrong_schema', message: 'odd, at ticket.status' });
    world.secureChange.faults.push({ call: 'readTicket', before: odd });
    expect(await sweep(world, activities)).toMatchObject({
      odd: ['ticket 1: odd, at ticket.status'],
      oddCount: 1,
      signalled: ['3'],
    });
  });

  it('lets a resolved ticket rest until it is closed or reopened', async () => {
    const world = unheard(1);
    await sweep(world);
    const ticket = world.secureChange.tickets.get('1')!;
    ticket.end('resolved');
    await sweep(world);
    await world.time.pass(MINUTE);
    expect(world.view('1').waiting).toMatchObject({ for: 'confirmation' });
    expect(await sweep(world)).toMatchObject({ signalled: [] });

    ticket.reopen('Verification');
    expect(await sweep(world)).toMatchObject({ signalled: ['1'] });
    await world.time.pass(MINUTE);
    expect(world.state('1')).toMatchObject({ stepName: 'Verification', epoch: 2 });
    ticket.end('resolved');
    await sweep(world);
    await world.time.pass(MINUTE);
    ticket.end('closed');
    await sweep(world);
    await world.ended('1');
    expect(world.run('1').outcome).toBe('closed');
  });

  it('reads running tickets in depth, in turn: a redo into the same step does not show in the list', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
    world.settings = { ...world.settings, sweepDeepReads: 2 };
    world.deliver = () => [];
    for (const id of ['1', '2', '3', '4', '5']) world.ticket({ id, redoIds: 'same' });
    const activities = createSweepActivities(world.deps());
    await sweep(world, activities);
    await world.time.pass(MINUTE);
    for (const id of ['1', '2', '3', '4', '5']) world.secureChange.tickets.get(id)!.redo('Open Request');

    const woken: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      woken.push(...(await sweep(world, activities)).signalled);
      await world.time.pass(MINUTE);
    }
    expect(woken.sort()).toEqual(['1', '2', '3', '4', '5']);
  });

  it('does nothing that a ticket did not need: two sweeps in a row wake nobody twice', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    const before = world.called('readTicket').length;
    await sweep(world);
    await sweep(world);
    await world.time.settle();
    expect(world.called('readTicket').length).toBe(before);
  });

  it('tells an edited calendar once, to the lanes that wait by another version of it', async () => {
    const world = fakeWorld();
    await world.reach(world.ticket(), 'Implementation');
    await world.time.pass(HOUR);
    const replans: string[] = [];
    world.temporal.beforeCall = (id, message) => {
      if (message === 'laneReplan') replans.push(id);
      return null;
    };
    await sweep(world, createSweepActivities(world.deps()));
    expect(replans).toEqual([]);

    world.ruleVersion = 'r2';
    await sweep(world, createSweepActivities(world.deps()));
    // Another worker's sweep, which was told nothing of the first one.
    await sweep(world, createSweepActivities(world.deps()));
    expect(replans).toEqual(['lane/manager-of-FW1']);
  });

  it('finds a lane that was enrolled by a version no sweep ever saw: edited, and edited back', async () => {
    const world = fakeWorld();
    const activities = createSweepActivities(world.deps());
    await sweep(world, activities);
    const window = world.calendars.get('nightly')!;
    world.ruleVersion = 'edited';
    world.calendars.set(
      'nightly',
      window.map((interval) => shifted(interval, 6 * HOUR)),
    );
    await world.reach(world.ticket(), 'Implementation');
    await world.time.pass(HOUR);
    world.ruleVersion = 'r1';
    world.calendars.set('nightly', window);

    await sweep(world, activities);
    await world.time.settle();
    expect(world.view().waiting?.untilMs).toBe(window[0]?.opensAtMs);
  });
});
