import type { Actor, CommandResult } from '../../src/domain/commands.js';
import { laneWindowsOf } from '../../src/domain/window-record.js';
import { windowRows } from '../../src/domain/window-report.js';
import { fakeEnvironment, HOUR, MINUTE, WINDOW, type FakeEnvironment } from '../support/fake-environment.js';
import { IDA, OLGA, signedCommand } from '../support/fake-temporal.js';
import { refused } from '../support/fake-secure-change.js';
import { firewallChange, manager } from '../support/firewall-change.js';

const REASON = 'the pay desk is down until this rule is there';
const window = { ...firewallChange().window, overrideRoles: ['operator'] as const };

function environment(part: Parameters<typeof firewallChange>[0] = {}): FakeEnvironment {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange({ window, saveUpdates: 'inWindow', ...part }));
  return env;
}

/** Two tickets that change one device group wait for the window of the evening. */
async function waiting(env: FakeEnvironment, ...ids: string[]): Promise<void> {
  for (const id of ids) await env.reach(env.ticket({ id, devices: [manager('DG')] }), 'Implementation');
  for (const id of ids)
    await env.time.until(`ticket ${id} waits`, () => env.state(id).places.some(({ enrolled }) => enrolled));
}

const KEY = 'override-one';
type Asking = { actor?: Actor; reason?: string; key?: string; hours?: number; devices?: string[] };

const ask = async (env: FakeEnvironment, id: string, part: Asking = {}): Promise<CommandResult> => {
  const { hours = 2, devices = ['DG'], ...signing } = part;
  const command = { kind: 'override', devices, hours } as const;
  return await env.temporal.operate(id, command, { reason: REASON, key: KEY, ...signing });
};

const confirm = async (
  env: FakeEnvironment,
  id: string,
  { actor = IDA, override = KEY }: { actor?: Actor; override?: string } = {},
): Promise<CommandResult> => await env.temporal.operate(id, { kind: 'confirm', override }, { actor });

const commitsOf = (env: FakeEnvironment): string[] =>
  env.secureChange.effects.filter(({ kind }) => kind === 'commit').map(({ ticketId }) => ticketId);
const laneOf = (env: FakeEnvironment) => [...env.temporal.lanes.values()][0]!;

