import type { TicketRun } from '../../workflows/ticket-run.js';
import { refused } from '../support/fake-secure-change.js';
import { fakeWorld, HOUR, MINUTE } from '../support/fake-world.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

const NAME = (number: number): string => `firewall-in-the-${'very-'.repeat(15)}long-row-${number}`;

describe('a ticket with 200 devices and long names', () => {
  it('lives its whole life, every device pushed once, and what it shows stays bounded', async () => {
    const world = fakeWorld();
    world.secureChange.pushMs = 1_000;
    world.settings = { ...world.settings, pollEveryMs: 1_000, settleMs: 0 };
    const devices = Array.from({ length: 200 }, (_, number) => {
      const lane = { laneKey: `boss-${number % 4}`, laneName: `boss ${number % 4}` };
      return number % 10 === 0 ? directFirewall(NAME(number), lane) : manager(NAME(number), lane);
    });
    await world.reach(world.ticket({ devices }), 'Implementation');
    await world.ended();

    expect(world.run().outcome).toBe('closed');
    expect(new Set(world.effects('update')).size).toBe(200);
    expect(world.effects('update').length).toBe(200);
    expect(world.effects('commit').length).toBe(180);
    const published = world.run().engine.published;
    expect(Math.max(...published.map(({ details }) => details.length))).toBeLessThan(16_000);
    expect(JSON.stringify(world.state()).length).toBeLessThan(512 * 1024);
  });

  it('gives no activity more than what a history takes', async () => {
    const world = fakeWorld();
    const devices = Array.from({ length: 200 }, (_, number) => manager(NAME(number)));
    await world.reach(world.ticket({ devices }), 'Implementation');
    await world.time.pass(MINUTE);
    const largest = Math.max(...world.calls.map(({ input }) => JSON.stringify(input).length));
    expect(largest).toBeLessThan(256 * 1024);
  });
});

describe('a long history', () => {
  const afterCalls =
    (most: number) =>
    (run: TicketRun): boolean =>
      run.state.rolls === 0 && run.state.timeline.length > most;

  it('continues as new with all it knows, and ends as if nothing had been', async () => {
    for (const most of [1, 2, 3, 5, 8]) {
      const world = fakeWorld();
      world.temporal.historyIsLong = afterCalls(most);
      await world.reach(
        world.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] }),
        'Implementation',
      );
      await world.ended();

      expect(world.state().rolls).toBe(1);
      expect(world.effects('update', 'commit', 'itsm', 'redesign')).toEqual([
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
    const world = fakeWorld();
    const ticket = world.ticket();
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    const before = world.temporal.lane('manager-of-FW1').state.queue;
    world.temporal.historyIsLong = ({ state }) => state.rolls === 0;
    await world.time.until('rolled', () => world.state().rolls === 1);
    await world.time.pass(MINUTE);
    expect(world.temporal.lane('manager-of-FW1').state.queue).toEqual(before);

    world.deliver = () => [];
    ticket.redo('Design and Risk');
    await world.sweep();
    await world.time.pass(MINUTE);
    expect(world.temporal.lane('manager-of-FW1').state.queue).toEqual([]);
  });

  it('gives up places of the run before it when the ticket was redone just then', async () => {
    const world = fakeWorld();
    const ticket = world.ticket();
    await world.reach(ticket, 'Implementation');
    await world.time.pass(HOUR);
    world.deliver = () => [];
    ticket.redo('Design and Risk');
    world.temporal.historyIsLong = ({ state }) => state.rolls === 0;
    await world.time.until('rolled', () => world.state().rolls === 1);
    await world.time.pass(MINUTE);

    expect(world.state().epoch).toBe(2);
    expect(world.temporal.lane('manager-of-FW1').state.queue).toEqual([]);
  });

  it('is put off while twenty unsent messages of 200 KB would not fit, and all of them are sent', async () => {
    const world = fakeWorld();
    world.bodyOf = () => JSON.stringify({ text: 'x'.repeat(200 * 1024) });
    const { integrationPoints } = firewallChange();
    const create = integrationPoints[0]!;
    const many = Array.from({ length: 20 }, (_, number) => ({
      ...create,
      name: `big-${number}`,
      action: number === 0 ? ('create' as const) : ('update' as const),
    }));
    world.processes.set('Firewall change', firewallChange({ integrationPoints: many }));
    world.secureChange.faults.push({ call: 'send', times: 12, before: refused({ kind: 'transient' }) });
    let biggestCarry = 0;
    world.temporal.onRoll = (state) => (biggestCarry = Math.max(biggestCarry, JSON.stringify(state).length));
    const ticket = world.ticket();
    world.temporal.historyIsLong = ({ state }) => state.rolls === 0 && state.firings > 0;
    await world.reach(ticket, 'Approval');
    await world.time.until('all sent', () => world.messages.length === 20);
    await world.time.pass(MINUTE);

    expect(world.state().rolls).toBe(1);
    expect(biggestCarry).toBeLessThan(512 * 1024);
    expect(world.messages.map(({ point }) => point)).toEqual(many.map(({ name }) => name));
    ticket.approve('a.schmidt');
    await world.ended();
    expect(world.run().outcome).toBe('closed');
  });
});
