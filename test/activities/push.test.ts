import type { ClosePushInput } from '../../activities/push-ending.js';
import { createPushActivities } from '../../activities/push.js';
import type { PushKind } from '../../src/domain/lane.js';
import { refused } from '../support/fake-secure-change.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { HOUR, shifted, WINDOW } from '../support/fake-world.js';
import { firewallChange } from '../support/firewall-change.js';
import { activityEnvironment } from './activity-environment.js';
import { readyToPush, type PushWorld } from './push-world.js';

const KINDS: readonly PushKind[] = ['commit', 'enforcingUpdate', 'savingUpdate'];
const PUSHES = ['update', 'commit'];

describe.each(KINDS)('a push of kind %s', (kind) => {
  it('is sent once, followed to its end, and told to its lane', async () => {
    const { world, lane, push } = readyToPush(kind);
    expect(await push()).toMatchObject({ kind: 'done', joined: false });
    expect(world.effects(...PUSHES)).toEqual([kind === 'commit' ? 'commit FW1' : 'update FW1']);
    expect(lane.state).toMatchObject({ grant: null, ended: [{ token: 1, result: 'done' }] });
  });

  it('writes down its intent before the call', async () => {
    const { world, lane, push } = readyToPush(kind);
    world.secureChange.onEvent = () => {};
    const begun: boolean[] = [];
    const call = kind === 'commit' ? 'commit' : 'update';
    const { secureChange } = world;
    const original = secureChange[call].bind(secureChange);
    secureChange[call] = async (...args: Parameters<typeof original>) => {
      begun.push(lane.state.grant?.begun != null);
      await (original as (...all: unknown[]) => Promise<void>)(...args);
    };
    await push();
    expect(begun).toEqual([true]);
  });

  it('that SecureChange refuses is told to the lane as not sent', async () => {
    const { world, lane, push } = readyToPush(kind);
    const before = refused({ code: 'securechange.not_supported' });
    world.secureChange.faults.push({ call: kind === 'commit' ? 'commit' : 'update', before });
    expect(await push()).toMatchObject({
      kind: 'refused',
      failure: {
        code: 'securechange.not_supported',
        operation: kind === 'commit' ? 'Commit FW1' : 'Update FW1',
      },
    });
    expect(lane.state.ended).toEqual([{ token: 1, result: 'notSent' }]);
  });

  it('with a token that the lane took back sends nothing', async () => {
    const { world, lane, push } = readyToPush(kind);
    lane.signal('laneWithdraw', { ticketId: '4711', target: null });
    expect(await push()).toMatchObject({ kind: 'turnLost', why: 'stale' });
    expect(world.effects()).toEqual([]);
  });

  it('sends nothing when the worker is told to stop between intent and call', async () => {
    const { world, lane, input } = readyToPush(kind);
    const environment = activityEnvironment();
    world.temporal.afterCall = (_, message) => {
      if (message === 'laneBeginPush') environment.cancel();
      return null;
    };
    const { push } = createPushActivities(world.deps());
    const result = await world.time.finish(environment.run(push, input));
    expect(result).toMatchObject({
      kind: 'turnLost',
      message: expect.stringContaining('nothing was sent') as string,
    });
    expect(world.effects(...PUSHES)).toEqual([]);
    expect(lane.state.ended).toEqual([{ token: 1, result: 'notSent' }]);
  });

  it('sends nothing when it was frozen between intent and call', async () => {
    const { world, push } = readyToPush(kind);
    let reads = 0;
    world.temporal.beforeCall = (_, message) => {
      if (message === 'controlView' && ++reads === 2) world.time.nowMs += 10_000;
      return null;
    };
    expect(await push()).toMatchObject({ kind: 'turnLost', why: 'stale' });
    expect(world.effects(...PUSHES)).toEqual([]);
  });
});

