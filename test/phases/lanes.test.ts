import { DAY, fakeEnvironment, HOUR, MINUTE, shifted, WINDOW } from '../support/fake-environment.js';
import type { FakeEnvironment } from '../support/fake-environment.js';
import { refused, type Fault } from '../support/fake-secure-change.js';
import { directFirewall, manager } from '../support/firewall-change.js';

const BOSS = { laneKey: 'boss', laneName: 'boss' };
/** Two device groups beside each other: a Commit of one does not reach the other. */
const below = (laneKey: string, name: string) => ({
  laneKey,
  laneName: laneKey,
  path: [laneKey, `m-${name}`],
});
/** Its place in the tree is unknown: what is saved there is in the scope of every Commit of its manager. */
const INHERITED = { ...BOSS, path: [] };

describe('a lock of a manager', () => {
  it.each([
    ['15 minutes', undefined, 15 * MINUTE],
    ['as long as its manager allows', 4 * MINUTE, 4 * MINUTE],
  ])(
    'that is held for %s asks a person, names holder and since when, and is tried on',
    async (_, lockAlarmMs, ms) => {
      const env = fakeEnvironment();
      if (lockAlarmMs !== undefined) env.managers.set(BOSS.laneKey, { lockAlarmMs });
      await env.reach(env.ticket({ id: '1', devices: [manager('ADOM', BOSS)] }), 'Implementation');
      env.secureChange.faults.push({
        call: 'commit',
        before: refused({ kind: 'locked', message: 'Device is locked by h.novak', holder: 'h.novak' }),
        times: 10_000,
      });
      await env.time.pass(WINDOW.opensAtMs + ms - MINUTE - env.time.nowMs);
      expect(env.view('1').needsAttention).toBeNull();
      await env.parked('lane.locked', '1');
      // The lane looks every 5 minutes at the latest.
      expect(env.time.nowMs - WINDOW.opensAtMs).toBeLessThan(ms + 6 * MINUTE);
      expect(env.view('1').needsAttention?.reason).toMatch(/locked by h\.novak.*\(since 2026-11-23 22:00/);
      env.secureChange.faults.length = 0;
      await env.ended('1');
      expect(env.secureChange.enforced).toHaveLength(1);
    },
  );
});

describe('a lock that is held past the last start of a window', () => {
  it.each<[string, Fault]>([
    [
      'that SecureChange reports when the Commit is called',
      {
        call: 'commit',
        before: refused({ kind: 'locked', message: 'Device is locked by h.novak', holder: 'h.novak' }),
        times: 10_000,
      },
    ],
    ['that the report of the Commit names', { call: 'commit', ends: 'locked', times: 10_000 }],
  ])('%s moves the tickets to the next window: nothing goes live beside one', async (_, lock) => {
    const env = fakeEnvironment();
    env.calendars.set('nightly', [WINDOW, shifted(WINDOW, DAY)]);
    for (const id of ['1', '2'])
      await env.reach(env.ticket({ id, devices: [manager('ADOM')] }), 'Implementation');
    env.secureChange.faults.push({ ...lock });
    for (const id of ['1', '2']) await env.parked('lane.locked', id);
    expect(env.view('1').needsAttention?.reason).toContain('is locked by h.novak');
    await env.time.pass(WINDOW.closesAtMs + HOUR - env.time.nowMs);
    expect(env.view('1')).toMatchObject({ parkings: [], waiting: { for: 'window' } });
    env.secureChange.faults.length = 0;
    await env.time.pass(2 * HOUR);
    expect(env.secureChange.enforced).toEqual([]);

    for (const id of ['1', '2']) await env.ended(id);
    const { enforced } = env.secureChange;
    expect(enforced.map(({ ticketId }) => ticketId).sort()).toEqual(['1', '2']);
    const next = shifted(WINDOW, DAY);
    for (const { atMs } of enforced) {
      expect(atMs).toBeGreaterThanOrEqual(next.opensAtMs);
      expect(atMs).toBeLessThanOrEqual(next.closesAtMs);
    }
  });
});

describe('a lane', () => {
  it('pushes one after the other, and rests in between', async () => {
    const env = fakeEnvironment();
    env.settings = { ...env.settings, restMs: 45_000 };
    for (const id of ['1', '2', '3']) {
      await env.reach(
        env.ticket({ id, devices: [manager(`FW${id}`, below('boss', `FW${id}`))] }),
        'Implementation',
      );
    }
    for (const id of ['1', '2', '3']) await env.ended(id);

    const commits = env.secureChange.effects.filter(({ kind }) => kind === 'commit').map(({ atMs }) => atMs);
    expect(commits.length).toBe(3);
    for (const [index, atMs] of commits.slice(1).entries()) {
      expect(atMs - commits[index]!).toBeGreaterThanOrEqual(env.secureChange.pushMs + env.settings.restMs);
    }
  });

  it('serves the urgent ticket first, whoever came first', async () => {
    const env = fakeEnvironment();
    for (const [id, priority] of [
      ['1', 'Low'],
      ['2', 'Critical'],
      ['3', 'Normal'],
    ] as const) {
      await env.reach(
        env.ticket({ id, priority, devices: [manager(`FW${id}`, below('boss', `FW${id}`))] }),
        'Implementation',
      );
    }
    for (const id of ['1', '2', '3']) await env.ended(id);
    expect(env.effects('commit')).toEqual(['commit FW2', 'commit FW3', 'commit FW1']);
  });

  it('and another that start in the same instant push one after the other: the task takes one at a time', async () => {
    const env = fakeEnvironment();
    const devices = [1, 2, 3, 4, 5].map((number) => manager(`FW${number}`));
    await env.reach(env.ticket({ devices }), 'Implementation');
    await env.ended();

    expect(env.effects('commit').length).toBe(5);
    expect(env.secureChange.atOnce).toBe(1);
    const lasted = env.secureChange.landed.at(-1)!.atMs - WINDOW.opensAtMs;
    expect(lasted).toBeLessThan(5 * (env.secureChange.pushMs + 20_000));
  });
});

describe('the ledger of saved Updates', () => {
  async function blocked(env: FakeEnvironment): Promise<void> {
    const dead = env.ticket({ id: '1', devices: [manager('FW1', INHERITED)] });
    await env.reach(dead, 'Implementation');
    await env.time.pass(HOUR);
    dead.end('cancelled');
    await env.ended('1');
    await env.reach(env.ticket({ id: '2', devices: [manager('FW2', BOSS)] }), 'Implementation');
    await env.parked('lane.hindered', '2');
  }

  it('of a cancelled ticket blocks the next Commit on that manager until a person accepts it', async () => {
    const env = fakeEnvironment();
    await blocked(env);
    expect(env.effects('commit')).toEqual([]);
    expect(env.view('2').needsAttention).toMatchObject({
      reason: expect.stringContaining('ticket 1 on FW1 (it was cancelled)') as string,
      waysOut: [{ command: 'acceptLedger', hint: 'sco lane accept boss --reason "…"' }, { command: 'abort' }],
    });
    expect(env.view('2').waiting?.for).toBe('ledger');
    await env.time.pass(DAY);
    expect(env.effects('commit')).toEqual([]);

    env.temporal.lane('boss').operate({ kind: 'acceptLedger', ticketId: '1' }, 'anna');
    await env.ended('2');
    expect(env.effects('commit')).toEqual(['commit FW2']);
    expect(env.view('2').needsAttention).toBeNull();
  });

  it('is signalled again to a ticket that continued as new while it was blocked', async () => {
    const env = fakeEnvironment();
    await blocked(env);
    env.temporal.historyIsLong = ({ state }) => state.continueAsNewCount === 0;
    await env.time.until('continuedAsNew', () => env.state('2').continueAsNewCount === 1);
    await env.parked('lane.hindered', '2');
    env.temporal.lane('boss').operate({ kind: 'acceptLedger', ticketId: null }, 'anna');
    await env.ended('2');
    expect(env.effects('commit')).toEqual(['commit FW2']);
  });

  it('hinders nothing while its ticket lives, and nothing more is saved while it hinders', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket({ id: '1', devices: [manager('FW1', BOSS)] }), 'Implementation');
    await env.reach(env.ticket({ id: '2', devices: [manager('FW2', BOSS)] }), 'Implementation');
    await env.ended('1');
    await env.ended('2');
    expect(env.effects('commit')).toEqual(['commit FW1', 'commit FW2']);

    const other = fakeEnvironment();
    await blocked(other);
    expect(other.effects('update')).toEqual(['update FW1']);
  });
});