describe('an override', () => {
  it('of two persons pushes its ticket outside the window, and carries no other ticket of the manager', async () => {
    const env = environment();
    await waiting(env, '1', '2');
    expect(await ask(env, '1')).toMatchObject({
      accepted: true,
      message: expect.stringContaining(`sco ticket confirm 1 --override ${KEY}`) as string,
    });
    await env.time.pass(5 * MINUTE);
    expect(env.effects('update', 'commit')).toEqual([]);
    expect(await confirm(env, '1')).toMatchObject({ accepted: true });
    await env.ended('1');

    expect(env.time.nowMs).toBeLessThan(WINDOW.opensAtMs - HOUR);
    expect(commitsOf(env)).toEqual(['1']);
    expect(env.secureChange.enforced.map(({ ticketId }) => ticketId)).toEqual(['1']);
    expect(env.view('1').overrides).toMatchObject([{ by: 'olga', confirmedBy: 'ida', spent: true }]);
    // Not "its window is open": no window was.
    expect(env.view('1').window).toMatchObject({ overriddenBy: 'olga and ida' });
    expect(windowRows([laneWindowsOf(laneOf(env).state)], 0)).toMatchObject([
      {
        state: 'overridden',
        tickets: ['1'],
        text: expect.stringContaining(
          `beyond its window by the override of olga, confirmed by ida: ${REASON}`,
        ) as string,
      },
    ]);
    await env.ended('2');
    expect(env.time.nowMs).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
    expect(commitsOf(env)).toEqual(['1', '2']);
  });

  it('does not carry what another ticket saved ahead: that hinders, by name', async () => {
    const env = environment({ saveUpdates: { aheadMs: 14 * HOUR } });
    await waiting(env, '1', '2');
    await env.time.until('both are saved', () => env.secureChange.saved.length === 2);
    await ask(env, '1');
    await confirm(env, '1');
    await env.time.pass(HOUR);
    expect(commitsOf(env)).toEqual([]);
    await env.ended('1');
    await env.ended('2');
    expect(env.time.nowMs).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
  });

  it('wakes a ticket that found no window at all', async () => {
    const env = environment();
    env.calendars.set('nightly', []);
    await env.reach(env.ticket({ id: '1', devices: [manager('DG')] }), 'Implementation');
    await env.parked('window.none', '1');
    await ask(env, '1');
    await confirm(env, '1');
    await env.ended('1');
    expect(commitsOf(env)).toEqual(['1']);
  });

  it('needs a second person who did not ask for it, and neither is the requester or a service account', async () => {
    const env = environment();
    await waiting(env, '1');
    const requester = { login: env.state('1').requester, roles: ['operator'] as const };
    const robot = { login: 'robot', roles: ['operator'] as const, machine: true };
    for (const actor of [requester, robot])
      expect(await ask(env, '1', { actor, key: `by-${actor.login}` })).toMatchObject({ code: 'notAllowed' });
    await ask(env, '1');
    for (const actor of [OLGA, { ...OLGA, login: 'CORP\\OLGA' }, requester, robot])
      expect(await confirm(env, '1', { actor })).toMatchObject({ code: 'notAllowed' });
    await env.time.pass(HOUR);
    expect(env.effects('update', 'commit')).toEqual([]);
    expect(env.view('1').overrides).toMatchObject([{ confirmedBy: null }]);
  });

  it('needs a role that the process names, a reason of 10 characters and devices of the ticket', async () => {
    const env = environment();
    await waiting(env, '1');
    const approver = { login: 'anna', roles: ['approver'] as const };
    expect(await ask(env, '1', { actor: approver, key: 'k1' })).toMatchObject({ code: 'notAllowed' });
    expect(await ask(env, '1', { reason: 'too short', key: 'k2' })).toMatchObject({ code: 'wrongState' });
    expect(await ask(env, '1', { devices: ['FW9'], key: 'k3' })).toMatchObject({ code: 'wrongState' });
    const none = fakeEnvironment();
    await waiting(none, '1');
    expect(await ask(none, '1')).toMatchObject({
      code: 'notAllowed',
      message: expect.stringContaining('lets no person override') as string,
    });
  });

  it('that was not confirmed in time, or that was not used in time, opens nothing', async () => {
    const env = environment();
    await waiting(env, '1');
    await ask(env, '1', { hours: 1 });
    await env.time.pass(HOUR + MINUTE);
    expect(await confirm(env, '1')).toMatchObject({ code: 'wrongState' });

    await ask(env, '1', { hours: 1, key: 'override-two' });
    env.temporal.turnSwitch('stop');
    await confirm(env, '1', { override: 'override-two' });
    await env.time.pass(HOUR + MINUTE);
    env.temporal.turnSwitch('start');
    await env.time.pass(HOUR);
    expect(commitsOf(env)).toEqual([]);
    await env.ended('1');
    expect(env.time.nowMs).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
  });

  it('is used once: after a Commit that failed the ticket waits for its window again', async () => {
    const env = environment();
    await waiting(env, '1');
    await ask(env, '1', { hours: 8 });
    env.secureChange.faults.push({ call: 'commit', ends: 'failed' });
    await confirm(env, '1');
    await env.parked('push.failed', '1');
    await env.operate({ kind: 'retry' }, '1');
    await env.time.pass(2 * HOUR);
    expect(commitsOf(env)).toEqual(['1']);
    await env.ended('1');
    expect(env.time.nowMs).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
    expect(commitsOf(env)).toEqual(['1', '1']);
  });

  it('is not used by a call that SecureChange refused', async () => {
    const env = environment();
    await waiting(env, '1');
    await ask(env, '1');
    env.secureChange.faults.push({ call: 'commit', before: refused() });
    await confirm(env, '1');
    await env.time.until('the refusal is shown', () => env.state('1').parkings.length > 0);
    await env.operate({ kind: 'retry' }, '1');
    await env.ended('1');
    expect(env.time.nowMs).toBeLessThan(WINDOW.opensAtMs);
  });

  it('beats a freeze only where the freeze names its role', async () => {
    const freeze = { opensAtMs: 0, closesAtMs: WINDOW.opensAtMs };
    const env = environment();
    await waiting(env, '1');
    env.freezes = [{ ...freeze, overridableBy: ['approver'] }];
    await ask(env, '1');
    await confirm(env, '1');
    await env.time.pass(HOUR);
    expect(commitsOf(env)).toEqual([]);

    env.freezes = [{ ...freeze, overridableBy: ['approver', 'operator'] }];
    await ask(env, '1', { key: 'override-two' });
    await confirm(env, '1', { override: 'override-two' });
    await env.ended('1');
    expect(env.time.nowMs).toBeLessThan(WINDOW.opensAtMs);
  });

  it('of a forged state opens nothing: both signatures are checked again', async () => {
    const env = environment();
    await waiting(env, '1');
    await ask(env, '1');
    const withConfirmation = async (secret?: string): Promise<void> => {
      const { overrides, places } = env.state('1');
      const options = { actor: IDA, ...(secret !== undefined && { secret }) };
      const command = { kind: 'confirm', override: KEY } as const;
      overrides[0]!.confirm = signedCommand(command, 'ticket/1', env.time.nowMs, options);
      places[0]!.missed = true;
      await env.time.pass(30 * MINUTE);
    };
    await withConfirmation('a key that no gateway has');
    expect(commitsOf(env)).toEqual([]);
    await withConfirmation();
    expect(commitsOf(env)).toEqual(['1']);
  });

  it('twice with the same key is one override, and the key of another request is refused', async () => {
    const env = environment();
    await waiting(env, '1');
    await ask(env, '1');
    expect(await ask(env, '1')).toMatchObject({ accepted: true });
    expect(env.view('1').overrides).toHaveLength(1);
    expect(await ask(env, '1', { hours: 5 })).toMatchObject({ code: 'keyReused' });
  });

  it('that was confirmed before its lane lost its history is not used again: a new one is', async () => {
    const env = environment();
    await waiting(env, '1');
    env.temporal.turnSwitch('stop');
    await ask(env, '1');
    await confirm(env, '1');
    await env.time.pass(MINUTE);
    const { key } = laneOf(env).state;
    env.temporal.deletedHistories = true;
    env.temporal.terminateLane(key);
    await env.sweep();
    await env.time.pass(MINUTE);
    expect(laneOf(env).state.paused?.reason).toContain('cannot read its earlier runs');
    laneOf(env).operate({ kind: 'resume' }, 'anna');
    await env.operate({ kind: 'hold' }, '1');
    await env.operate({ kind: 'resume' }, '1');
    env.temporal.turnSwitch('start');
    await env.time.pass(10 * MINUTE);
    expect(commitsOf(env)).toEqual([]);

    await ask(env, '1', { key: 'override-two' });
    await confirm(env, '1', { override: 'override-two' });
    await env.ended('1');
    expect(commitsOf(env)).toEqual(['1']);
    expect(env.time.nowMs).toBeLessThan(WINDOW.opensAtMs);
  });

  it('leaves a review open in the lane until a third person closes it, also after the ticket ended', async () => {
    const env = environment();
    await waiting(env, '1');
    await ask(env, '1');
    await confirm(env, '1');
    await env.ended('1');
    const lane = laneOf(env);
    expect(lane.state.overrides).toMatchObject([{ ticketId: '1', used: ['m-DG'], review: null }]);
    const close = { kind: 'closeReview', override: KEY } as const;
    for (const by of ['olga', 'ida'])
      expect(lane.operate(close, by)).toMatchObject({ accepted: false, code: 'secondPerson' });
    expect(lane.operate({ ...close, override: 'another' }, 'anna')).toMatchObject({ code: 'wrongState' });
    expect(lane.operate(close, 'anna')).toMatchObject({ accepted: true });
    expect(lane.operate(close, 'anna')).toMatchObject({ code: 'wrongState' });
    expect(lane.state.overrides).toMatchObject([{ review: { by: 'anna' } }]);
  });

  it('alerts the owner of the manager at once, and is a comment in the ticket', async () => {
    const env = environment();
    await waiting(env, '1');
    await ask(env, '1');
    await confirm(env, '1');
    await env.ended('1');
    const comments = env.secureChange.comments.filter(({ text }) => text.includes('override'));
    expect(comments).toHaveLength(1);
    expect(comments[0]!.text).toContain(REASON);
    expect(
      env
        .view('1')
        .timeline.map(({ what }) => what)
        .join('\n'),
    ).toContain('override: owner of');
  });
});
