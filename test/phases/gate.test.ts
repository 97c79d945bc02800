import { gateCode } from '../../src/domain/gate-code.js';
import type { RequestRisk } from '../../src/domain/ticket.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { fakeEnvironment, HOUR, MINUTE, WINDOW } from '../support/fake-environment.js';
import type { FakeEnvironment } from '../support/fake-environment.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

const MEDIUM: RequestRisk = { order: 'AR1', status: 'hasRisk', severity: 'medium' };

/** A ticket whose Update is saved and which waits for its window. */
async function waitingForWindow(env: FakeEnvironment): Promise<FakeTicket> {
  const ticket = env.ticket({ devices: [manager('FW1')] });
  await env.reach(ticket, 'Implementation');
  await env.time.until('saved', () => env.state().targets[0]?.update === 'done');
  await env.time.pass(MINUTE);
  return ticket;
}

describe('the gate closes, and nothing is sent,', () => {
  it('while the stop switch is on; what waited is sent after the start', async () => {
    const env = fakeEnvironment();
    await waitingForWindow(env);
    env.temporal.turnSwitch('stop');
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + HOUR);
    expect(env.view().waiting).toMatchObject({
      for: 'start',
      what: 'an operator runs sco start: stopped by olga: an incident',
    });
    expect(env.effects('commit')).toEqual([]);

    env.temporal.turnSwitch('start');
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
    expect(env.secureChange.landed.at(-1)!.atMs).toBeLessThan(WINDOW.closesAtMs);
  });

  it('while the stop switch cannot be read', async () => {
    const env = fakeEnvironment();
    await waitingForWindow(env);
    env.temporal.beforeCall = (_, message) => (message === 'controlView' ? new Error('unavailable') : null);
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + HOUR);
    expect(env.effects('commit')).toEqual([]);

    env.temporal.beforeCall = () => null;
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it.each<[string, string, (ticket: FakeTicket) => void, (ticket: FakeTicket) => void]>([
    [
      'expired',
      'the ticket is expired',
      (ticket) => (ticket.expired = true),
      (ticket) => (ticket.expired = false),
    ],
  ])('when the ticket is %s, and parks until a person retries', async (reason, text, spoil, repair) => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [directFirewall('EDGE')] });
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    spoil(ticket);
    await env.parked(gateCode(reason));
    expect(env.view().needsAttention?.reason).toContain(text);
    expect(env.effects('update')).toEqual([]);

    repair(ticket);
    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(env.effects('update')).toEqual(['update EDGE']);
  });

  it('until the design was computed again, when the policy on the device changed after it', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [directFirewall('EDGE')] });
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    ticket.devices[0]!.newRevisionArrived = true;
    await env.ended();
    expect(env.effects('redesign', 'update').slice(-2)).toEqual(['redesign -', 'update EDGE']);
  });

  it('for good, when SecureChange renews no design: a person forces the Update there, and it is sent no second time', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1')] });
    await env.reach(ticket, 'Approval');
    env.secureChange.redesign = () => Promise.resolve('notNeeded');
    ticket.devices[0]!.newRevisionArrived = true;
    ticket.approve('a.schmidt');
    await env.parked('gate.new_revision');
    expect(env.effects('update')).toEqual([]);

    ticket.devices[0]!.update = 'updated';
    ticket.designerStatus = 'implementation success';
    ticket.provisionedBy = 'n.weber';
    env.secureChange.saved.push({ ticketId: ticket.id, target: 'FW1' });
    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(env.effects('update', 'commit')).toEqual(['commit FW1']);
    expect(env.secureChange.landed.at(-1)!.atMs).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
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
    const closed = async (): Promise<{ env: FakeEnvironment; ticket: FakeTicket }> => {
      const env = fakeEnvironment();
      const ticket = await waitingForWindow(env);
      spoil(ticket);
      await env.parked(gateCode(reason));
      return { env, ticket };
    };
    const askedAgain = async (env: FakeEnvironment): Promise<void> => {
      const since = env.state().parkings[0]!.sinceMs;
      await env.operate({ kind: 'retry' });
      await env.time.until('asked again', () => (env.state().parkings[0]?.sinceMs ?? 0) > since);
    };

    it('it says what to do, and a retry takes nothing for approved that was not', async () => {
      const { env } = await closed();
      expect(env.view().needsAttention?.advice).toMatch(/redo the ticket in SecureChange.*retry/);
      await askedAgain(env);
      expect(env.view().needsAttention?.code).toBe(gateCode(reason));
      expect(env.effects('commit')).toEqual([]);
    });

    it('a retry goes on once it is as it was', async () => {
      const { env, ticket } = await closed();
      await askedAgain(env);
      takeBack(ticket);
      await env.operate({ kind: 'retry' });
      await env.ended();
      expect(env.effects('commit')).toEqual(['commit FW1']);
    });

    it('a redo with its own approval continues without a command', async () => {
      const { env, ticket } = await closed();
      ticket.redo('Design and Risk');
      await env.time.until('approval asked for', () => ticket.current?.name === 'Approval');
      ticket.approve('b.jung');
      await env.ended();
      expect(env.effects('commit')).toEqual(['commit FW1']);
    });
  });

  describe('where the risk asks for no approval', () => {
    const LOW: RequestRisk = { order: 'AR1', status: 'hasRisk', severity: 'low' };
    const allowed = async (env: FakeEnvironment): Promise<FakeTicket> => {
      const ticket = env.ticket({ devices: [manager('FW1'), manager('FW2')], risks: [LOW] });
      await env.reach(ticket, 'Implementation');
      await env.time.until('saved', () => env.state().targets.every(({ update }) => update === 'done'));
      await env.time.pass(MINUTE);
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
    ])('%s is assessed again on a retry, for all devices', async (reason, change) => {
      const env = fakeEnvironment();
      change(await allowed(env));
      await env.parked(gateCode(reason));
      await env.time.until('both are asked about', () => env.state().parkings.length === 2);
      expect(env.view().needsAttention?.advice).toContain('retry assesses it again');
      await env.operate({ kind: 'retry' });
      await env.ended();
      expect(env.effects('commit').sort()).toEqual(['commit FW1', 'commit FW2']);
    });

    it('a risk that needs an approval now asks for one of its own, and goes on only after a redo', async () => {
      const env = fakeEnvironment();
      const ticket = await allowed(env);
      ticket.risks = [MEDIUM];
      await env.parked('gate.risk_changed');
      await env.operate({ kind: 'retry' });
      await env.parked('approval.missing');
      expect(env.view().needsAttention?.advice).toContain('redo the ticket to step "Approval"');
      expect(env.effects('commit')).toEqual([]);
    });

    it('another request is not pushed with the design of the old one', async () => {
      const env = fakeEnvironment();
      const ticket = await allowed(env);
      ticket.request = 'another request';
      await env.parked('gate.request_changed');
      await env.operate({ kind: 'retry' });
      await env.time.pass(MINUTE);
      expect(env.view().needsAttention?.code).toBe('gate.request_changed');
      expect(env.effects('commit')).toEqual([]);
    });
  });

  it('when the Designer no longer suggests anything for the device', async () => {
    const env = fakeEnvironment();
    const ticket = await waitingForWindow(env);
    ticket.devices.splice(0, 1, { ...manager('FW9') });
    await env.parked('gate.device_missing');
    expect(env.effects('commit')).toEqual([]);
  });

  it.each<[string, (ticket: FakeTicket) => void]>([
    ['missing', (ticket) => (ticket.risks = [])],
    ['blocked', (ticket) => (ticket.risks = [{ order: 'AR1', status: 'hasRisk', severity: 'critical' }])],
  ])('when the risk has become %s', async (_, spoil) => {
    const env = fakeEnvironment();
    const ticket = await waitingForWindow(env);
    spoil(ticket);
    await env.parked('gate.risk_changed');
    expect(env.effects('commit')).toEqual([]);
  });

  it('when the process was taken out of drive meanwhile', async () => {
    const env = fakeEnvironment();
    await waitingForWindow(env);
    env.processes.set('Firewall change', firewallChange({ mode: 'observe' }));
    await env.parked('gate.not_driven');
    expect(env.effects('commit')).toEqual([]);
  });

  it('when the ticket was redone unseen: the ticket is read, and does not park', async () => {
    const env = fakeEnvironment();
    const ticket = await waitingForWindow(env);
    env.deliver = () => [];
    ticket.redo('Design and Risk');
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + MINUTE);

    expect(env.state().epoch).toBe(2);
    expect(env.effects('commit')).toEqual([]);
    expect(env.state().parkings).toEqual([]);
    expect(env.called('send').length).toBeLessThan(5);
  });

  it('when the window of the calendar is gone at the last moment', async () => {
    const env = fakeEnvironment();
    await waitingForWindow(env);
    const later = { opensAtMs: WINDOW.opensAtMs + 48 * HOUR, closesAtMs: WINDOW.closesAtMs + 48 * HOUR };
    env.calendars.set('nightly', [later]);
    await env.ended();

    expect(env.effects('commit')).toEqual(['commit FW1']);
    expect(env.secureChange.effects.find(({ kind }) => kind === 'commit')!.atMs).toBeGreaterThanOrEqual(
      later.opensAtMs,
    );
    expect(env.called('send').length).toBeLessThan(6);
  });
});
