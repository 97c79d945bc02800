import type { Actor, CommandResult } from '../../src/domain/commands.js';
import type { EmergencyPolicy } from '../../src/domain/emergency.js';
import { laneWindowsOf } from '../../src/domain/window-record.js';
import { windowRows } from '../../src/domain/window-report.js';
import {
  DAY,
  fakeEnvironment,
  HOUR,
  MINUTE,
  WINDOW,
  type FakeEnvironment,
} from '../support/fake-environment.js';
import { IDA, OLGA, signedCommand } from '../support/fake-temporal.js';
import { firewallChange, manager } from '../support/firewall-change.js';

const REASON = 'the pay desk is down until this rule is there';
const KEY = 'emergency-one';
const ANNA: Actor = { login: 'anna', roles: ['approver'] };
const policy: EmergencyPolicy = {
  approval: {
    server: 'servicenow',
    field: 'approval',
    approvedValues: ['approved'],
    rejectedValues: ['rejected'],
  },
  dueInMs: DAY,
};

/** `Firewall change` as ever, and `Emergency change` with the same steps but its own approval. */
function environment(): FakeEnvironment {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange({ saveUpdates: { aheadMs: 14 * HOUR } }));
  const { window } = firewallChange();
  const emergency = firewallChange({
    name: 'emergency-change',
    workflow: 'Emergency change',
    emergency: policy,
    approvals: [],
    saveUpdates: 'inWindow',
    window: { ...window, onlyOverride: true, overrideRoles: ['operator'] },
    integrationPoints: [],
  });
  const { Approval: _, ...steps } = emergency.steps;
  env.processes.set('Emergency change', { ...emergency, steps });
  return env;
}

const STEPS = ['Open Request', 'Design and Risk', 'Implementation', 'Verification'];

/** An emergency that asks for two persons. */
async function emergency(env: FakeEnvironment, id: string): Promise<void> {
  const ticket = env.ticket({
    id,
    workflow: 'Emergency change',
    steps: STEPS,
    devices: [manager('DG')],
  });
  ticket.complete(ticket.requester);
  await env.time.until(`ticket ${id} has a run`, () =>
    env.temporal.runs.some(({ ticketId }) => ticketId === id),
  );
  await env.parked('emergency.two_persons', id);
}

async function normal(env: FakeEnvironment, id: string): Promise<void> {
  await env.reach(env.ticket({ id, devices: [manager('DG')] }), 'Implementation');
}

const ask = async (
  env: FakeEnvironment,
  id: string,
  { key = KEY, ...part }: { key?: string; actor?: Actor; carries?: readonly string[]; hours?: number } = {},
): Promise<CommandResult> => {
  const { carries, hours = 2, ...signing } = part;
  const command = {
    kind: 'override',
    devices: ['DG'],
    hours,
    ...(carries !== undefined && { carries }),
  } as const;
  return await env.temporal.operate(id, command, { reason: REASON, key, ...signing });
};
const confirm = async (env: FakeEnvironment, id: string, override = KEY): Promise<CommandResult> =>
  await env.temporal.operate(id, { kind: 'confirm', override }, { actor: IDA });
const record = async (env: FakeEnvironment, id: string, actor: Actor, key: string): Promise<CommandResult> =>
  await env.temporal.operate(
    id,
    { kind: 'recordApproval', evidence: 'minutes of the board, 12 May' },
    { actor, key },
  );
const commitsOf = (env: FakeEnvironment): string[] =>
  env.secureChange.effects.filter(({ kind }) => kind === 'commit').map(({ ticketId }) => ticketId);
const laneOf = (env: FakeEnvironment) => [...env.temporal.lanes.values()][0]!;
const timelineOf = (env: FakeEnvironment, id: string): string =>
  env
    .state(id)
    .timeline.map(({ what }) => what)
    .join('\n');

