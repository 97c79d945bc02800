import { DAY, fakeWorld, HOUR, shifted, WINDOW, type FakeWorld } from '../support/fake-world.js';
import { refused } from '../support/fake-secure-change.js';
import { firewallChange, manager } from '../support/firewall-change.js';

/** Tickets that change one device group. */
async function tickets(world: FakeWorld, ...ids: string[]) {
  const made = ids.map((id) => world.ticket({ id, devices: [manager('DG')] }));
  for (const ticket of made) await world.reach(ticket, 'Implementation');
  return made;
}

const calls = (world: FakeWorld, kind: string): string[] =>
  world.secureChange.effects.filter((effect) => effect.kind === kind).map(({ ticketId }) => ticketId);

describe('tickets that share a manager', () => {
  it('go live with one Commit, each with a result that names it', async () => {
    const world = fakeWorld();
    await tickets(world, '1', '2', '3');
    for (const id of ['1', '2', '3']) await world.ended(id);

    expect(calls(world, 'commit')).toHaveLength(1);
    expect(world.secureChange.enforced.map(({ ticketId }) => ticketId).sort()).toEqual(['1', '2', '3']);
    for (const id of ['1', '2', '3']) {
      expect(world.view(id)).toMatchObject({
        outcome: 'closed',
        targets: [{ update: 'done', commit: 'done' }],
      });
    }
    const commits = [...world.temporal.pushes.values()].filter(({ run }) => run.start.kind === 'commit');
    expect(commits.map(({ results }) => results?.members.length)).toEqual([3]);
  });

  it('never carry one that was sent back after its Update was saved: it hinders, by name', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', firewallChange({ saveUpdates: { aheadMs: 6 * HOUR } }));
    const [first] = await tickets(world, '1', '2');
    await world.time.until('both are saved', () => world.secureChange.saved.length === 2);
    first!.redo('Approval');
    await world.time.pass(HOUR);
    await world.parked('lane.hindered', '2');
    await world.time.pass(WINDOW.opensAtMs - world.time.nowMs + HOUR);

    expect(world.secureChange.enforced).toEqual([]);
    expect(world.view('2').needsAttention?.reason).toContain(
      'ticket 1 on DG (it was sent back, its approval is void)',
    );
    world.temporal.lane('manager-of-DG').operate({ kind: 'acceptLedger', ticketId: '1' }, 'anna');
    await world.ended('2');
    expect(world.secureChange.enforced.map(({ ticketId }) => ticketId).sort()).toEqual(['1', '2']);
  });

  it('wait for each other where their windows differ and something is saved', async () => {
    const world = fakeWorld();
    const { window } = firewallChange();
    world.processes.set(
      'Late change',
      firewallChange({ workflow: 'Late change', window: { ...window, calendar: 'late' } }),
    );
    world.calendars.set('late', [shifted(WINDOW, DAY)]);
    const early = world.ticket({ id: '1', devices: [manager('DG')] });
    const late = world.ticket({ id: '2', workflow: 'Late change', devices: [manager('DG')] });
    await world.reach(early, 'Implementation');
    await world.reach(late, 'Implementation');
    await world.ended('1');
    await world.ended('2');

    const at = (id: string) => world.secureChange.enforced.find(({ ticketId }) => ticketId === id)!.atMs;
    expect(at('1')).toBeLessThan(WINDOW.closesAtMs);
    expect(at('2')).toBeGreaterThanOrEqual(WINDOW.opensAtMs + DAY);
  });

  it('are not committed while one of them is held that has saved already', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', firewallChange({ saveUpdates: { aheadMs: 6 * HOUR } }));
    await tickets(world, '1', '2');
    await world.time.until('both are saved', () => world.secureChange.saved.length === 2);
    await world.operate({ kind: 'hold' }, '1');
    await world.parked('lane.hindered', '2');
    await world.time.pass(WINDOW.opensAtMs - world.time.nowMs + HOUR);
    expect(world.secureChange.enforced).toEqual([]);

    await world.operate({ kind: 'resume' }, '1');
    for (const id of ['1', '2']) await world.ended(id);
    expect(calls(world, 'commit')).toHaveLength(1);
  });

  it('ride together also in a window that is shorter than a push usually takes', async () => {
    const world = fakeWorld();
    world.managers.set('manager-of-DG', { expectedPushMs: 2 * DAY });
    await tickets(world, '1', '2');
    for (const id of ['1', '2']) await world.ended(id);
    expect(calls(world, 'commit')).toHaveLength(1);
  });

  it('lose nothing when their push is terminated before it sent anything', async () => {
    const world = fakeWorld();
    await tickets(world, '1', '2');
    await world.time.until('a push runs', () => world.temporal.pushes.size === 1);
    world.temporal.terminatePush([...world.temporal.pushes.keys()][0]!);
    for (const id of ['1', '2']) await world.ended(id);
    expect(calls(world, 'commit')).toHaveLength(1);
    expect(world.secureChange.enforced).toHaveLength(2);
  });

  it('are all told when their push is terminated after its Commit: another run finds out, nothing is sent twice', async () => {
    const world = fakeWorld();
    world.secureChange.pushMs = 20 * 60_000;
    await tickets(world, '1', '2');
    await world.time.until('the Commit is sent', () => calls(world, 'commit').length === 1);
    world.temporal.terminatePush([...world.temporal.pushes.keys()].at(-1)!);
    for (const id of ['1', '2']) await world.ended(id);
    expect(calls(world, 'commit')).toHaveLength(1);
    for (const id of ['1', '2'])
      expect(world.view(id)).toMatchObject({ outcome: 'closed', targets: [{ commit: 'done' }] });
  });

  it('are asked once, for all who ride, when nobody knows whether their Commit was made', async () => {
    const world = fakeWorld();
    await tickets(world, '1', '2');
    world.secureChange.faults.push({
      call: 'commit',
      ends: 'vanishes',
      after: refused({ kind: 'ambiguous' }),
    });
    for (const id of ['1', '2']) await world.parked('push.unknown', id);
    await world.temporal.decide('wasNotSent');
    for (const id of ['1', '2']) await world.ended(id);
    expect(calls(world, 'commit')).toHaveLength(2);
    expect(world.secureChange.enforced).toHaveLength(2);
  });

  it('share the next attempt after a Commit that failed, once a person says so', async () => {
    const world = fakeWorld();
    await tickets(world, '1', '2');
    world.secureChange.faults.push({ call: 'commit', ends: 'failed' });
    for (const id of ['1', '2']) await world.parked('lane.push_failed', id);
    expect(calls(world, 'commit')).toHaveLength(1);
    world.temporal.lane('manager-of-DG').operate({ kind: 'retryPush' }, 'anna');
    for (const id of ['1', '2']) await world.ended(id);
    expect(calls(world, 'commit')).toHaveLength(2);
  });

  it('are pushed although their lane was terminated and no message starts it: the sweep does', async () => {
    const world = fakeWorld();
    await tickets(world, '1', '2');
    await world.time.until('both wait', () => world.temporal.lane('manager-of-DG').state.queue.length === 2);
    world.temporal.terminateLane('manager-of-DG');
    await world.sweep();
    for (const id of ['1', '2']) await world.ended(id);
    expect(calls(world, 'commit')).toHaveLength(1);
  });

  it('find their lane again after it was terminated, with the ledger that it had', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', firewallChange({ saveUpdates: { aheadMs: 6 * HOUR } }));
    const [first] = await tickets(world, '1', '2');
    await world.time.until('both are saved', () => world.secureChange.saved.length === 2);
    first!.redo('Approval');
    await world.parked('lane.hindered', '2');
    world.temporal.terminateLane('manager-of-DG');
    const third = world.ticket({ id: '3', devices: [manager('DG')] });
    await world.reach(third, 'Implementation');
    await world.time.pass(WINDOW.opensAtMs - world.time.nowMs + HOUR);

    expect(world.secureChange.enforced).toEqual([]);
    expect(world.temporal.lane('manager-of-DG').state.ledger).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ticketId: '1', left: expect.anything() as unknown }),
      ]),
    );
    first!.approve('a.schmidt');
    for (const id of ['1', '2', '3']) await world.ended(id);
    expect(calls(world, 'commit')).toHaveLength(1);
  });
});
