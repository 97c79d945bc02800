import { laneDetails, laneViewOf } from '../../src/domain/lane-view.js';
import {
  fakeEnvironment,
  HOUR,
  MINUTE,
  START_MS,
  WINDOW,
  type FakeEnvironment,
} from '../support/fake-environment.js';
import { firewallChange, manager } from '../support/firewall-change.js';

const LANE = 'manager-of-ADOM';
const OPENS = START_MS + 40 * HOUR;

/** Tickets that wait for one window, 40 hours away; their Updates are saved in it. */
async function waiting(env: FakeEnvironment, ids: readonly string[], part = {}): Promise<void> {
  env.processes.set('Firewall change', { ...firewallChange(), saveUpdates: 'inWindow' });
  env.calendars.set('nightly', [{ opensAtMs: OPENS, closesAtMs: OPENS + 20 * MINUTE }]);
  for (const id of ids)
    await env.reach(env.ticket({ id, devices: [manager('ADOM', part)] }), 'Implementation');
  await env.time.until('all wait', () => env.temporal.lanes.get(LANE)?.state.queue.length === ids.length);
}

const alerts = (env: FakeEnvironment) => env.temporal.lane(LANE).state.alerts;
const passTo = async (env: FakeEnvironment, atMs: number): Promise<void> =>
  await env.time.pass(atMs - env.time.nowMs);

describe('before a window opens its owner', () => {
  it('is alerted 24 hours and 2 hours before, of tickets, time needed and time there is, once each', async () => {
    const env = fakeEnvironment();
    env.managers.set(LANE, { owner: 'n.weber', expectedPushMs: 15 * MINUTE });
    await waiting(env, ['1', '2']);
    expect(alerts(env)).toEqual([]);
    await passTo(env, OPENS - HOUR);

    expect(alerts(env).map(({ owner, opensAtMs, beforeMs }) => [owner, opensAtMs, beforeMs])).toEqual([
      ['n.weber', OPENS, 24 * HOUR],
      ['n.weber', OPENS, 2 * HOUR],
    ]);
    expect(alerts(env).map(({ atMs }) => OPENS - atMs)).toEqual([
      expect.closeTo(24 * HOUR, -4),
      expect.closeTo(2 * HOUR, -4),
    ]);
    const [alert] = alerts(env);
    expect(alert?.lines[0]).toContain('tickets 1; 2');
    expect(alert?.lines.join('\n')).toContain('Estimated time: 19 m of 20 m');
    expect(alert?.sent).toBeNull();
  });

  it('sees it in the lane and in the Web UI', async () => {
    const env = fakeEnvironment();
    env.managers.set(LANE, { owner: 'n.weber' });
    await waiting(env, ['1']);
    await passTo(env, OPENS - HOUR);
    const { state } = env.temporal.lane(LANE);
    expect(laneViewOf(state, env.time.nowMs).alerts[0]).toMatchObject({ beforeMs: 2 * HOUR });
    expect(laneDetails(state, env.time.nowMs)).toContain('Alert for n.weber at');
  });

  it('is alerted to stale designs, missing approvals, locked tasks, and what others have saved', async () => {
    const env = fakeEnvironment();
    await waiting(env, ['1', '2', '3', '4']);
    const { tickets } = env.secureChange;
    tickets.get('1')!.devices[0]!.newRevisionArrived = true;
    tickets.get('3')!.assign(tickets.get('3')!.current!.tasks[0]!.id, 'h.novak');
    const { ledger, queue } = env.temporal.lane(LANE).state;
    const { target, targetName, path } = queue[0]!;
    ledger.push({
      ticketId: '9',
      epoch: 1,
      target,
      targetName,
      path,
      instructionDigest: 'x',
      savedAtMs: 1,
      state: 'saved',
      left: { because: 'cancelled', atMs: 1 },
      accepted: null,
    });
    env.processes.set('Firewall change', {
      ...firewallChange(),
      saveUpdates: 'inWindow',
      risk: { requests: 'all', approvalFrom: 'low', blockFrom: 'critical' },
    });
    // Only a service account has approved.
    env.serviceAccounts = ['sco', 'a.schmidt'];
    await passTo(env, OPENS - 23 * HOUR);

    const lines = alerts(env)[0]!.lines;
    expect(lines).toContainEqual(expect.stringMatching(/^Designs to be made again: ticket 1 on ADOM: /));
    expect(lines).toContainEqual('Locked: ticket 3 on ADOM: its task is assigned to h.novak');
    expect(lines).toContainEqual(expect.stringMatching(/^Now hindered: ticket 9 on ADOM: it was cancelled/));
    expect(lines).toContainEqual(
      expect.stringMatching(/^Without an approval that counts: ticket 2 on ADOM: .*ticket 4 on ADOM: /),
    );
  });

  it('gets a record on the server of the manager, one for each time', async () => {
    const env = fakeEnvironment();
    env.managers.set(LANE, { owner: 'n.weber', alertServer: 'servicenow' });
    await waiting(env, ['1']);
    const before = env.messages.length;
    await passTo(env, OPENS - HOUR);
    const sent = env.messages.slice(before);
    expect(sent.map(({ server, action }) => [server, action])).toEqual([
      ['servicenow', 'create'],
      ['servicenow', 'create'],
    ]);
    expect(JSON.parse(sent[0]!.body)).toEqual({
      short_description: expect.stringContaining('before the window of manager of ADOM'),
      description: expect.stringContaining('1 Update(s) to save'),
    });
    expect(alerts(env)[0]?.sent).toBe('sent to servicenow: CHG0030001');
  });

  it('is alerted in the lane when the server does not take it, and every ticket goes live all the same', async () => {
    const env = fakeEnvironment();
    env.managers.set(LANE, { alertServer: 'servicenow', alertBody: { text: '#nonsense#' } });
    await waiting(env, ['1']);
    await passTo(env, OPENS - HOUR);
    expect(alerts(env)).toHaveLength(2);
    expect(alerts(env)[0]?.sent).toContain('not sent to servicenow');
    await env.ended('1');
  });

  it('is not alerted to a window for which nothing waited at that time', async () => {
    const env = fakeEnvironment();
    env.calendars.set('nightly', [WINDOW]);
    await env.reach(env.ticket({ id: '1', devices: [manager('ADOM')] }), 'Implementation');
    await passTo(env, WINDOW.opensAtMs - 3 * HOUR);
    expect(alerts(env)).toEqual([]);
  });

  it('is alerted at the times of the manager, and again when an edit moves the window', async () => {
    const env = fakeEnvironment();
    env.managers.set(LANE, { alertBeforeMs: [3 * HOUR] });
    await waiting(env, ['1']);
    await passTo(env, OPENS - 2 * HOUR);
    env.calendars.set('nightly', [{ opensAtMs: OPENS + 9 * HOUR, closesAtMs: OPENS + 10 * HOUR }]);
    env.ruleVersion = 'r2';
    await env.sweep();
    await passTo(env, OPENS + 8 * HOUR);
    expect(alerts(env).map(({ opensAtMs, beforeMs }) => [opensAtMs, beforeMs])).toEqual([
      [OPENS, 3 * HOUR],
      [OPENS + 9 * HOUR, 3 * HOUR],
    ]);
  });
});
