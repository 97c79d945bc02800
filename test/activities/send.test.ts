import { createSendActivities } from '../../activities/send.js';
import { enrol } from '../../src/domain/lane-places.js';
import type { PushKind } from '../../src/domain/push.js';
import { leaveLane, savedEnrolment } from '../support/enrolment.js';
import { refused } from '../support/fake-secure-change.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { HOUR, MINUTE, shifted, WINDOW } from '../support/fake-environment.js';
import { firewallChange } from '../support/firewall-change.js';
import { activityEnvironment } from './activity-environment.js';
import { approvedTicket, claimOf, readyToSend, type SendEnvironment } from './send-environment.js';

const KINDS: readonly PushKind[] = ['commit', 'enforcingUpdate', 'save'];
const PUSHES = ['update', 'commit'];

describe.each(KINDS)('a call of a push of kind %s', (kind) => {
  const call = kind === 'commit' ? 'commit' : 'update';

  it('is made once and followed to its end', async () => {
    const { env, sendAndFollow } = readyToSend(kind);
    expect(await sendAndFollow()).toMatchObject({ kind: 'done', joined: false });
    expect(env.effects(...PUSHES)).toEqual([`${call} FW1`]);
  });

  it('is recorded in the lane before it is made', async () => {
    const { env, push, send } = readyToSend(kind);
    const begun: number[] = [];
    const { secureChange } = env;
    const original = secureChange[call].bind(secureChange) as (...args: unknown[]) => Promise<void>;
    secureChange[call] = async (...args: unknown[]) => {
      begun.push(push().begun.length);
      await original(...args);
    };
    await send();
    expect(begun).toEqual([1]);
  });

  it('that SecureChange refuses is proven not made, and its record is removed', async () => {
    const { env, push, send } = readyToSend(kind);
    env.secureChange.faults.push({ call, before: refused({ code: 'securechange.commit_not_supported' }) });
    expect(await send()).toMatchObject({
      kind: 'refused',
      key: '4711/m-FW1',
      failure: {
        code: 'securechange.commit_not_supported',
        operation: kind === 'commit' ? 'Commit FW1' : 'Update FW1',
      },
    });
    expect(push().begun).toEqual([]);
  });

  it('of a push that the lane has ended, or that runs again after a reset, is not made', async () => {
    const ended = readyToSend(kind);
    ended.lane.state.push = null;
    expect(await ended.send()).toMatchObject({ kind: 'notSent', cause: 'stale' });
    const reset = readyToSend(kind);
    const { send } = createSendActivities(reset.env.deps());
    const again = activityEnvironment('the run after the reset').run(send, reset.input);
    expect(await reset.env.time.finish(again)).toMatchObject({ kind: 'notSent', cause: 'stale' });
    expect([...ended.env.effects(), ...reset.env.effects()]).toEqual([]);
  });

  it('is not made when the worker is stopped between intent and call', async () => {
    const { env, push, input } = readyToSend(kind);
    const environment = activityEnvironment();
    env.temporal.afterCall = (_, message) => {
      if (message === 'laneBeginSend') environment.cancel();
      return null;
    };
    const { send } = createSendActivities(env.deps());
    expect(await env.time.finish(environment.run(send, input))).toMatchObject({
      kind: 'notSent',
      message: expect.stringContaining('nothing was sent') as string,
    });
    expect(env.effects(...PUSHES)).toEqual([]);
    expect(push().begun).toEqual([]);
  });

  it('is not made when the worker was suspended between intent and call', async () => {
    const { env, send } = readyToSend(kind);
    let begun = false;
    env.temporal.afterCall = (_, message) => {
      begun ||= message === 'laneBeginSend';
      return null;
    };
    env.temporal.beforeCall = (_, message) => {
      if (message === 'controlView' && begun) env.time.nowMs += 10_000;
      return null;
    };
    expect(await send()).toMatchObject({ kind: 'notSent', cause: 'changed' });
    expect(env.effects(...PUSHES)).toEqual([]);
  });

  it('is not made when the stop switch is used after the intent', async () => {
    const { env, push, send } = readyToSend(kind);
    env.temporal.afterCall = (_, message) => {
      if (message === 'laneBeginSend') env.temporal.turnSwitch('stop', 'now');
      return null;
    };
    expect(await send()).toMatchObject({ kind: 'notSent', cause: 'stopped' });
    expect(env.effects(...PUSHES)).toEqual([]);
    expect(push().begun).toEqual([]);
  });
});

