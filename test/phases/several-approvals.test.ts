import { fakeEnvironment, HOUR, MINUTE, type FakeEnvironment } from '../support/fake-environment.js';
import { firewallChange } from '../support/firewall-change.js';
import type { FakeTicket } from '../support/fake-ticket.js';

const STEPS = ['Open Request', 'Business', 'Design and Risk', 'Security', 'Implementation', 'Verification'];

/** Business approves the request before the design, security the design after it. */
function twoApprovals(): FakeEnvironment {
  const env = fakeEnvironment();
  const { steps, approvals } = firewallChange();
  const [plain] = approvals;
  env.approvers = { business: ['c.lang'], security: ['a.schmidt', 'b.jung'] };
  env.processes.set(
    'Firewall change',
    firewallChange({
      approvals: [
        {
          ...plain!,
          name: 'business',
          step: 'Business',
          covers: 'request',
          needed: 'always',
          roles: ['business'],
        },
        { ...plain!, name: 'security', step: 'Security', roles: ['security'] },
      ],
      steps: {
        'Open Request': steps['Open Request']!,
        Business: steps['Approval']!,
        'Design and Risk': steps['Design and Risk']!,
        Security: steps['Approval']!,
        Implementation: steps['Implementation']!,
        Verification: steps['Verification']!,
      },
    }),
  );
  return env;
}

async function open(env: FakeEnvironment): Promise<FakeTicket> {
  const approvalSteps = { Business: 'Approve Access Request', Security: 'Approve Access Request' };
  const ticket = env.ticket({ steps: STEPS, approvalSteps });
  ticket.complete('r.meier');
  await env.time.pass(MINUTE);
  return ticket;
}

async function reach(env: FakeEnvironment, ticket: FakeTicket, step: string): Promise<void> {
  await env.time.until(`step ${step}`, () => ticket.current?.name === step && env.state().stepName === step);
}

async function approved(env: FakeEnvironment): Promise<FakeTicket> {
  const ticket = await open(env);
  await reach(env, ticket, 'Business');
  ticket.approve('c.lang');
  await reach(env, ticket, 'Security');
  ticket.approve('a.schmidt');
  await reach(env, ticket, 'Implementation');
  await env.time.pass(MINUTE);
  return ticket;
}

const states = (env: FakeEnvironment) => env.view().approvals.map(({ name, state }) => `${name} ${state}`);

describe('an approval before the design and one after it', () => {
  it('are both awaited, each in its step, and the change is pushed', async () => {
    const env = twoApprovals();
    const ticket = await open(env);
    await reach(env, ticket, 'Business');
    await env.time.until('business asked', () => env.view().waiting?.for === 'approval');
    expect(env.view().waiting?.what).toContain('role business answers');
    expect(states(env)).toEqual(['business missing', 'security missing']);
    ticket.approve('c.lang');
    await reach(env, ticket, 'Security');
    await env.time.until('security asked', () => env.view().waiting?.for === 'approval');
    expect(states(env)).toEqual(['business given', 'security missing']);
    expect(env.view().approval).toBeNull();
    ticket.approve('a.schmidt');
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
    expect(env.view().approval?.by).toEqual(['c.lang', 'a.schmidt']);
  });

  it('a changed design asks for the one that covers it alone', async () => {
    const env = twoApprovals();
    const ticket = await approved(env);
    expect(states(env)).toEqual(['business given', 'security given']);
    ticket.devices[0]!.instructionDigest = 'another design';
    ticket.redo('Design and Risk');
    await env.time.until('security asked again', () => {
      return (
        env.state().epoch === 2 &&
        env.state().stepName === 'Security' &&
        env.view().waiting?.for === 'approval'
      );
    });
    expect(states(env)).toEqual(['business given', 'security missing']);
    await env.time.pass(30 * HOUR);
    expect(env.effects('commit')).toEqual([]);
    ticket.approve('b.jung');
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('a changed request asks for both', async () => {
    const env = twoApprovals();
    const ticket = await open(env);
    await reach(env, ticket, 'Business');
    ticket.approve('c.lang');
    await reach(env, ticket, 'Security');
    await env.time.until('security asked', () => env.view().waiting?.for === 'approval');
    ticket.request = 'request-2';
    ticket.approve('a.schmidt');
    await env.parked('approval.missing');
    expect(env.view().needsAttention).toMatchObject({
      reason: expect.stringMatching(/business: void.*another request.*security: void/) as string,
      advice: expect.stringContaining('step "Business"') as string,
    });
    expect(states(env)).toEqual(['business void', 'security void']);
    ticket.redo('Business');
    await env.time.until('business asked again', () => env.view().waiting?.for === 'approval');
    expect(states(env)).toEqual(['business missing', 'security missing']);
    await env.time.pass(30 * HOUR);
    expect(env.effects('update', 'commit')).toEqual([]);
    ticket.approve('c.lang');
    await reach(env, ticket, 'Security');
    await env.time.pass(MINUTE);
    ticket.approve('a.schmidt');
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('a ticket sent back behind business with another request needs business again', async () => {
    const env = twoApprovals();
    const ticket = await approved(env);
    ticket.request = 'request-2';
    ticket.redo('Design and Risk');
    await env.parked('approval.missing');
    expect(states(env)).toEqual(['business void', 'security missing']);
    expect(env.effects('commit')).toEqual([]);
  });

  it('a reopening makes both void', async () => {
    const env = twoApprovals();
    const ticket = await approved(env);
    ticket.end('resolved');
    await env.time.pass(MINUTE);
    ticket.reopen('Design and Risk');
    await env.parked('approval.missing');
    expect(states(env)[0]).toBe('business missing');
    expect(env.effects('commit')).toEqual([]);
  });

  it('a person without the role approves nothing', async () => {
    const env = twoApprovals();
    const ticket = await open(env);
    await reach(env, ticket, 'Business');
    ticket.approve('a.schmidt');
    await env.parked('approval.invalid');
    expect(env.view().needsAttention?.reason).toContain('without the role business');
    expect(env.effects('update', 'commit')).toEqual([]);
  });
});
