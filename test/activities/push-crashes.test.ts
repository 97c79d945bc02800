import { refused } from '../support/fake-secure-change.js';
import { Unavailable } from '../support/fake-worker.js';
import { HOUR } from '../support/fake-world.js';
import { WorkerDied } from '../support/worker-death.js';
import { readyToPush, type PushWorld } from './push-world.js';

const dies = (on: string) => (_: string, message: string) => (message === on ? new WorkerDied() : null);
const never = (): null => null;

describe.each(['commit', 'enforcingUpdate', 'savingUpdate'] as const)(
  'a push of kind %s whose worker dies',
  (kind) => {
    const call = kind === 'commit' ? 'commit' : 'update';

    it('before its intent is recorded is simply made by the next attempt', async () => {
      const { world, push, dyingPush } = readyToPush(kind);
      world.temporal.beforeCall = dies('laneBeginPush');
      await dyingPush();
      world.temporal.beforeCall = never;
      expect(await push({ again: true })).toMatchObject({ kind: 'done', joined: false });
      expect(world.effects(call)).toEqual([`${call} FW1`]);
    });

    it('between intent and call is asked about and not sent again', async () => {
      const { world, lane, push, dyingPush } = readyToPush(kind);
      world.temporal.afterCall = dies('laneBeginPush');
      await dyingPush();
      world.temporal.afterCall = never;
      expect(await push({ again: true })).toMatchObject({
        kind: 'unknown',
        message: expect.stringContaining(
          'the intent is recorded, and SecureChange shows no sign of it',
        ) as string,
      });
      expect(world.effects(call)).toEqual([]);
      expect(lane.state.grant?.begun).not.toBeNull();
    });

    it('after the call is joined: one call in all', async () => {
      const { world, lane, push, dyingPush } = readyToPush(kind);
      world.secureChange.faults.push({ call, after: new WorkerDied() });
      await dyingPush();
      const known = kind === 'savingUpdate' ? {} : { revisionBefore: 100 };
      expect(await push({ again: true })).toMatchObject({ kind: 'done', joined: true, ...known });
      expect(world.effects(call)).toEqual([`${call} FW1`]);
      expect(lane.state.ended).toEqual([{ token: 1, result: 'done' }]);
    });

    it.each<[string, (ready: PushWorld) => void]>([
      [
        'the stop switch is on',
        ({ world }) => (world.temporal.control = { stopped: true, by: 'olga', reason: 'x', sinceMs: 0 }),
      ],
      ['the window is over', ({ world }) => world.calendars.set('nightly', [])],
      ['the ticket is expired', ({ ticket }) => (ticket.expired = true)],
      ['the ticket moved on', ({ ticket }) => ticket.redo('Design and Risk')],
    ])('after the call is joined although %s by then: what was sent was sent', async (_, change) => {
      const ready = readyToPush(kind);
      ready.world.secureChange.faults.push({ call, after: new WorkerDied() });
      await ready.dyingPush();
      change(ready);
      expect(await ready.push({ again: true })).toMatchObject({ kind: 'done', joined: true });
      expect(ready.world.effects(call)).toEqual([`${call} FW1`]);
      expect(ready.lane.state.ended).toEqual([{ token: 1, result: 'done' }]);
    });

    it('only seemingly: an attempt that lives on beside the next one sends once between them', async () => {
      const { world, lane, push } = readyToPush(kind);
      const results = await Promise.all([push(), push({ again: true })]);
      expect(results.map((result) => result.kind)).toEqual(['done', 'done']);
      expect(world.effects(call)).toEqual([`${call} FW1`]);
      expect(lane.state.ended).toEqual([{ token: 1, result: 'done' }]);
    });

    it('after the call, and which is still running when the next attempt looks, is waited for', async () => {
      const { world, push, dyingPush } = readyToPush(kind);
      world.secureChange.pushMs = HOUR;
      world.secureChange.faults.push({ call, after: new WorkerDied() });
      await dyingPush();
      expect(await push({ again: true })).toMatchObject({ kind: 'done', joined: true });
      expect(world.effects(call)).toEqual([`${call} FW1`]);
    });

    it.each(['beforeCall', 'afterCall'] as const)(
      'while it tells the lane its end (%s) is found done',
      async (moment) => {
        const { world, push, dyingPush } = readyToPush(kind);
        world.temporal[moment] = dies('laneEndPush');
        await dyingPush();
        world.temporal[moment] = never;
        expect(await push({ again: true })).toMatchObject({ kind: 'done', joined: true });
        expect(world.effects(call)).toEqual([`${call} FW1`]);
      },
    );

    it('after the call that failed tells the failure', async () => {
      const { world, push, dyingPush } = readyToPush(kind);
      world.secureChange.faults.push({ call, ends: 'failed', after: new WorkerDied() });
      await dyingPush();
      expect(await push({ again: true })).toMatchObject({ kind: 'failed' });
      expect(world.effects(call)).toEqual([`${call} FW1`]);
    });
  },
);

