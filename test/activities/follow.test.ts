import { refused } from '../support/fake-secure-change.js';
import { HOUR } from '../support/fake-environment.js';
import { readyToSend } from './send-environment.js';

const UNREADABLE = refused({ kind: 'bug', code: 'securetrack.wrong_schema', message: 'cannot be read' });

describe('what a Commit did is judged without what cannot be read as long as a push may take', () => {
  it('where nothing was left to install: whether a window made it live', async () => {
    const { env, sendAndFollow } = readyToSend('commit');
    env.secureChange.faults.push({ call: 'commit', ends: 'skipped' });
    env.secureChange.faults.push({ call: 'windowCommits', before: UNREADABLE, times: 20_000 });
    const from = env.time.nowMs;
    expect(await sendAndFollow()).toMatchObject({ kind: 'failed', nothingToInstall: true });
    expect(env.time.nowMs - from).toBeLessThan(3 * HOUR);
  });

  it('where it failed on some firewalls: whose changes the others have', async () => {
    const { env, sendAndFollow } = readyToSend('commit');
    env.secureChange.reportParts = [{ policy: 'P', firewall: 'fw', outcome: 'failed', text: 'offline' }];
    env.secureChange.faults.push({ call: 'commit', ends: 'failed' });
    env.secureChange.faults.push({ call: 'readCommitReport', before: UNREADABLE, times: 20_000 });
    const from = env.time.nowMs;
    const outcome = await sendAndFollow();
    expect(outcome).toMatchObject({ kind: 'failed' });
    expect(outcome).not.toHaveProperty('finished');
    expect(env.time.nowMs - from).toBeLessThan(3 * HOUR);
  });

  it('and with it where it can be read again before that', async () => {
    const { env, sendAndFollow } = readyToSend('commit');
    env.secureChange.faults.push({ call: 'commit', ends: 'skipped' });
    env.secureChange.faults.push({ call: 'windowCommits', before: UNREADABLE, times: 5 });
    env.secureChange.windowRuns.push({
      target: 'm-FW1',
      window: 'Nightly',
      runId: '7',
      startMs: env.time.nowMs + 1,
      endMs: null,
    });
    expect(await sendAndFollow()).toMatchObject({
      kind: 'done',
      joined: true,
      message: expect.stringContaining('Nightly') as string,
    });
  });
});
