import { DAY, HOUR, MINUTE, START_MS, WINDOW } from '../support/fake-environment.js';
import { refused } from '../support/fake-secure-change.js';
import { directFirewall, manager } from '../support/firewall-change.js';
import { secureTrackCommits, untilSaved, UUID } from '../support/securetrack-commits.js';

/** The window ran, and could not commit the device. */
async function afterFailedRun(): Promise<ReturnType<typeof secureTrackCommits>> {
  const env = secureTrackCommits();
  const ticket = env.ticket({ devices: [manager('DG')] });
  await untilSaved(env, ticket);
  await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + MINUTE);
  env.secureChange.runWindow(UUID, [{ name: 'DG', outcome: 'failed', message: 'Login error' }]);
  await env.parked('commit.window_failed');
  return env;
}

describe('a process whose Commits are made by a change window of SecureTrack', () => {
  it('saves before the window, sends no Commit, and goes on when a run has committed the device', async () => {
    const env = secureTrackCommits();
    const ticket = env.ticket({ devices: [manager('DG')] });
    await untilSaved(env, ticket);
    expect(env.view().waiting).toMatchObject({
      for: 'window',
      what: "SecureTrack's change window commits DG (calendar nightly)",
      untilMs: WINDOW.opensAtMs,
    });
    const lane = env.temporal.lane('manager-of-DG');
    expect(lane.state.ledger).toMatchObject([{ ticketId: ticket.id, state: 'saved' }]);

    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + 2 * MINUTE);
    env.secureChange.runWindow(UUID, [{ name: 'DG', revisionId: '264' }]);
    await env.ended();

    expect(env.run().outcome).toBe('closed');
    expect(env.effects('update', 'commit')).toEqual(['update DG']);
    expect(env.secureChange.enforced).toMatchObject([{ ticketId: ticket.id, by: `window ${UUID}` }]);
    expect(env.state().targets).toMatchObject([{ commit: 'done', revisionBefore: 263 }]);
    expect(env.state().targets[0]?.message).toContain("SecureTrack's change window Nightly, run 197");
    expect(lane.state.ledger).toEqual([]);
    expect(lane.state.liveByOthers).toMatchObject([{ calendar: 'nightly', opening: WINDOW }]);
  });

  it.each(['while nothing is asked', 'while an operator is asked about a run'])(
    'lets an operator skip the Commit where its runs cannot be read, %s, and pushes nothing else of it',
    async (when) => {
      const env = secureTrackCommits();
      const ticket = env.ticket({ devices: [manager('DG'), directFirewall('FW9')] });
      await untilSaved(env, ticket);
      if (when !== 'while nothing is asked') {
        env.secureChange.runWindow(UUID, [{ name: 'DG', outcome: 'failed', message: 'Login error' }]);
        await env.parked('commit.window_failed');
      }
      const noRight = refused({ code: 'http.forbidden' });
      env.secureChange.faults.push({ call: 'readWindowRuns', times: Infinity, before: noRight });
      await env.parked('http.forbidden');
      expect(env.temporal.lane('manager-of-FW9').state.queue).toHaveLength(1);

      expect(await env.operate({ kind: 'skip' })).toMatchObject({ accepted: true });
      await env.time.until('is left', () => env.temporal.lane('manager-of-FW9').state.queue.length === 0);
      await env.time.pass(DAY);
      expect(env.view().timeline.map(({ what }) => what)).toContain('phase commit skipped');
      expect(env.effects('update', 'commit')).toEqual(['update DG']);
      const { ledger } = env.temporal.lane('manager-of-DG').state;
      expect(ledger).toMatchObject([{ ticketId: ticket.id, left: { because: 'skipped' } }]);
    },
  );

  it('lets one run end the wait of every ticket whose change it committed, and of no other', async () => {
    const env = secureTrackCommits();
    const one = env.ticket({ id: '1', devices: [manager('DG')] });
    const two = env.ticket({ id: '2', devices: [manager('DG')] });
    const other = env.ticket({ id: '3', devices: [manager('ELSE')] });
    for (const ticket of [one, two, other]) await untilSaved(env, ticket);
    // Ahead of the window, beside each other: none hinders another.
    expect(env.effects('update')).toHaveLength(3);
    expect(env.time.nowMs).toBeLessThan(WINDOW.opensAtMs - HOUR);

    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + MINUTE);
    env.secureChange.runWindow(UUID, [
      { name: 'DG' },
      { name: 'ELSE', outcome: 'skipped', message: 'not performed' },
    ]);
    await env.ended('1');
    await env.ended('2');
    await env.parked('commit.window_failed', '3');

    expect(env.effects('commit')).toEqual([]);
    expect(env.run('3').outcome).toBeNull();
  });

  it('never takes a run that began before the change was saved for its Commit', async () => {
    const env = secureTrackCommits();
    env.secureChange.runWindow(UUID, [{ name: 'DG' }]);
    const ticket = env.ticket({ devices: [manager('DG')] });
    await untilSaved(env, ticket);
    await env.time.pass(HOUR);
    expect(env.state().targets).toMatchObject([{ update: 'done', commit: 'todo' }]);
    expect(env.state().parkings).toEqual([]);
  });

  it('carries a direct firewall of the same ticket itself, in its window', async () => {
    const env = secureTrackCommits();
    const ticket = env.ticket({ devices: [manager('DG'), directFirewall('FW')] });
    await env.reach(ticket, 'Implementation');
    await env.time.until('DG is saved', () => env.effects('update').length === 1);
    expect(env.effects('update', 'commit')).toEqual(['update DG']);

    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + MINUTE);
    env.secureChange.runWindow(UUID, [{ name: 'DG' }]);
    await env.ended();
    expect(env.effects('update', 'commit')).toEqual(['update DG', 'update FW']);
    const at = env.secureChange.landed.find(({ target }) => target === 'FW')?.atMs ?? 0;
    expect(at).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
  });
});

