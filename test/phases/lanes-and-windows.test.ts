import {
  DAY,
  fakeEnvironment,
  HOUR,
  MINUTE,
  shifted,
  START_MS,
  WINDOW,
} from '../support/fake-environment.js';
import type { PlannedDates, WindowPolicy } from '../../src/domain/process.js';
import type { Interval } from '../../src/domain/window.js';
import { laneWindowsOf } from '../../src/domain/window-record.js';
import { windowRows } from '../../src/domain/window-report.js';
import type { FakeEnvironment } from '../support/fake-environment.js';
import { refused, type Fault } from '../support/fake-secure-change.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

const BOSS = { laneKey: 'boss', laneName: 'boss' };
/** Two device groups beside each other: a Commit of one does not reach the other. */
const below = (laneKey: string, name: string) => ({
  laneKey,
  laneName: laneKey,
  path: [laneKey, `m-${name}`],
});
/** Its place in the tree is unknown: what is saved there is in the scope of every Commit of its manager. */
const INHERITED = { ...BOSS, path: [] };

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
      expect.objectContaining({ what: 'calendar edited: it is looked at whether a window opens now' }),
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

describe('the planned dates of the ITSM change', () => {
  const DATES = {
    server: 'snow',
    start: 'start_date',
    end: 'end_date',
    zone: 'UTC',
    blank: 'refuse',
  } as const;
  const written = (atMs: number): string => new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
  const inProcess = (part: Partial<PlannedDates> = {}): FakeEnvironment => {
    const env = fakeEnvironment();
    const { window } = firewallChange();
    const plannedDates = { ...DATES, ...part };
    env.processes.set('Firewall change', firewallChange({ window: { ...window, plannedDates } }));
    env.calendars.set('nightly', [WINDOW, shifted(WINDOW, DAY), shifted(WINDOW, 2 * DAY)]);
    return env;
  };
  const plan = (env: FakeEnvironment, startMs: number, endMs: number): void => {
    env.records.set('4711', { start_date: written(startMs), end_date: written(endMs) });
  };

  it('and the calendar must both be open', async () => {
    const env = inProcess();
    const from = WINDOW.opensAtMs + DAY + HOUR;
    plan(env, from, from + 2 * HOUR);
    await env.reach(env.ticket({ id: '4711' }), 'Implementation');
    await env.time.pass(HOUR);
    expect(env.view().waiting).toMatchObject({ for: 'window', untilMs: from });
    await env.ended();
    expect(at(env, 'commit', 'FW1')).toBeGreaterThanOrEqual(from);
    expect(at(env, 'commit', 'FW1')).toBeLessThan(from + HOUR);
  });

  it.each([
    ['window.no_change', null, 'has no change on snow'],
    [
      'window.planned_blank',
      { start_date: '', end_date: '2027-01-01 10:00' },
      'blank in the ITSM change: start_date',
    ],
    [
      'window.planned_reversed',
      { start_date: '2030-01-02', end_date: '2030-01-01' },
      'is not after its start',
    ],
    ['window.planned_past', { start_date: '2020-01-01', end_date: '2020-01-02' }, 'has passed'],
    [
      'window.planned_unreadable',
      { start_date: 'tomorrow', end_date: '2030-01-01' },
      'no date and time: tomorrow',
    ],
  ])('park with %s, and retry helps when they are corrected', async (code, record, text) => {
    const env = inProcess();
    if (record !== null) env.records.set('4711', record);
    await env.reach(env.ticket({ id: '4711' }), 'Implementation');
    await env.parked(code);
    expect(env.view().needsAttention?.reason).toContain(text);
    plan(env, WINDOW.opensAtMs, WINDOW.closesAtMs);
    await env.operate({ kind: 'retry' });
    await env.ended();
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('are read again before the call: moved to a later day, nothing is sent today', async () => {
    const env = inProcess();
    plan(env, WINDOW.opensAtMs, WINDOW.closesAtMs);
    await env.reach(env.ticket({ id: '4711' }), 'Implementation');
    await env.time.pass(HOUR);
    plan(env, WINDOW.opensAtMs + DAY, WINDOW.closesAtMs + DAY);
    await env.ended();
    expect(at(env, 'commit', 'FW1')).toBeGreaterThanOrEqual(WINDOW.opensAtMs + DAY);
  });

  it('that an edit adds to the process, or takes out of it, count for tickets that wait', async () => {
    const env = inProcess();
    const withDates = env.processes.get('Firewall change')!;
    env.processes.set('Firewall change', firewallChange());
    plan(env, WINDOW.opensAtMs + DAY, WINDOW.closesAtMs + DAY);
    await env.reach(env.ticket({ id: '4711' }), 'Implementation');
    await env.time.pass(HOUR);
    const opensAfter = async (process: typeof withDates): Promise<number | null | undefined> => {
      env.processes.set('Firewall change', process);
      await env.sweep();
      await env.time.pass(MINUTE);
      return env.view().waiting?.untilMs;
    };
    expect(await opensAfter(withDates)).toBe(WINDOW.opensAtMs + DAY);
    expect(await opensAfter(firewallChange())).toBe(WINDOW.opensAtMs);
    await env.ended();
    expect(at(env, 'commit', 'FW1')).toBeLessThan(WINDOW.closesAtMs);
  });

  it('that lie in no opening park with both named', async () => {
    const env = inProcess();
    plan(env, WINDOW.closesAtMs + HOUR, WINDOW.closesAtMs + 2 * HOUR);
    await env.reach(env.ticket({ id: '4711' }), 'Implementation');
    await env.parked('window.none');
    expect(env.view().needsAttention?.evidence).toContain('no opening of nightly lies in the planned dates');
  });

  it('that are blank do not limit where the process says so', async () => {
    const env = inProcess({ blank: 'ignore' });
    env.records.set('4711', {});
    await env.reach(env.ticket({ id: '4711' }), 'Implementation');
    await env.ended();
    expect(at(env, 'commit', 'FW1')).toBeLessThan(WINDOW.opensAtMs + MINUTE);
  });
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
