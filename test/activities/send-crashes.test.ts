import { refused } from '../support/fake-secure-change.js';
import { Unavailable } from '../support/fake-worker.js';
import { HOUR } from '../support/fake-world.js';
import { WorkerDied } from '../support/worker-death.js';
import { readyToSend, type SendWorld } from './send-world.js';

const dies = (on: string) => (_: string, message: string) => (message === on ? new WorkerDied() : null);
const never = (): null => null;

describe.each(['commit', 'enforcingUpdate', 'save'] as const)(
  'a call of kind %s whose worker dies',
  (kind) => {
    const call = kind === 'commit' ? 'commit' : 'update';

    it('before its intent is recorded is simply made by the next attempt', async () => {
      const { world, sendAndFollow, dyingSend } = readyToSend(kind);
      world.temporal.beforeCall = dies('laneBeginSend');
      await dyingSend();
      world.temporal.beforeCall = never;
      expect(await sendAndFollow()).toMatchObject({ kind: 'done', joined: false });
      expect(world.effects(call)).toEqual([`${call} FW1`]);
    });

    it('between intent and call is not made again: nothing shows, and only a person knows', async () => {
      const { world, push, send, sendAndFollow, dyingSend } = readyToSend(kind);
      world.temporal.afterCall = dies('laneBeginSend');
      await dyingSend();
      world.temporal.afterCall = never;
      expect(await send()).toMatchObject({ kind: 'begunBefore' });
      expect(await sendAndFollow()).toBeNull();
      expect(world.effects(call)).toEqual([]);
      expect(push().begun.length).toBe(1);
    });

    it('after the call is not made again: its evidence is found', async () => {
      const { world, send, sendAndFollow, dyingSend } = readyToSend(kind);
      world.secureChange.faults.push({ call, after: new WorkerDied() });
      await dyingSend();
      const revision = kind === 'save' ? null : 100;
      expect(await send()).toMatchObject({ kind: 'begunBefore', baseline: { revision } });
      expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
      expect(world.effects(call)).toEqual([`${call} FW1`]);
    });

    it.each<[string, (ready: SendWorld) => void]>([
      [
        'the stop switch is on',
        ({ world }) => (world.temporal.control = { stopped: true, by: 'olga', reason: 'x', sinceMs: 0 }),
      ],
      ['the window is over', ({ world }) => world.calendars.set('nightly', [])],
      ['the ticket is expired', ({ ticket }) => (ticket.expired = true)],
      ['the ticket moved on', ({ ticket }) => ticket.redo('Design and Risk')],
    ])('after the call is followed although %s by then: what was sent was sent', async (_, change) => {
      const ready = readyToSend(kind);
      ready.world.secureChange.faults.push({ call, after: new WorkerDied() });
      await ready.dyingSend();
      change(ready);
      expect(await ready.sendAndFollow()).toMatchObject({ kind: 'done' });
      expect(ready.world.effects(call)).toEqual([`${call} FW1`]);
    });

    it('only seemingly: an attempt that lives on beside the next one sends once between them', async () => {
      const { world, sendAndFollow } = readyToSend(kind);
      const results = await Promise.all([sendAndFollow(), sendAndFollow()]);
      expect(results).toMatchObject([{ kind: 'done' }, { kind: 'done' }]);
      expect(world.effects(call)).toEqual([`${call} FW1`]);
    });

    it('after the call, and which is still running when the next attempt looks, is waited for', async () => {
      const { world, sendAndFollow, dyingSend } = readyToSend(kind);
      world.secureChange.pushMs = HOUR;
      world.secureChange.faults.push({ call, after: new WorkerDied() });
      await dyingSend();
      expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
      expect(world.effects(call)).toEqual([`${call} FW1`]);
    });

    it('after a call that failed: its failure is found', async () => {
      const { world, sendAndFollow, dyingSend } = readyToSend(kind);
      world.secureChange.faults.push({ call, ends: 'failed', after: new WorkerDied() });
      await dyingSend();
      expect(await sendAndFollow()).toMatchObject({ kind: 'failed' });
      expect(world.effects(call)).toEqual([`${call} FW1`]);
    });
  },
);

