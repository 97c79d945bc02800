import { fakeWorld, HOUR, MINUTE } from '../support/fake-world.js';
import { firewallChange, manager } from '../support/firewall-change.js';

const APPROVAL = firewallChange().approval!;

describe('an approval', () => {
  it('of every parallel task is needed', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ tasksPerStep: 2 });
    await world.reach(ticket, 'Approval');
    expect(world.view().waiting?.what).toBe(
      'somebody answers "Approve Access Request" in 2 tasks: AR1 has medium risk',
    );
    ticket.approve('a.schmidt', true, null, 0);
    await world.time.pass(HOUR);
    expect(ticket.current?.name).toBe('Approval');
    ticket.approve('b.jung', true, null, 1);
    await world.time.until('approved', () => world.state().approval !== null);
    expect(world.view().approval).toEqual({ by: ['a.schmidt', 'b.jung'], epoch: 1 });
  });

  it('is none when the step was skipped: nothing is provisioned', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    await world.reach(ticket, 'Approval');
    ticket.skipStep();
    await world.parked('approval.missing');
    expect(world.view().needsAttention?.reason).toContain('a skipped step is no approval');
    await world.time.pass(20 * HOUR);
    expect(world.effects('update', 'commit')).toEqual([]);
  });

  it('by a service account alone is none', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    await world.reach(ticket, 'Approval');
    ticket.approve('automation');
    await world.parked('approval.missing');
    expect(world.view().needsAttention?.reason).toContain('only a service account approved; a person must');
    expect(world.effects('update')).toEqual([]);
  });

  it('by the requester is none, unless the process says so', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    await world.reach(ticket, 'Approval');
    ticket.approve('r.meier');
    await world.parked('approval.missing');
    expect(world.view().needsAttention?.reason).toContain('the requester approved the own request');

    const other = fakeWorld();
    other.processes.set(
      'Firewall change',
      firewallChange({ approval: { ...APPROVAL, requesterMayApprove: true } }),
    );
    const own = other.ticket();
    await other.reach(own, 'Approval');
    own.approve('r.meier');
    await other.ended();
    expect(other.run().outcome).toBe('closed');
  });

  it.each(['new', 'same'] as const)(
    'of an older epoch is void, when a redo leads to %s step ids',
    async (redoIds) => {
      const world = fakeWorld();
      const ticket = world.ticket({ redoIds });
      await world.reach(ticket, 'Implementation');
      await world.time.pass(HOUR);
      expect(world.view().approval?.epoch).toBe(1);
      ticket.redo('Design and Risk');
      await world.time.until(
        'asked again',
        () => world.state().phase === 'approval' && world.state().epoch === 2,
      );
      await world.time.pass(30 * HOUR);
      expect(world.view().approval).toBeNull();
      expect(world.effects('commit')).toEqual([]);

      ticket.approve('b.jung');
      await world.ended();
      expect(world.effects('commit')).toEqual(['commit FW1']);
    },
  );

  it('is not asked for where the risk allows it', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ risks: [{ order: 'AR1', status: 'noRisk', severity: null }] });
    await world.reach(ticket, 'Approval');
    expect(world.view().risk).toMatchObject({ verdict: 'allow' });
  });
});

describe('a rejection', () => {
  it('parks, or rejects the ticket where the process says so', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    await world.reach(ticket, 'Approval');
    ticket.approve('a.schmidt', false, 'too broad');
    await world.sweep();
    world.temporal.runningRun('4711')!.run.rereadWanted = true;
    await world.parked('approval.rejected');
    expect(world.view().needsAttention).toMatchObject({
      reason: 'rejected by a.schmidt: too broad',
      advice: expect.stringMatching(/^redo/) as string,
    });
    expect(world.effects('rejectTicket')).toEqual([]);

    const strict = fakeWorld();
    strict.processes.set(
      'Firewall change',
      firewallChange({ approval: { ...APPROVAL, onReject: 'rejectTicket' } }),
    );
    const refused = strict.ticket();
    await strict.reach(refused, 'Approval');
    refused.approve('a.schmidt', false, 'too broad');
    strict.temporal.runningRun('4711')!.run.rereadWanted = true;
    await strict.ended();
    expect(strict.run().outcome).toBe('rejected');
    expect(strict.effects('rejectTicket', 'itsm').slice(-2)).toEqual([
      'rejectTicket -',
      'itsm update ticket-rejected',
    ]);
  });
});

describe('risk', () => {
  it('that the policy blocks parks and can not be skipped; a changed result goes on', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ risks: [{ order: 'AR1', status: 'hasRisk', severity: 'critical' }] });
    ticket.complete('r.meier');
    await world.parked('risk.blocked');
    expect(await world.operate({ kind: 'skip' })).toMatchObject({ accepted: false });
    ticket.risks = [{ order: 'AR1', status: 'hasRisk', severity: 'high' }];
    await world.operate({ kind: 'retry' });
    await world.time.until('approval asked for', () => ticket.current?.name === 'Approval');
  });

  it('is assessed in the step that needs it when its own step passed while we were away', async () => {
    const world = fakeWorld();
    world.deliver = () => [];
    const ticket = world.ticket({ devices: [manager('FW1')] });
    ticket.complete('r.meier');
    ticket.designerStatus = 'designer success';
    ticket.complete('n.weber');
    ticket.approve('a.schmidt');
    await world.sweep();
    await world.time.pass(MINUTE);
    expect(world.state()).toMatchObject({ stepName: 'Implementation', approval: { by: ['a.schmidt'] } });
    await world.ended();
    expect(world.effects('commit', 'itsm')).toEqual([
      'itsm create create-change',
      'itsm update implementation-started',
      'commit FW1',
      'itsm close close-change',
    ]);
  });
});
