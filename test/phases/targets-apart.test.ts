import { DAY, fakeEnvironment, shifted, WINDOW, type FakeEnvironment } from '../support/fake-environment.js';
import { directFirewall, firewallChange, manager } from '../support/firewall-change.js';

const DEVICES = ['ADOM', 'DG', 'EDGE'] as const;

/** One ticket on two managers and one direct firewall. */
async function onThree(env: FakeEnvironment): Promise<void> {
  const devices = [manager('ADOM'), manager('DG'), directFirewall('EDGE')];
  await env.reach(env.ticket({ id: '1', devices }), 'Implementation');
}

const live = (env: FakeEnvironment): string[] => env.secureChange.enforced.map(({ target }) => target).sort();

describe('a target of a ticket', () => {
  it('whose saving Update failed holds up no other: they are saved ahead and go live in the window', async () => {
    const env = fakeEnvironment();
    env.secureChange.faults.push({ call: 'update', target: 'm-ADOM', ends: 'failed' });
    await onThree(env);
    await env.parked('push.failed', '1');
    await env.time.until('the other manager is saved', () =>
      env.secureChange.saved.some(({ target }) => target === 'DG'),
    );
    expect(env.time.nowMs).toBeLessThan(WINDOW.opensAtMs);
    await env.time.until('the others are live', () => live(env).length === 2);

    expect(live(env)).toEqual(['DG', 'EDGE']);
    expect(env.time.nowMs).toBeLessThan(WINDOW.closesAtMs);
    expect(env.view('1').parkings.map(({ code, target }) => [code, target])).toEqual([
      ['push.failed', 'm-ADOM'],
    ]);
    await env.operate({ kind: 'retry' }, '1');
    await env.ended('1');
    expect(live(env)).toEqual([...DEVICES].sort());
  });

  it('whose Commit failed holds up no other', async () => {
    const env = fakeEnvironment();
    env.secureChange.faults.push({ call: 'commit', target: 'm-ADOM', ends: 'failed' });
    await onThree(env);
    await env.parked('push.failed', '1');
    await env.time.until('the others are live', () => live(env).length === 2);
    expect(live(env)).toEqual(['DG', 'EDGE']);
  });

  it('that is done by hand holds up no other', async () => {
    const env = fakeEnvironment();
    const byHand = { update: 'manual', commit: 'none', enforcedBy: 'update' } as const;
    const devices = [directFirewall('OLD', { capability: byHand }), manager('DG'), directFirewall('EDGE')];
    await env.reach(env.ticket({ id: '1', devices }), 'Implementation');
    await env.time.until('the others are live', () => live(env).length === 2);
    expect(live(env)).toEqual(['DG', 'EDGE']);
    expect(env.view('1').needsAttention?.code).toMatch(/\.manual$/);
  });

  it('that waits for a window of its own holds up no other', async () => {
    const env = fakeEnvironment();
    const { window } = firewallChange();
    env.calendars.set('later', [shifted(WINDOW, DAY)]);
    env.processes.set(
      'Firewall change',
      firewallChange({ window: { ...window, perTarget: { ADOM: 'later' } } }),
    );
    await onThree(env);
    await env.time.until('the others are live', () => live(env).length === 2);
    expect(live(env)).toEqual(['DG', 'EDGE']);
    expect(env.time.nowMs).toBeLessThan(WINDOW.closesAtMs);
    await env.ended('1');
    const last = env.secureChange.enforced.find(({ target }) => target === 'ADOM');
    expect(last!.atMs).toBeGreaterThanOrEqual(WINDOW.opensAtMs + DAY);
  });

  it('whose manager is hindered holds up no other', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket({ id: '9', devices: [manager('ADOM')] }), 'Implementation');
    await env.time.until('it is saved', () => env.view('9').savedNotPushed.length === 1);
    await env.operate({ kind: 'hold' }, '9');
    await onThree(env);
    await env.parked('lane.hindered', '1');
    await env.time.until('the others are live', () => live(env).length === 2);
    expect(live(env)).toEqual(['DG', 'EDGE']);
  });
});