it.each(['Design and Risk', 'Approval'])(
  'a long Commit that SecureChange accepted is waited for where the ticket is sent back to %s meanwhile',
  async (step) => {
    const { env, ticket, sendAndFollow } = readyToSend();
    env.secureChange.pushMs = HOUR;
    env.time.at(env.time.nowMs + MINUTE, () => ticket.redo(step));
    expect(await sendAndFollow()).toMatchObject({ kind: 'done', joined: false });
    expect(env.effects('commit')).toEqual(['commit FW1']);
  },
);

describe('reading before writing', () => {
  it('joins an Update that is there already', async () => {
    const { env, ticket, send } = readyToSend('save');
    ticket.devices[0]!.update = 'updated';
    expect(await send()).toMatchObject({
      kind: 'alreadyThere',
      key: '4711/m-FW1',
      evidence: { joined: true },
    });
    expect(env.effects()).toEqual([]);
  });

  it('joins a Commit that another user made since the Update, and no earlier one', async () => {
    const { env, ticket, send } = readyToSend();
    ticket.devices[0]!.commit = { state: 'committed', reportStart: 'since then', message: null };
    expect(await send()).toMatchObject({
      kind: 'alreadyThere',
      evidence: { joined: true, message: 'committed already by another user' },
    });
    expect(env.effects()).toEqual([]);

    const other = readyToSend();
    other.ticket.devices[0]!.commit = { state: 'committed', reportStart: 'long ago', message: null };
    other.claim({ commitBaseline: 'committed|long ago' });
    expect(await other.sendAndFollow()).toMatchObject({ kind: 'done', joined: false });
    expect(other.env.effects('commit')).toEqual(['commit FW1']);
  });

  it('records the revision it found, for the later verification; an unreadable one stops no push', async () => {
    expect(await readyToSend('enforcingUpdate').send()).toMatchObject({ baseline: { revision: 100 } });
    const unreadable = readyToSend();
    const before = refused({ kind: 'transient' });
    unreadable.env.secureChange.faults.push({ call: 'readRevision', times: 100, before });
    expect(await unreadable.send()).toMatchObject({ kind: 'sent', baseline: { revision: null } });
  });

  it('sends nothing while SecureChange works on the task', async () => {
    const { env, ticket, send } = readyToSend();
    ticket.current!.tasks[0]!.pending = true;
    expect(await send()).toMatchObject({ kind: 'notSent', cause: 'locked' });
    expect(env.effects()).toEqual([]);
  });

  it('sends nothing when a ticket cannot be read for the moment', async () => {
    const { env, send } = readyToSend();
    env.secureChange.faults.push({ call: 'readTicket', before: refused({ kind: 'transient' }) });
    expect(await send()).toMatchObject({ kind: 'notSent', cause: 'busy' });
    expect(env.effects()).toEqual([]);
  });

  it.each(['auth', 'bug', 'rejected'] as const)(
    'takes a ticket that cannot be read (%s) for closed',
    async (kind) => {
      const { env, send } = readyToSend();
      env.secureChange.faults.push({ call: 'readTicket', before: refused({ kind }) });
      expect(await send()).toMatchObject({ kind: 'gatesClosed', closed: [{ reason: 'unreadable' }] });
      expect(env.effects()).toEqual([]);
    },
  );

  it('takes the task in the way the process allows', async () => {
    const accepting = readyToSend();
    await accepting.send();
    expect(accepting.env.effects('accept', 'reassign')).toEqual(['accept Implementation']);
    const waiting = readyToSend();
    waiting.claim({ taskAccess: 'waitForHandler' });
    expect(await waiting.send()).toMatchObject({ kind: 'notSent', cause: 'locked' });
    expect(waiting.env.effects()).toEqual([]);
  });

  it.each(['waitForHandler', 'accept', 'reassign'] as const)(
    "sends nothing while the task is another person's, whom it names: %s",
    async (taskAccess) => {
      const { env, ticket, claim, send } = readyToSend();
      ticket.assign(ticket.current!.tasks[0]!.id, 'n.weber');
      claim({ taskAccess });
      expect(await send()).toMatchObject({
        kind: 'notSent',
        cause: 'locked',
        message: expect.stringContaining('n.weber') as string,
      });
      expect(env.effects()).toEqual([]);
    },
  );

  it('sends nothing on readings that have become old', async () => {
    const { env, send } = readyToSend();
    const { secureChange } = env;
    const original = secureChange.readDesign.bind(secureChange);
    secureChange.readDesign = async (ref) => {
      env.time.nowMs += 20_000;
      return await original(ref);
    };
    expect(await send()).toMatchObject({ kind: 'notSent', cause: 'changed' });
    expect(env.effects(...PUSHES)).toEqual([]);
  });
});

