import { fakeEnvironment, MINUTE, WINDOW } from '../support/fake-environment.js';
import { manager } from '../support/firewall-change.js';

describe('planned maintenance of a manager', () => {
  it('saves and commits nothing on it until its end, and the ticket says until when and why', async () => {
    const env = fakeEnvironment();
    const untilMs = WINDOW.opensAtMs + 20 * MINUTE;
    const maintenance = [{ fromMs: 0, untilMs, reason: 'upgrade of Panorama' }];
    env.managers.set('manager-of-DG', { maintenance });
    const ticket = env.ticket({ devices: [manager('DG')] });
    await env.reach(ticket, 'Implementation');
    await env.time.until(
      'it says so',
      () => env.view().waiting?.what.includes('upgrade of Panorama') === true,
    );
    expect(env.time.nowMs).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
    await env.time.pass(untilMs - env.time.nowMs - 1_000);
    expect(env.effects('update', 'commit')).toEqual([]);
    await env.ended();
    expect(env.secureChange.enforced.every(({ atMs }) => atMs >= untilMs)).toBe(true);
    expect(env.effects('commit')).toEqual(['commit DG']);
  });
});
