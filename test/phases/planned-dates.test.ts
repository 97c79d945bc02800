import { DAY, fakeEnvironment, HOUR, MINUTE, shifted, WINDOW } from '../support/fake-environment.js';
import type { PlannedDates } from '../../src/domain/process.js';
import type { FakeEnvironment } from '../support/fake-environment.js';
import { firewallChange } from '../support/firewall-change.js';

function at(env: FakeEnvironment, kind: string, target: string): number {
  const effect = env.secureChange.effects.find((each) => each.kind === kind && each.target === target);
  if (!effect) throw new Error(`there was no ${kind} of ${target}`);
  return effect.atMs;
}

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

  describe('when the ITSM moves them', () => {
    const moved = async (env: FakeEnvironment): Promise<void> => {
      const command = {
        kind: 'itsmPlannedDates',
        start: '2026-11-23T22:00Z',
        end: '2026-11-24T02:00Z',
      } as const;
      const actor = { login: 'snow', roles: ['itsm'] } as const;
      const result = await env.temporal.operate('4711', command, { actor });
      expect(result.accepted).toBe(true);
    };
    const allowing = (part: Partial<PlannedDates>): FakeEnvironment => {
      const env = inProcess(part);
      const process = env.processes.get('Firewall change')!;
      env.processes.set('Firewall change', { ...process, itsmMay: ['plannedDates'] });
      return env;
    };

    /** The ticket waits for dates two days later when the change gets those of the first window. */
    const movedForwardWhileWaiting = async (env: FakeEnvironment): Promise<void> => {
      const from = WINDOW.opensAtMs + 2 * DAY;
      plan(env, from, from + 2 * HOUR);
      await env.reach(env.ticket({ id: '4711' }), 'Implementation');
      await env.time.pass(MINUTE);
      expect(env.view().waiting).toMatchObject({ for: 'window', untilMs: from });
      plan(env, WINDOW.opensAtMs, WINDOW.closesAtMs);
    };

    it('forward, the ticket is pushed in the window of the new dates', async () => {
      const env = allowing({});
      await movedForwardWhileWaiting(env);
      await moved(env);
      await env.time.until('it waits for the new dates', () => {
        const { waiting } = env.view();
        return waiting?.for === 'window' && waiting.untilMs === WINDOW.opensAtMs;
      });
      await env.ended();
      expect(at(env, 'commit', 'FW1')).toBeLessThan(WINDOW.closesAtMs);
      expect(env.effects('commit')).toEqual(['commit FW1']);
    });

    it('and reports that the change is another, they are read again, whatever it says', async () => {
      const env = inProcess({});
      await movedForwardWhileWaiting(env);
      const actor = { login: 'snow', roles: ['itsm'] } as const;
      const result = await env.temporal.operate('4711', { kind: 'itsmChanged' }, { actor });
      expect(result).toMatchObject({ accepted: true });
      await env.ended();
      expect(at(env, 'commit', 'FW1')).toBeLessThan(WINDOW.closesAtMs);
    });

    it('and they were past, the ticket that waits for a person goes on', async () => {
      const env = allowing({});
      env.records.set('4711', { start_date: '2020-01-01', end_date: '2020-01-02' });
      await env.reach(env.ticket({ id: '4711' }), 'Implementation');
      await env.parked('window.planned_past');
      plan(env, WINDOW.opensAtMs, WINDOW.closesAtMs);
      await moved(env);
      await env.time.pass(MINUTE);
      expect(env.view().needsAttention).toBeNull();
      await env.ended();
      expect(env.effects('commit')).toEqual(['commit FW1']);
    });
  });
});
