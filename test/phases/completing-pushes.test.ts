import {
  DAY,
  fakeEnvironment,
  HOUR,
  MINUTE,
  WINDOW,
  type FakeEnvironment,
} from '../support/fake-environment.js';
import { refused } from '../support/fake-secure-change.js';
import { firewallChange, manager } from '../support/firewall-change.js';
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

  it('is refused where a change window of SecureTrack commits the manager too, until a person acknowledges it', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', selfPushing());
    const window = { uuid: 'u1', name: 'Nightly', description: null, domainId: null, enabled: true };
    env.secureChange.changeWindows.push(window);
    env.secureChange.runWindow('u1', [{ name: 'FW1', outcome: 'skipped' }]);
    const ticket = await inImplementation(env);
    await env.parked('gate.secure_track_commits');
    expect(env.view().needsAttention?.reason).toContain('change window Nightly of SecureTrack commits');
    expect(completed(env)).toEqual([]);

    const secureTrackWindows = { by: 'o.brandt', reason: 'the window is kept for the lab' };
    env.managers.set('manager-of-FW1', { secureTrackWindows });
    await env.operate({ kind: 'retry' });
    await env.time.until('it is completed', () => ticket.current?.name === 'Verification');
  });

  it('waits while the change in the ITSM does not let a push go ahead', async () => {
    const env = fakeEnvironment();
    const itsmGate = { server: 'servicenow', fields: { on_hold: ['false'] }, everyMs: 30_000 };
    env.processes.set('Firewall change', selfPushing({ itsmGate }));
    const ticket = await inImplementation(env);
    env.records.set(ticket.id, { on_hold: 'true' });
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + MINUTE);
    expect(env.view().waiting).toMatchObject({
      for: 'itsm',
      what: expect.stringContaining('on_hold is "true"') as string,
    });
    expect(completed(env)).toEqual([]);
    env.records.set(ticket.id, { on_hold: 'false' });
    await env.time.pass(MINUTE);
    expect(ticket.current?.name).toBe('Verification');
  });

  it('looks at the change at once when the ITSM reports that it changed, and each report counts', async () => {
    const env = fakeEnvironment();
    const itsmGate = { server: 'servicenow', fields: { on_hold: ['false'] }, everyMs: DAY };
    env.processes.set('Firewall change', selfPushing({ itsmGate }));
    env.calendars.set('nightly', [{ opensAtMs: 0, closesAtMs: WINDOW.closesAtMs }]);
    const ticket = env.ticket();
    env.records.set(ticket.id, { on_hold: 'true' });
    await env.reach(ticket, 'Implementation');
    await env.time.until('it waits', () => env.view().waiting?.for === 'itsm');
    const report = async (): Promise<void> => {
      const actor = { login: 'snow', roles: ['itsm' as const] };
      expect(await env.temporal.operate(ticket.id, { kind: 'itsmChanged' }, { actor })).toMatchObject({
        accepted: true,
      });
      await env.time.pass(2_000);
    };

    const before = env.called('advance').length;
    await report();
    expect(env.called('advance').length).toBe(before + 1);
    expect(completed(env)).toEqual([]);
    expect(env.view().waiting?.for).toBe('itsm');

    env.records.set(ticket.id, { on_hold: 'false' });
    await report();
    expect(ticket.current?.name).toBe('Verification');
  });

  it.each([
    ['earlier', { opensAtMs: WINDOW.opensAtMs - 6 * HOUR, closesAtMs: WINDOW.closesAtMs }],
    ['later', { opensAtMs: WINDOW.opensAtMs + HOUR, closesAtMs: WINDOW.closesAtMs }],
  ])('waits for the window of an edited calendar within 5 seconds, also a %s one', async (_, moved) => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', selfPushing());
    const ticket = await inImplementation(env);
    await env.time.until('it waits', () => env.view().waiting?.for === 'window');
    await env.time.pass(MINUTE);
    env.calendars.set('nightly', [moved]);
    env.ruleVersion = 'edited';
    await env.sweep();
    await env.time.pass(5_000);
    expect(env.view().waiting).toMatchObject({ for: 'window', untilMs: moved.opensAtMs });
    await env.time.until('it is completed', () => ticket.current?.name === 'Verification');
    expect(env.time.nowMs).toBeGreaterThanOrEqual(moved.opensAtMs);
    expect(env.time.nowMs).toBeLessThan(moved.opensAtMs + MINUTE);
  });

  it('asks for a person whom people.yaml names for a device', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', selfPushing());
    env.approvers = { security: ['anna'] };
    env.pushRights = [{ name: 'PCI firewalls', for: { devices: ['FW1'] }, roles: ['security'] }];
    const ticket = await inImplementation(env);
    await env.parked('gate.not_entitled');
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + HOUR);
    expect(completed(env)).toEqual([]);
    env.approvers = { security: ['a.schmidt'] };
    await env.operate({ kind: 'retry' });
    await env.time.until('it is completed', () => ticket.current?.name === 'Verification');
  });

  it('parks within 5 seconds when an edit takes the window away, and goes on with the next edit', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', selfPushing());
    const ticket = await inImplementation(env);
    await env.time.until('it waits', () => env.view().waiting?.for === 'window');
    await env.time.pass(MINUTE);
    env.calendars.set('nightly', []);
    env.ruleVersion = 'away';
    await env.sweep();
    await env.time.pass(5_000);
    expect(env.view().needsAttention?.code).toBe('gate.window_closed');
    env.calendars.set('nightly', [{ opensAtMs: 0, closesAtMs: WINDOW.closesAtMs }]);
    env.ruleVersion = 'back';
    await env.sweep();
    await env.time.pass(5_000);
    expect(ticket.current?.name).toBe('Verification');
  });

  it('waits for the window also when an integration point asked for the completion', async () => {
    const env = fakeEnvironment();
    const { steps, ...rest } = selfPushing();
    env.processes.set('Firewall change', {
      ...rest,
      steps: { ...steps, Implementation: { phases: [] } },
      integrationPoints: [
        {
          name: 'finish',
          enabled: true,
          when: { kind: 'inbound', step: 'Implementation' },
          server: 'securechange',
          action: 'none',
          blocking: false,
          body: {},
          after: ['advance'],
        },
      ],
    });
    const ticket = await inImplementation(env);
    await env.time.until('it waits', () => env.view().waiting?.for === 'window');
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs - MINUTE);
    expect(completed(env)).toEqual([]);
    await env.time.until('it is completed', () => ticket.current?.name === 'Verification');
    expect(env.time.nowMs).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
  });

  it('waits for the calendar of the manager as well', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', selfPushing());
    const later = { opensAtMs: WINDOW.opensAtMs + HOUR, closesAtMs: WINDOW.closesAtMs };
    env.calendars.set('of-the-manager', [later]);
    env.managers.set('manager-of-FW1', { calendar: 'of-the-manager' });
    const ticket = await inImplementation(env);
    await env.time.until('it waits', () => env.view().waiting?.for === 'window');
    expect(env.view().waiting).toMatchObject({ untilMs: later.opensAtMs });
    await env.time.pass(later.opensAtMs - env.time.nowMs - MINUTE);
    expect(completed(env)).toEqual([]);
    await env.time.until('it is completed', () => ticket.current?.name === 'Verification');
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

const LANE = 'manager-of-DG';

/** A neighbour has saved on the device group ahead of a window that is not open yet. */
async function withNeighbour(env: FakeEnvironment) {
  env.processes.set('Firewall change', firewallChange({ saveUpdates: { aheadMs: 6 * HOUR } }));
  const neighbour = env.ticket({ id: '1', devices: [manager('DG')] });
  await env.reach(neighbour, 'Implementation');
  await env.time.until('it is saved', () => env.secureChange.saved.length === 1);
  return neighbour;
}

/** The ticket that pushes by itself, of another workflow, with its window open. */
async function pushing(env: FakeEnvironment, calendar = 'always') {
  env.calendars.set('always', [{ opensAtMs: 0, closesAtMs: WINDOW.closesAtMs }]);
  const window = { ...firewallChange().window, calendar };
  env.processes.set('Automatic', selfPushing({ workflow: 'Automatic', window }));
  const ticket = env.ticket({ id: '2', workflow: 'Automatic', devices: [manager('DG')] });
  await env.reach(ticket, 'Implementation');
  return ticket;
}

const lane = (env: FakeEnvironment) => env.temporal.lane(LANE).state;

describe('the lane of a step after which SecureChange pushes by itself', () => {
  it('hinders it while the push would carry what a neighbour has saved, and names that', async () => {
    const env = fakeEnvironment();
    await withNeighbour(env);
    const ticket = await pushing(env);
    await env.parked('lane.hindered', '2');
    expect(env.view('2').needsAttention?.reason).toContain('ticket 1 on DG');
    expect(env.view('2').needsAttention?.waysOut[0]?.hint).toContain(`sco lane accept ${LANE}`);
    await env.time.pass(HOUR);
    expect(ticket.current?.name).toBe('Implementation');
    const since = env.view('2').needsAttention?.sinceMs;
    env.temporal.lane(LANE).operate({ kind: 'acceptLedger', ticketId: '1' }, 'anna');
    await env.time.until('it is completed', () => ticket.current?.name === 'Verification');
    expect(since).toBeLessThan(env.time.nowMs - HOUR + MINUTE);
    await env.time.until('nothing is asked any more', () => env.view('2').parkings.length === 0);
  });

  it('starts no push beside it, and goes on when SecureChange has committed', async () => {
    const env = fakeEnvironment();
    const ticket = await pushing(env);
    await env.time.until('it is completed', () => ticket.current?.name === 'Verification');
    expect(lane(env).automatic).toMatchObject({ ticketId: '2', stepName: 'Implementation' });
    expect(lane(env).ledger).toMatchObject([{ ticketId: '2', state: 'unknown' }]);
    const neighbour = env.ticket({ id: '1', devices: [manager('DG')] });
    await env.reach(neighbour, 'Implementation');
    await env.time.pass(20 * MINUTE);
    expect(env.secureChange.effects.filter(({ kind }) => kind === 'update')).toEqual([]);

    const commit = { state: 'committed', reportStart: 'now', message: null } as const;
    Object.assign(ticket.devices[0]!, { update: 'updated', commit });
    ticket.designerStatus = 'commit success';
    await env.time.until('the lane goes on', () => lane(env).automatic === null);
    expect(lane(env).ledger).toEqual([]);
    await env.ended('1');
  });

  it('is not kept when SecureChange refuses to complete the step', async () => {
    const env = fakeEnvironment();
    const ticket = await pushing(env, 'nightly');
    await env.time.until('it waits', () => env.view('2').waiting?.for === 'window');
    env.secureChange.faults.push({ call: 'completeTask', before: refused() });
    await env.parked('securechange.web_application', '2');
    expect(ticket.current?.name).toBe('Implementation');
    expect(lane(env).automatic).toBeNull();
    expect(lane(env).ledger).toEqual([]);
  });

  it('keeps what may have been pushed when the ticket is sent back, until a person has looked', async () => {
    const env = fakeEnvironment();
    const ticket = await pushing(env);
    await env.time.until('it is completed', () => ticket.current?.name === 'Verification');
    ticket.redo('Approval');
    await env.time.until('the lane goes on', () => lane(env).automatic === null);
    expect(lane(env).ledger).toMatchObject([{ ticketId: '2', state: 'unknown' }]);
    expect(lane(env).ledger[0]?.left).not.toBeNull();
  });
});

describe('the step that would push', () => {
  const definition = selfPushing();

  it.each([
    ['Implementation', [], 'Verification'],
    ['Design and Risk', [], 'Verification'],
    ['Design and Risk', ['Approval'], null],
    ['Verification', [], null],
    ['a step that the definition does not name', [], 'Verification'],
  ])('after %s, with the barriers %s, is %s', (step, barriers, expected) => {
    expect(selfPushingStepAfter(definition, step, barriers)).toBe(expected);
  });
});