describe('an answer that got lost', () => {
  it.each(['ambiguous', 'bug'] as const)(
    '(%s) is no reason to send again: evidence decides',
    async (kind) => {
      const { world, sendAndFollow } = readyToSend();
      world.secureChange.faults.push({ call: 'commit', after: refused({ kind }) });
      expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
      expect(world.effects('commit')).toEqual(['commit FW1']);
    },
  );

  it('of a server error after sending is none either', async () => {
    const { world, send } = readyToSend();
    world.secureChange.faults.push({ call: 'commit', after: refused({ kind: 'transient', status: 502 }) });
    expect(await send()).toMatchObject({ kind: 'sent', accepted: false });
  });

  it('of a call that never left proves that nothing was sent', async () => {
    const { world, push, send } = readyToSend();
    world.secureChange.faults.push({ call: 'commit', before: refused({ kind: 'transient' }) });
    expect(await send()).toMatchObject({ kind: 'notSent', cause: 'busy' });
    expect(push().begun).toEqual([]);
  });

  it('without any evidence within the grace leaves the outcome open, and the record in place', async () => {
    const { world, push, sendAndFollow } = readyToSend();
    world.secureChange.faults.push({
      call: 'commit',
      ends: 'vanishes',
      after: refused({ kind: 'ambiguous' }),
    });
    expect(await sendAndFollow()).toBeNull();
    expect(push().begun.length).toBe(1);
  });

  it('is looked for while SecureChange cannot be read, until it can', async () => {
    const { world, sendAndFollow } = readyToSend();
    const before = refused({ kind: 'transient' });
    world.secureChange.faults.push({ call: 'commit', after: refused({ kind: 'ambiguous' }) });
    world.temporal.afterCall = (_, message) => {
      if (message === 'laneBeginSend')
        world.secureChange.faults.push({ call: 'readTicket', times: 60, before });
      return null;
    };
    expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });

  it('of the lane to the intent: whether it was recorded is asked again, and nothing is sent', async () => {
    const { world, send } = readyToSend();
    world.temporal.afterCall = (_, message) => (message === 'laneBeginSend' ? new Unavailable('away') : null);
    await expect(send()).rejects.toThrow('away');
    world.temporal.afterCall = never;
    expect(await send()).toMatchObject({ kind: 'begunBefore' });
    expect(world.effects('commit')).toEqual([]);
  });
});

describe('what was sent', () => {
  it('is followed to its end although the ticket was cancelled meanwhile', async () => {
    const { world, ticket, sendAndFollow } = readyToSend();
    world.time.at(world.time.nowMs + 2_000, () => ticket.end('cancelled'));
    expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
  });

  it.each([
    ['partial', { kind: 'partial' }],
    ['failed', { kind: 'failed' }],
    ['skipped', { kind: 'failed', message: 'the Commit was not performed: skipped' }],
  ] as const)('and ended %s gives that', async (ends, result) => {
    const { world, sendAndFollow } = readyToSend();
    world.secureChange.faults.push({ call: 'commit', ends });
    expect(await sendAndFollow()).toMatchObject(result);
  });
});

describe('the baseline', () => {
  it('tells a failed Commit of before from the one that was just made', async () => {
    const { ticket, claim, sendAndFollow } = readyToSend();
    ticket.devices[0]!.commit = { state: 'failed', reportStart: 'yesterday', message: 'old failure' };
    claim({ commitBaseline: 'failed|yesterday' });
    expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
  });

  it('that cannot tell two reports apart trusts a run that was seen to end', async () => {
    const { world, ticket, claim, sendAndFollow, dyingSend } = readyToSend();
    world.secureChange.printsReportStart = false;
    world.secureChange.pushMs = HOUR;
    ticket.devices[0]!.commit = { state: 'committed', reportStart: null, message: null };
    claim({ commitBaseline: 'committed|-' });
    world.secureChange.faults.push({ call: 'commit', after: new WorkerDied() });
    await dyingSend();
    expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
    expect(world.effects('commit')).toEqual(['commit FW1']);
  });

  it('tells a Commit that was accepted and vanished from the one before it', async () => {
    const { world, ticket, claim, sendAndFollow } = readyToSend();
    ticket.devices[0]!.commit = { state: 'committed', reportStart: 'in epoch 1', message: null };
    claim({ commitBaseline: 'committed|in epoch 1' });
    world.secureChange.faults.push({ call: 'commit', ends: 'vanishes' });
    expect(await sendAndFollow()).toBeNull();
  });

  it('of a failed Update is not taken for its success or its failure', async () => {
    const { ticket, sendAndFollow } = readyToSend('enforcingUpdate');
    ticket.devices[0]!.update = 'failed';
    expect(await sendAndFollow()).toMatchObject({ kind: 'done', joined: false });

    const again = readyToSend('enforcingUpdate');
    again.ticket.devices[0]!.update = 'failed';
    again.world.secureChange.faults.push({ call: 'update', ends: 'failed' });
    expect(await again.sendAndFollow()).toMatchObject({ kind: 'failed' });
  });
});
