import { refused } from '../support/fake-secure-change.js';
import { fakeEnvironment, HOUR, MINUTE, WINDOW, type FakeEnvironment } from '../support/fake-environment.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';
import { addChangeWindow, UUID } from '../support/securetrack-commits.js';

const ACKNOWLEDGED = { by: 'o.brandt', reason: 'the window only carries device groups of the lab' };

/** A window of SecureTrack that has committed the device group OTHER below the manager PANO. */
function environment(part: Parameters<typeof firewallChange>[0] = {}): FakeEnvironment {
  const env = fakeEnvironment();
  env.processes.set('Firewall change', firewallChange({ saveUpdates: 'inWindow', ...part }));
  addChangeWindow(env);
  env.ticket({ id: '9', devices: [group('OTHER')] });
  env.secureChange.runWindow(UUID, [{ name: 'OTHER', outcome: 'skipped' }]);
  return env;
}

const group = (name: string) =>
  manager(name, { laneKey: 'pano', laneName: 'PANO', path: ['pano', `m-${name}`] });
const pushed = (env: FakeEnvironment): string[] => env.effects('update', 'commit');

describe('a manager that a change window of SecureTrack commits too', () => {
  it('is refused, before anything is saved on it, until a person acknowledges that both commit', async () => {
    const env = environment();
    await env.reach(env.ticket({ id: '1', devices: [group('DG')] }), 'Implementation');
    await env.parked('gate.secure_track_commits', '1');
    const [parked] = env.state('1').parkings;
    expect(parked?.reason).toContain(
      'DG is not pushed: change window Nightly of SecureTrack commits PANO as well: its run 197 at ',
    );
    expect(parked?.reason).toContain('had OTHER, and no person has acknowledged that both commit');
    expect(parked?.advice).toContain('secureTrackWindows of the manager in managers.yaml');
    expect(pushed(env)).toEqual([]);

    env.managers.set('pano', { secureTrackWindows: ACKNOWLEDGED });
    await env.operate({ kind: 'retry' }, '1');
    await env.ended('1');
    expect(pushed(env)).toEqual(['update DG', 'commit DG']);
  });

  it('is refused ahead of the window too: that one would commit what is saved', async () => {
    const env = environment({ saveUpdates: { aheadMs: 24 * HOUR } });
    await env.reach(env.ticket({ id: '1', devices: [group('DG')] }), 'Implementation');
    await env.parked('gate.secure_track_commits', '1');
    expect(env.time.nowMs).toBeLessThan(WINDOW.opensAtMs - HOUR);
    expect(pushed(env)).toEqual([]);
  });

  it('is pushed once the window is disabled', async () => {
    const env = environment();
    await env.reach(env.ticket({ id: '1', devices: [group('DG')] }), 'Implementation');
    await env.parked('gate.secure_track_commits', '1');
    env.secureChange.changeWindows[0]!.enabled = false;
    // Windows are read once in five minutes for all pushes.
    await env.time.pass(6 * MINUTE);
    await env.operate({ kind: 'retry' }, '1');
    await env.ended('1');
    expect(pushed(env)).toEqual(['update DG', 'commit DG']);
  });

  it('holds up no device of another manager', async () => {
    const env = environment();
    const devices = [group('DG'), directFirewall('EDGE')];
    await env.reach(env.ticket({ id: '1', devices }), 'Implementation');
    await env.parked('gate.secure_track_commits', '1');
    await env.time.pass(HOUR);
    expect(pushed(env)).toEqual(['update EDGE']);
  });

  it('is read for all pushes together, and not at all where SecureTrack commits by the process', async () => {
    const env = environment();
    env.managers.set('pano', { secureTrackWindows: ACKNOWLEDGED });
    for (const id of ['1', '2', '3'])
      await env.reach(env.ticket({ id, devices: [manager(`FW${id}`)] }), 'Implementation');
    for (const id of ['1', '2', '3']) await env.ended(id);
    expect(env.called('send').length).toBeGreaterThanOrEqual(6);
    expect(env.secureChange.runsRead).toBeLessThan(3);

    const other = environment({ commitBy: 'securetrack', saveUpdates: { aheadMs: HOUR } });
    await other.reach(other.ticket({ id: '1', devices: [group('DG')] }), 'Implementation');
    await other.time.until('it is saved', () => pushed(other).includes('update DG'));
    expect(other.secureChange.runsRead).toBe(0);
  });

  it('that our user may not see is not refused; while SecureTrack does not answer nothing is sent', async () => {
    const env = environment();
    const forbidden = refused({ kind: 'auth', status: 403 });
    env.secureChange.faults.push({ call: 'readWindowRuns', times: 20, before: forbidden });
    await env.reach(env.ticket({ id: '1', devices: [group('DG')] }), 'Implementation');
    await env.ended('1');
    expect(pushed(env)).toEqual(['update DG', 'commit DG']);

    const away = environment();
    away.secureChange.faults.push({
      call: 'readWindowRuns',
      times: 20,
      before: refused({ kind: 'transient', code: 'http.connect' }),
    });
    await away.reach(away.ticket({ id: '1', devices: [manager('FW1')] }), 'Implementation');
    await away.time.until('it was tried', () => away.called('send').length > 2);
    expect(pushed(away)).toEqual([]);
    await away.ended('1');
    expect(pushed(away)).toEqual(['update FW1', 'commit FW1']);
  });
});
