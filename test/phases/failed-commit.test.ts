import type { CommitPart } from '../../src/domain/commit-report.js';
import { fakeEnvironment, type FakeEnvironment } from '../support/fake-environment.js';
import { manager } from '../support/firewall-change.js';

const LANE = 'manager-of-ADOM';

/** Tickets that ride one Commit, each changing its own policy of an ADOM. */
async function riders(policies: Record<string, string>): Promise<FakeEnvironment> {
  const env = fakeEnvironment();
  for (const [id, policy] of Object.entries(policies)) {
    const ticket = env.ticket({ id, devices: [{ ...manager('ADOM'), policies: [policy] }] });
    await env.reach(ticket, 'Implementation');
  }
  return env;
}

const part = (policy: string, firewall: string, outcome: CommitPart['outcome']): CommitPart => ({
  policy,
  firewall,
  outcome,
  text: outcome === 'done' ? null : 'not connected',
});
const REPORT = [
  part('shops', 'fw-1', 'done'),
  part('shops', 'fw-2', 'done'),
  part('depots', 'fw-3', 'failed'),
];

function failsOn(env: FakeEnvironment, parts: readonly CommitPart[]): void {
  env.secureChange.reportParts = parts;
  env.secureChange.faults.push({ call: 'commit', ends: 'partial' });
}

describe('a shared Commit that failed on some firewalls', () => {
  it('finishes the tickets whose firewalls all have it; the others stay saved, as one item, and share the next one', async () => {
    const env = await riders({ '1': 'shops', '2': 'depots', '3': 'depots' });
    failsOn(env, REPORT);
    await env.ended('1');
    for (const id of ['2', '3']) await env.parked('lane.push_failed', id);

    expect(env.view('1').targets[0]).toMatchObject({ commit: 'done' });
    expect(env.view('1').targets[0]?.message).toContain('fw-3 failed: not connected');
    const { failures, ledger } = env.temporal.lane(LANE).state;
    expect(failures).toMatchObject([{ tickets: ['2', '3'], message: expect.stringContaining('fw-3') }]);
    expect(ledger.map(({ ticketId }) => ticketId).sort()).toEqual(['2', '3']);

    env.temporal.lane(LANE).operate({ kind: 'retryPush' }, 'anna');
    for (const id of ['2', '3']) await env.ended(id);
    expect(env.effects('commit')).toHaveLength(2);
  });

  it('finishes no ticket whose policies the design does not name', async () => {
    const env = fakeEnvironment();
    for (const id of ['1', '2']) {
      const ticket = env.ticket({ id, devices: [manager('ADOM')] });
      await env.reach(ticket, 'Implementation');
    }
    failsOn(env, REPORT);
    for (const id of ['1', '2']) await env.parked('lane.push_failed', id);
  });

  it('is live where it failed only on firewalls that the operator tolerates, and names them', async () => {
    const env = await riders({ '1': 'shops', '2': 'depots' });
    env.managers.set(LANE, { tolerate: [{ firewall: 'fw-3', owner: 'n.weber' }] });
    failsOn(env, REPORT);
    for (const id of ['1', '2']) {
      await env.ended(id);
      expect(env.view(id).targets[0]).toMatchObject({ commit: 'done' });
      expect(env.view(id).targets[0]?.message).toContain('not on fw-3 (tolerated, owner n.weber');
    }
    expect(env.effects('commit')).toHaveLength(1);
  });

  it('says nothing of a change that was accepted and is no member: it stays in the ledger', async () => {
    const env = await riders({ '1': 'shops', '2': 'depots' });
    await env.time.until('both wait', () => env.temporal.lane(LANE).state.queue.length === 2);
    const { state } = env.temporal.lane(LANE);
    const place = state.queue[0]!;
    state.ledger.push({
      ticketId: '9',
      epoch: 1,
      target: place.target,
      targetName: place.targetName,
      path: place.path,
      instructionDigest: 'x',
      savedAtMs: 1,
      state: 'saved',
      left: { because: 'cancelled', atMs: 1 },
      accepted: { by: 'anna', reason: 'known', atMs: 1 },
    });
    failsOn(env, REPORT);
    await env.ended('1');
    await env.parked('lane.push_failed', '2');
    expect(state.ledger.map(({ ticketId }) => ticketId).sort()).toEqual(['2', '9']);
  });
});

describe('a Commit that firewalls took and reverted', () => {
  it('parks its ticket as reverted: saved, not live, and not sent again by itself', async () => {
    const env = await riders({ '1': 'shops' });
    env.secureChange.faults.push({ call: 'commit', ends: 'reverted' });
    await env.parked('push.reverted', '1');
    expect(env.view('1')).toMatchObject({ targets: [{ commit: 'failed' }] });
    expect(env.effects('commit')).toHaveLength(1);
    await env.operate({ kind: 'retry' }, '1');
    await env.ended('1');
    expect(env.effects('commit')).toHaveLength(2);
  });
});

describe('a Commit whose report proves nothing', () => {
  it('is a question that shows what the report says', async () => {
    const env = await riders({ '1': 'shops' });
    env.secureChange.faults.push({ call: 'commit', ends: 'unknown' });
    await env.parked('push.unknown', '1');
    const asked = env.view('1').parkings.find(({ code }) => code === 'push.unknown');
    expect(asked?.reason).toContain('its report proves neither success nor failure (unknown)');
  });
});
