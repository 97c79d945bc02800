import type { FakeTicket } from '../support/fake-ticket.js';
import { fakeWorld, HOUR, MINUTE, WINDOW } from '../support/fake-world.js';
import type { FakeWorld } from '../support/fake-world.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

/** A ticket whose Update is saved and which waits for its window. */
async function waitingForWindow(world: FakeWorld): Promise<FakeTicket> {
  const ticket = world.ticket({ devices: [manager('FW1')] });
  await world.reach(ticket, 'Implementation');
  await world.time.until('saved', () => world.state().targets[0]?.update === 'done');
  await world.time.pass(MINUTE);
  return ticket;
}

describe('the gate closes, and nothing is sent,', () => {
  it('while the stop switch is on; what waited is sent after the start', async () => {
    const world = fakeWorld();
    await waitingForWindow(world);
    world.temporal.control = { stopped: true, by: 'olga', reason: 'an incident', sinceMs: 0 };
    await world.time.pass(WINDOW.opensAtMs - world.time.nowMs + HOUR);
    expect(world.view().waiting).toMatchObject({ for: 'start', what: 'stopped by olga: an incident' });
    expect(world.effects('commit')).toEqual([]);

    world.temporal.control = { stopped: false, by: null, reason: null, sinceMs: null };
    await world.ended();
    expect(world.effects('commit')).toEqual(['commit FW1']);
    expect(world.secureChange.landed.at(-1)!.atMs).toBeLessThan(WINDOW.closesAtMs);
  });

  it('while the stop switch can not be read: unreadable is stopped', async () => {
    const world = fakeWorld();
    await waitingForWindow(world);
    world.temporal.beforeCall = (_, message) => (message === 'controlView' ? new Error('unavailable') : null);
    await world.time.pass(WINDOW.opensAtMs - world.time.nowMs + HOUR);
    expect(world.effects('commit')).toEqual([]);

    world.temporal.beforeCall = () => null;
    await world.ended();
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });

  it.each<[string, string, (ticket: FakeTicket) => void, (ticket: FakeTicket) => void]>([
    [
      'expired',
      'the ticket is expired',
      (ticket) => (ticket.expired = true),
      (ticket) => (ticket.expired = false),
    ],
    [
      'newRevision',
      'the policy on the device changed after the design',
      (ticket) => (ticket.devices[0]!.newRevisionArrived = true),
      (ticket) => (ticket.devices[0]!.newRevisionArrived = false),
    ],
  ])('when the ticket is %s, and parks until a person retries', async (reason, text, spoil, repair) => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [directFirewall('EDGE')] });
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    spoil(ticket);
    await world.parked(`gate.${reason}`);
    expect(world.view().needsAttention?.reason).toContain(text);
    expect(world.effects('update')).toEqual([]);

    repair(ticket);
    await world.operate({ kind: 'retry' });
    await world.ended();
    expect(world.effects('update')).toEqual(['update EDGE']);
  });

  it.each<[string, (ticket: FakeTicket) => void]>([
    ['requestChanged', (ticket) => (ticket.request = 'another request')],
    ['riskChanged', (ticket) => (ticket.risks = [{ order: 'AR1', status: 'hasRisk', severity: 'high' }])],
    ['designChanged', (ticket) => (ticket.devices[0]!.instructionDigest = 'other instructions')],
  ])(
    'on %s after the approval; a retry assesses it anew, and only a redo with its approval lets it through',
    async (reason, spoil) => {
      const world = fakeWorld();
      const ticket = await waitingForWindow(world);
      spoil(ticket);
      await world.parked(`gate.${reason}`);
      expect(world.effects('commit')).toEqual([]);

      await world.operate({ kind: 'retry' });
      await world.parked('gate.notApproved');
      expect(world.view().needsAttention?.reason).toContain('was given for another request, risk or design');
      expect(world.effects('commit')).toEqual([]);

      ticket.redo('Design and Risk');
      await world.time.until('approval asked for', () => ticket.current?.name === 'Approval');
      ticket.approve('b.jung');
      await world.ended();
      expect(world.effects('commit')).toEqual(['commit FW1']);
    },
  );

  it('when the Designer no longer suggests anything for the device', async () => {
    const world = fakeWorld();
    const ticket = await waitingForWindow(world);
    ticket.devices.splice(0, 1, { ...manager('FW9') });
    await world.parked('gate.deviceMissing');
    expect(world.effects('commit')).toEqual([]);
  });

  it.each<[string, (ticket: FakeTicket) => void]>([
    ['missing', (ticket) => (ticket.risks = [])],
    ['blocked', (ticket) => (ticket.risks = [{ order: 'AR1', status: 'hasRisk', severity: 'critical' }])],
  ])('when the risk has become %s', async (_, spoil) => {
    const world = fakeWorld();
    const ticket = await waitingForWindow(world);
    spoil(ticket);
    await world.parked('gate.riskChanged');
    expect(world.effects('commit')).toEqual([]);
  });

  it('when the process was taken out of drive meanwhile', async () => {
    const world = fakeWorld();
    await waitingForWindow(world);
    world.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
    await world.parked('gate.notDriven');
    expect(world.effects('commit')).toEqual([]);
  });

  it('when the ticket was redone unseen: the ticket is read, and nobody is bothered', async () => {
    const world = fakeWorld();
    const ticket = await waitingForWindow(world);
    world.deliver = () => [];
    ticket.redo('Design and Risk');
    await world.time.pass(WINDOW.opensAtMs - world.time.nowMs + MINUTE);

    expect(world.state().epoch).toBe(2);
    expect(world.effects('commit')).toEqual([]);
    expect(world.state().parkings).toEqual([]);
    expect(world.called('push').length).toBeLessThan(5);
  });

  it('when the window of the calendar is gone at the last moment', async () => {
    const world = fakeWorld();
    await waitingForWindow(world);
    const later = { opensAtMs: WINDOW.opensAtMs + 48 * HOUR, closesAtMs: WINDOW.closesAtMs + 48 * HOUR };
    world.calendars.set('nightly', [later]);
    await world.ended();

    expect(world.effects('commit')).toEqual(['commit FW1']);
    expect(world.secureChange.effects.find(({ kind }) => kind === 'commit')!.atMs).toBeGreaterThanOrEqual(
      later.opensAtMs,
    );
    expect(world.called('push').length).toBeLessThan(6);
  });
});
