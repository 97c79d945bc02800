import { fakeEnvironment } from '../support/fake-environment.js';
import { OLGA } from '../support/fake-temporal.js';
import { firewallChange, manager } from '../support/firewall-change.js';

const window = { ...firewallChange().window, overrideRoles: ['operator'] as const };

describe('one map of names', () => {
  it('keeps an approval of the requester under another name from counting', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ id: '1', devices: [manager('DG')] });
    env.identities = [[ticket.requester, 'a.schmidt']];
    ticket.complete(ticket.requester);
    await env.time.until('ticket in Approval', () => ticket.current?.name === 'Approval');
    ticket.approve('a.schmidt');
    await env.parked('approval.missing', '1');
    expect(env.state('1').parkings[0]?.reason).toContain('the requester approved their own request');
    expect(env.effects('update', 'commit')).toEqual([]);
  });

  it('keeps an approval of a name that is listed nowhere from counting, until it is listed', async () => {
    const env = fakeEnvironment();
    env.identities = [['anna', 'Anna Berg']];
    const ticket = env.ticket({ id: '1', devices: [manager('DG')] });
    await env.reach(ticket, 'Implementation');
    await env.parked('approval.missing', '1');
    expect(env.state('1').parkings[0]?.reason).toContain(
      'a.schmidt approved and is not listed in people.yaml',
    );
    env.identities = [...env.identities, ['a.schmidt']];
    await env.operate({ kind: 'retry' }, '1');
    await env.ended('1');
    expect(env.effects('commit')).toHaveLength(1);
  });

  it('keeps the requester from overriding under the name of sign-in', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ window, saveUpdates: 'inWindow' }));
    const ticket = env.ticket({ id: '1', devices: [manager('DG')] });
    env.identities = [['olga', ticket.requester], ['a.schmidt']];
    await env.reach(ticket, 'Implementation');
    await env.time.until('it waits', () => env.state('1').places.some(({ enrolled }) => enrolled));
    const command = { kind: 'override', devices: ['DG'], hours: 2 } as const;
    expect(
      await env.temporal.operate('1', command, { reason: 'the pay desk is down', actor: OLGA }),
    ).toMatchObject({
      code: 'notAllowed',
      message: expect.stringContaining('olga requested the change') as string,
    });
  });

  it('is read by the gate as it is now', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ saveUpdates: 'inWindow' }));
    const ticket = env.ticket({ id: '1', devices: [manager('DG')] });
    await env.reach(ticket, 'Implementation');
    await env.time.until('it waits', () => env.state('1').places.some(({ enrolled }) => enrolled));
    env.identities = [[ticket.requester, 'a.schmidt']];
    await env.parked('gate.not_approved', '1');
    expect(env.effects('update', 'commit')).toEqual([]);
  });
});