describe('an answer that got lost', () => {
  it.each(['ambiguous', 'bug'] as const)(
    '(%s) is no reason to send again: evidence decides',
    async (kind) => {
      const { world, push } = readyToPush();
      world.secureChange.faults.push({ call: 'commit', after: refused({ kind, code: 'securechange.x' }) });
      expect(await push()).toMatchObject({ kind: 'done' });
      expect(world.effects('commit')).toEqual(['commit FW1']);
    },
  );

  it('of a server error after sending is none either', async () => {
    const { world, push } = readyToPush();
    world.secureChange.faults.push({ call: 'commit', after: refused({ kind: 'transient', status: 502 }) });
    expect(await push()).toMatchObject({ kind: 'done' });
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });

  it('of a call that never left proves that nothing was sent', async () => {
    const { world, lane, push } = readyToPush();
    world.secureChange.faults.push({ call: 'commit', before: refused({ kind: 'transient' }) });
    expect(await push()).toMatchObject({ kind: 'refused', failure: { kind: 'transient' } });
    expect(lane.state.ended).toEqual([{ token: 1, result: 'notSent' }]);
  });

  it('without any evidence within the grace asks a person, and keeps the lane', async () => {
    const { world, lane, push } = readyToPush();
    world.secureChange.faults.push({
      call: 'commit',
      ends: 'vanishes',
      after: refused({ kind: 'ambiguous' }),
    });
    expect(await push()).toMatchObject({ kind: 'unknown' });
    expect(lane.state.grant?.begun).not.toBeNull();
  });

  it('is looked for while SecureChange can not be read, until it can', async () => {
    const { world, push } = readyToPush();
    world.secureChange.faults.push({ call: 'commit', after: refused({ kind: 'ambiguous' }) });
    world.temporal.afterCall = (_, message) => {
      const before = refused({ kind: 'transient' });
      if (message === 'laneBeginPush')
        world.secureChange.faults.push({ call: 'readTicket', times: 60, before });
      return null;
    };
    expect(await push()).toMatchObject({ kind: 'done' });
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });

  it('of the lane to the intent is asked for again, and only the first attempt may send', async () => {
    const { world, push } = readyToPush();
    world.temporal.afterCall = (_, message) => (message === 'laneBeginPush' ? new Unavailable('away') : null);
    await expect(push()).rejects.toThrow('away');
    world.temporal.afterCall = never;
    expect(await push({ again: true })).toMatchObject({ kind: 'unknown' });
    expect(world.effects('commit')).toEqual([]);
  });
});

