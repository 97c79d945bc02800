import { fakeEnvironment, HOUR, MINUTE, type FakeEnvironment } from '../support/fake-environment.js';
import type { ProcessDefinition } from '../../src/domain/process.js';
import { refused } from '../support/fake-secure-change.js';
import { firewallChange, manager, POINTS } from '../support/firewall-change.js';

const LANE = 'manager-of-ADOM';

/** Tickets that ride one Commit, each changing its own policy, and that stay open in the step after it. */
async function live(policies: Record<string, string>, process = firewallChange()): Promise<FakeEnvironment> {
  const env = fakeEnvironment();
  const { phases = [] } = process.steps['Implementation'] ?? {};
  env.processes.set('Firewall change', {
    ...process,
    steps: {
      ...process.steps,
      Implementation: { phases: phases.filter(({ phase }) => phase !== 'advance') },
    },
  });
  for (const [id, policy] of Object.entries(policies)) {
    const ticket = env.ticket({ id, devices: [{ ...manager('ADOM'), policies: [policy] }] });
    await env.reach(ticket, 'Implementation');
  }
  for (const id of Object.keys(policies))
    await env.time.until(`${id} is live`, () => env.view(id).targets[0]?.commit === 'done');
  return env;
}

/** The process says what reports it: its integration point, and the comment in SecureChange. */
function reportsReverts(): ProcessDefinition {
  const wentBack = {
    ...POINTS.find(({ name }) => name === 'ticket-cancelled')!,
    name: 'went-back',
    when: { kind: 'event', event: 'REVERTED', step: null } as const,
  };
  return firewallChange({ commentPushes: true, integrationPoints: [...POINTS, wentBack] });
}

const leaderOf = (env: FakeEnvironment): string => env.secureChange.enforced[0]?.by ?? '-';

