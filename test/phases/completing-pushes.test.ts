import { fakeEnvironment, HOUR, MINUTE, WINDOW, type FakeEnvironment } from '../support/fake-environment.js';
import { firewallChange } from '../support/firewall-change.js';
import { selfPushingStepAfter } from '../../src/domain/self-pushing.js';

/** SecureChange commits by itself in step Verification; our completion of Implementation starts it. */
function selfPushing(part: Parameters<typeof firewallChange>[0] = {}) {
  const { steps } = firewallChange();
  return firewallChange({
    steps: {
      ...steps,
      Implementation: { phases: [{ phase: 'advance', by: 'orchestrator' }] },
      Verification: { phases: [{ phase: 'commit', by: 'securechange' }] },
    },
    ...part,
  });
}

async function inImplementation(env: FakeEnvironment) {
  const ticket = env.ticket();
  await env.reach(ticket, 'Implementation');
  return ticket;
}

const completed = (env: FakeEnvironment): readonly string[] =>
  env.effects('complete').filter((effect) => effect.includes('Implementation'));

describe('completing a step after which SecureChange pushes by itself', () => {
  it('waits for the window, and says until when', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', selfPushing());
    const ticket = await inImplementation(env);
    await env.time.until('it waits', () => env.view().waiting?.for === 'window');
    expect(env.view().waiting).toMatchObject({ untilMs: WINDOW.opensAtMs });
    expect(env.view().waiting?.what).toContain('starts the automatic push of step Verification');
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs - MINUTE);
    expect(completed(env)).toEqual([]);
    await env.time.until('it is completed', () => ticket.current?.name === 'Verification');
    expect(env.time.nowMs).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
  });

  it('does not happen while the clock of SecureChange is wrong', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', selfPushing());
    env.calendars.set('nightly', [{ opensAtMs: 0, closesAtMs: WINDOW.closesAtMs }]);
    env.secureChange.clockAhead = { leastMs: -3_400, mostMs: -2_600 };
    await inImplementation(env);
    await env.parked('gate.clock_differs');
    expect(completed(env)).toEqual([]);
  });

  it('does not happen while everything is stopped', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', selfPushing());
    env.calendars.set('nightly', [{ opensAtMs: 0, closesAtMs: WINDOW.closesAtMs }]);
    env.temporal.turnSwitch('stop');
    const ticket = await inImplementation(env);
    await env.time.pass(10 * MINUTE);
    expect(env.view().waiting?.for).toBe('start');
    expect(completed(env)).toEqual([]);
    env.temporal.turnSwitch('start');
    await env.time.until('it is completed', () => ticket.current?.name === 'Verification');
  });

  it('asks a person when the risk does not allow it any more', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', selfPushing());
    const ticket = await inImplementation(env);
    await env.time.until('it waits', () => env.view().waiting?.for === 'window');
    ticket.risks = [{ order: 'AR1', status: 'hasRisk', severity: 'critical' }];
    await env.parked('gate.risk_not_allowed');
    expect(completed(env)).toEqual([]);
  });

  it('is nothing special where no later step pushes', async () => {
    const env = fakeEnvironment();
    const { steps } = firewallChange();
    const Implementation = { phases: [{ phase: 'advance', by: 'orchestrator' }] } as const;
    env.processes.set('Firewall change', firewallChange({ steps: { ...steps, Implementation } }));
    const ticket = await inImplementation(env);
    await env.time.until('it is completed', () => ticket.current?.name === 'Verification');
    expect(env.time.nowMs).toBeLessThan(WINDOW.opensAtMs - HOUR);
  });
});

describe('the step that would push', () => {
  const definition = selfPushing();

  it.each([
    ['Implementation', null, 'Verification'],
    ['Design and Risk', null, 'Verification'],
    ['Design and Risk', 'Approval', null],
    ['Verification', null, null],
    ['a step that the definition does not name', null, 'Verification'],
  ])('after %s, with the barrier %s, is %s', (step, barrier, expected) => {
    expect(selfPushingStepAfter(definition, step, barrier)).toBe(expected);
  });
});
