import type { ClockDifference } from '../../src/domain/clock-difference.js';
import { checkChangeWindows } from '../../src/cli/doctor/change-windows.js';
import type { WindowRuns } from '../../src/securechange/secure-change.js';
import { calendarsOf, rules } from '../calendar/rules.js';
import { shownDevice } from '../support/shown-device.js';

const NOW = Date.UTC(2026, 10, 27, 12);
const NIGHT = { ...rules({ zone: 'UTC' }), name: 'night', kind: 'always', secureTrackWindow: 'u1' } as const;

function seen(part: Partial<WindowRuns> = {}, clocks: ClockDifference | null = { leastMs: 0, mostMs: 900 }) {
  const window = { uuid: 'u1', name: 'Nightly', description: null, domainId: null, enabled: true };
  return {
    readWindowRuns: async () => ({ windows: [window], complete: true, unread: [], runs: [], ...part }),
    secureTrackClockDifference: () => clocks,
    listDevices: async () => [shownDevice()],
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
    const rows = await checkChangeWindows(seen({ runs: [run(NOW - 1_000)] }), calendarsOf(NIGHT), [], NOW);
    expect(rows).toMatchObject([
      { state: 'ok', check: 'Nightly', found: 'copied by night; 1 runs in 14 days, all inside' },
    ]);
  });

  it('names runs outside the copy', async () => {
    const never = { ...NIGHT, kind: 'never' } as const;
    const rows = await checkChangeWindows(seen({ runs: [run(NOW - 1_000)] }), calendarsOf(never), [], NOW);
    expect(rows).toMatchObject([
      { state: 'problem', found: expect.stringContaining('outside the copy: run 197') },
    ]);
  });

  it('names a copied window that is disabled, and one that does not exist', async () => {
    const window = { uuid: 'u1', name: 'Nightly', description: null, domainId: null, enabled: false };
    const disabled = await checkChangeWindows(seen({ windows: [window] }), calendarsOf(NIGHT), [], NOW);
    expect(disabled).toMatchObject([{ state: 'problem', found: expect.stringContaining('it is disabled') }]);
    const gone = await checkChangeWindows(seen({ windows: [] }), calendarsOf(NIGHT), [], NOW);
    expect(gone).toMatchObject([{ state: 'problem', check: 'calendar night' }]);
  });

  it('notes a window that no calendar copies, for it commits what we save', async () => {
    const { secureTrackWindow: _, ...other } = NIGHT;
    expect(await checkChangeWindows(seen(), calendarsOf(other), [], NOW)).toMatchObject([
      { state: 'note', found: expect.stringContaining('no calendar copies it') },
    ]);
  });

  it('says that windows cannot be read: a problem only where a calendar copies one', async () => {
    const away = { ...seen(), readWindowRuns: async () => Promise.reject(new Error('403')) };
    const { secureTrackWindow: _, ...other } = NIGHT;
    expect(await checkChangeWindows(away, calendarsOf(NIGHT), [], NOW)).toMatchObject([{ state: 'problem' }]);
    expect(await checkChangeWindows(away, calendarsOf(other), [], NOW)).toMatchObject([{ state: 'note' }]);
  });

  it('names a clock of SecureTrack that is wrong, and runs that cannot be read', async () => {
    const wrong = seen({ unread: [{ uuid: 'u1', row: 'run 196' }] }, { leastMs: 3_000, mostMs: 4_000 });
    expect(await checkChangeWindows(wrong, calendarsOf(NIGHT), [], NOW)).toMatchObject([
      { state: 'ok', found: expect.stringContaining('0 runs in 14 days and 1 that cannot be read') },
      { state: 'problem', check: 'clock', found: expect.stringContaining('the clock of SecureTrack') },
    ]);
  });
});

describe('sco doctor on a device that a window of SecureTrack commits', () => {
  const committed = {
    ...run(NOW - 1_000),
    devices: [{ managementId: '21', outcome: 'committed', revisionId: null, message: null }],
  } as const;
  const skipped = { ...committed, devices: [{ ...committed.devices[0], outcome: 'skipped' }] } as const;
  const process = {
    name: 'firewall-change',
    mode: 'drive',
    commitBy: 'orchestrator',
    saveUpdates: 'inWindow',
  } as const;
  const rowsOf = async (
    one: WindowRuns['runs'][number],
    ...processes: Parameters<typeof checkChangeWindows>[2]
  ) => (await checkChangeWindows(seen({ runs: [one] }), calendarsOf(NIGHT), processes, NOW)).slice(1);

  it('warns that a process commits it as well, with window and run', async () => {
    const [row] = await rowsOf(committed, process);
    expect(row).toMatchObject({ state: 'note', check: 'DG-B' });
    expect(row?.found).toContain('change window Nightly commits it (run 197 at ');
    expect(row?.found).toContain('and so does firewall-change, by commitBy: orchestrator');
  });

  it('calls it a problem where that process saves ahead of its own window', async () => {
    const [row] = await rowsOf(committed, { ...process, saveUpdates: { aheadMs: 3_600_000 } });
    expect(row).toMatchObject({ state: 'problem', check: 'DG-B' });
    expect(row?.found).toContain('firewall-change saves ahead of its own window');
  });

  it('says nothing of a process that leaves the Commit to SecureTrack or only observes, and of a device without Commit', async () => {
    expect(await rowsOf(committed, { ...process, commitBy: 'securetrack' })).toEqual([]);
    expect(await rowsOf(committed, { ...process, mode: 'observe' })).toEqual([]);
    expect(await rowsOf(skipped, process)).toEqual([]);
  });
});
