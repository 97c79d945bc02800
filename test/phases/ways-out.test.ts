import type { FakeTicket } from '../support/fake-ticket.js';
import { DAY, fakeEnvironment, MINUTE, type FakeEnvironment } from '../support/fake-environment.js';
import { firewallChange, manager } from '../support/firewall-change.js';

/** A way out that is offered works: once the cause is repaired, what it says brings the ticket on. */
async function inDesign(
  env: FakeEnvironment,
  spoil: (ticket: FakeTicket) => void = () => {},
): Promise<FakeTicket> {
  const ticket = env.ticket({ devices: [manager('FW1')] });
  spoil(ticket);
  ticket.complete('r.meier');
  await env.time.pass(MINUTE);
  return ticket;
}

it('a Designer that could not compute runs again on a retry', async () => {
  const env = fakeEnvironment();
  env.secureChange.faults.push({ call: 'redesign', ends: 'failed' });
  const ticket = await inDesign(env);
  await env.parked('design.cannot_compute');
  expect(env.view().needsAttention?.advice).toContain('retry runs the Designer again');
  await env.operate({ kind: 'retry' });
  await env.time.until('approval asked for', () => ticket.current?.name === 'Approval');
  expect(env.effects('redesign')).toEqual(['redesign -', 'redesign -']);
});

it('a name of the request field that is corrected in the definition counts after a retry', async () => {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange({ requestField: 'Requested Access' }));
  const ticket = await inDesign(env);
  await env.parked('securechange.field_missing');
  env.processes.set('Firewall change', firewallChange());
  await env.operate({ kind: 'retry' });
  await env.time.until('approval asked for', () => ticket.current?.name === 'Approval');
});

it('tasks may be accepted after a retry, once the definition says so', async () => {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange({ taskAccess: 'waitForHandler' }));
  const ticket = await inDesign(env);
  await env.parked('securechange.task_not_ours');
  env.processes.set('Firewall change', firewallChange());
  await env.operate({ kind: 'retry' });
  await env.time.until('approval asked for', () => ticket.current?.name === 'Approval');
});

it('a person who is no service account any more has approved, after a retry', async () => {
  const env = fakeEnvironment();
  env.serviceAccounts = ['sco', 'a.schmidt'];
  const ticket = env.ticket({ devices: [manager('FW1')] });
  await env.reach(ticket, 'Implementation');
  await env.parked('approval.missing');
  env.serviceAccounts = ['sco'];
  await env.operate({ kind: 'retry' });
  await env.ended();
  expect(env.effects('commit')).toEqual(['commit FW1']);
});

it('a risk policy that is corrected counts after a retry', async () => {
  const env = fakeEnvironment();
  const risk = { requests: 'all', approvalFrom: 'medium', blockFrom: 'critical' } as const;
  env.processes.set('Firewall change', firewallChange({ risk: { ...risk, blockFrom: 'medium' } }));
  const ticket = await inDesign(env);
  await env.parked('risk.blocked');
  env.processes.set('Firewall change', firewallChange({ risk }));
  await env.operate({ kind: 'retry' });
  await env.time.until('approval asked for', () => ticket.current?.name === 'Approval');
});

it('an automatic step that failed is asked about until it is done, and a retry checks it again', async () => {
  const env = fakeEnvironment();
  const step = { 'Open Request': { phases: [] }, 'Design and Risk': { phases: [] } };
  env.processes.set('Firewall change', firewallChange({ steps: step }));
  const ticket = await inDesign(env, (spoilt) => {
    spoilt.automationFailure = { tool: 'risk', reason: 'no zone' };
  });
  await env.parked('automation.risk');
  const since = env.state().parkings[0]!.sinceMs;
  await env.operate({ kind: 'retry' });
  await env.time.until('asked again', () => (env.state().parkings[0]?.sinceMs ?? 0) > since);

  ticket.automationFailure = null;
  await env.operate({ kind: 'retry' });
  await env.time.pass(DAY);
  expect(env.state().parkings).toEqual([]);
  expect(env.view().waiting?.for).toBe('event');
});
