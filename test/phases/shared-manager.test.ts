import { preflightOf } from '../../src/domain/preflight.js';
import {
  DAY,
  fakeEnvironment,
  HOUR,
  shifted,
  WINDOW,
  type FakeEnvironment,
} from '../support/fake-environment.js';
import { refused } from '../support/fake-secure-change.js';
import { firewallChange, manager } from '../support/firewall-change.js';

/** Tickets that change one device group. */
async function tickets(env: FakeEnvironment, ...ids: string[]) {
  const made = ids.map((id) => env.ticket({ id, devices: [manager('DG')] }));
  for (const ticket of made) await env.reach(ticket, 'Implementation');
  return made;
}

/** The same, with their Updates saved hours before the window. */
async function ticketsSavedAhead(env: FakeEnvironment, ...ids: string[]) {
  env.processes.set('Firewall change', firewallChange({ saveUpdates: { aheadMs: 6 * HOUR } }));
  const made = await tickets(env, ...ids);
  await env.time.until('all are saved', () => env.secureChange.saved.length === ids.length);
  return made;
}

const calls = (env: FakeEnvironment, kind: string): string[] =>
  env.secureChange.effects.filter((effect) => effect.kind === kind).map(({ ticketId }) => ticketId);

describe('tickets that share a manager', () => {
  it('go live with one Commit, each with a result that names it', async () => {
    const env = fakeEnvironment();
    await tickets(env, '1', '2', '3');
    for (const id of ['1', '2', '3']) await env.ended(id);

    expect(calls(env, 'commit')).toHaveLength(1);
    expect(env.secureChange.enforced.map(({ ticketId }) => ticketId).sort()).toEqual(['1', '2', '3']);
    for (const id of ['1', '2', '3']) {
      expect(env.view(id)).toMatchObject({
        outcome: 'closed',
        targets: [{ update: 'done', commit: 'done' }],
      });
    }
    const commits = [...env.temporal.pushes.values()].filter(({ run }) => run.start.kind === 'commit');
    expect(commits.map(({ results }) => results?.members.length)).toEqual([3]);
  });

  it('each get a comment in SecureChange that says whose push made them live', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ commentPushes: true }));
    await tickets(env, '1', '2');
    for (const id of ['1', '2']) await env.ended(id);

    const { comments } = env.secureChange;
    expect(comments.map(({ ticketId }) => ticketId).sort()).toEqual(['1', '2']);
    const textOf = (id: string) => comments.find(({ ticketId }) => ticketId === id)?.text;
    expect(textOf('1')).toMatch(/^DG \(manager .*\): push \d+, with tickets 2/);
    expect(textOf('2')).toMatch(/^DG \(manager .*\): push \d+, Commit of ticket 1/);
  });

  it('go on when SecureChange refuses the comment', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ commentPushes: true }));
    env.secureChange.faults.push({ call: 'addComment', before: refused() });
    await tickets(env, '1');
    await env.ended('1');

    expect(env.view('1')).toMatchObject({ outcome: 'closed' });
    expect(env.secureChange.comments).toEqual([]);
  });

  it('never make a ticket live that was sent back after its Update was saved: it hinders, by name', async () => {
    const env = fakeEnvironment();
    const [first] = await ticketsSavedAhead(env, '1', '2');
    first!.redo('Approval');
    await env.time.pass(HOUR);
    await env.parked('lane.hindered', '2');
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + HOUR);

    expect(env.secureChange.enforced).toEqual([]);
    expect(env.view('2').needsAttention?.reason).toContain(
      'ticket 1 on DG (it was sent back and its approval is void)',
    );
    env.temporal.lane('manager-of-DG').operate({ kind: 'acceptLedger', ticketId: '1' }, 'anna');
    await env.ended('2');
    expect(env.secureChange.enforced.map(({ ticketId }) => ticketId).sort()).toEqual(['1', '2']);
  });

  it('are all judged by the one call, where all are saved: who may no longer go live is left out, and hinders', async () => {
    const env = fakeEnvironment();
    const made = await ticketsSavedAhead(env, '1', '2', '3', '4', '5');
    let calls = 0;
    env.temporal.beforeCall = (_, message) => {
      if (message === 'laneSendFacts') calls += 1;
      return null;
    };
    for (const ticket of made.slice(0, 3)) ticket.expired = true;
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + 60_000);
    const { ledger } = env.temporal.lane('manager-of-DG').state;
    const gateClosed = ledger.filter(({ left }) => left?.because === 'gateClosed');
    expect(gateClosed.map(({ ticketId }) => ticketId).sort()).toEqual(['1', '2', '3']);
    expect(env.secureChange.enforced).toEqual([]);
    // One call finds all three, the next one finds nothing but what they hinder.
    expect(calls).toBe(2);
  });

  it('wait for each other where their windows differ and something is saved', async () => {
    const env = fakeEnvironment();
    const { window } = firewallChange();
    env.processes.set(
      'Late change',
      firewallChange({ workflow: 'Late change', window: { ...window, calendar: 'late' } }),
    );
    env.calendars.set('late', [shifted(WINDOW, DAY)]);
    const early = env.ticket({ id: '1', devices: [manager('DG')] });
    const late = env.ticket({ id: '2', workflow: 'Late change', devices: [manager('DG')] });
    await env.reach(early, 'Implementation');
    await env.reach(late, 'Implementation');
    await env.ended('1');
    await env.ended('2');

    const at = (id: string) => env.secureChange.enforced.find(({ ticketId }) => ticketId === id)!.atMs;
    expect(at('1')).toBeLessThan(WINDOW.closesAtMs);
    expect(at('2')).toBeGreaterThanOrEqual(WINDOW.opensAtMs + DAY);
  });

  it('are done without a window where another Commit may carry what they saved: nothing is committed twice', async () => {
    const env = fakeEnvironment();
    const { window } = firewallChange();
    env.processes.set(
      'Late change',
      firewallChange({
        workflow: 'Late change',
        saveUpdates: 'inWindow',
        window: { ...window, calendar: 'late' },
      }),
    );
    env.calendars.set('late', [shifted(WINDOW, DAY)]);
    const devices = [manager('DG'), manager('OTHER'), manager('THIRD')];
    await env.reach(env.ticket({ id: '1', devices }), 'Implementation');
    await env.time.until('all are saved', () => env.secureChange.saved.length === 3);
    await env.reach(
      env.ticket({ id: '2', workflow: 'Late change', devices: [manager('DG')] }),
      'Implementation',
    );
    env.calendars.set('nightly', []);
    env.ruleVersion = 'r2';
    await env.sweep();
    await env.parked('window.none', '1');
    await env.parked('lane.hindered', '2');
    env.temporal.lane('manager-of-DG').operate({ kind: 'acceptLedger', ticketId: '1' }, 'anna');
    await env.ended('2');
    await env.time.pass(HOUR);

    const waitsFor = (): readonly (string | null)[] =>
      env.view('1').parkings.map(({ targetName }) => targetName);
    expect(waitsFor()).toEqual(['OTHER', 'THIRD']);
    env.calendars.set('nightly', [{ opensAtMs: env.time.nowMs, closesAtMs: env.time.nowMs + DAY }]);
    env.ruleVersion = 'r3';
    await env.sweep();
    await env.ended('1');
    expect(env.effects('commit')).toEqual(['commit DG', 'commit OTHER', 'commit THIRD']);
    expect(calls(env, 'commit')).toEqual(['2', '1', '1']);
  });

  it('are not committed while one of them is held that has saved already', async () => {
    const env = fakeEnvironment();
    await ticketsSavedAhead(env, '1', '2');
    await env.operate({ kind: 'hold' }, '1');
    await env.parked('lane.hindered', '2');
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + HOUR);
    expect(env.secureChange.enforced).toEqual([]);

    await env.operate({ kind: 'resume' }, '1');
    for (const id of ['1', '2']) await env.ended(id);
    expect(calls(env, 'commit')).toHaveLength(1);
  });

  it('share a push also in a window that is shorter than a push usually takes', async () => {
    const env = fakeEnvironment();
    env.managers.set('manager-of-DG', { expectedPushMs: 2 * DAY });
    await tickets(env, '1', '2');
    for (const id of ['1', '2']) await env.ended(id);
    expect(calls(env, 'commit')).toHaveLength(1);
  });

  it('know how long they need from what Updates and Commits of their manager took in the pushes before', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ saveUpdates: 'inWindow' }));
    env.secureChange.pushMs = 60_000;
    await tickets(env, '1', '2', '3', '4');
    for (const id of ['1', '2', '3', '4']) await env.ended(id);
    expect(calls(env, 'commit')).toHaveLength(1);

    env.calendars.set('nightly', [shifted(WINDOW, DAY)]);
    await tickets(env, '5', '6', '7');
    const { state } = env.temporal.lane('manager-of-DG');
    await env.time.until('all have a place', () => state.queue.length === 3);
    const forecast = preflightOf(state, env.time.nowMs);
    expect(forecast).toMatchObject({ saves: 3, pushes: 1 });
    for (const id of ['5', '6', '7']) await env.ended(id);
    const took = state.past.at(-1)!;
    const ratio = forecast!.needsMs / (took.endedAtMs - took.startedAtMs);
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.2);
  });

  it('lose nothing when their push is terminated before it sent anything', async () => {
    const env = fakeEnvironment();
    await tickets(env, '1', '2');
    await env.time.until('a push runs', () => env.temporal.pushes.size === 1);
    env.temporal.terminatePush([...env.temporal.pushes.keys()][0]!);
    for (const id of ['1', '2']) await env.ended(id);
    expect(calls(env, 'commit')).toHaveLength(1);
    expect(env.secureChange.enforced).toHaveLength(2);
  });

  it('all get a result when their push is terminated after its Commit: another run finds out, and nothing is sent twice', async () => {
    const env = fakeEnvironment();
    env.secureChange.pushMs = 20 * 60_000;
    await tickets(env, '1', '2');
    await env.time.until('the Commit is sent', () => calls(env, 'commit').length === 1);
    env.temporal.terminatePush([...env.temporal.pushes.keys()].at(-1)!);
    for (const id of ['1', '2']) await env.ended(id);
    expect(calls(env, 'commit')).toHaveLength(1);
    for (const id of ['1', '2'])
      expect(env.view(id)).toMatchObject({ outcome: 'closed', targets: [{ commit: 'done' }] });
  });

  it('ask once, for all members, when it is unknown whether their Commit was made', async () => {
    const env = fakeEnvironment();
    await tickets(env, '1', '2');
    env.secureChange.faults.push({
      call: 'commit',
      ends: 'vanishes',
      after: refused({ kind: 'ambiguous' }),
    });
    for (const id of ['1', '2']) await env.parked('push.unknown', id);
    await env.temporal.decide('wasNotSent');
    for (const id of ['1', '2']) await env.ended(id);
    expect(calls(env, 'commit')).toHaveLength(2);
    expect(env.secureChange.enforced).toHaveLength(2);
  });

  it('count as live where nothing was left to install because a SecureTrack window ran meanwhile', async () => {
    const env = fakeEnvironment();
    await ticketsSavedAhead(env, '1', '2');
    const startMs = env.time.nowMs + HOUR;
    const run = { window: 'Panorama nightly', runId: '197', startMs, endMs: startMs + 1_000 };
    env.secureChange.windowRuns.push({ ...run, target: 'm-DG' });
    env.secureChange.faults.push({ call: 'commit', ends: 'skipped' });
    for (const id of ['1', '2']) await env.ended(id);

    expect(calls(env, 'commit')).toHaveLength(1);
    for (const id of ['1', '2'])
      expect(env.view(id).targets[0]?.message).toContain('change window Panorama nightly, run 197');
    expect(env.temporal.lane('manager-of-DG').state.ledger).toEqual([]);
  });

  it.each([
    ['no window ran', []],
    ['a window ran before the change was saved', [{ startMs: 0 }]],
    ['a window ran for another target', [{ startMs: WINDOW.opensAtMs - HOUR, target: 'm-other' }]],
  ])('are a question where nothing was left to install and %s', async (_, runs) => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ saveUpdates: { aheadMs: 6 * HOUR } }));
    await tickets(env, '1', '2');
    const run = { window: 'Panorama nightly', runId: '197', endMs: null, target: 'm-DG' };
    env.secureChange.windowRuns.push(...runs.map((part) => ({ ...run, ...part })));
    env.secureChange.faults.push({ call: 'commit', ends: 'skipped' });
    for (const id of ['1', '2']) await env.parked('lane.push_failed', id);
    expect(env.temporal.lane('manager-of-DG').state.ledger).toHaveLength(2);
  });

  it('share the next attempt after a Commit that failed, once a person says so', async () => {
    const env = fakeEnvironment();
    await tickets(env, '1', '2');
    env.secureChange.faults.push({ call: 'commit', ends: 'failed' });
    for (const id of ['1', '2']) await env.parked('lane.push_failed', id);
    expect(calls(env, 'commit')).toHaveLength(1);
    env.temporal.lane('manager-of-DG').operate({ kind: 'retryPush' }, 'anna');
    for (const id of ['1', '2']) await env.ended(id);
    expect(calls(env, 'commit')).toHaveLength(2);
  });

  it('are pushed although their lane was terminated and no message starts it: the sweep does', async () => {
    const env = fakeEnvironment();
    await tickets(env, '1', '2');
    await env.time.until('both wait', () => env.temporal.lane('manager-of-DG').state.queue.length === 2);
    env.temporal.terminateLane('manager-of-DG');
    await env.sweep();
    for (const id of ['1', '2']) await env.ended(id);
    expect(calls(env, 'commit')).toHaveLength(1);
  });

  it.each(['laneBeginSend', 'laneSavedInPush', 'lanePushEnded'])(
    'are live by one Commit, soon, although their lane is terminated when the push sends %s, and no sweep runs',
    async (terminatedAt) => {
      const env = fakeEnvironment();
      await tickets(env, '1', '2');
      let left = 1;
      env.temporal.beforeCall = (_, message) => {
        if (message !== terminatedAt || left === 0) return null;
        left -= 1;
        env.temporal.terminateLane('manager-of-DG');
        return null;
      };
      for (const id of ['1', '2']) await env.ended(id);
      expect(left).toBe(0);
      expect(calls(env, 'commit')).toHaveLength(1);
      expect(env.secureChange.enforced).toHaveLength(2);
      expect(env.secureChange.enforced[0]!.atMs - WINDOW.opensAtMs).toBeLessThan(60_000);
    },
  );

  it('find their lane again after it was terminated, with the ledger that it had', async () => {
    const env = fakeEnvironment();
    const [first] = await ticketsSavedAhead(env, '1', '2');
    first!.redo('Approval');
    await env.parked('lane.hindered', '2');
    env.temporal.terminateLane('manager-of-DG');
    const third = env.ticket({ id: '3', devices: [manager('DG')] });
    await env.reach(third, 'Implementation');
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + HOUR);

    expect(env.secureChange.enforced).toEqual([]);
    expect(env.temporal.lane('manager-of-DG').state.ledger).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ticketId: '1', left: expect.anything() as unknown }),
      ]),
    );
    first!.approve('a.schmidt');
    for (const id of ['1', '2', '3']) await env.ended(id);
    expect(calls(env, 'commit')).toHaveLength(1);
  });

  it('are live each by its own evidence: what another user committed of one says nothing about the others', async () => {
    const env = fakeEnvironment();
    const [first] = await ticketsSavedAhead(env, '1', '2');
    const reportStart = new Date(env.time.nowMs).toISOString();
    first!.devices[0]!.commit = { state: 'committed', reportStart, message: null };
    env.secureChange.saved = env.secureChange.saved.filter(({ ticketId }) => ticketId !== '1');
    for (const id of ['1', '2']) await env.ended(id);

    expect(env.view('1').targets[0]?.message).toBe('committed already by another user');
    expect(calls(env, 'commit')).toEqual(['2']);
    expect(env.secureChange.enforced.map(({ ticketId }) => ticketId)).toEqual(['2']);
  });

  it('say that a Commit made them live which a person had accepted while they were held', async () => {
    const env = fakeEnvironment();
    await ticketsSavedAhead(env, '1', '2');
    await env.operate({ kind: 'hold' }, '1');
    await env.parked('lane.hindered', '2');
    env.temporal.lane('manager-of-DG').operate({ kind: 'acceptLedger', ticketId: '1' }, 'anna');
    await env.ended('2');
    await env.time.pass(HOUR);

    expect(env.view('1')).toMatchObject({
      savedNotPushed: [],
      targets: [{ commit: 'done', message: 'live with the Commit of DG, accepted by anna' }],
    });
    await env.operate({ kind: 'resume' }, '1');
    await env.ended('1');
    expect(calls(env, 'commit')).toHaveLength(1);
    expect(env.temporal.lane('manager-of-DG').state.undelivered).toEqual([]);
  });

  it('show which ticket an Update with an unknown outcome belongs to', async () => {
    const env = fakeEnvironment();
    env.secureChange.faults.push({
      call: 'update',
      ends: 'vanishes',
      after: refused({ kind: 'ambiguous' }),
    });
    await tickets(env, '1', '2');
    await env.parked('push.unknown', '1');
    const asked = env.view('1').parkings.find(({ code }) => code === 'push.unknown');
    expect(asked?.reason).toMatch(/the Update of DG for ticket [12] is unknown/);
  });

  it('are left behind when they are held while their push runs and nothing of theirs was sent yet', async () => {
    const env = fakeEnvironment();
    await tickets(env, '1', '2');
    await env.time.until('the first Update is sent', () => calls(env, 'update').length === 1);
    const [first] = calls(env, 'update');
    const other = first === '1' ? '2' : '1';
    await env.operate({ kind: 'hold' }, other);
    await env.ended(first);
    expect(calls(env, 'update')).toEqual([first]);
    expect(env.secureChange.enforced.map(({ ticketId }) => ticketId)).toEqual([first]);

    await env.operate({ kind: 'resume' }, other);
    await env.ended(other);
    expect(calls(env, 'commit')).toHaveLength(2);
  });

  it('say it also when they were aborted while they rode, and no longer that it waits', async () => {
    const env = fakeEnvironment();
    await tickets(env, '1', '2');
    await env.time.until('the Commit is sent', () => calls(env, 'commit').length === 1);
    await env.operate({ kind: 'abort' }, '2');
    await env.ended('1');
    await env.time.pass(HOUR);
    expect(env.view('2')).toMatchObject({ savedNotPushed: [], targets: [{ commit: 'done' }] });
  });

  it('are not committed again after a redo when the very same change is live', async () => {
    const env = fakeEnvironment();
    const ticket = env.ticket({ id: '1', devices: [manager('DG'), manager('LATE')] });
    const held = env.secureChange;
    held.faults.push({ call: 'commit', target: 'm-LATE', ends: 'failed' });
    await env.reach(ticket, 'Implementation');
    await env.parked('push.failed', '1');
    ticket.redo('Approval');
    await env.time.pass(HOUR);
    ticket.approve('a.schmidt');
    await env.ended('1');
    expect(env.effects('commit')).toEqual(['commit DG', 'commit LATE', 'commit LATE']);
    expect(env.view('1').targets[0]?.message).toMatch(/^live since push/);
  });
});