describe('a run that did not commit the device', () => {
  it.each([
    [
      'skipped',
      [{ name: 'DG', outcome: 'skipped', message: 'Commit not performed: monitoring is stopped' }],
      [],
    ],
    ['failed', [{ name: 'DG', outcome: 'failed', message: 'Login error' }], []],
    ['unknown', [{ name: 'DG', outcome: 'unknown', message: 'odd' }], []],
    ['without the device', [], ['nothing to commit']],
  ] as const)(
    'asks an operator (%s), and a later run that commits it ends the question',
    async (_, devices, errors) => {
      const env = secureTrackCommits();
      const ticket = env.ticket({ devices: [manager('DG')] });
      await untilSaved(env, ticket);
      await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + MINUTE);
      env.secureChange.runWindow(UUID, devices, errors);
      await env.parked('commit.window_failed');

      const said = devices[0]?.message ?? errors[0];
      expect(env.view().needsAttention?.reason).toContain(said);
      expect(env.view().needsAttention?.waysOut.map(({ command }) => command)).toEqual([
        'retry',
        'completeManual',
        'abort',
      ]);
      expect(env.state().targets).toMatchObject([{ commit: 'todo' }]);

      await env.time.pass(DAY);
      env.secureChange.runWindow(UUID, [{ name: 'DG' }]);
      await env.ended();
      expect(env.run().outcome).toBe('closed');
      expect(env.effects('commit')).toEqual([]);
    },
  );

  it('is not asked about again after a retry, which waits for the next run', async () => {
    const env = await afterFailedRun();
    await env.operate({ kind: 'retry' });
    await env.time.pass(HOUR);
    expect(env.state().parkings).toEqual([]);
    expect(env.view().waiting?.for).toBe('window');
  });

  it('ends with the evidence of a person who made it live', async () => {
    const env = await afterFailedRun();
    await env.operate({ kind: 'completeManual', target: 'm-DG', evidence: 'pushed by hand, job 12' });
    await env.ended();
    expect(env.state().targets[0]?.message).toContain('pushed by hand, job 12');
    expect(env.temporal.lane('manager-of-DG').state.ledger).toEqual([]);
  });
});

describe('a window that does not run as its copy says', () => {
  it('asks an operator when it is disabled meanwhile, and goes on by itself when it is enabled again', async () => {
    const env = secureTrackCommits();
    const ticket = env.ticket({ devices: [manager('DG')] });
    await untilSaved(env, ticket);
    const [window] = env.secureChange.changeWindows;
    window!.enabled = false;
    await env.parked('window.securetrack');
    expect(env.view().needsAttention?.reason).toContain('change window Nightly is disabled in SecureTrack');

    window!.enabled = true;
    await env.time.until('nothing is asked', () => env.state().parkings.length === 0);
    await env.time.pass(MINUTE);
    expect(env.view().waiting?.for).toBe('window');
  });

  it('asks an operator when it does not exist, or did not run when the calendar was open', async () => {
    const env = secureTrackCommits();
    const ticket = env.ticket({ devices: [manager('DG')] });
    await untilSaved(env, ticket);
    await env.time.pass(WINDOW.closesAtMs - env.time.nowMs + 20 * MINUTE);
    await env.parked('window.securetrack');
    expect(env.view().needsAttention?.reason).toContain('change window Nightly did not run between');

    env.secureChange.changeWindows.splice(0);
    await env.operate({ kind: 'retry' });
    await env.time.pass(MINUTE);
    expect(env.view().needsAttention?.reason).toContain(`has no change window ${UUID}`);
  });

  it('raises an alarm about a run outside the copy, and goes on once an operator has seen it', async () => {
    const env = secureTrackCommits();
    const ticket = env.ticket({ devices: [manager('DG')] });
    await untilSaved(env, ticket);
    expect(env.time.nowMs).toBeLessThan(START_MS + 11 * HOUR);
    env.secureChange.runWindow(UUID, [{ name: 'DG' }]);
    await env.parked('window.outside_copy');
    expect(env.view().needsAttention?.reason).toContain('outside the copy of its schedule');
    expect(env.temporal.lane('manager-of-DG').state.liveByOthers).toMatchObject([{ opening: null }]);

    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(env.run().outcome).toBe('closed');
  });

  it('raises it about a run of another window as well', async () => {
    const env = secureTrackCommits();
    const ticket = env.ticket({ devices: [manager('DG')] });
    await untilSaved(env, ticket);
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + MINUTE);
    env.secureChange.runWindow('another', [{ name: 'DG' }]);
    await env.parked('window.outside_copy');
    expect(env.view().needsAttention?.reason).toContain('is a copy of another window');
  });
});
