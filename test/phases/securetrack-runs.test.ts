/** Which runs of SecureTrack's change windows hold what a ticket has saved. */
import { DAY, HOUR, MINUTE, WINDOW, type FakeEnvironment } from '../support/fake-environment.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { Unavailable } from '../support/fake-worker.js';
import { manager } from '../support/firewall-change.js';
import { secureTrackCommits, untilSaved, UUID } from '../support/securetrack-commits.js';

/** The Update runs on SecureChange, and the returned function ends it. */
async function saving(env: FakeEnvironment, ticket: FakeTicket): Promise<() => void> {
  const end = env.secureChange.holdPushes();
  await env.reach(ticket, 'Implementation');
  await env.time.until('the Update is sent', () => env.effects('update').length === 1);
  await env.time.pass(10_000);
  return end;
}

async function untilWaiting(env: FakeEnvironment): Promise<void> {
  await env.time.until('it waits for the window', () => env.state().waiting?.for === 'window');
  await env.time.pass(MINUTE);
}

describe('a run that began between the save and the time when the ticket had read of it', () => {
  it('is its Commit', async () => {
    const env = secureTrackCommits();
    const ticket = env.ticket({ devices: [manager('DG')] });
    let isAway = true;
    // No result of a push reaches the ticket.
    env.temporal.beforeCall = (id, message) =>
      isAway && id === `ticket/${ticket.id}` && message === 'laneNews' ? new Unavailable('away') : null;
    await env.reach(ticket, 'Implementation');
    await env.time.until('its Update is saved', () => env.secureChange.landed.length === 1);
    await env.time.pass(20_000);
    expect(env.state().targets).toMatchObject([{ update: 'running' }]);

    env.secureChange.runWindow(UUID, [{ name: 'DG' }], [], { tookMs: 8_000 });
    isAway = false;
    await env.parked('window.outside_copy');
    expect(env.state().targets).toMatchObject([{ update: 'done', commit: 'done' }]);
  });
});

describe('a run that committed the device while the Update was being saved', () => {
  it.each([
    ['began and ended meanwhile', 1_000],
    ['began before it', HOUR],
  ])('is asked about (%s), and a later one ends the question', async (_, tookMs) => {
    const env = secureTrackCommits();
    const ticket = env.ticket({ devices: [manager('DG')] });
    const end = await saving(env, ticket);
    const runId = env.secureChange.runWindow(UUID, [{ name: 'DG' }], [], { tookMs });
    await env.time.pass(10_000);
    end();
    await env.parked('commit.window_failed');
    const reason = env.view().needsAttention?.reason;
    expect(reason).toContain(`run ${runId} from`);
    expect(reason).toContain('committed DG while this change was being saved');
    expect(env.state().targets).toMatchObject([{ update: 'done', commit: 'todo' }]);

    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + MINUTE);
    env.secureChange.runWindow(UUID, [{ name: 'DG' }]);
    await env.ended();
    expect(env.effects('commit')).toEqual([]);
  });

  it('is not asked about again once an operator has answered, also after the ticket continued as new', async () => {
    const env = secureTrackCommits();
    const ticket = env.ticket({ devices: [manager('DG')] });
    const end = await saving(env, ticket);
    env.secureChange.runWindow(UUID, [{ name: 'DG' }]);
    await env.time.pass(10_000);
    end();
    await env.parked('commit.window_failed');
    await env.operate({ kind: 'retry' });
    await untilWaiting(env);
    expect(env.state().parkings).toEqual([]);

    env.temporal.historyIsLong = ({ state }) => state.continueAsNewCount === 0;
    await env.time.until('continuedAsNew', () => env.state().continueAsNewCount === 1);
    await untilWaiting(env);
    expect(env.state().parkings).toEqual([]);
  });

  it('says nothing of a change that was saved long after its end', async () => {
    const env = secureTrackCommits();
    const ticket = env.ticket({ devices: [manager('DG')] });
    env.secureChange.runWindow(UUID, [{ name: 'DG' }], [], { tookMs: HOUR });
    await untilSaved(env, ticket);
    expect(env.state().parkings).toEqual([]);
    expect(env.state().targets).toMatchObject([{ commit: 'todo' }]);
  });
});

describe('a question about a run', () => {
  it('is still asked after the ticket continued as new', async () => {
    const env = secureTrackCommits();
    const ticket = env.ticket({ devices: [manager('DG')] });
    await untilSaved(env, ticket);
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + MINUTE);
    env.secureChange.runWindow(UUID, [{ name: 'DG', outcome: 'failed', message: 'Login error' }]);
    await env.parked('commit.window_failed');

    env.temporal.historyIsLong = ({ state }) => state.continueAsNewCount === 0;
    await env.time.until('continuedAsNew', () => env.state().continueAsNewCount === 1);
    await env.time.pass(MINUTE);
    await env.parked('commit.window_failed');
    expect(env.view().needsAttention?.reason).toContain('Login error');

    await env.time.pass(DAY);
    env.secureChange.runWindow(UUID, [{ name: 'DG' }]);
    await env.ended();
  });
});

describe('what cannot be read of the runs', () => {
  it('makes it unknown whether the window ran, and what a run did', async () => {
    const env = secureTrackCommits();
    const ticket = env.ticket({ devices: [manager('DG')] });
    await untilSaved(env, ticket);
    env.secureChange.oddWindowRuns = [{ uuid: UUID, row: 'run 196' }];
    await env.time.pass(WINDOW.closesAtMs - env.time.nowMs + 20 * MINUTE);
    await env.parked('window.securetrack');
    expect(env.view().needsAttention?.reason).toContain('it is not known whether change window Nightly ran');
    expect(env.view().needsAttention?.reason).toContain('cannot be read, run 196');

    await env.time.pass(DAY - HOUR);
    env.secureChange.runWindow(UUID, [], [], { odd: ['device at place 1'] });
    await env.parked('commit.window_failed');
    expect(env.view().needsAttention?.reason).toContain(
      'is not known, for it cannot be read: device at place 1',
    );
  });
});

describe('a clock of SecureTrack that is wrong', () => {
  it.each([
    ['ahead', { leastMs: 3_000, mostMs: 4_000 }],
    ['behind', { leastMs: -4_000, mostMs: -3_000 }],
    ['not shown', null],
  ])(
    'takes no run for a Commit (%s), asks once, and goes on when it is right again',
    async (_, difference) => {
      const env = secureTrackCommits();
      const ticket = env.ticket({ devices: [manager('DG')] });
      await untilSaved(env, ticket);
      env.secureChange.secureTrackAhead = difference;
      await env.parked('window.securetrack');
      expect(env.view().needsAttention?.reason).toMatch(/the clock of SecureTrack|answers of SecureTrack/);
      const asked = env.state().timeline.length;
      await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + MINUTE);
      env.secureChange.runWindow(UUID, [{ name: 'DG' }]);
      if (difference !== null)
        env.secureChange.secureTrackAhead = {
          leastMs: difference.leastMs * 2,
          mostMs: difference.mostMs * 2,
        };
      await env.time.pass(HOUR);
      expect(env.state().targets).toMatchObject([{ commit: 'todo' }]);
      expect(env.state().timeline).toHaveLength(asked);

      env.secureChange.secureTrackAhead = { leastMs: 0, mostMs: 900 };
      await env.ended();
      expect(env.state().targets).toMatchObject([{ commit: 'done' }]);
    },
  );
});
