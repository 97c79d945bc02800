import { fakeWorld, MINUTE, type FakeWorld } from '../support/fake-world.js';
import { directFirewall, manager, withPhases } from '../support/firewall-change.js';

const notes = (world: FakeWorld): string[] => world.state().timeline.map(({ what }) => what);

describe('what we pushed', () => {
  it('is verified in revisions that came after the Commit, or after an Update that enforces', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] });
    await world.reach(ticket, 'Verification');
    await world.ended();

    expect(world.state().targets.map((target) => target.revisionBefore)).toEqual([101, 100]);
    expect(notes(world)).toContain('verified: implemented');
  });

  it('is unverified where the verifier looked at the revision that the saving Update made', async () => {
    const world = fakeWorld();
    world.secureChange.verified.set('m-FW1', { revision: 101 });
    const ticket = world.ticket({ devices: [manager('FW1')] });
    await world.reach(ticket, 'Verification');
    await world.ended();

    expect(notes(world)).toContain(
      'unverified: the verifier looked at revision 101 of FW1, which was there before the push',
    );
    expect(notes(world)).not.toContain('verified: implemented');
    expect(world.run().outcome).toBe('closed');
  });

  it('is unverified after a Commit of which only a person knows', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    world.secureChange.faults.push({ call: 'commit', ends: 'partial' });
    await world.reach(ticket, 'Implementation');
    await world.parked('push.partial');
    await world.operate({ kind: 'decidePartial', target: 'FW1', answer: 'accept' });
    await world.ended();

    expect(notes(world)).toContain('unverified: nobody knows which revision FW1 had before it was pushed');
  });
});

describe('what a person committed', () => {
  const committedBy = async (revisionAt: string): Promise<FakeWorld> => {
    const world = fakeWorld();
    world.processes.set(
      'Firewall change',
      withPhases('Implementation', [
        { phase: 'update', by: 'person' },
        { phase: 'commit', by: 'person' },
        { phase: 'advance', by: 'orchestrator' },
      ]),
    );
    world.secureChange.verified.set('m-FW1', { revisionAt });
    const ticket = world.ticket({ devices: [manager('FW1')] });
    await world.reach(ticket, 'Implementation');
    await world.time.pass(MINUTE);
    Object.assign(ticket, { designerStatus: 'commit success' });
    Object.assign(ticket.devices[0]!, {
      update: 'updated',
      commit: {
        state: 'committed',
        reportStart: '2026-11-23T22:00:00.000+01:00',
        reportEnd: '2026-11-23T22:01:00.000+01:00',
        message: null,
      },
    });
    await world.ended();
    return world;
  };

  it('is verified in a revision that came when the Commit had ended, and in no earlier one', async () => {
    expect(notes(await committedBy('2026-11-23T22:02:00.000'))).toContain('verified: implemented');
    expect(notes(await committedBy('2026-11-23T22:00:30.000'))).toContain(
      'unverified: the verifier looked at a revision of FW1 of 2026-11-23T22:00:30.000, and its Commit ended 2026-11-23T22:01:00.000+01:00',
    );
  });
});