describe('the gate', () => {
  const request = (ticket: FakeTicket, part: object): void => void Object.assign(ticket, part);

  it.each<[string, string, (ready: SendEnvironment) => void]>([
    [
      'notDriven',
      'mode observe',
      ({ env }) => env.processes.set('Firewall change', firewallChange({ mode: 'observe' })),
    ],
    ['notDriven', 'no process definition', ({ env }) => env.processes.clear()],
    ['notDriven', 'SCO_RESTORED', ({ env }) => (env.settings = { ...env.settings, restored: true })],
    [
      'notDriven',
      'driveSince',
      ({ env }) => env.processes.set('Firewall change', firewallChange({ driveSinceMs: WINDOW.closesAtMs })),
    ],
    ['ticketNotInProgress', 'has left the step', ({ ticket }) => ticket.end('cancelled')],
    ['ticketNotInProgress', 'has left the step', ({ ticket }) => ticket.redo('Design and Risk')],
    ['expired', 'expired', ({ ticket }) => (ticket.expired = true)],
    ['requestChanged', 'the request differs', ({ ticket }) => request(ticket, { request: 'another' })],
    [
      'riskChanged',
      'the risk results differ',
      ({ ticket }) => request(ticket, { risks: [{ order: 'AR1', status: 'hasRisk', severity: 'high' }] }),
    ],
    [
      'designChanged',
      'instructions differ',
      ({ ticket }) => (ticket.devices[0]!.instructionDigest = 'others'),
    ],
    [
      'designChanged',
      'instructions differ',
      ({ ticket }) => void ticket.devices.push({ ...ticket.devices[0]!, managementId: 'm-2', name: 'FW2' }),
    ],
    ['deviceMissing', 'no longer suggests', ({ ticket }) => (ticket.devices[0]!.managementId = 'm-other')],
    ['notApproved', 'skipped', ({ ticket }) => (ticket.passed.at(-1)!.skipped = true)],
    ['notApproved', 'approval: rejected', ({ ticket }) => (ticket.passed.at(-1)!.tasks[0]!.approved = false)],
    ['notApproved', 'service account', ({ env }) => (env.serviceAccounts = ['a.schmidt'])],
    ['windowClosed', 'not open', ({ env }) => (env.time.nowMs = WINDOW.closesAtMs - 1_000)],
    ['windowClosed', 'not open', ({ env }) => env.calendars.set('nightly', [shifted(WINDOW, HOUR)])],
    ['windowClosed', 'no opening', ({ env }) => env.calendars.set('nightly', [])],
    ['unreadable', 'calendar', ({ env }) => env.calendars.clear()],
  ])('closes for %s (%s): nothing is sent', async (reason, text, close) => {
    const ready = readyToSend();
    close(ready);
    expect(await ready.send()).toMatchObject({
      kind: 'gatesClosed',
      closed: [
        { key: '4711/m-FW1', reason, message: expect.stringMatching(new RegExp(text, 'i')) as string },
      ],
    });
    expect(ready.env.effects()).toEqual([]);
    expect(ready.push().begun).toEqual([]);
  });

  it.each<[string, (ready: SendEnvironment) => void]>([
    ['stopped by olga', ({ env }) => env.temporal.turnSwitch('stop', 'x')],
    ['', ({ env }) => (env.temporal.beforeCall = (id) => (id === 'control' ? new Error('away') : null))],
  ])('closes for all while the stop switch is on or unreadable (%s)', async (text, close) => {
    const ready = readyToSend();
    close(ready);
    expect(await ready.send()).toMatchObject({
      kind: 'notSent',
      cause: 'stopped',
      message: expect.stringContaining(text) as string,
    });
    expect(ready.env.effects()).toEqual([]);
  });

  it('closes for an approval of an older epoch, or of other content, or for none', async () => {
    const closedFor = async (part: object | null) => {
      const ready = readyToSend();
      const approvals = part === null ? [] : [{ ...claimOf(ready.ticket).approvals[0]!, ...part }];
      ready.claim({ approvals });
      return await ready.send();
    };
    const noneOnRecord = {
      reason: 'notApproved',
      message: 'no approval is recorded since the ticket was last sent back or opened',
    };
    const inEpoch0 = 'the approval was given in epoch 0, before the ticket was sent back';
    expect(await closedFor({ epoch: 0 })).toMatchObject({
      closed: [{ reason: 'notApproved', message: inEpoch0 }],
    });
    expect(await closedFor(null)).toMatchObject({ closed: [noneOnRecord] });
    for (const what of ['request', 'risk', 'design'])
      expect(await closedFor({ [`${what}Digest`]: 'something else' })).toMatchObject({
        closed: [{ reason: 'notApproved', message: `the approval was given for another ${what}` }],
      });
  });

  it('closes while one of several approvals is missing or void, and names it', async () => {
    const sendWith = async (part: object | null) => {
      const ready = readyToSend();
      const definition = ready.env.processes.get('Firewall change')!;
      const [plain] = definition.approvals;
      ready.env.processes.set('Firewall change', {
        ...definition,
        approvals: [plain!, { ...plain!, name: 'business', covers: 'request', needed: 'always' }],
      });
      const [first] = claimOf(ready.ticket).approvals;
      const second = { ...first!, name: 'business', riskDigest: null, designDigest: null, ...part };
      ready.claim({ approvals: part === null ? [first!] : [first!, second] });
      return await ready.send();
    };
    expect(await sendWith({})).toMatchObject({ kind: 'sent' });
    expect(await sendWith(null)).toMatchObject({
      closed: [
        {
          message: 'approval business: no approval is recorded since the ticket was last sent back or opened',
        },
      ],
    });
    expect(await sendWith({ requestDigest: 'another' })).toMatchObject({
      closed: [{ message: 'approval business: the approval was given for another request' }],
    });
  });

  it('closes an Update, and only an Update, when the device has a newer revision', async () => {
    const update = readyToSend('enforcingUpdate');
    update.ticket.devices[0]!.newRevisionArrived = true;
    expect(await update.send()).toMatchObject({ kind: 'gatesClosed', closed: [{ reason: 'newRevision' }] });
    const commit = readyToSend('commit');
    commit.ticket.devices[0]!.newRevisionArrived = true;
    expect(await commit.send()).toMatchObject({ kind: 'sent' });
  });

  it('asks no window of a save before the window', async () => {
    const { env, send } = readyToSend('save');
    env.calendars.clear();
    expect(await send()).toMatchObject({ kind: 'sent' });
  });

  it('needs no approval where the risk allows it', async () => {
    const { ticket, claim, send } = readyToSend();
    ticket.risks = [{ order: 'AR1', status: 'noRisk', severity: null }];
    ticket.passed.at(-1)!.tasks[0]!.approved = null;
    claim({ riskDigest: ticket.facts('Required Access').step!.request!.riskDigest, approvals: [] });
    expect(await send()).toMatchObject({ kind: 'sent' });
  });
});

