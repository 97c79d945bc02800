import type { ConflictPolicy } from '../../src/domain/conflicts.js';
import { laneViewOf } from '../../src/domain/lane-view.js';
import { fakeEnvironment, HOUR, MINUTE, WINDOW, type FakeEnvironment } from '../support/fake-environment.js';
import { firewallChange, manager } from '../support/firewall-change.js';

function environment(conflicts?: ConflictPolicy): FakeEnvironment {
  const env = fakeEnvironment();
  const part = conflicts === undefined ? {} : { conflicts };
  env.processes.set('Firewall change', firewallChange({ saveUpdates: 'inWindow', ...part }));
  return env;
}

/** A ticket that waits for the window of the evening and changes these rules of the device group. */
async function waiting(env: FakeEnvironment, id: string, ...touches: string[]): Promise<void> {
  const changes = touches.length === 0 ? {} : { touches };
  await env.reach(env.ticket({ id, devices: [manager('DG', changes)] }), 'Implementation');
  await env.time.until(`ticket ${id} waits`, () => env.state(id).places.some(({ enrolled }) => enrolled));
}

const laneOf = (env: FakeEnvironment) => [...env.temporal.lanes.values()][0]!;
const pushesOf = (env: FakeEnvironment): (readonly string[])[] =>
  laneOf(env)
    .state.past.filter(({ sent }) => sent)
    .map(({ tickets }) => tickets);
const timelineOf = (env: FakeEnvironment, id: string): string =>
  env
    .state(id)
    .timeline.map(({ what }) => what)
    .join('\n');

describe('tickets that change the same rule', () => {
  it('share a push where the process ignores it, as it does unless it is written', async () => {
    const env = environment();
    await waiting(env, '1', 'rule Web');
    await waiting(env, '2', 'rule Web');
    await env.ended('2');
    expect(pushesOf(env)).toEqual([['1', '2']]);
    expect(timelineOf(env, '2')).not.toContain('also changed by');
  });

  it('are named before the Update, and go on together, with policy warn', async () => {
    const env = environment({ policy: 'warn', on: 'rule' });
    await waiting(env, '1', 'rule Web');
    await waiting(env, '2', 'rule Db', 'rule Web');
    expect(env.effects('update')).toEqual([]);
    expect(timelineOf(env, '2')).toContain(
      'DG: also changed by ticket 1 on DG (rule Web); this ticket goes on',
    );
    expect(timelineOf(env, '1')).not.toContain('also changed by');
    await env.ended('2');
    expect(pushesOf(env)).toEqual([['1', '2']]);
  });

  it('go one after the other with policy wait; each says for whom it waits', async () => {
    const env = environment({ policy: 'wait', on: 'rule' });
    await waiting(env, '1', 'rule Web');
    await waiting(env, '2', 'rule Web');
    await waiting(env, '3', 'rule Mail');
    await env.time.pass(MINUTE);
    expect(env.view('2').waiting).toMatchObject({
      for: 'lane',
      what: expect.stringContaining('ticket 1 on DG (rule Web) goes first') as string,
    });
    expect(env.view('2').needsAttention).toBeNull();
    const queue = laneViewOf(laneOf(env).state, env.time.nowMs).queue;
    expect(queue.map(({ ticketId, hinderedBy }) => [ticketId, hinderedBy])).toEqual([
      ['1', []],
      ['2', ['ticket 1 on DG (rule Web) goes first']],
      ['3', []],
    ]);
    await env.ended('2');
    expect(pushesOf(env)).toEqual([['1', '3'], ['2']]);
    const updates = env.secureChange.effects.filter(({ kind }) => kind === 'update' || kind === 'commit');
    expect(updates.map(({ kind, ticketId }) => `${kind} ${ticketId}`).slice(-2)).toEqual([
      'update 2',
      'commit 2',
    ]);
  });

  it('wait no longer when the first one is cancelled', async () => {
    const env = environment({ policy: 'wait', on: 'rule' });
    await waiting(env, '1', 'rule Web');
    await waiting(env, '2', 'rule Web');
    env.secureChange.tickets.get('1')!.end('cancelled');
    await env.ended('2');
    expect(pushesOf(env)).toEqual([['2']]);
    expect(env.time.nowMs).toBeLessThan(WINDOW.closesAtMs);
  });

  it('do not wait for each other when the later one is saved already', async () => {
    const env = environment({ policy: 'wait', on: 'device' });
    env.processes.set(
      'Firewall change',
      firewallChange({ saveUpdates: { aheadMs: 14 * HOUR }, conflicts: { policy: 'wait', on: 'device' } }),
    );
    await waiting(env, '1');
    await env.time.until('1 is saved', () => env.secureChange.saved.length === 1);
    await waiting(env, '2');
    await env.time.pass(HOUR);
    expect(env.secureChange.saved.map(({ ticketId }) => ticketId)).toEqual(['1']);
    await env.ended('1');
    await env.ended('2');
    expect(
      pushesOf(env)
        .flat()
        .filter((id) => id === '2').length,
    ).toBeGreaterThan(0);
    expect(env.secureChange.enforced.map(({ ticketId }) => ticketId)).toEqual(['1', '2']);
  });

  it('count a ticket whose rules are too many to list as one that changes any', async () => {
    const env = environment({ policy: 'wait', on: 'rule' });
    await waiting(env, '1', '*');
    await waiting(env, '2', 'rule Web');
    await env.ended('2');
    expect(pushesOf(env)).toEqual([['1'], ['2']]);
  });
});

it('policy wait on the device lets one ticket of a device group go after the other', async () => {
  const env = environment({ policy: 'wait', on: 'device' });
  await waiting(env, '1');
  await waiting(env, '2');
  await env.ended('2');
  expect(pushesOf(env)).toEqual([['1'], ['2']]);
});
