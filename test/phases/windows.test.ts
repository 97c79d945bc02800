import {
  DAY,
  fakeEnvironment,
  HOUR,
  MINUTE,
  shifted,
  START_MS,
  WINDOW,
} from '../support/fake-environment.js';
import type { WindowPolicy } from '../../src/domain/process.js';
import type { Interval } from '../../src/domain/window.js';
import { laneWindowsOf } from '../../src/domain/window-record.js';
import { windowRows } from '../../src/domain/window-report.js';
import type { FakeEnvironment } from '../support/fake-environment.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

/** Two device groups beside each other: a Commit of one does not reach the other. */
const below = (laneKey: string, name: string) => ({
  laneKey,
  laneName: laneKey,
  path: [laneKey, `m-${name}`],
});

function at(env: FakeEnvironment, kind: string, target: string): number {
  const effect = env.secureChange.effects.find((each) => each.kind === kind && each.target === target);
  if (!effect) throw new Error(`there was no ${kind} of ${target}`);
  return effect.atMs;
}

describe('the window', () => {
  it('is waited for in a place that the lane has, not in one that only an older push of the ticket names', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', firewallChange({ saveUpdates: 'inWindow' }));
    await env.reach(env.ticket(), 'Implementation');
    await env.time.until('it has a place', () => env.state().places[0]?.enrolled === true);
    const place = env.state().places[0]!;
    // It left, came back, and continued as new while it enrolled.
    place.enrolled = false;
    const { laneKey, target } = place;
    env.run().run.inbox.laneNews({ laneKey, target, kind: 'back', n: 1 });
    expect(place.enrolled).toBe(false);
    env.run().run.inbox.laneNews({ laneKey, target, kind: 'carried', n: 2 });
    expect(place).toMatchObject({ enrolled: true, n: 2 });
  });

  it('is waited for with one enrolment, and no reading while it lasts', async () => {
    const env = fakeEnvironment();
    env.managers.set('manager-of-FW1', { alertBeforeMs: [] });
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    const before = env.calls.length;
    expect(env.view().waiting).toMatchObject({ for: 'window', untilMs: WINDOW.opensAtMs });
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs - 1);

    expect(env.calls.length).toBe(before);
  });

  it('counts for what enforces only: managers are saved before it, direct firewalls touched inside it', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket({ devices: [manager('FW1'), directFirewall('EDGE')] }), 'Implementation');
    await env.ended();

    expect(at(env, 'update', 'FW1')).toBeLessThan(START_MS + HOUR);
    for (const [kind, target] of [
      ['commit', 'FW1'],
      ['update', 'EDGE'],
    ] as const) {
      expect(at(env, kind, target)).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
      expect(at(env, kind, target)).toBeLessThan(WINDOW.opensAtMs + MINUTE);
    }
  });

  it('needs no Commit of what enforces at its Update, whatever the device could do', async () => {
    const env = fakeEnvironment();
    const capability = { update: 'automatic', commit: 'automatic', enforcedBy: 'update' } as const;
    await env.reach(env.ticket({ devices: [directFirewall('EDGE', { capability })] }), 'Implementation');
    await env.ended();
    expect(env.effects('update', 'commit')).toEqual(['update EDGE']);
    expect(env.view().targets).toMatchObject([{ update: 'done', commit: 'notNeeded', done: true }]);
  });

  it('is looked up by device or manager where the process says so', async () => {
    const env = fakeEnvironment();
    const perTarget = { FW2: 'weekend', 'manager of FW3': 'weekend' };
    const { window } = firewallChange();
    env.processes.set('Firewall change', firewallChange({ window: { ...window, perTarget } }));
    env.calendars.set('weekend', [shifted(WINDOW, 5 * DAY)]);
    await env.reach(
      env.ticket({ devices: [manager('FW1'), manager('FW2'), manager('FW3')] }),
      'Implementation',
    );
    await env.ended();

    expect(at(env, 'commit', 'FW1')).toBeLessThan(WINDOW.closesAtMs);
    expect(at(env, 'commit', 'FW2')).toBeGreaterThanOrEqual(WINDOW.opensAtMs + 5 * DAY);
    expect(at(env, 'commit', 'FW3')).toBeGreaterThanOrEqual(WINDOW.opensAtMs + 5 * DAY);
  });

  it('that was missed is planned again', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    const lane = env.temporal.lane('manager-of-FW1');
    lane.operate({ kind: 'pause' }, 'olga');
    env.calendars.set('nightly', [shifted(WINDOW, DAY)]);
    await env.time.pass(WINDOW.closesAtMs - env.time.nowMs + HOUR);
    lane.operate({ kind: 'resume' }, 'olga');
    await env.ended();

    expect(at(env, 'commit', 'FW1')).toBeGreaterThanOrEqual(WINDOW.opensAtMs + DAY);
  });

  it('that never opens parks at planning time, long before anything waits in vain', async () => {
    const env = fakeEnvironment();
    env.calendars.set('nightly', []);
    await env.reach(env.ticket(), 'Implementation');
    await env.parked('window.none');
    expect(env.view().needsAttention).toMatchObject({
      reason: 'no opening of calendar nightly within 60 days',
      advice: 'edit the calendar; the ticket then tries again by itself',
      evidence: 'no opening within 60 days',
    });
    expect(await env.operate({ kind: 'skip' })).toMatchObject({ accepted: false });

    env.calendars.set('nightly', [WINDOW]);
    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('that never opens is planned again within 5 seconds of an edit, once for each, without a person', async () => {
    const env = fakeEnvironment();
    env.calendars.set('nightly', []);
    await env.reach(env.ticket(), 'Implementation');
    await env.parked('window.none');
    const edited = async (ruleVersion: string, ...intervals: readonly Interval[]): Promise<void> => {
      env.calendars.set('nightly', intervals);
      env.ruleVersion = ruleVersion;
      await env.sweep();
      await env.time.pass(5_000);
    };
    await edited('still none');
    expect(env.view().needsAttention?.code).toBe('window.none');
    await env.sweep();
    await env.time.pass(5_000);
    expect(env.called('enrol')).toHaveLength(2);

    await edited('opens', WINDOW);
    expect(env.view()).toMatchObject({ parkings: [], window: { next: WINDOW } });
    expect(env.called('enrol')).toHaveLength(3);
    expect(env.view().timeline).toContainEqual(
      expect.objectContaining({ what: 'calendar edited: the windows are planned again' }),
    );
    await env.ended();
    expect(at(env, 'commit', 'FW1')).toBeLessThan(WINDOW.opensAtMs + MINUTE);
  });

  it('parks with the name of a calendar that is not there', async () => {
    const env = fakeEnvironment();
    env.calendars.clear();
    await env.reach(env.ticket(), 'Implementation');
    await env.parked('calendar.unknown');
    expect(env.view().needsAttention?.reason).toContain('there is no calendar "nightly"');
  });

  it('that an operator edits while tickets wait has its new rules after the next sweep', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    const sooner = shifted(WINDOW, -6 * HOUR);
    env.calendars.set('nightly', [sooner]);
    env.ruleVersion = 'r2';
    await env.sweep();
    await env.time.runDue();
    expect(env.view().waiting?.untilMs).toBe(sooner.opensAtMs);
    await env.ended();

    expect(at(env, 'commit', 'FW1')).toBeLessThan(sooner.opensAtMs + MINUTE);
  });

  it('stays as it is while no process definition is in use, and the lane gets no message at each sweep', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    const lane = env.temporal.lane('manager-of-FW1').run;
    env.processes.delete('Firewall change');
    env.ruleVersion = 'r2';
    const before = lane.changeCount;
    await env.sweep();
    await env.time.runDue();
    expect(lane.changeCount).toBe(before);
  });

  it('of the manager and of the process must both be open', async () => {
    const env = fakeEnvironment();
    const late = { ...WINDOW, opensAtMs: WINDOW.opensAtMs + HOUR };
    env.calendars.set('cma', [late]);
    env.managers.set('manager-of-FW1', { calendar: 'cma' });
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    expect(env.view().waiting).toMatchObject({ for: 'window', untilMs: late.opensAtMs });
    await env.ended();

    expect(at(env, 'commit', 'FW1')).toBeGreaterThanOrEqual(late.opensAtMs);
  });

  it.each([
    ['process', 'weekend'],
    ['manager', 'nightly, weekend'],
  ])(
    'of another calendar counts after an edit of the %s, for tickets that wait',
    async (edited, calendar) => {
      const env = fakeEnvironment();
      const later = { ...WINDOW, opensAtMs: WINDOW.opensAtMs + HOUR };
      env.calendars.set('weekend', [later]);
      await env.reach(env.ticket(), 'Implementation');
      await env.time.pass(HOUR);
      const { window } = firewallChange();
      if (edited === 'manager') env.managers.set('manager-of-FW1', { calendar: 'weekend' });
      else
        env.processes.set('Firewall change', firewallChange({ window: { ...window, calendar: 'weekend' } }));
      await env.sweep();
      await env.time.runDue();
      expect(env.view()).toMatchObject({
        waiting: { untilMs: later.opensAtMs },
        window: { calendar, next: later },
        timeline: expect.arrayContaining([
          expect.objectContaining({
            what: expect.stringMatching(`calendar ${calendar} counts now, not nightly: opens`) as string,
          }),
        ]) as unknown,
      });
      await env.ended();
      expect(at(env, 'commit', 'FW1')).toBeGreaterThanOrEqual(later.opensAtMs);
    },
  );

  it('opens later for a lane with a jitter: nothing is sent before', async () => {
    const env = fakeEnvironment();
    const { window } = firewallChange();
    env.processes.set('Firewall change', firewallChange({ window: { ...window, openingJitterMs: HOUR } }));
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    const opensAtMs = env.view().waiting?.untilMs ?? 0;
    expect(opensAtMs).toBeGreaterThan(WINDOW.opensAtMs);
    await env.ended();
    expect(at(env, 'commit', 'FW1')).toBeGreaterThanOrEqual(opensAtMs);
    expect(at(env, 'commit', 'FW1')).toBeLessThan(opensAtMs + MINUTE);
  });

  it('that closes by an edit, unknown to the lane, keeps the gate closed', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    env.calendars.set('cma', [shifted(WINDOW, DAY)]);
    env.managers.set('manager-of-FW1', { calendar: 'cma' });
    await env.time.pass(WINDOW.closesAtMs - env.time.nowMs);

    expect(env.effects('commit')).toEqual([]);
  });

  it('keeps a push that could not end inside from beginning', async () => {
    const env = fakeEnvironment();
    const { window } = firewallChange();
    const minimumRemainingMs = 3 * HOUR;
    env.processes.set('Firewall change', firewallChange({ window: { ...window, minimumRemainingMs } }));
    await env.reach(env.ticket(), 'Implementation');
    await env.time.pass(HOUR);
    const lane = env.temporal.lane('manager-of-FW1');
    lane.operate({ kind: 'pause' }, 'olga');
    await env.time.pass(WINDOW.opensAtMs - env.time.nowMs + 2 * HOUR);
    lane.operate({ kind: 'resume' }, 'olga');
    await env.ended();

    expect(at(env, 'commit', 'FW1')).toBeGreaterThanOrEqual(WINDOW.opensAtMs + DAY);
  });
});

