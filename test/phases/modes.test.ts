import type { DeviceDesign } from '../../src/domain/provisioning.js';
import { fakeEnvironment, HOUR, MINUTE } from '../support/fake-environment.js';
import type { FakeEnvironment } from '../support/fake-environment.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

/** People do everything themselves, an hour for each step. */
async function liveByHand(env: FakeEnvironment, devices: readonly DeviceDesign[]): Promise<FakeTicket> {
  const ticket = env.ticket({ devices });
  for (let step = 0; ticket.status === 'inProgress'; step += 1) {
    await env.time.pass(HOUR);
    ticket.designerStatus = 'designer success';
    if (ticket.current?.name === 'Approval') ticket.approve('a.schmidt');
    else ticket.complete('n.weber');
  }
  return ticket;
}

const WRITES = ['redesign', 'send', 'advance', 'sendMessage', 'rejectTicket', 'enrol', 'runScript'];

describe('observe', () => {
  it('follows a whole life and makes no effect at all', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
    await liveByHand(env, [manager('FW1'), directFirewall('EDGE')]);
    await env.ended();

    expect(env.effects()).toEqual([]);
    expect(env.calls.map((call) => call.name).filter((name) => WRITES.includes(name))).toEqual([]);
    expect(env.temporal.lanes.size).toBe(0);
    expect(env.run().outcome).toBe('closed');
    expect(env.state().timeline.map(({ what }) => what)).toContain('step Verification, from Implementation');
  });

  it('is what happens to a workflow without a definition, and says why', async () => {
    const env = fakeEnvironment();
    env.processes.clear();
    await liveByHand(env, [manager('FW1')]);
    await env.ended();

    expect(env.effects()).toEqual([]);
    expect(env.view().modeReason).toBe('no process definition for the workflow "Firewall change"');
  });

  it('is what happens to everything after a restored database', async () => {
    const env = fakeEnvironment();
    env.settings = { ...env.settings, restored: true };
    await liveByHand(env, [manager('FW1')]);
    await env.ended();
    expect(env.effects()).toEqual([]);
    expect(env.view().modeReason).toContain('SCO_RESTORED');
  });
});

describe('propose', () => {
  it('writes nothing and lists what drive would do', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ mode: 'propose' }));
    const manual = { update: 'manual', commit: 'manual', enforcedBy: 'commit' } as const;
    const ticket = env.ticket({
      devices: [manager('FW1'), manager('OLD', { capability: manual }), directFirewall('EDGE')],
    });
    ticket.complete('r.meier');
    ticket.designerStatus = 'designer success';
    await env.time.pass(MINUTE);
    expect(env.view().proposals).toEqual([
      'design: would run',
      'riskCheck: needsApproval (AR1 has medium risk)',
      'advance: would run',
    ]);

    ticket.complete('n.weber');
    ticket.approve('a.schmidt');
    await env.time.pass(MINUTE);
    expect(env.view().proposals).toEqual([
      'update: would Update FW1',
      'update: would ask a person to Update OLD by hand',
      'update: would Update EDGE',
      'changeWindow: nightly opens 2026-11-23 22:00:00 +00:00',
      'commit: would Commit FW1',
      'commit: would ask a person to Commit OLD by hand',
      'commit: EDGE needs none',
      'advance: would run',
    ]);
    await env.time.pass(30 * HOUR);
    expect(env.effects()).toEqual([]);
    expect(env.temporal.lanes.size).toBe(0);
  });

  it('shows what it would do in the Web UI too', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ mode: 'propose' }));
    const ticket = env.ticket();
    ticket.complete('r.meier');
    await env.time.pass(MINUTE);
    expect(env.run().engine.published.at(-1)?.details).toContain('* riskCheck: needsApproval');
  });
});

describe('a change of the definition while the ticket runs', () => {
  it('counts from the next reading on: drive becomes observe at once, also inside a step', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    env.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
    await env.time.pass(20 * HOUR);

    expect(env.effects('commit')).toEqual([]);
  });
});

describe('a faulty process file', () => {
  const FAULT = 'the process file processes/web.yaml is faulty: processes/web.yaml:4:1: mode: invalid';

  it('stops the driving of its tickets, says so, and they go on by themselves once it is corrected', async () => {
    const env = fakeEnvironment();
    const definition = env.processes.get('Firewall change');
    if (definition === undefined) throw new Error('the test environment has no process');
    env.processes.delete('Firewall change');
    env.faults.set('Firewall change', FAULT);
    const ticket = env.ticket();
    await env.time.pass(HOUR);

    expect(env.view()).toMatchObject({ mode: 'observe', modeReason: FAULT });
    expect(env.view().needsAttention).toMatchObject({ code: 'config.process', reason: FAULT, waysOut: [] });
    expect(env.effects('redesign')).toEqual([]);

    env.faults.clear();
    env.processes.set('Firewall change', definition);
    await env.reach(ticket, 'Implementation');
    await env.ended();
    expect(env.view().needsAttention).toBeNull();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('closes the gate of a ticket that is driven', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    await env.reach(ticket, 'Implementation');
    await env.time.until('saved', () => env.state().targets[0]?.update === 'done');
    const definition = env.processes.get('Firewall change');
    if (definition === undefined) throw new Error('the test environment has no process');
    env.processes.delete('Firewall change');
    env.faults.set('Firewall change', FAULT);
    await env.parked('gate.not_driven');

    expect(env.view().needsAttention?.reason).toContain(FAULT);
    expect(env.effects('commit')).toEqual([]);
    env.faults.clear();
    env.processes.set('Firewall change', definition);
    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });
});
