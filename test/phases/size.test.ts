import type { TicketRun } from '../../workflows/ticket-run.js';
import { refused } from '../support/fake-secure-change.js';
import { fakeEnvironment, HOUR, MINUTE } from '../support/fake-environment.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

const NAME = (number: number): string => `firewall-in-the-${'very-'.repeat(15)}long-row-${number}`;

describe('a ticket with 200 devices and long names', () => {
  it('lives its whole life, every device pushed once, and what it shows stays bounded', async () => {
    const env = fakeEnvironment();
    env.secureChange.pushMs = 1_000;
    env.settings = { ...env.settings, pollEveryMs: 1_000, restMs: 0 };
    const devices = Array.from({ length: 200 }, (_, number) => {
      const lane = { laneKey: `boss-${number % 4}`, laneName: `boss ${number % 4}` };
      return number % 10 === 0 ? directFirewall(NAME(number), lane) : manager(NAME(number), lane);
    });
    await env.reach(env.ticket({ devices }), 'Implementation');
    await env.ended();

    expect(env.run().outcome).toBe('closed');
    expect(new Set(env.effects('update')).size).toBe(200);
    expect(env.effects('update').length).toBe(200);
    expect(env.effects('commit').length).toBe(180);
    const published = env.run().engine.published;
    expect(Math.max(...published.map(({ details }) => details.length))).toBeLessThan(16_000);
    expect(JSON.stringify(env.state()).length).toBeLessThan(512 * 1024);
  });

  it('gives no activity more than what a history takes', async () => {
    const env = fakeEnvironment();
    const devices = Array.from({ length: 200 }, (_, number) => manager(NAME(number)));
    await env.reach(env.ticket({ devices }), 'Implementation');
    await env.time.pass(MINUTE);
    const largest = Math.max(...env.calls.map(({ input }) => JSON.stringify(input).length));
    expect(largest).toBeLessThan(256 * 1024);
  });
});

describe('a ticket with 40 parallel tasks and 150 access requests', () => {
  it('is approved by all 40, pushed once and closed, and what it keeps stays small', async () => {
    const env = fakeEnvironment();
    const risks = Array.from({ length: 150 }, (_, at) => {
      return { order: `AR${at + 1}`, status: 'hasRisk', severity: 'medium' } as const;
    });
    const ticket = env.ticket({ tasksPerStep: 40, risks });
    ticket.complete('r.meier');
    await env.time.until('approval', () => ticket.current?.name === 'Approval');
    await env.time.pass(MINUTE);
    for (let task = 0; task < 39; task += 1) ticket.approve(`approver-${task}`, true, null, task);
    await env.time.pass(20 * HOUR);
    expect(env.effects('update', 'commit')).toEqual([]);
    ticket.approve('approver-39', true, null, 39);
    await env.ended();

    expect(env.run().outcome).toBe('closed');
    expect(env.effects('update', 'commit')).toEqual(['update FW1', 'commit FW1']);
    expect(env.view().approval?.by).toHaveLength(40);
    expect(env.effects('complete').filter((one) => one.endsWith('Implementation'))).toHaveLength(40);
    const largest = Math.max(...env.calls.map(({ input }) => JSON.stringify(input ?? null).length));
    expect(largest).toBeLessThan(64 * 1024);
    expect(JSON.stringify(env.state()).length).toBeLessThan(128 * 1024);
  });

  it('is not pushed by itself when only the last access request has a risk that is blocked', async () => {
    const env = fakeEnvironment();
    const risks = Array.from({ length: 150 }, (_, at) => {
      return { order: `AR${at + 1}`, status: 'hasRisk', severity: at === 149 ? 'critical' : 'low' } as const;
    });
    const ticket = env.ticket({ risks });
    ticket.complete('r.meier');
    await env.parked('risk.blocked');
    expect(env.view().needsAttention?.reason).toContain('AR150');
  });
});

describe('a long history', () => {
  const afterCalls =
    (most: number) =>
    (run: TicketRun): boolean =>
      run.state.continueAsNewCount === 0 && run.state.timeline.length > most;

  it('continues as new with its whole state, and ends in the same way', async () => {
    for (const most of [1, 2, 3, 5, 8]) {
      const env = fakeEnvironment();
      env.temporal.historyIsLong = afterCalls(most);
      await env.reach(env.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] }), 'Implementation');
      await env.ended();

      expect(env.state().continueAsNewCount).toBe(1);
      expect(env.effects('update', 'commit', 'itsm', 'redesign')).toEqual([
        'redesign -',
        'itsm create create-change',
        'itsm update implementation-started',
        'update FW1',
        'commit FW1',
        'update EDGE',
        'itsm close close-change',
      ]);
    }
  });

  it('keeps its places in the lanes when it continues as new while it waits', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    const before = env.temporal.lane('manager-of-FW1').state.queue;
    env.temporal.historyIsLong = ({ state }) => state.continueAsNewCount === 0;
    await env.time.until('continuedAsNew', () => env.state().continueAsNewCount === 1);
    await env.time.pass(MINUTE);
    expect(env.temporal.lane('manager-of-FW1').state.queue).toEqual(before);

    env.deliver = () => [];
    ticket.redo('Design and Risk');
    await env.sweep();
    await env.time.pass(MINUTE);
    expect(env.temporal.lane('manager-of-FW1').state.queue).toEqual([]);
  });

  it('gives up places of the run before it when the ticket was redone just then', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    env.deliver = () => [];
    ticket.redo('Design and Risk');
    env.temporal.historyIsLong = ({ state }) => state.continueAsNewCount === 0;
    await env.time.until('continuedAsNew', () => env.state().continueAsNewCount === 1);
    await env.time.pass(MINUTE);

    expect(env.state().epoch).toBe(2);
    expect(env.temporal.lane('manager-of-FW1').state.queue).toEqual([]);
  });

  it('is put off while twenty unsent messages of 200 KB would not fit, and all of them are sent', async () => {
    const env = fakeEnvironment();
    env.bodyOf = () => JSON.stringify({ text: 'x'.repeat(200 * 1024) });
    const { integrationPoints } = firewallChange();
    const create = integrationPoints[0]!;
    const many = Array.from({ length: 20 }, (_, number) => ({
      ...create,
      name: `big-${number}`,
      action: number === 0 ? ('create' as const) : ('update' as const),
    }));
    env.processes.set('Firewall change', firewallChange({ integrationPoints: many }));
    env.secureChange.faults.push({ call: 'send', times: 12, before: refused({ kind: 'transient' }) });
    let biggestCarry = 0;
    env.temporal.onContinueAsNew = (state) =>
      (biggestCarry = Math.max(biggestCarry, JSON.stringify(state).length));
    const ticket = env.ticket();
    env.temporal.historyIsLong = ({ state }) => state.continueAsNewCount === 0 && state.renderings > 0;
    await env.reach(ticket, 'Approval');
    await env.time.until('all sent', () => env.messages.length === 20);
    await env.time.pass(MINUTE);

    expect(env.state().continueAsNewCount).toBe(1);
    expect(biggestCarry).toBeLessThan(512 * 1024);
    expect(env.messages.map(({ point }) => point)).toEqual(many.map(({ name }) => name));
    ticket.approve('a.schmidt');
    await env.ended();
    expect(env.run().outcome).toBe('closed');
  });
});