describe('the end of a window between two targets of a ticket on one manager', () => {
  /** The first target is live when ten minutes of the window are left, and twenty must remain. */
  const daysOf = async (
    whenWindowCloses: WindowPolicy['whenWindowCloses'],
    tickets: Readonly<Record<string, readonly string[]>>,
  ): Promise<readonly number[]> => {
    const env = fakeEnvironment();
    const { window } = firewallChange();
    const policy = { ...window, whenWindowCloses, minimumRemainingMs: 20 * MINUTE };
    env.processes.set('Firewall change', firewallChange({ window: policy }));
    const short = { ...WINDOW, closesAtMs: WINDOW.opensAtMs + 30 * MINUTE };
    env.calendars.set('nightly', [short, shifted(short, DAY)]);
    for (const [id, names] of Object.entries(tickets)) {
      const devices = names.map((name) => manager(name, below('boss', name)));
      await env.reach(env.ticket({ id, devices }), 'Implementation');
    }
    await env.time.pass(HOUR);
    env.secureChange.pushMs = 20 * MINUTE;
    for (const id of Object.keys(tickets)) await env.ended(id);
    expect(env.effects('commit')).toHaveLength(2);
    for (const name of ['A', 'B']) {
      const sinceOpeningMs = (at(env, 'commit', name) - WINDOW.opensAtMs) % DAY;
      expect(sinceOpeningMs).toBeLessThan(30 * MINUTE);
    }
    return ['A', 'B'].map((name) => Math.floor((at(env, 'commit', name) - WINDOW.opensAtMs) / DAY));
  };

  it('finishes the ticket in it where the process says so', async () => {
    expect(await daysOf('finish', { '1': ['A', 'B'] })).toEqual([0, 0]);
  });

  it('leaves the next target for the next window otherwise', async () => {
    expect(await daysOf('stopBeforeNextTarget', { '1': ['A', 'B'] })).toEqual([0, 1]);
  });

  it('does not help another ticket, which begins in it', async () => {
    expect(await daysOf('finish', { '1': ['A'], '2': ['B'] })).toEqual([0, 1]);
  });
});

it('what went live in which window, and a window that was missed, is in the report of the lane', async () => {
  const env = fakeEnvironment();
  env.calendars.set('nightly', [WINDOW, shifted(WINDOW, DAY)]);
  await env.reach(env.ticket(), 'Implementation');
  await env.time.pass(HOUR);
  const lane = env.temporal.lane('manager-of-FW1');
  lane.operate({ kind: 'pause' }, 'olga');
  await env.time.pass(WINDOW.closesAtMs - env.time.nowMs + HOUR);
  lane.operate({ kind: 'resume' }, 'olga');
  await env.ended();

  expect(env.temporal.measured.filter(({ name }) => name === 'sco_windows_missed_total')).toEqual([
    { name: 'sco_windows_missed_total', value: 1, labels: { lane: lane.run.state.name } },
  ]);
  expect(windowRows([laneWindowsOf(lane.run.state)], 0)).toMatchObject([
    { state: 'missed', opening: WINDOW, text: expect.stringContaining('paused by olga') as string },
    {
      state: 'inside',
      atMs: at(env, 'commit', 'FW1'),
      calendar: 'nightly',
      opening: { ...shifted(WINDOW, DAY), ruleVersion: 'r1' },
    },
  ]);
});