describe('looking before acting', () => {
  it('joins an Update that is there already', async () => {
    const { world, ticket, push } = readyToPush('savingUpdate');
    ticket.devices[0]!.update = 'updated';
    expect(await push()).toMatchObject({ kind: 'done', joined: true });
    expect(world.effects()).toEqual([]);
  });

  it('joins a Commit that somebody made since the Update, and takes none that was there before', async () => {
    const { world, ticket, push } = readyToPush();
    ticket.devices[0]!.commit = { state: 'committed', reportStart: 'since then', message: null };
    expect(await push()).toMatchObject({
      kind: 'done',
      joined: true,
      message: 'already committed by somebody else',
    });
    expect(world.effects()).toEqual([]);

    const other = readyToPush();
    other.ticket.devices[0]!.commit = { state: 'committed', reportStart: 'long ago', message: null };
    expect(await other.push({ commitBaseline: 'committed|long ago' })).toMatchObject({
      kind: 'done',
      joined: false,
    });
    expect(other.world.effects('commit')).toEqual(['commit FW1']);
  });

  it('takes down the revision it found, for the later verification; an unreadable one stops no push', async () => {
    expect(await readyToPush('enforcingUpdate').push()).toMatchObject({ kind: 'done', revisionBefore: 100 });
    const unreadable = readyToPush();
    const before = refused({ kind: 'transient' });
    unreadable.world.secureChange.faults.push({ call: 'readRevision', times: 100, before });
    const result = await unreadable.push();
    expect(result).toMatchObject({ kind: 'done', joined: false });
    expect(result).not.toHaveProperty('revisionBefore');
  });

  it('waits while SecureChange works on the task', async () => {
    const { world, ticket, push } = readyToPush();
    ticket.current!.tasks[0]!.pending = true;
    world.time.at(world.time.nowMs + HOUR, () => (ticket.current!.tasks[0]!.pending = false));
    expect(await push()).toMatchObject({ kind: 'done' });
    expect(world.secureChange.landed[0]!.atMs).toBeGreaterThan(WINDOW.opensAtMs + HOUR);
  });

  it('gives the turn back when SecureChange works on the task for ever', async () => {
    const { ticket, lane, push } = readyToPush();
    ticket.current!.tasks[0]!.pending = true;
    expect(await push()).toMatchObject({
      kind: 'refused',
      failure: { kind: 'locked', code: 'securechange.task_pending' },
    });
    expect(lane.state.grant).toBeNull();
  });

  it.each(['transient', 'auth', 'bug'] as const)(
    'sends nothing when the ticket can not be read: %s',
    async (kind) => {
      const { world, lane, push } = readyToPush();
      world.secureChange.faults.push({
        call: 'readTicket',
        before: refused({ kind, code: 'securechange.x' }),
      });
      expect(await push()).toMatchObject({ kind: 'refused', failure: { kind } });
      expect(world.effects()).toEqual([]);
      expect(lane.state.ended).toEqual([{ token: 1, result: 'notSent' }]);
    },
  );

  it('takes the task in the way the process allows, or waits for its handler', async () => {
    const accepting = readyToPush();
    await accepting.push({ taskAccess: 'accept' });
    expect(accepting.world.effects('accept', 'reassign')).toEqual(['accept Implementation']);
    const reassigning = readyToPush();
    await reassigning.push({ taskAccess: 'reassign' });
    expect(reassigning.world.effects('accept', 'reassign')).toEqual(['reassign Implementation']);
  });

  it.each(['waitForHandler', 'accept'] as const)(
    "sends nothing while the task is another person's, whom it names: %s",
    async (taskAccess) => {
      const { world, ticket, lane, push } = readyToPush();
      ticket.assign(ticket.current!.tasks[0]!.id, 'n.weber');
      expect(await push({ taskAccess })).toMatchObject({
        kind: 'refused',
        failure: { kind: 'locked', holder: 'n.weber' },
      });
      expect(world.effects()).toEqual([]);
      expect(lane.state.ended).toEqual([{ token: 1, result: 'notSent' }]);
    },
  );
});