describe('a Commit of several tickets', () => {
  it('is one call on the task of the first that is free', async () => {
    const { env, send } = readyToSend('commit', ['1', '2', '3']);
    env.secureChange.tickets.get('1')!.current!.tasks[0]!.pending = true;
    expect(await send()).toMatchObject({ kind: 'sent', baseline: { leader: '2/m-FW1' } });
    expect(env.secureChange.effects.filter(({ kind }) => kind === 'commit')).toMatchObject([
      { ticketId: '2' },
    ]);
  });

  it('is made on the task of a ticket that supports it, or not at all', async () => {
    const { env, lane, send } = readyToSend('commit', ['1', '2']);
    const lead = (...able: string[]): void => {
      const { push } = lane.state;
      const members = push!.members.map((member) => ({ ...member, mayLead: able.includes(member.ticketId) }));
      lane.state.push = { ...push!, members };
    };
    lead();
    expect(await send()).toMatchObject({ kind: 'notSent', cause: 'noLeader' });
    expect(env.effects()).toEqual([]);
    lead('2');
    expect(await send()).toMatchObject({ baseline: { leader: '2/m-FW1' } });
  });

  it('waits for every gate: it names each one that is closed, and sends nothing', async () => {
    const { env, send } = readyToSend('commit', ['1', '2', '3']);
    env.secureChange.tickets.get('2')!.expired = true;
    env.secureChange.tickets.get('3')!.request = 'another';
    expect(await send()).toMatchObject({
      kind: 'gatesClosed',
      closed: [
        { key: '2/m-FW1', reason: 'expired' },
        { key: '3/m-FW1', reason: 'requestChanged' },
      ],
    });
    expect(env.effects(...PUSHES)).toEqual([]);
  });

  it('is hindered by what another ticket has saved that left, by name', async () => {
    const { env, lane, send } = readyToSend();
    enrol(lane.state, savedEnrolment({ ticketId: '9', target: 'FW9', path: ['manager-of-FW1'] }), 0);
    leaveLane(lane.state, { ticketId: '9', target: null, because: 'ended' }, 0);
    expect(await send()).toMatchObject({
      kind: 'notSent',
      cause: 'hindered',
      message: expect.stringContaining('ticket 9 on FW9 (it has ended)') as string,
    });
    expect(env.effects('commit')).toEqual([]);
  });

  it('judges the gate of a ticket that is saved in its scope for another target', async () => {
    const { env, lane, send } = readyToSend();
    const other = approvedTicket(env, '5', 'commit', 'FW1-child');
    const window = { calendar: 'nightly', ruleVersion: 'r1', intervals: [WINDOW], minimumRemainingMs: 0 };
    const place = { ticketId: '5', target: 'm-FW1-child', path: ['manager-of-FW1', 'm-FW1', 'm-FW1-child'] };
    enrol(lane.state, savedEnrolment({ ...place, window, claim: claimOf(other) }), 0);
    other.expired = true;
    expect(await send()).toMatchObject({
      kind: 'notSent',
      cause: 'hindered',
      message: expect.stringContaining('5/m-FW1-child') as string,
    });
    other.expired = false;
    expect(await send()).toMatchObject({ kind: 'sent' });
  });

  it('is not made while the lane is paused', async () => {
    const { env, lane, send } = readyToSend();
    lane.operate({ kind: 'pause' }, 'olga');
    expect(await send()).toMatchObject({ kind: 'notSent', cause: 'paused' });
    expect(env.effects('commit')).toEqual([]);
  });

  it('is judged again when a member left between judgement and intent', async () => {
    const { env, lane, send } = readyToSend('commit', ['1', '2']);
    env.temporal.beforeCall = (_, message) => {
      if (message === 'laneBeginSend')
        leaveLane(lane.state, { ticketId: '2', target: null, because: 'held' }, env.time.nowMs);
      return null;
    };
    expect(await send()).toMatchObject({ kind: 'notSent', cause: 'changed' });
    expect(env.effects('commit')).toEqual([]);
  });
});

