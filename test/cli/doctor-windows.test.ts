import { checkChangeWindows } from '../../src/cli/doctor/change-windows.js';
import type { WindowRuns } from '../../src/securechange/secure-change.js';
import { calendarsOf, rules } from '../calendar/rules.js';

const NOW = Date.UTC(2026, 10, 27, 12);
const NIGHT = { ...rules({ zone: 'UTC' }), name: 'night', kind: 'always', secureTrackWindow: 'u1' } as const;

function seen(part: Partial<WindowRuns> = {}): { readWindowRuns: () => Promise<WindowRuns> } {
  const window = { uuid: 'u1', name: 'Nightly', description: null, domainId: null, enabled: true };
  return { readWindowRuns: async () => ({ windows: [window], complete: true, runs: [], ...part }) };
}

function run(startMs: number): WindowRuns['runs'][number] {
  return { uuid: 'u1', window: 'Nightly', runId: '197', startMs, endMs: startMs, errors: [], devices: [] };
}

describe('sco doctor on the change windows of SecureTrack', () => {
  it('says which calendar copies a window, and that all its runs were inside', async () => {
    const rows = await checkChangeWindows(seen({ runs: [run(NOW - 1_000)] }), calendarsOf(NIGHT), NOW);
    expect(rows).toMatchObject([
      { state: 'ok', check: 'Nightly', found: 'copied by night; 1 runs in 14 days, all inside' },
    ]);
  });

  it('names runs outside the copy', async () => {
    const never = { ...NIGHT, kind: 'never' } as const;
    const rows = await checkChangeWindows(seen({ runs: [run(NOW - 1_000)] }), calendarsOf(never), NOW);
    expect(rows).toMatchObject([
      { state: 'problem', found: expect.stringContaining('outside the copy: run 197') },
    ]);
  });

  it('names a copied window that is disabled, and one that does not exist', async () => {
    const window = { uuid: 'u1', name: 'Nightly', description: null, domainId: null, enabled: false };
    const disabled = await checkChangeWindows(seen({ windows: [window] }), calendarsOf(NIGHT), NOW);
    expect(disabled).toMatchObject([{ state: 'problem', found: expect.stringContaining('it is disabled') }]);
    const gone = await checkChangeWindows(seen({ windows: [] }), calendarsOf(NIGHT), NOW);
    expect(gone).toMatchObject([{ state: 'problem', check: 'calendar night' }]);
  });

  it('notes a window that no calendar copies, for it commits what we save', async () => {
    const { secureTrackWindow: _, ...other } = NIGHT;
    expect(await checkChangeWindows(seen(), calendarsOf(other), NOW)).toMatchObject([
      { state: 'note', found: expect.stringContaining('no calendar copies it') },
    ]);
  });

  it('says that windows cannot be read: a problem only where a calendar copies one', async () => {
    const away = { readWindowRuns: async () => Promise.reject(new Error('403')) };
    const { secureTrackWindow: _, ...other } = NIGHT;
    expect(await checkChangeWindows(away, calendarsOf(NIGHT), NOW)).toMatchObject([{ state: 'problem' }]);
    expect(await checkChangeWindows(away, calendarsOf(other), NOW)).toMatchObject([{ state: 'note' }]);
  });
});
