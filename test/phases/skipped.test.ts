import { DAY, HOUR, MINUTE, type FakeEnvironment } from '../support/fake-environment.js';
import { refused } from '../support/fake-secure-change.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { directFirewall, manager } from '../support/firewall-change.js';
import { secureTrackCommits, untilSaved } from '../support/securetrack-commits.js';

// An operator skips the Commit of a ticket while its places in lanes are not given up yet.

const SLOW = 20 * MINUTE;

/** SecureTrack's runs cannot be read, and FW9 waits in its lane. */
async function mayBeSkipped(): Promise<{ env: FakeEnvironment; ticket: FakeTicket }> {
  const env = secureTrackCommits();
  const ticket = env.ticket({ devices: [manager('DG'), directFirewall('FW8'), directFirewall('FW9')] });
  await untilSaved(env, ticket);
  const noRight = refused({ code: 'http.forbidden' });
  env.secureChange.faults.push({ call: 'readWindowRuns', times: Infinity, before: noRight });
  await env.parked('http.forbidden');
  return { env, ticket };
}

describe('a Commit that an operator skips', () => {
  it('stays skipped where the run continues as new while a begun push is awaited', async () => {
    const { env } = await mayBeSkipped();
    env.secureChange.pushMs = HOUR;
    await env.time.until('the Update of FW8 is begun', () => env.effects('update').includes('update FW8'));
    env.temporal.lane('manager-of-FW9').operate({ kind: 'pause' }, 'olga');

    expect(await env.operate({ kind: 'skip' })).toMatchObject({ accepted: true });
    await env.time.pass(10 * MINUTE);
    env.run().run.engine.wantNewRun();
    await env.time.pass(MINUTE);
    expect(env.state().continueAsNewCount).toBe(1);
    env.temporal.lane('manager-of-FW9').operate({ kind: 'resume' }, 'olga');
    await env.time.pass(DAY);
    expect(env.effects('update')).toEqual(['update DG', 'update FW8']);
    expect(env.view().targets).toMatchObject([{ commit: 'todo' }, { update: 'done' }, { update: 'todo' }]);
  });

  it('completes no task after an abort that came while the lanes were left', async () => {
    const { env } = await mayBeSkipped();
    env.worker.latencyMs = (name) => (name === 'leaveLanes' ? SLOW : 5);
    expect(await env.operate({ kind: 'skip' })).toMatchObject({ accepted: true });
    await env.time.pass(MINUTE);
    expect(await env.operate({ kind: 'abort' })).toMatchObject({ accepted: true });
    await env.time.pass(DAY);
    expect(env.effects('complete')).toEqual(['complete Design and Risk']);
    expect(env.view()).toMatchObject({ mode: 'observe' });
  });
});