describe('the gate', () => {
  const request = (ticket: FakeTicket, part: object): void => void Object.assign(ticket, part);

  it.each<[string, string, (ready: PushWorld) => void]>([
    [
      'stopped',
      'stopped by olga',
      ({ world }) => (world.temporal.control = { stopped: true, by: 'olga', reason: 'x', sinceMs: 1 }),
    ],
    [
      'stopped',
      'unreadable means stopped',
      ({ world }) => (world.temporal.beforeCall = (id) => (id === 'control' ? new Error('away') : null)),
    ],
    [
      'notDriven',
      'mode observe',
      ({ world }) => world.processes.set('Firewall change', firewallChange({ mode: 'observe' })),
    ],
    ['notDriven', 'no process definition', ({ world }) => world.processes.clear()],
    ['notDriven', 'SCO_RESTORED', ({ world }) => (world.settings = { ...world.settings, restored: true })],
    [
      'notDriven',
      'driveSince',
      ({ world }) =>
        world.processes.set('Firewall change', firewallChange({ driveSinceMs: WINDOW.closesAtMs })),
    ],
    ['ticketNotInProgress', 'no longer in the step', ({ ticket }) => ticket.end('cancelled')],
    ['ticketNotInProgress', 'no longer in the step', ({ ticket }) => ticket.redo('Design and Risk')],
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
    ['notApproved', 'service account', ({ world }) => (world.serviceAccounts = ['a.schmidt'])],
    ['windowClosed', 'not open', ({ world }) => (world.time.nowMs = WINDOW.closesAtMs - 1_000)],
    ['windowClosed', 'not open', ({ world }) => world.calendars.set('nightly', [shifted(WINDOW, HOUR)])],
    ['windowClosed', 'no opening', ({ world }) => world.calendars.set('nightly', [])],
  ])('closes for %s (%s): nothing is sent, and the lane hears so', async (reason, text, close) => {
    const ready = readyToPush();
    close(ready);
    expect(await ready.push()).toMatchObject({
      kind: 'gateClosed',
      reason,
      message: expect.stringContaining(text) as string,
    });
    expect(ready.world.effects()).toEqual([]);
    expect(ready.lane.state).toMatchObject({ grant: null, ended: [{ result: 'notSent' }] });
  });

  it('closes for an approval of an older epoch, or of other content', async () => {
    const stale = readyToPush();
    const { assessed } = stale.input;
    const approval = assessed.approval!;
    expect(
      await stale.push({ assessed: { ...assessed, approval: { ...approval, epoch: 0 } } }),
    ).toMatchObject({
      reason: 'notApproved',
      message: 'there is no approval of this epoch on record',
    });
    for (const digest of ['requestDigest', 'riskDigest', 'designDigest'] as const) {
      const ready = readyToPush();
      const other = { ...approval, [digest]: 'something else' };
      expect(await ready.push({ assessed: { ...assessed, approval: other } })).toMatchObject({
        reason: 'notApproved',
        message: 'the approval was given for another request, risk or design',
      });
    }
    const none = readyToPush();
    expect(await none.push({ assessed: { ...assessed, approval: null } })).toMatchObject({
      reason: 'notApproved',
    });
  });

  it('closes an Update, and only an Update, when the device has a newer revision', async () => {
    const update = readyToPush('enforcingUpdate');
    update.ticket.devices[0]!.newRevisionArrived = true;
    expect(await update.push()).toMatchObject({ kind: 'gateClosed', reason: 'newRevision' });
    const commit = readyToPush('commit');
    commit.ticket.devices[0]!.newRevisionArrived = true;
    expect(await commit.push()).toMatchObject({ kind: 'done' });
  });

  it('asks no window of a saving Update', async () => {
    const { world, push } = readyToPush('savingUpdate');
    world.calendars.clear();
    expect(await push()).toMatchObject({ kind: 'done' });
  });

  it('refuses with the name of a calendar that is not there', async () => {
    const { world, push } = readyToPush();
    world.calendars.clear();
    expect(await push()).toMatchObject({ kind: 'refused', failure: { code: 'calendar.unknown' } });
    expect(world.effects()).toEqual([]);
  });

  it('needs no approval where the risk allows it', async () => {
    const { world, ticket, input, push } = readyToPush();
    ticket.risks = [{ order: 'AR1', status: 'noRisk', severity: null }];
    ticket.passed.at(-1)!.tasks[0]!.approved = null;
    const assessed = { ...input.assessed, riskDigest: JSON.stringify(ticket.risks), approval: null };
    expect(await push({ assessed })).toMatchObject({ kind: 'done' });
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });

  it('is asked about the stop switch again after the intent', async () => {
    const { world, lane, push } = readyToPush();
    world.temporal.afterCall = (_, message) => {
      if (message === 'laneBeginPush')
        world.temporal.control = { stopped: true, by: 'olga', reason: 'now', sinceMs: 1 };
      return null;
    };
    expect(await push()).toMatchObject({ kind: 'gateClosed', reason: 'stopped' });
    expect(world.effects(...PUSHES)).toEqual([]);
    expect(lane.state.ended).toEqual([{ token: 1, result: 'notSent' }]);
  });
});

