import type { FakeTicket } from '../support/fake-ticket.js';
import { DAY, fakeWorld, MINUTE, type FakeWorld } from '../support/fake-world.js';
import { firewallChange, manager } from '../support/firewall-change.js';

/** A way out that is offered works: once the cause is repaired, what it says brings the ticket on. */
async function inDesign(
  world: FakeWorld,
  spoil: (ticket: FakeTicket) => void = () => {},
): Promise<FakeTicket> {
  const ticket = world.ticket({ devices: [manager('FW1')] });
  spoil(ticket);
  ticket.complete('r.meier');
  await world.time.pass(MINUTE);
  return ticket;
}

it('a Designer that could not compute runs again on a retry', async () => {
  const world = fakeWorld();
  world.secureChange.faults.push({ call: 'redesign', ends: 'failed' });
  const ticket = await inDesign(world);
  await world.parked('design.cannot_compute');
  expect(world.view().needsAttention?.advice).toContain('retry runs it again');
  await world.operate({ kind: 'retry' });
  await world.time.until('approval asked for', () => ticket.current?.name === 'Approval');
  expect(world.effects('redesign')).toEqual(['redesign -', 'redesign -']);
});

it('a name of the request field that is corrected in the definition counts after a retry', async () => {
  const world = fakeWorld();
  world.processes.set('Firewall change', firewallChange({ requestField: 'Requested Access' }));
  const ticket = await inDesign(world);
  await world.parked('securechange.field_missing');
  world.processes.set('Firewall change', firewallChange());
  await world.operate({ kind: 'retry' });
  await world.time.until('approval asked for', () => ticket.current?.name === 'Approval');
});

it('tasks may be accepted after a retry, once the definition says so', async () => {
  const world = fakeWorld();
  world.processes.set('Firewall change', firewallChange({ taskAccess: 'waitForHandler' }));
  const ticket = await inDesign(world);
  await world.parked('securechange.task_not_ours');
  world.processes.set('Firewall change', firewallChange());
  await world.operate({ kind: 'retry' });
  await world.time.until('approval asked for', () => ticket.current?.name === 'Approval');
});

it('a person who is no service account any more has approved, after a retry', async () => {
  const world = fakeWorld();
  world.serviceAccounts = ['sco', 'a.schmidt'];
  const ticket = world.ticket({ devices: [manager('FW1')] });
  await world.reach(ticket, 'Implementation');
  await world.parked('approval.missing');
  world.serviceAccounts = ['sco'];
  await world.operate({ kind: 'retry' });
  await world.ended();
  expect(world.effects('commit')).toEqual(['commit FW1']);
});

it('a risk policy that is corrected counts after a retry', async () => {
  const world = fakeWorld();
  const risk = { requests: 'all', approvalFrom: 'medium', blockFrom: 'critical' } as const;
  world.processes.set('Firewall change', firewallChange({ risk: { ...risk, blockFrom: 'medium' } }));
  const ticket = await inDesign(world);
  await world.parked('risk.blocked');
  world.processes.set('Firewall change', firewallChange({ risk }));
  await world.operate({ kind: 'retry' });
  await world.time.until('approval asked for', () => ticket.current?.name === 'Approval');
});

it('an automatic step that failed is asked about until it is done, and a retry looks again', async () => {
  const world = fakeWorld();
  const step = { 'Open Request': { phases: [] }, 'Design and Risk': { phases: [] } };
  world.processes.set('Firewall change', firewallChange({ steps: step }));
  const ticket = await inDesign(world, (spoilt) => {
    spoilt.automationFailure = { tool: 'risk', reason: 'no zone' };
  });
  await world.parked('automation.risk');
  const since = world.state().parkings[0]!.sinceMs;
  await world.operate({ kind: 'retry' });
  await world.time.until('asked again', () => (world.state().parkings[0]?.sinceMs ?? 0) > since);

  ticket.automationFailure = null;
  await world.operate({ kind: 'retry' });
  await world.time.pass(DAY);
  expect(world.state().parkings).toEqual([]);
  expect(world.view().waiting?.for).toBe('event');
});