describe('an emergency', () => {
  it('is pushed at once when two persons let it, and ends when the ITSM has approved it afterwards', async () => {
    const env = environment();
    await emergency(env, '1');
    await env.time.pass(HOUR);
    expect(env.effects('update', 'commit')).toEqual([]);
    expect(await ask(env, '1')).toMatchObject({ accepted: true });
    await env.time.pass(HOUR);
    expect(env.effects('update', 'commit')).toEqual([]);
    expect(await confirm(env, '1')).toMatchObject({ accepted: true });
    await env.time.until('it is live', () => commitsOf(env).length === 1);
    expect(env.time.nowMs).toBeLessThan(WINDOW.opensAtMs - HOUR);

    await env.time.until('the ticket is closed', () => env.state('1').outcome === 'closed');
    expect(windowRows([laneWindowsOf(laneOf(env).state)], 0)).toMatchObject([{ state: 'overridden' }]);
    await env.time.pass(HOUR);
    expect(env.run('1').outcome).toBeNull();
    expect(env.view('1').waiting).toMatchObject({
      for: 'itsm',
      what: expect.stringContaining('servicenow approves the emergency afterwards, due') as string,
    });
    env.records.set('1', { approval: 'Approved' });
    await env.ended('1');
    expect(timelineOf(env, '1')).toContain('the emergency was approved afterwards: approval of the change');
    expect(env.view('1').parkings).toEqual([]);
  });

  it('is pushed inside an open window too only when two persons let it', async () => {
    const env = environment();
    await emergency(env, '1');
    await env.time.pass(13 * HOUR);
    expect(env.time.nowMs).toBeGreaterThan(WINDOW.opensAtMs);
    expect(env.effects('update', 'commit')).toEqual([]);
    await ask(env, '1');
    await confirm(env, '1');
    await env.time.until('it is live', () => commitsOf(env).length === 1);
    expect(laneOf(env).state.overrides).toMatchObject([{ used: ['m-DG'] }]);
  });

  it('needs two new persons after a Commit that failed', async () => {
    const env = environment();
    await emergency(env, '1');
    await ask(env, '1');
    env.secureChange.faults.push({ call: 'commit', ends: 'failed' });
    await confirm(env, '1');
    await env.parked('push.failed', '1');
    await env.operate({ kind: 'retry' }, '1');
    await env.parked('emergency.two_persons', '1');
    expect(commitsOf(env)).toEqual(['1']);
    await ask(env, '1', { key: 'emergency-two' });
    await confirm(env, '1', 'emergency-two');
    await env.time.until('it is live', () => commitsOf(env).length === 2);
  });

  it('of a forged state is not pushed: the gate checks both signatures', async () => {
    const env = environment();
    await emergency(env, '1');
    await ask(env, '1');
    const command = { kind: 'confirm', override: KEY } as const;
    env.state('1').overrides[0]!.confirm = signedCommand(command, 'ticket/1', env.time.nowMs, {
      actor: IDA,
      secret: 'a key that no gateway has',
    });
    await env.operate({ kind: 'retry' }, '1');
    await env.time.pass(HOUR);
    expect(commitsOf(env)).toEqual([]);
  });

  it('goes before the others of its manager, saves nothing for them, and does not interrupt a push', async () => {
    const env = environment();
    env.processes.set('Firewall change', firewallChange({ saveUpdates: 'inWindow' }));
    await normal(env, '1');
    await emergency(env, '9');
    env.temporal.turnSwitch('stop');
    await env.time.pass(13 * HOUR);
    await normal(env, '2');
    await ask(env, '9');
    await confirm(env, '9');
    await env.time.pass(MINUTE);
    expect(env.effects('update', 'commit')).toEqual([]);
    env.temporal.turnSwitch('start');
    await env.time.until('all are live', () => commitsOf(env).length === 2);
    expect(commitsOf(env)[0]).toBe('9');
    await env.time.pass(MINUTE);
    const [first, second] = laneOf(env).state.past.filter(({ sent }) => sent);
    expect(first).toMatchObject({ tickets: ['9'] });
    expect(second?.tickets).toEqual(['1', '2']);
    expect(second!.startedAtMs).toBeGreaterThanOrEqual(first!.endedAtMs);
  });

  it.each(['failed', 'partial', 'reverted'] as const)(
    'owes its approval where its Commit was %s after the ticket had been cancelled',
    async (ends) => {
      const env = environment();
      env.secureChange.faults.push({ call: 'commit', ends });
      env.secureChange.pushMs = 10 * MINUTE;
      await emergency(env, '9');
      await ask(env, '9');
      await confirm(env, '9');
      await env.time.until('its Commit is begun', () => commitsOf(env).length === 1);
      await env.time.pass(MINUTE);
      env.secureChange.tickets.get('9')?.end('cancelled');
      await env.time.pass(2 * HOUR);

      expect(env.run('9').outcome).toBeNull();
      expect(env.state('9').owed).toMatchObject({ answer: null });
      expect(env.view('9').targets).toMatchObject([{ commit: 'failed' }]);
    },
  );

  it('does not carry what another ticket saved unless two persons named it', async () => {
    const env = environment();
    await normal(env, '1');
    await env.time.until('1 is saved', () => env.secureChange.saved.length === 1);
    await env.operate({ kind: 'hold' }, '1');
    await env.time.until('1 has left', () => laneOf(env).state.ledger[0]?.left?.because === 'held');
    await emergency(env, '9');
    await ask(env, '9');
    await confirm(env, '9');
    await env.parked('lane.hindered', '9');
    expect(env.state('9').parkings[0]?.reason).toContain('ticket 1 on DG (an operator holds it)');
    expect(commitsOf(env)).toEqual([]);

    await ask(env, '9', { key: 'emergency-two', carries: ['1'] });
    await confirm(env, '9', 'emergency-two');
    await env.time.until('it is live', () => commitsOf(env).length === 1);
    await env.time.pass(MINUTE);
    expect(env.secureChange.enforced.map(({ ticketId }) => ticketId).sort()).toEqual(['1', '9']);
    expect(windowRows([laneWindowsOf(laneOf(env).state)], 0)[0]?.text).toContain('olga and ida');
  });

  it('that named a ticket accepts its saved change for no other Commit', async () => {
    const env = environment();
    await normal(env, '1');
    await env.time.until('1 is saved', () => env.secureChange.saved.length === 1);
    await env.operate({ kind: 'hold' }, '1');
    await emergency(env, '9');
    env.temporal.turnSwitch('stop');
    await ask(env, '9', { carries: ['1'], hours: 1 });
    await confirm(env, '9');
    await env.time.pass(2 * HOUR);
    env.temporal.turnSwitch('start');
    // The override has expired; another ticket has its window in the evening.
    await normal(env, '2');
    await env.time.pass(14 * HOUR);
    expect(commitsOf(env)).toEqual([]);
    expect(env.state('2').parkings.map(({ code }) => code)).toContain('lane.hindered');
  });

  it('alone may name what it carries', async () => {
    const env = environment();
    env.processes.set(
      'Firewall change',
      firewallChange({ window: { ...firewallChange().window, overrideRoles: ['operator'] } }),
    );
    await normal(env, '1');
    await env.time.until('it is enrolled', () => env.state('1').places.some(({ enrolled }) => enrolled));
    expect(await ask(env, '1', { carries: ['2'] })).toMatchObject({ code: 'wrongState' });
  });

  describe('whose approval is owed', () => {
    const live = async (env: FakeEnvironment): Promise<void> => {
      await emergency(env, '1');
      await ask(env, '1');
      await confirm(env, '1');
      await env.time.until('the ticket is closed', () => env.state('1').outcome === 'closed');
    };

    it('alarms when the due date has passed, and ends when the ITSM approves late', async () => {
      const env = environment();
      env.records.set('1', { approval: 'requested' });
      await live(env);
      await env.time.pass(DAY - HOUR);
      expect(env.view('1').needsAttention).toBeNull();
      await env.parked('emergency.approval_overdue', '1');
      expect(env.view('1').needsAttention).toMatchObject({
        waysOut: [{ command: 'recordApproval' }],
        evidence: expect.stringContaining('"requested"') as string,
      });
      env.records.set('1', { approval: 'approved' });
      await env.ended('1');
      expect(env.state('1').parkings).toEqual([]);
    });

    it('asks at once when the ITSM rejects it', async () => {
      const env = environment();
      env.records.set('1', { approval: 'rejected' });
      await live(env);
      await env.parked('emergency.approval_rejected', '1');
      expect(env.run('1').outcome).toBeNull();
    });

    it('is recorded by a third person, not by those who let it go ahead nor by the requester', async () => {
      const env = environment();
      await live(env);
      await env.parked('emergency.approval_overdue', '1');
      const requester: Actor = { login: env.state('1').requester, roles: ['approver'] };
      const robot: Actor = { login: 'robot', roles: ['approver'], machine: true };
      for (const actor of [
        { ...OLGA, roles: ['approver'] as const },
        { ...IDA, roles: ['approver'] as const },
        requester,
        robot,
        { login: 'otto', roles: ['operator'] as const },
      ])
        expect(await record(env, '1', actor, `by-${actor.login}`)).toMatchObject({ code: 'notAllowed' });
      expect(await record(env, '1', ANNA, 'by-anna')).toMatchObject({ accepted: true });
      await env.ended('1');
      expect(timelineOf(env, '1')).toContain('minutes of the board');
    });

    it('is not owed where nothing was pushed', async () => {
      const env = environment();
      await emergency(env, '1');
      env.temporal.turnSwitch('stop');
      await ask(env, '1');
      await confirm(env, '1');
      await env.time.pass(MINUTE);
      env.secureChange.tickets.get('1')!.end('cancelled');
      await env.ended('1');
      expect(commitsOf(env)).toEqual([]);
      expect(timelineOf(env, '1')).toContain('nothing was pushed');
    });

    it('is owed in the next run of the ticket as well', async () => {
      const env = environment();
      await emergency(env, '1');
      await ask(env, '1');
      await confirm(env, '1');
      env.temporal.historyIsLong = ({ state }) => state.continueAsNewCount === 0;
      await env.time.until('continuedAsNew', () => env.state('1').continueAsNewCount === 1);
      await env.parked('emergency.approval_overdue', '1');
      env.records.set('1', { approval: 'approved' });
      await env.ended('1');
      expect(commitsOf(env)).toEqual(['1']);
    });
  });
});
