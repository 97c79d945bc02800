import type { ClockDifference } from '../../src/domain/clock-difference.js';
import { checkChangeWindows } from '../../src/cli/doctor/change-windows.js';
import type { ManagerInRun, WindowRuns } from '../../src/securechange/secure-change.js';
import { calendarsOf, rules } from '../calendar/rules.js';

const NOW = Date.UTC(2026, 10, 27, 12);
const NIGHT = { ...rules({ zone: 'UTC' }), name: 'night', kind: 'always', secureTrackWindow: 'u1' } as const;

function seen(
  part: Partial<WindowRuns> & { readonly managers?: readonly ManagerInRun[] } = {},
  clocks: ClockDifference | null = { leastMs: 0, mostMs: 900 },
) {
  const { managers = [], ...windows } = part;
  const window = { uuid: 'u1', name: 'Nightly', description: null, domainId: null, enabled: true };
  return {
    readWindowRuns: async () => ({ windows: [window], complete: true, unread: [], runs: [], ...windows }),
    secureTrackClockDifference: () => clocks,
    readManagersInRuns: async () => managers,
  };
}

function run(startMs: number): WindowRuns['runs'][number] {
  return {
    uuid: 'u1',
    window: 'Nightly',
    runId: '197',
    startMs,
    endMs: startMs,
    errors: [],
    devices: [],
    odd: [],
  };
}

describe('sco doctor on the change windows of SecureTrack', () => {
  it('says which calendar copies a window, and that all its runs were inside', async () => {
    const rows = await checkChangeWindows(
      seen({ runs: [run(NOW - 1_000)] }),
      calendarsOf(NIGHT),
      [],
      [],
      NOW,
    );
    expect(rows).toMatchObject([
      { state: 'ok', check: 'Nightly', found: 'copied by night; 1 runs in 14 days, all inside' },
    ]);
  });

  it('names runs outside the copy', async () => {
    const never = { ...NIGHT, kind: 'never' } as const;
    const rows = await checkChangeWindows(
      seen({ runs: [run(NOW - 1_000)] }),
      calendarsOf(never),
      [],
      [],
      NOW,
    );
    expect(rows).toMatchObject([
      { state: 'problem', found: expect.stringContaining('outside the copy: run 197') },
    ]);
  });

  it('names a copied window that is disabled, and one that does not exist', async () => {
    const window = { uuid: 'u1', name: 'Nightly', description: null, domainId: null, enabled: false };
    const disabled = await checkChangeWindows(seen({ windows: [window] }), calendarsOf(NIGHT), [], [], NOW);
    expect(disabled).toMatchObject([{ state: 'problem', found: expect.stringContaining('it is disabled') }]);
    const gone = await checkChangeWindows(seen({ windows: [] }), calendarsOf(NIGHT), [], [], NOW);
    expect(gone).toMatchObject([{ state: 'problem', check: 'calendar night' }]);
  });

  it('notes a window that no calendar copies, for it commits what we save', async () => {
    const { secureTrackWindow: _, ...other } = NIGHT;
    expect(await checkChangeWindows(seen(), calendarsOf(other), [], [], NOW)).toMatchObject([
      { state: 'note', found: expect.stringContaining('no calendar copies it') },
    ]);
  });

  it('says that windows cannot be read: a problem only where a calendar copies one', async () => {
    const away = { ...seen(), readWindowRuns: async () => Promise.reject(new Error('403')) };
    const { secureTrackWindow: _, ...other } = NIGHT;
    expect(await checkChangeWindows(away, calendarsOf(NIGHT), [], [], NOW)).toMatchObject([
      { state: 'problem' },
    ]);
    expect(await checkChangeWindows(away, calendarsOf(other), [], [], NOW)).toMatchObject([
      { state: 'note' },
    ]);
  });

  it('names a clock of SecureTrack that is wrong, and runs that cannot be read', async () => {
    const wrong = seen({ unread: [{ uuid: 'u1', row: 'run 196' }] }, { leastMs: 3_000, mostMs: 4_000 });
    expect(await checkChangeWindows(wrong, calendarsOf(NIGHT), [], [], NOW)).toMatchObject([
      { state: 'ok', found: expect.stringContaining('0 runs in 14 days and 1 that cannot be read') },
      { state: 'problem', check: 'clock', found: expect.stringContaining('the clock of SecureTrack') },
    ]);
  });
});

describe('sco doctor on a manager that a window of SecureTrack commits', () => {
  const inRun = {
    laneKey: '20',
    laneName: 'PANO-8',
    device: 'DG-B',
    window: 'Nightly',
    runId: '197',
    startMs: NOW - 1_000,
  };
  const process = {
    name: 'firewall-change',
    mode: 'drive',
    commitBy: 'orchestrator',
    saveUpdates: 'inWindow',
  } as const;
  const rowsOf = async (
    one: Parameters<typeof checkChangeWindows>[2][number],
    managers: Parameters<typeof checkChangeWindows>[3] = [],
  ) => {
    const calendars = calendarsOf(NIGHT);
    return (await checkChangeWindows(seen({ managers: [inRun] }), calendars, [one], managers, NOW)).slice(1);
  };

  it('says that pushes of a process are refused, with window, run, device and the ways out', async () => {
    const [row] = await rowsOf(process);
    expect(row).toMatchObject({
      state: 'problem',
      check: 'PANO-8',
      advice: expect.stringContaining('secureTrackWindows in managers.yaml') as string,
    });
    expect(row?.found).toContain('change window Nightly commits it (DG-B, run 197 at ');
    expect(row?.found).toContain(
      'and so does firewall-change, by commitBy: orchestrator: its pushes are refused',
    );
  });

  it('only notes it of a process that proposes, and where a person acknowledges it', async () => {
    expect(await rowsOf({ ...process, mode: 'propose' })).toMatchObject([
      { state: 'note', advice: expect.stringContaining('in mode drive its pushes are refused') },
    ]);
    for (const name of ['20', 'PANO-8']) {
      const policy = { secureTrackWindows: { by: 'o.brandt', reason: 'kept for the audit' } };
      expect(await rowsOf(process, [{ name, policy }])).toMatchObject([
        { state: 'note', found: expect.stringContaining('o.brandt acknowledges it: kept for the audit') },
      ]);
    }
  });

  it('says what a process that saves ahead of its own window gives to that one', async () => {
    const [row] = await rowsOf({ ...process, saveUpdates: { aheadMs: 3_600_000 } });
    expect(row?.found).toContain('firewall-change saves ahead of its own window, which that one commits');
  });

  it('says nothing of a process that leaves the Commit to SecureTrack or only observes', async () => {
    expect(await rowsOf({ ...process, commitBy: 'securetrack' })).toEqual([]);
    expect(await rowsOf({ ...process, mode: 'observe' })).toEqual([]);
  });
});