describe('the lanes', () => {
  it('refuse the intent of a Commit that would carry an ended ticket’s saved Update', async () => {
    const { world, lane, push } = readyToPush();
    lane.signal('laneEndSaving', {
      ticketId: '9',
      epoch: 1,
      target: 'm-FW9',
      targetName: 'FW9',
      effectKey: 'k',
      result: 'saved',
    });
    lane.signal('laneTicketEnded', { ticketId: '9' });
    expect(await push()).toMatchObject({
      kind: 'turnLost',
      why: 'ledger',
      message: expect.stringContaining('ticket 9 on FW9') as string,
    });
    expect(world.effects('commit')).toEqual([]);
  });

  it('refuse a Commit while an Update is being saved on the manager, and while they are paused', async () => {
    const saving = readyToPush();
    saving.lane.update('laneBeginSaving', { ticketId: '9', target: 'm-FW9', effectKey: 'k' }, undefined);
    expect(await saving.push()).toMatchObject({ kind: 'turnLost', why: 'saving' });
    const paused = readyToPush();
    paused.lane.operate({ kind: 'pause' }, 'olga');
    expect(await paused.push()).toMatchObject({ kind: 'turnLost', why: 'paused' });
    expect([...saving.world.effects('commit'), ...paused.world.effects('commit')]).toEqual([]);
  });

  it('let no Update be saved while the manager pushes', async () => {
    const { world, lane, managerLane, push } = readyToPush('savingUpdate');
    const other = readyToPush('commit');
    Object.assign(managerLane.state, {
      grant: { ...other.lane.state.grant!, begun: { atMs: 0, effectKey: 'k', baseline: '' } },
    });
    expect(await push()).toMatchObject({ kind: 'turnLost', why: 'saving' });
    expect(world.effects('update')).toEqual([]);
    expect(lane.state.grant).toBeNull();
  });

  it('hear of a saved Update: the manager keeps it in its ledger', async () => {
    const { managerLane, push } = readyToPush('savingUpdate');
    await push();
    expect(managerLane.state).toMatchObject({
      saving: [],
      ledger: [{ ticketId: '4711', target: 'm-FW1', state: 'alive' }],
    });
  });

  it('hear of a failed Update too: it may have left something behind', async () => {
    const { world, managerLane, push } = readyToPush('savingUpdate');
    world.secureChange.faults.push({ call: 'update', ends: 'failed' });
    expect(await push()).toMatchObject({
      kind: 'failed',
      message: 'the policy is locked by another session',
    });
    expect(managerLane.state.ledger.length).toBe(1);
  });

  it('forget a saving Update that never left', async () => {
    const { world, managerLane, push } = readyToPush('savingUpdate');
    world.secureChange.faults.push({ call: 'update', before: refused() });
    await push();
    expect(managerLane.state).toMatchObject({ saving: [], ledger: [] });
  });

  it('hear the answer to an open question', async () => {
    const { world, lane, managerLane, input, push } = readyToPush('savingUpdate');
    world.secureChange.faults.push({
      call: 'update',
      ends: 'vanishes',
      after: refused({ kind: 'ambiguous' }),
    });
    expect(await push()).toMatchObject({ kind: 'unknown' });
    expect(managerLane.state.saving.length).toBe(1);

    const { closePush } = createPushActivities(world.deps());
    const answer: ClosePushInput = { ...input, result: 'notSent' };
    await activityEnvironment().run(closePush, answer);
    expect(lane.state.grant).toBeNull();
    expect(managerLane.state).toMatchObject({ saving: [], ledger: [] });
  });
});
