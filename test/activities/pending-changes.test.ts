import { checkForeign } from '../../activities/foreign.js';
import { DEFAULT_FOREIGN } from '../../src/domain/foreign.js';
import type { ScriptResult } from '../../src/scripts/scripts.js';
import { fakeEnvironment } from '../support/fake-environment.js';
import { SERVICE_LOGIN } from '../support/fake-secure-change.js';

const LANE = { key: 'M', name: 'Panorama' };

async function asked(result: Partial<ScriptResult>, { registered = true } = {}) {
  const env = fakeEnvironment();
  const foreignChanges = { ...DEFAULT_FOREIGN, accounts: [SERVICE_LOGIN], probe: 'pending' };
  env.managers.set(LANE.key, { foreignChanges });
  env.scripts.set('pending', registered ? { kind: 'pendingChanges' } : {});
  env.scriptResults.set('pending', [result]);
  const { signal } = new AbortController();
  const place = { target: 'DG', path: ['M', 'DG'], since: null };
  const { seen } = await env.time.finish(checkForeign(env.deps(), LANE, place, signal));
  return seen;
}

const printed = (changes: unknown): Partial<ScriptResult> => ({ stdout: JSON.stringify({ changes }) });

describe('the probe for pending changes of a manager', () => {
  it('names what others have saved, and then nothing counts as not visible', async () => {
    const others = [{ administrator: 'h.novak', location: 'shared/rule 7' }];
    const ours = [{ administrator: SERVICE_LOGIN.toUpperCase(), location: 'DG/rule 1' }];
    expect(await asked(printed([...ours, ...others]))).toMatchObject({ changes: others, notVisible: null });
  });

  it('says that there is nothing, where SecureTrack alone could not', async () => {
    expect(await asked(printed([]))).toMatchObject({ changes: [], notVisible: null });
  });

  it.each<[string, Partial<ScriptResult>, string]>([
    ['takes too long', { outcome: 'timedOut', exitCode: null }, 'no answer within 5 s'],
    ['fails', { exitCode: 3 }, 'exit code 3'],
    ['is refused, because its file was changed', { outcome: 'refused', exitCode: null }, 'refused'],
    ['prints no JSON', { stdout: 'none' }, 'answer: expected'],
    ['leaves out who it was', printed([{ location: 'shared' }]), 'administrator'],
  ])('that %s leaves it not visible, and says why', async (_what, result, why) => {
    const seen = await asked(result);
    expect(seen.changes).toEqual([]);
    expect(seen.notVisible).toContain(`probe pending: `);
    expect(seen.notVisible).toContain(why);
  });

  it('is not run when it is registered for events', async () => {
    const seen = await asked(printed([]), { registered: false });
    expect(seen.notVisible).toContain('no longer registered as pendingChanges');
  });
});