describe('a ticket that ends meanwhile', () => {
  it('during the wait for its window pushes nothing, and its saved Update stays in the ledger', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] });
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    ticket.end('cancelled');
    await env.ended();
    await env.time.idle();

    expect(env.run().outcome).toBe('cancelled');
    expect(env.effects('commit')).toEqual([]);
    expect(env.effects('update')).toEqual(['update FW1']);
    expect(env.temporal.lane('manager-of-FW1').state.ledger).toMatchObject([
      { targetName: 'FW1', left: { because: 'cancelled' } },
    ]);
    expect(env.temporal.lane('manager-of-EDGE').state).toMatchObject({
      queue: [],
      ledger: [],
      push: null,
    });
  });

  it('while a push runs: that push ends with a result, and nothing more is sent', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ devices: [manager('FW1'), manager('FW2')] });
    await env.reach(ticket, 'Implementation');
    await env.time.until('the first Commit is sent', () => env.effects('commit').length === 1);
    ticket.end('cancelled');
    await env.ended();
    await env.time.idle();

    expect(env.effects('commit')).toEqual(['commit FW1']);
    expect(env.secureChange.landed.filter(({ kind }) => kind === 'commit').length).toBe(1);
    const lanes = [...env.temporal.lanes.values()].map(({ state }) => state);
    expect(lanes.every(({ push, queue }) => push === null && queue.length === 0)).toBe(true);
    expect(env.temporal.lane('manager-of-FW1').state.ledger).toEqual([]);
    expect(env.temporal.lane('manager-of-FW2').state.ledger).toMatchObject([
      { left: { because: 'cancelled' } },
    ]);
  });

  it('in an older epoch leaves its lane; the new epoch enrols again', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket();
    await env.reach(ticket, 'Implementation');
    await env.time.pass(HOUR);
    ticket.redo('Design and Risk');
    await env.time.until('approval asked for', () => ticket.current?.name === 'Approval');
    expect(env.temporal.lane('manager-of-FW1').state.queue).toEqual([]);
    ticket.approve('a.schmidt');
    await env.time.pass(HOUR);
    expect(env.temporal.lane('manager-of-FW1').state.queue).toMatchObject([{ epoch: 2 }]);
    await env.ended();
    expect(env.effects('update', 'commit')).toEqual(['update FW1', 'commit FW1']);
  });
});
