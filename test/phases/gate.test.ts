import { gateCode } from '../../src/domain/gate-code.js';
import type { RequestRisk } from '../../src/domain/ticket.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { fakeWorld, HOUR, MINUTE, WINDOW } from '../support/fake-world.js';
import type { FakeWorld } from '../support/fake-world.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

const MEDIUM: RequestRisk = { order: 'AR1', status: 'hasRisk', severity: 'medium' };

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
    expect(world.view().waiting).toMatchObject({
      for: 'start',
      what: 'an operator runs sco start: stopped by olga: an incident',
    });
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
  ])('when the ticket is %s, and parks until a person retries', async (reason, text, spoil, repair) => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [directFirewall('EDGE')] });
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    spoil(ticket);
    await world.parked(gateCode(reason));
    expect(world.view().needsAttention?.reason).toContain(text);
    expect(world.effects('update')).toEqual([]);

    repair(ticket);
    await world.operate({ kind: 'retry' });
    await world.ended();
    expect(world.effects('update')).toEqual(['update EDGE']);
  });

  it('until the design was computed again, when the policy on the device changed after it', async () => {
    const world = fakeWorld();
    const ticket = world.ticket({ devices: [directFirewall('EDGE')] });
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    ticket.devices[0]!.newRevisionArrived = true;
    await world.ended();
    expect(world.effects('redesign', 'update').slice(-2)).toEqual(['redesign -', 'update EDGE']);
  });

  describe.each<[string, (ticket: FakeTicket) => void, (ticket: FakeTicket) => void]>([
    [
      'requestChanged',
      (ticket) => (ticket.request = 'another request'),
      (ticket) => (ticket.request = 'request-1'),
    ],
    [
      'riskChanged',
      (ticket) => (ticket.risks = [{ ...MEDIUM, severity: 'high' }]),
      (ticket) => (ticket.risks = [MEDIUM]),
    ],
    [
      'designChanged',
      (ticket) => (ticket.devices[0]!.instructionDigest = 'other instructions'),
      (ticket) => (ticket.devices[0]!.instructionDigest = 'instructions for FW1'),
    ],
  ])('on %s after the approval:', (reason, spoil, takeBack) => {
    const closed = async (): Promise<{ world: FakeWorld; ticket: FakeTicket }> => {
      const world = fakeWorld();
      const ticket = await waitingForWindow(world);
      spoil(ticket);
      await world.parked(gateCode(reason));
      return { world, ticket };
    };
    const askedAgain = async (world: FakeWorld): Promise<void> => {
      const since = world.state().parkings[0]!.sinceMs;
      await world.operate({ kind: 'retry' });
      await world.time.until('asked again', () => (world.state().parkings[0]?.sinceMs ?? 0) > since);
    };

    it('it says what to do, and a retry takes nothing for approved that was not', async () => {
      const { world } = await closed();
      expect(world.view().needsAttention?.advice).toMatch(/redo it in SecureChange.*retry/);
      await askedAgain(world);
      expect(world.view().needsAttention?.code).toBe(gateCode(reason));
      expect(world.effects('commit')).toEqual([]);
    });

    it('a retry goes on once it is as it was', async () => {
      const { world, ticket } = await closed();
      await askedAgain(world);
      takeBack(ticket);
      await world.operate({ kind: 'retry' });
      await world.ended();
      expect(world.effects('commit')).toEqual(['commit FW1']);
    });

    it('a redo with an approval of its own goes on, and nobody types anything', async () => {
      const { world, ticket } = await closed();
      ticket.redo('Design and Risk');
      await world.time.until('approval asked for', () => ticket.current?.name === 'Approval');
      ticket.approve('b.jung');
      await world.ended();
      expect(world.effects('commit')).toEqual(['commit FW1']);
    });
  });

  describe('where the risk asks for no approval', () => {
    const LOW: RequestRisk = { order: 'AR1', status: 'hasRisk', severity: 'low' };
    const allowed = async (world: FakeWorld): Promise<FakeTicket> => {
      const ticket = world.ticket({ devices: [manager('FW1'), manager('FW2')], risks: [LOW] });
      await world.reach(ticket, 'Implementation');
      await world.time.until('saved', () => world.state().targets.every(({ update }) => update === 'done'));
      await world.time.pass(MINUTE);
      return ticket;
    };

    it.each<[string, (ticket: FakeTicket) => void]>([
      ['riskChanged', (ticket) => (ticket.risks = [{ order: 'AR1', status: 'noRisk', severity: null }])],
      [
        'designChanged',
        (ticket) => {
          for (const device of ticket.devices) device.instructionDigest = `another one for ${device.name}`;
        },
      ],
    ])('%s is assessed anew on a retry, for all devices', async (reason, change) => {
      const world = fakeWorld();
      change(await allowed(world));
      await world.parked(gateCode(reason));
      await world.time.until('both are asked about', () => world.state().parkings.length === 2);
      expect(world.view().needsAttention?.advice).toContain('retry assesses it again');
      await world.operate({ kind: 'retry' });
      await world.ended();
      expect(world.effects('commit').sort()).toEqual(['commit FW1', 'commit FW2']);
    });

    it('a risk that needs an approval now asks for one of its own, and goes on only after a redo', async () => {
      const world = fakeWorld();
      const ticket = await allowed(world);
      ticket.risks = [MEDIUM];
      await world.parked('gate.risk_changed');
      await world.operate({ kind: 'retry' });
      await world.parked('approval.missing');
      expect(world.view().needsAttention?.advice).toContain('redo the ticket to step "Approval"');
      expect(world.effects('commit')).toEqual([]);
    });

    it('another request is not pushed with the design of the old one', async () => {
      const world = fakeWorld();
      const ticket = await allowed(world);
      ticket.request = 'another request';
      await world.parked('gate.request_changed');
      await world.operate({ kind: 'retry' });
      await world.time.pass(MINUTE);
      expect(world.view().needsAttention?.code).toBe('gate.request_changed');
      expect(world.effects('commit')).toEqual([]);
    });
  });

  it('when the Designer no longer suggests anything for the device', async () => {
    const world = fakeWorld();
    const ticket = await waitingForWindow(world);
    ticket.devices.splice(0, 1, { ...manager('FW9') });
    await world.parked('gate.device_missing');
    expect(world.effects('commit')).toEqual([]);
  });

  it.each<[string, (ticket: FakeTicket) => void]>([
    ['missing', (ticket) => (ticket.risks = [])],
    ['blocked', (ticket) => (ticket.risks = [{ order: 'AR1', status: 'hasRisk', severity: 'critical' }])],
  ])('when the risk has become %s', async (_, spoil) => {
    const world = fakeWorld();
    const ticket = await waitingForWindow(world);
    spoil(ticket);
    await world.parked('gate.risk_changed');
    expect(world.effects('commit')).toEqual([]);
  });

  it('when the process was taken out of drive meanwhile', async () => {
    const world = fakeWorld();
    await waitingForWindow(world);
    world.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
    await world.parked('gate.not_driven');
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
    expect(world.called('send').length).toBeLessThan(5);
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
    expect(world.called('send').length).toBeLessThan(6);
  });
});