describe('a window that opens in a moment by the clock of the worker', () => {
  it.each(['commit', 'enforcingUpdate'] as const)('is waited for by a push of kind %s', async (kind) => {
    const { env, send } = readyToSend(kind);
    env.time.nowMs = WINDOW.opensAtMs - 9_000;
    expect(await send()).toMatchObject({ kind: 'sent' });
    expect(env.secureChange.effects.at(-1)!.atMs).toBeGreaterThanOrEqual(WINDOW.opensAtMs);
  });

  it('is waited for before the gates of many are judged', async () => {
    const { env, input } = readyToSend('commit', ['1', '2', '3', '4']);
    env.time.nowMs = WINDOW.opensAtMs - 9_000;
    const { judgeMembers } = createSendActivities(env.deps());
    expect(await env.time.finish(activityEnvironment().run(judgeMembers, input))).toEqual({ closed: [] });
  });

  it('is not waited for when it is further away than clocks differ', async () => {
    const { env, send } = readyToSend('enforcingUpdate');
    env.time.nowMs = WINDOW.opensAtMs - 11_000;
    expect(await send()).toMatchObject({ kind: 'gatesClosed', closed: [{ reason: 'windowClosed' }] });
    expect(env.time.nowMs).toBe(WINDOW.opensAtMs - 11_000);
  });
});

it('a Commit for many reads the stop switch once for all gates, and again before the call', async () => {
  const { env, send } = readyToSend('commit', ['1', '2', '3', '4', '5']);
  let reads = 0;
  env.temporal.beforeCall = (_, message) => {
    if (message === 'controlView') reads += 1;
    return null;
  };
  expect(await send()).toMatchObject({ kind: 'sent' });
  expect(reads).toBe(2);
});

it('judgeMembers names every closed gate, and sends and takes nothing', async () => {
  const { env, input } = readyToSend('commit', ['1', '2']);
  env.secureChange.tickets.get('2')!.expired = true;
  const { judgeMembers } = createSendActivities(env.deps());
  const judged = activityEnvironment().run(judgeMembers, input);
  expect(await env.time.finish(judged)).toMatchObject({ closed: [{ key: '2/m-FW1', reason: 'expired' }] });
  expect(env.effects()).toEqual([]);
});