describe('an attempt whose lane has moved on', () => {
  it('with its turn unused sends nothing, and tells the manager so', async () => {
    const { world, lane, managerLane, push, dyingPush } = readyToPush('savingUpdate');
    world.temporal.beforeCall = dies('laneBeginPush');
    await dyingPush();
    expect(managerLane.state.saving.length).toBe(1);
    world.temporal.beforeCall = never;
    lane.signal('laneWithdraw', { ticketId: '4711', target: null });

    expect(await push({ again: true })).toMatchObject({ kind: 'turnLost', why: 'stale' });
    expect(managerLane.state.saving).toEqual([]);
  });

  it('and is lost (restored, reset) finds the effect, or asks a person', async () => {
    const found = readyToPush();
    found.lane.state.grant = null;
    found.ticket.devices[0]!.commit = { state: 'committed', reportStart: 'just now', message: null };
    expect(await found.push({ again: true })).toMatchObject({ kind: 'done', joined: true });

    const lost = readyToPush();
    lost.lane.state.grant = null;
    expect(await lost.push({ again: true })).toMatchObject({ kind: 'unknown' });
    expect([...found.world.effects('commit'), ...lost.world.effects('commit')]).toEqual([]);
  });

  it('and whose ticket moved on too, asks a person', async () => {
    const lost = readyToPush();
    lost.lane.state.grant = null;
    lost.ticket.redo('Design and Risk');
    expect(await lost.push({ again: true })).toMatchObject({ kind: 'unknown' });
  });

  it('follows a sent Commit to its end although the ticket was cancelled meanwhile', async () => {
    const { world, lane, ticket, push } = readyToPush();
    world.time.at(world.time.nowMs + 2_000, () => ticket.end('cancelled'));
    expect(await push()).toMatchObject({ kind: 'done' });
    expect(lane.state.ended).toEqual([{ token: 1, result: 'done' }]);
  });
});

describe('the baseline', () => {
  it('tells a failed Commit of before from the one that was just made', async () => {
    const { world, ticket, push } = readyToPush();
    ticket.devices[0]!.commit = { state: 'failed', reportStart: 'yesterday', message: 'old failure' };
    expect(await push({ commitBaseline: 'failed|yesterday' })).toMatchObject({ kind: 'done' });
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });

  it('that can not tell two reports apart trusts a run that was seen to end', async () => {
    const { world, ticket, push, dyingPush } = readyToPush();
    world.secureChange.printsReportStart = false;
    world.secureChange.pushMs = HOUR;
    ticket.devices[0]!.commit = { state: 'committed', reportStart: null, message: null };
    world.secureChange.faults.push({ call: 'commit', after: new WorkerDied() });
    await dyingPush({ commitBaseline: 'committed|-' });
    expect(await push({ commitBaseline: 'committed|-', again: true })).toMatchObject({ kind: 'done' });
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });

  it('tells a Commit that was accepted and vanished from the one before it', async () => {
    const { world, ticket, push } = readyToPush();
    ticket.devices[0]!.commit = { state: 'committed', reportStart: 'in epoch 1', message: null };
    world.secureChange.faults.push({ call: 'commit', ends: 'vanishes' });
    expect(await push({ commitBaseline: 'committed|in epoch 1' })).toMatchObject({ kind: 'unknown' });
  });

  it('of a failed Update is not taken for its success or its failure', async () => {
    const { world, ticket, push } = readyToPush('enforcingUpdate');
    ticket.devices[0]!.update = 'failed';
    expect(await push()).toMatchObject({ kind: 'done', joined: false });

    const again = readyToPush('enforcingUpdate');
    again.ticket.devices[0]!.update = 'failed';
    again.world.secureChange.faults.push({ call: 'update', ends: 'failed' });
    expect(await again.push()).toMatchObject({ kind: 'failed' });
    expect(world.effects('update')).toEqual(['update FW1']);
  });

  it.each([
    ['partial', { kind: 'partial' }],
    ['failed', { kind: 'failed' }],
    ['skipped', { kind: 'failed', message: 'the Commit was not performed: skipped' }],
  ] as const)('and evidence of a Commit that ended %s give that', async (ends, result) => {
    const { world, lane, push } = readyToPush();
    world.secureChange.faults.push({ call: 'commit', ends });
    expect(await push()).toMatchObject(result);
    expect(lane.state.ended[0]?.result).toBe(ends === 'partial' ? 'partial' : 'failed');
  });
});