describe('a Commit that firewalls take back after it had succeeded', () => {
  it('is the outcome reverted: its tickets ask, the ledger has what is saved, and nothing is sent by itself', async () => {
    const env = await live({ '1': 'shops', '2': 'depots' });
    env.secureChange.revert(leaderOf(env), 'ADOM');
    for (const id of ['1', '2']) await env.parked('push.reverted', id);

    const { ledger, past } = env.temporal.lane(LANE).state;
    expect(ledger.map(({ ticketId, state, left }) => [ticketId, state, left?.because])).toEqual([
      ['1', 'saved', 'reverted'],
      ['2', 'saved', 'reverted'],
    ]);
    expect(past.at(-1)?.result).toContain('reverted: connectivity check failed');
    expect(env.view('1')).toMatchObject({ targets: [{ commit: 'failed' }], savedNotPushed: ['ADOM'] });
    await env.time.pass(2 * HOUR);
    expect(env.effects('commit')).toHaveLength(1);
    expect(env.secureChange.enforced).toEqual([]);
  });

  it('goes live again with one Commit when an operator says so for each', async () => {
    const env = await live({ '1': 'shops', '2': 'depots' });
    env.secureChange.revert(leaderOf(env), 'ADOM');
    for (const id of ['1', '2']) await env.parked('push.reverted', id);
    env.calendars.set('nightly', []);
    env.ruleVersion = 'r2';
    for (const id of ['1', '2']) await env.operate({ kind: 'retry' }, id);
    for (const id of ['1', '2'])
      await env.time.until('asks for a window', () =>
        env.view(id).parkings.some(({ code }) => code === 'window.none'),
      );
    env.calendars.set('nightly', [
      { opensAtMs: env.time.nowMs + HOUR, closesAtMs: env.time.nowMs + 3 * HOUR },
    ]);
    env.ruleVersion = 'r3';
    for (const id of ['1', '2']) await env.operate({ kind: 'retry' }, id);
    for (const id of ['1', '2'])
      await env.time.until(`${id} is live`, () => env.view(id).targets[0]?.commit === 'done');

    expect(env.secureChange.enforced.map(({ ticketId }) => ticketId).sort()).toEqual(['1', '2']);
    expect(env.effects('commit')).toHaveLength(2);
    expect(env.temporal.lane(LANE).state.ledger).toEqual([]);
  });

  it('concerns only the tickets whose firewalls went back', async () => {
    const env = await live({ '1': 'shops', '2': 'depots' });
    env.secureChange.reportParts = [
      { policy: 'shops', firewall: 'fw-1', outcome: 'done', text: null },
      { policy: 'depots', firewall: 'fw-3', outcome: 'reverted', text: 'lost Panorama' },
    ];
    env.secureChange.revert(leaderOf(env), 'ADOM');
    await env.parked('push.reverted', '2');
    expect(env.view('2').needsAttention?.reason).toContain('fw-3 reverted');
    await env.time.pass(HOUR);
    expect(env.view('1')).toMatchObject({ targets: [{ commit: 'done' }], parkings: [] });
    expect(env.temporal.lane(LANE).state.ledger.map(({ ticketId }) => ticketId)).toEqual(['2']);
  });

  it('stays in the ledger where its ticket has ended, and hinders others until a person accepts it', async () => {
    const env = fakeEnvironment();
    await env.reach(env.ticket({ id: '1', devices: [manager('ADOM')] }), 'Implementation');
    await env.ended('1');
    env.secureChange.revert('1', 'ADOM');
    await env.time.pass(10 * MINUTE);
    expect(env.temporal.lane(LANE).state.ledger).toMatchObject([
      { ticketId: '1', left: { because: 'reverted' } },
    ]);

    await env.reach(env.ticket({ id: '2', devices: [manager('ADOM')] }), 'Implementation');
    await env.parked('lane.hindered', '2');
    expect(env.view('2').needsAttention?.reason).toContain('firewalls went back to what they had');
    env.temporal.lane(LANE).operate({ kind: 'acceptLedger', ticketId: '1' }, 'anna');
    await env.ended('2');
    expect(env.secureChange.enforced.map(({ ticketId }) => ticketId).sort()).toEqual(['1', '2']);
  });

  it('is made known of a ticket that has ended: in its change, in a comment, and in what people see of it', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', reportsReverts());
    for (const id of ['1', '2'])
      await env.reach(
        env.ticket({ id, devices: [{ ...manager('ADOM'), policies: [`policy-${id}`] }] }),
        'Implementation',
      );
    for (const id of ['1', '2']) await env.ended(id);
    const messagesBefore = env.messages.length;
    const commentsBefore = env.secureChange.comments.length;
    env.secureChange.revert(leaderOf(env), 'ADOM');
    await env.time.pass(10 * MINUTE);

    const sent = env.messages.slice(messagesBefore);
    expect(sent.map(({ point, action, correlationId }) => [point, action, correlationId]).sort()).toEqual([
      ['went-back', 'update', 'securechange-1-servicenow'],
      ['went-back', 'update', 'securechange-2-servicenow'],
    ]);
    const comments = env.secureChange.comments.slice(commentsBefore);
    expect(comments.map(({ ticketId }) => ticketId).sort()).toEqual(['1', '2']);
    for (const { text } of comments) expect(text).toContain('ADOM was live and went back');
    for (const id of ['1', '2']) {
      expect(env.view(id)).toMatchObject({
        outcome: 'closed',
        targets: [{ commit: 'failed', reverted: true }],
        savedNotPushed: ['ADOM'],
        delivered: [{ point: 'went-back' }],
      });
      expect(
        env
          .view(id)
          .timeline.map(({ what }) => what)
          .join('\n'),
      ).toContain('reverted: ADOM was live and went back');
    }
    // Once: the lane no longer owes it.
    expect(env.temporal.lane(LANE).state.undelivered).toEqual([]);
    await env.time.pass(2 * HOUR);
    expect(env.messages).toHaveLength(messagesBefore + 2);
    expect(env.secureChange.comments).toHaveLength(commentsBefore + 2);
  });

  it('waits in the outbox of a ticket that has ended while the ITSM is away, and a refused comment is noted', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', reportsReverts());
    await env.reach(env.ticket({ id: '1', devices: [manager('ADOM')] }), 'Implementation');
    await env.ended('1');
    const before = env.messages.length;
    env.secureChange.faults.push(
      { call: 'send', before: refused({ kind: 'rejected' }) },
      { call: 'addComment', before: refused() },
    );
    env.secureChange.revert('1', 'ADOM');
    await env.time.until('the message is held', () =>
      env.view('1').outbox.some(({ state }) => state === 'held'),
    );
    expect(env.view('1').timeline.some(({ what }) => what.startsWith('no comment in SecureChange'))).toBe(
      true,
    );
    const [held] = env.view('1').outbox;
    await env.operate({ kind: 'retryMessage', message: held!.number }, '1');
    await env.time.until('it is sent', () => env.messages.length === before + 1);
  });

  it('is made known of a ticket whose run was about to end', async () => {
    const env = fakeEnvironment();
    env.processes.set('Firewall change', reportsReverts());
    await env.reach(env.ticket({ id: '1', devices: [manager('ADOM')] }), 'Implementation');
    await env.time.until('it is live', () => env.view('1').targets[0]?.commit === 'done');
    env.secureChange.faults.push({
      call: 'send',
      target: 'close-change',
      before: refused({ kind: 'rejected' }),
    });
    await env.time.until('its closing message is held', () =>
      env.view('1').outbox.some(({ state }) => state === 'held'),
    );
    expect(env.view('1').status).toBe('closed');
    env.secureChange.revert('1', 'ADOM');
    await env.time.until('its lane has seen it', () =>
      env.temporal.lane(LANE).state.past.some(({ result }) => result.startsWith('reverted')),
    );
    await env.operate({ kind: 'retryMessage', message: env.view('1').outbox[0]!.number }, '1');

    await env.ended('1');
    expect(env.messages.map(({ point }) => point).slice(-2)).toEqual(['close-change', 'went-back']);
    expect(env.view('1')).toMatchObject({
      outcome: 'closed',
      targets: [{ commit: 'failed', reverted: true }],
    });
    expect(env.messages.filter(({ point }) => point === 'close-change')).toHaveLength(1);
  });

  it('is made known of a ticket that is still open as well', async () => {
    const env = await live({ '1': 'shops' }, reportsReverts());
    env.secureChange.revert('1', 'ADOM');
    await env.parked('push.reverted', '1');
    await env.time.until('its message is sent', () =>
      env.messages.some(({ point }) => point === 'went-back'),
    );
    expect(env.secureChange.comments.at(-1)).toMatchObject({ ticketId: '1' });
    expect(env.secureChange.comments.at(-1)?.text).toContain('ADOM was live and went back');
  });

  it('is noticed within 65 minutes, and read only a few times', async () => {
    const env = await live({ '1': 'shops' });
    await env.time.pass(62 * MINUTE);
    env.secureChange.revert('1', 'ADOM');
    await env.time.pass(4 * MINUTE);
    expect(env.view('1').parkings.map(({ code }) => code)).toEqual(['push.reverted']);
    expect(env.called('checkCommit').length).toBeLessThanOrEqual(5);
  });

  it('is looked for beside the pushes: none waits until SecureChange has answered', async () => {
    const env = await live({ '1': 'shops' });
    let asked = 0;
    env.secureChange.readCommitReport = async () => {
      asked += 1;
      await env.time.sleep(HOUR);
      throw refused({ kind: 'transient' });
    };
    await env.time.until('the report is read again', () => asked > 0);
    const askedAtMs = env.time.nowMs;
    await env.reach(env.ticket({ id: '2', devices: [manager('ADOM')] }), 'Implementation');
    await env.time.until('2 is live', () => env.view('2').targets[0]?.commit === 'done');
    expect(env.time.nowMs - askedAtMs).toBeLessThan(5 * MINUTE);
  });

  it('is not looked for where the manager says so', async () => {
    const env = fakeEnvironment();
    env.managers.set(LANE, { watchRevertMs: 0 });
    await env.reach(env.ticket({ id: '1', devices: [manager('ADOM')] }), 'Implementation');
    await env.ended('1');
    await env.time.pass(2 * HOUR);
    expect(env.called('checkCommit')).toEqual([]);
  });

  it('is not taken for the report of a later Commit', async () => {
    const env = await live({ '1': 'shops' });
    const device = env.secureChange.tickets.get('1')!.devices[0]!;
    device.commit = { state: 'failed', reportStart: 'another', message: 'of another user' };
    await env.time.pass(2 * HOUR);
    expect(env.view('1').parkings).toEqual([]);
    expect(env.temporal.lane(LANE).state).toMatchObject({ ledger: [], watched: [] });
  });
});
