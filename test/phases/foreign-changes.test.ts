import type { ForeignPolicy } from '../../src/domain/foreign.js';
import { DEFAULT_FOREIGN } from '../../src/domain/foreign.js';
import { refused, SERVICE_LOGIN } from '../support/fake-secure-change.js';
import { fakeEnvironment, HOUR, WINDOW, type FakeEnvironment } from '../support/fake-environment.js';
import { manager } from '../support/firewall-change.js';

const LANE = 'manager-of-DG';

async function ticket(foreignChanges: Partial<ForeignPolicy> = {}): Promise<FakeEnvironment> {
  const env = fakeEnvironment();
  const policy = { ...DEFAULT_FOREIGN, accounts: [SERVICE_LOGIN], ...foreignChanges };
  env.managers.set(LANE, { foreignChanges: policy });
  const one = env.ticket({ id: '1', devices: [{ ...manager('DG'), path: [LANE, 'm-DG'] }] });
  await env.reach(one, 'Implementation');
  await env.time.until('it waits', () => env.temporal.lanes.get(LANE)?.state.queue.length === 1);
  return env;
}

function saves(env: FakeEnvironment, administrator: string, number: number, device = 'm-DG'): void {
  const known = env.secureChange.foreignRevisions.get(device) ?? [];
  env.secureChange.foreignRevisions.set(device, [...known, { number, administrator, printedAt: null }]);
}

const parked = (env: FakeEnvironment) =>
  env.view('1').parkings.find(({ code }) => code === 'lane.foreign_change');

describe('a change that another administrator saved on the manager', () => {
  it('blocks the Commit; the ticket says whose it is and what to type', async () => {
    const env = await ticket();
    saves(env, 'h.novak', 500);
    await env.parked('lane.foreign_change', '1');
    expect(env.effects('commit')).toEqual([]);
    expect(parked(env)?.reason).toContain('h.novak (device m-DG, revision 500)');
    expect(parked(env)?.waysOut[0]?.hint).toMatch(
      /^sco lane accept-foreign manager-of-DG --target m-DG --seen [0-9a-f]{8} /,
    );
  });

  it('goes live once a named person accepted exactly that', async () => {
    const env = await ticket();
    saves(env, 'h.novak', 500);
    await env.parked('lane.foreign_change', '1');
    const seen = /--seen (\w+)/.exec(parked(env)?.waysOut[0]?.hint ?? '')?.[1] ?? '';
    const command = { kind: 'acceptForeign', target: 'DG', seen, hours: 12 } as const;
    env.temporal.lane(LANE).operate(command, 'anna');
    await env.ended('1');
    expect(env.effects('commit')).toEqual(['commit DG']);
    const push = [...env.temporal.pushes.values()].at(-1);
    expect(push?.results?.members[0]?.result).toMatchObject({
      kind: 'live',
      foreign: expect.stringContaining('h.novak (device m-DG, revision 500)'),
    });
    expect(JSON.stringify(push?.results)).toContain('accepted by anna');
    const { foreign, foreignSince } = env.temporal.lane(LANE).state;
    expect(foreign).toMatchObject([{ accepted: null }]);
    expect(foreignSince['m-DG']?.['m-DG']).toBe(500);
  });

  it('blocks no later ticket once it is live', async () => {
    const env = await ticket();
    saves(env, 'h.novak', 500);
    await env.parked('lane.foreign_change', '1');
    const seen = /--seen (\w+)/.exec(parked(env)?.waysOut[0]?.hint ?? '')?.[1] ?? '';
    env.temporal.lane(LANE).operate({ kind: 'acceptForeign', target: 'DG', seen, hours: 12 }, 'anna');
    await env.ended('1');
    await env.time.pass(WINDOW.closesAtMs + HOUR - env.time.nowMs);
    await env.reach(
      env.ticket({ id: '2', devices: [{ ...manager('DG'), path: [LANE, 'm-DG'] }] }),
      'Implementation',
    );
    await env.time.until('it waits', () => env.temporal.lane(LANE).state.queue.length === 1);
    await env.time.pass(HOUR);
    expect(env.view('2').parkings).toEqual([]);
    await env.ended('2');
    expect(env.view('2').timeline.filter(({ what }) => what.includes('h.novak'))).toEqual([]);
  });

  it('needs another acceptance when more was saved meanwhile', async () => {
    const env = await ticket();
    saves(env, 'h.novak', 500);
    await env.parked('lane.foreign_change', '1');
    const seen = /--seen (\w+)/.exec(parked(env)?.waysOut[0]?.hint ?? '')?.[1] ?? '';
    saves(env, 'k.other', 501);
    const command = { kind: 'acceptForeign', target: 'DG', seen, hours: 12 } as const;
    env.temporal.lane(LANE).operate(command, 'anna');
    await env.time.until('both are named', () => parked(env)?.reason.includes('k.other') === true);
    expect(env.effects('commit')).toEqual([]);
  });

  it('counts also above the target, where its Commit carries it', async () => {
    const env = await ticket();
    saves(env, 'h.novak', 500, LANE);
    await env.parked('lane.foreign_change', '1');
    expect(parked(env)?.reason).toContain(`device ${LANE}, revision 500`);
  });

  it.each<[string, Partial<ForeignPolicy>, string, number]>([
    ['it is an account of ours', {}, 'SCO', 500],
    ['the policy allows it', { known: 'allow' }, 'h.novak', 500],
    ['it was there when the ticket enrolled', {}, 'h.novak', 1],
  ])('does not block when %s', async (_what, policy, administrator, number) => {
    const env = await ticket(policy);
    saves(env, administrator, number);
    await env.ended('1');
    expect(env.effects('commit')).toEqual(['commit DG']);
  });
});

describe('what cannot be seen', () => {
  it('is shown per push, and does not block by default', async () => {
    const env = await ticket({ accounts: [] });
    await env.ended('1');
    const push = [...env.temporal.pushes.values()].at(-1);
    expect(push?.results?.members[0]?.result).toMatchObject({
      foreign: expect.stringContaining('not visible: config/managers.yaml names no accounts'),
    });
  });

  it.each([
    ['does not answer', 'transient', 'SecureTrack did not answer'],
    ['shows what cannot be read', 'bug', 'a revision that SecureTrack shows cannot be read'],
  ] as const)('blocks where the manager says so, also when SecureTrack %s', async (_what, kind, said) => {
    const env = await ticket({ notVisible: 'block' });
    env.secureChange.faults.push({ call: 'readRevisions', times: 999, before: refused({ kind }) });
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + HOUR);
    await env.parked('lane.foreign_change', '1');
    expect(parked(env)?.reason).toContain(said);
    expect(env.effects('commit')).toEqual([]);
  });

  it('is named by the probe of the manager where SecureTrack does not show it, and blocks until it is gone', async () => {
    const env = await ticket({ notVisible: 'block', probe: 'pending' });
    env.scripts.set('pending', { kind: 'pendingChanges' });
    const change = { administrator: 'h.novak', location: 'shared/rule 7' };
    const printed = (changes: unknown) => ({ stdout: JSON.stringify({ changes }) });
    env.scriptResults.set('pending', [printed([change]), ...Array.from({ length: 50 }, () => printed([]))]);
    await env.parked('lane.foreign_change', '1');
    expect(env.effects('commit')).toEqual([]);
    expect(parked(env)?.reason).toContain('h.novak (shared/rule 7)');
    await env.ended('1');
    const push = [...env.temporal.pushes.values()].at(-1);
    expect(push?.results?.members[0]?.result).toMatchObject({
      foreign: 'no saved change of others is known',
    });
  });
});
