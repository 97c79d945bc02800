import type { Actor } from '../../src/domain/commands.js';
import { fakeEnvironment, HOUR, WINDOW, type FakeEnvironment } from '../support/fake-environment.js';
import { OLGA } from '../support/fake-temporal.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

const RIGHT = { name: 'PCI firewalls', for: { devices: ['FW-PCI'] }, roles: ['security'] } as const;
const ANNA: Actor = { login: 'anna', roles: ['operator'] };
const committed = (env: FakeEnvironment): string[] => env.effects('update', 'commit');

function environment(overrideRoles?: readonly ['operator']): FakeEnvironment {
  const env = fakeEnvironment();
  const { window } = firewallChange();
  env.processes.set(
    'Firewall change',
    firewallChange({
      saveUpdates: 'inWindow',
      ...(overrideRoles !== undefined && { window: { ...window, overrideRoles } }),
    }),
  );
  env.approvers = { security: ['anna'] };
  env.pushRights = [RIGHT];
  return env;
}

describe('a device that a rule of people.yaml is for', () => {
  it('is not pushed where a person without the role approved, and is when one with it has', async () => {
    const env = environment();
    const ticket = env.ticket({ id: '1', devices: [directFirewall('FW-PCI')] });
    await env.reach(ticket, 'Implementation');
    await env.parked('gate.not_entitled', '1');
    expect(env.state('1').parkings[0]?.reason).toContain(
      'PCI firewalls: a person with role security must approve it or let it be pushed; a.schmidt approved it',
    );
    expect(committed(env)).toEqual([]);

    // Its approvers are a matter of the file, read live.
    env.approvers = { security: ['CORP\\a.schmidt'] };
    await env.operate({ kind: 'retry' }, '1');
    await env.ended('1');
    expect(committed(env)).toEqual(['update FW-PCI']);
  });

  it('holds up no other device of the ticket', async () => {
    const env = environment();
    const devices = [directFirewall('FW-PCI'), directFirewall('FW-OFFICE')];
    await env.reach(env.ticket({ id: '1', devices }), 'Implementation');
    await env.parked('gate.not_entitled', '1');
    await env.time.pass(HOUR);
    expect(committed(env)).toEqual(['update FW-OFFICE']);
  });

  it('is not carried by the Commit of a neighbour that may be pushed', async () => {
    const env = environment();
    env.pushRights = [{ ...RIGHT, for: { domains: ['PCI'] } }];
    const [open, pci] = [manager('DG', { domain: 'Office' }), manager('DG', { domain: 'PCI' })];
    await env.reach(env.ticket({ id: '1', devices: [pci] }), 'Implementation');
    await env.reach(env.ticket({ id: '2', devices: [open] }), 'Implementation');
    await env.parked('gate.not_entitled', '1');
    await env.ended('2');
    expect(env.secureChange.enforced.map(({ ticketId }) => ticketId)).toEqual(['2']);
  });

  it('may be pushed by an override that a person with the role confirmed', async () => {
    const env = environment(['operator']);
    await env.reach(env.ticket({ id: '1', devices: [directFirewall('FW-PCI')] }), 'Implementation');
    await env.time.until('it waits', () => env.state('1').places.some(({ enrolled }) => enrolled));
    const command = { kind: 'override', devices: ['FW-PCI'], hours: 2 } as const;
    await env.temporal.operate('1', command, {
      reason: 'the pay desk is down',
      key: 'override-1',
      actor: OLGA,
    });
    await env.temporal.operate('1', { kind: 'confirm', override: 'override-1' }, { actor: ANNA });
    await env.ended('1');
    expect(env.time.nowMs).toBeLessThan(WINDOW.opensAtMs);
  });

  it('counts no service account, and no name that is listed nowhere', async () => {
    const env = environment();
    env.approvers = { security: ['sco', 'anna'] };
    await env.reach(env.ticket({ id: '1', devices: [directFirewall('FW-PCI')] }), 'Implementation');
    await env.parked('gate.not_entitled', '1');
    expect(committed(env)).toEqual([]);
  });

  it('of a ticket that needs no approval asks for a person all the same', async () => {
    const env = environment();
    env.processes.set(
      'Firewall change',
      firewallChange({
        approvals: [],
        risk: { requests: 'all', approvalFrom: 'never', blockFrom: 'critical' },
      }),
    );
    const ticket = env.ticket({ id: '1', devices: [directFirewall('FW-PCI')] });
    await env.reach(ticket, 'Implementation');
    await env.parked('gate.not_entitled', '1');
    expect(env.state('1').parkings[0]?.reason).toContain('no person approved it');
  });
});
