import type { DeviceDesign } from '../../src/domain/provisioning.js';
import { fakeWorld, HOUR, MINUTE } from '../support/fake-world.js';
import type { FakeWorld } from '../support/fake-world.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

/** People do everything themselves, an hour for each step. */
async function liveByHand(world: FakeWorld, devices: readonly DeviceDesign[]): Promise<FakeTicket> {
  const ticket = world.ticket({ devices });
  for (let step = 0; ticket.status === 'inProgress'; step += 1) {
    await world.time.pass(HOUR);
    ticket.designerStatus = 'designer success';
    if (ticket.current?.name === 'Approval') ticket.approve('a.schmidt');
    else ticket.complete('n.weber');
  }
  return ticket;
}

const WRITES = ['redesign', 'send', 'advance', 'sendMessage', 'rejectTicket', 'enrol', 'runScript'];

describe('observe', () => {
  it('follows a whole life and makes no effect at all', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
    await liveByHand(world, [manager('FW1'), directFirewall('EDGE')]);
    await world.ended();

    expect(world.effects()).toEqual([]);
    expect(world.calls.map((call) => call.name).filter((name) => WRITES.includes(name))).toEqual([]);
    expect(world.temporal.lanes.size).toBe(0);
    expect(world.run().outcome).toBe('closed');
    expect(world.state().timeline.map(({ what }) => what)).toContain(
      'step Verification, from Implementation',
    );
  });

  it('is what happens to a workflow without a definition, and says why', async () => {
    const world = fakeWorld();
    world.processes.clear();
    await liveByHand(world, [manager('FW1')]);
    await world.ended();

    expect(world.effects()).toEqual([]);
    expect(world.view().modeReason).toBe('no process definition for the workflow "Firewall change"');
  });

  it('is what happens to everything after a restored database', async () => {
    const world = fakeWorld();
    world.settings = { ...world.settings, restored: true };
    await liveByHand(world, [manager('FW1')]);
    await world.ended();
    expect(world.effects()).toEqual([]);
    expect(world.view().modeReason).toContain('SCO_RESTORED');
  });
});

describe('propose', () => {
  it('writes nothing and lists what drive would do', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', firewallChange({ mode: 'propose' }));
    const manual = { update: 'manual', commit: 'manual', enforcedBy: 'commit' } as const;
    const ticket = world.ticket({
      devices: [manager('FW1'), manager('OLD', { capability: manual }), directFirewall('EDGE')],
    });
    ticket.complete('r.meier');
    ticket.designerStatus = 'designer success';
    await world.time.pass(MINUTE);
    expect(world.view().proposals).toEqual([
      'design: would run',
      'riskCheck: needsApproval (AR1 has medium risk)',
      'advance: would run',
    ]);

    ticket.complete('n.weber');
    ticket.approve('a.schmidt');
    await world.time.pass(MINUTE);
    expect(world.view().proposals).toEqual([
      'update: would Update FW1',
      'update: would Update OLD by hand',
      'update: would Update EDGE',
      'changeWindow: nightly opens 2026-11-23 22:00:00 +00:00',
      'commit: would Commit FW1',
      'commit: would Commit OLD by hand',
      'commit: EDGE needs none',
      'advance: would run',
    ]);
    await world.time.pass(30 * HOUR);
    expect(world.effects()).toEqual([]);
    expect(world.temporal.lanes.size).toBe(0);
  });

  it('shows what it would do in the Web UI too', async () => {
    const world = fakeWorld();
    world.processes.set('Firewall change', firewallChange({ mode: 'propose' }));
    const ticket = world.ticket();
    ticket.complete('r.meier');
    await world.time.pass(MINUTE);
    expect(world.run().engine.published.at(-1)?.details).toContain('* riskCheck: needsApproval');
  });
});

describe('a change of the definition while the ticket runs', () => {
  it('counts from the next reading on: drive becomes observe at once, also inside a step', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [manager('FW1')] });
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    world.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
    await world.time.pass(20 * HOUR);

    expect(world.effects('commit')).toEqual([]);
  });
});

describe('a faulty process file', () => {
  const FAULT = 'the process file processes/web.yaml is faulty: processes/web.yaml:4:1: mode: invalid';

  it('stops the driving of its tickets, says so, and they go on by themselves once it is corrected', async () => {
    const world = fakeWorld();
    const definition = world.processes.get('Firewall change');
    if (definition === undefined) throw new Error('the world has no process');
    world.processes.delete('Firewall change');
    world.faults.set('Firewall change', FAULT);
    const ticket = world.ticket();
    await world.time.pass(HOUR);

    expect(world.view()).toMatchObject({ mode: 'observe', modeReason: FAULT });
    expect(world.view().needsAttention).toMatchObject({ code: 'config.process', reason: FAULT, waysOut: [] });
    expect(world.effects('redesign')).toEqual([]);

    world.faults.clear();
    world.processes.set('Firewall change', definition);
    await world.reach(ticket, 'Implementation');
    await world.ended();
    expect(world.view().needsAttention).toBeNull();
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });

  it('closes the gate of a ticket that is driven', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    await world.reach(ticket, 'Implementation');
    await world.time.until('saved', () => world.state().targets[0]?.update === 'done');
    const definition = world.processes.get('Firewall change');
    if (definition === undefined) throw new Error('the world has no process');
    world.processes.delete('Firewall change');
    world.faults.set('Firewall change', FAULT);
    await world.parked('gate.not_driven');

    expect(world.view().needsAttention?.reason).toContain(FAULT);
    expect(world.effects('commit')).toEqual([]);
    world.faults.clear();
    world.processes.set('Firewall change', definition);
    await world.operate({ kind: 'retry' });
    await world.ended();
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });
});
