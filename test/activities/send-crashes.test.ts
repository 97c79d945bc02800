import { refused } from '../support/fake-secure-change.js';
import { Unavailable } from '../support/fake-worker.js';
import { HOUR } from '../support/fake-environment.js';
import { WorkerDied } from '../support/worker-death.js';
import { readyToSend, type SendEnvironment } from './send-environment.js';

const dies = (on: string) => (_: string, message: string) => (message === on ? new WorkerDied() : null);
const never = (): null => null;

describe.each(['commit', 'enforcingUpdate', 'save'] as const)(
  'a call of kind %s whose worker dies',
  (kind) => {
    const call = kind === 'commit' ? 'commit' : 'update';

    it('before its intent is recorded is simply made by the next attempt', async () => {
      const { env, sendAndFollow, dyingSend } = readyToSend(kind);
      env.temporal.beforeCall = dies('laneBeginSend');
      await dyingSend();
      env.temporal.beforeCall = never;
      expect(await sendAndFollow()).toMatchObject({ kind: 'done', joined: false });
      expect(env.effects(call)).toEqual([`${call} FW1`]);
    });

    it('between intent and call is not made again: there is no evidence, and an operator decides', async () => {
      const { env, push, send, sendAndFollow, dyingSend } = readyToSend(kind);
      env.temporal.afterCall = dies('laneBeginSend');
      await dyingSend();
      env.temporal.afterCall = never;
      expect(await send()).toMatchObject({ kind: 'begunBefore' });
      expect(await sendAndFollow()).toBeNull();
      expect(env.effects(call)).toEqual([]);
      expect(push().begun.length).toBe(1);
    });

    it('after the call is not made again: its evidence is found', async () => {
      const { env, send, sendAndFollow, dyingSend } = readyToSend(kind);
      env.secureChange.faults.push({ call, after: new WorkerDied() });
      await dyingSend();
      const revision = kind === 'save' ? null : 100;
      expect(await send()).toMatchObject({ kind: 'begunBefore', baseline: { revision } });
      expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
      expect(env.effects(call)).toEqual([`${call} FW1`]);
    });

    it.each<[string, (ready: SendEnvironment) => void]>([
      ['the stop switch is on', ({ env }) => env.temporal.turnSwitch('stop', 'x')],
      ['the window is over', ({ env }) => env.calendars.set('nightly', [])],
      ['the ticket is expired', ({ ticket }) => (ticket.expired = true)],
      ['the ticket moved on', ({ ticket }) => ticket.redo('Design and Risk')],
    ])('after the call is followed although %s by then: what was sent was sent', async (_, change) => {
      const ready = readyToSend(kind);
      ready.env.secureChange.faults.push({ call, after: new WorkerDied() });
      await ready.dyingSend();
      change(ready);
      expect(await ready.sendAndFollow()).toMatchObject({ kind: 'done' });
      expect(ready.env.effects(call)).toEqual([`${call} FW1`]);
    });

    it('only seemingly: an attempt that still runs beside the next one sends once between them', async () => {
      const { env, sendAndFollow } = readyToSend(kind);
      const results = await Promise.all([sendAndFollow(), sendAndFollow()]);
      expect(results).toMatchObject([{ kind: 'done' }, { kind: 'done' }]);
      expect(env.effects(call)).toEqual([`${call} FW1`]);
    });

    it('after the call, and which is still running when the next attempt looks, is waited for', async () => {
      const { env, sendAndFollow, dyingSend } = readyToSend(kind);
      env.secureChange.pushMs = HOUR;
      env.secureChange.faults.push({ call, after: new WorkerDied() });
      await dyingSend();
      expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
      expect(env.effects(call)).toEqual([`${call} FW1`]);
    });

    it('after a call that failed: its failure is found', async () => {
      const { env, sendAndFollow, dyingSend } = readyToSend(kind);
      env.secureChange.faults.push({ call, ends: 'failed', after: new WorkerDied() });
      await dyingSend();
      expect(await sendAndFollow()).toMatchObject({ kind: 'failed' });
      expect(env.effects(call)).toEqual([`${call} FW1`]);
    });
  },
);

describe('an answer that got lost', () => {
  it.each(['ambiguous', 'bug'] as const)(
    '(%s) is no reason to send again: evidence decides',
    async (kind) => {
      const { env, sendAndFollow } = readyToSend();
      env.secureChange.faults.push({ call: 'commit', after: refused({ kind }) });
      expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
      expect(env.effects('commit')).toEqual(['commit FW1']);
    },
  );

  it('of a server error after sending is none either', async () => {
    const { env, send } = readyToSend();
    env.secureChange.faults.push({ call: 'commit', after: refused({ kind: 'transient', status: 502 }) });
    expect(await send()).toMatchObject({ kind: 'sent', accepted: false });
  });

  it('of a call that never left proves that nothing was sent', async () => {
    const { env, push, send } = readyToSend();
    env.secureChange.faults.push({ call: 'commit', before: refused({ kind: 'transient' }) });
    expect(await send()).toMatchObject({ kind: 'notSent', cause: 'busy' });
    expect(push().begun).toEqual([]);
  });

  it('without any evidence within the grace leaves the outcome open, and the record in place', async () => {
    const { env, push, sendAndFollow } = readyToSend();
    env.secureChange.faults.push({
      call: 'commit',
      ends: 'vanishes',
      after: refused({ kind: 'ambiguous' }),
    });
    expect(await sendAndFollow()).toBeNull();
    expect(push().begun.length).toBe(1);
  });

  it('is looked for while SecureChange cannot be read, until it can', async () => {
    const { env, sendAndFollow } = readyToSend();
    const before = refused({ kind: 'transient' });
    env.secureChange.faults.push({ call: 'commit', after: refused({ kind: 'ambiguous' }) });
    env.temporal.afterCall = (_, message) => {
      if (message === 'laneBeginSend')
        env.secureChange.faults.push({ call: 'readTicket', times: 60, before });
      return null;
    };
    expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('of the lane to the intent: whether it was recorded is asked again, and nothing is sent', async () => {
    const { env, send } = readyToSend();
    env.temporal.afterCall = (_, message) => (message === 'laneBeginSend' ? new Unavailable('away') : null);
    await expect(send()).rejects.toThrow('away');
    env.temporal.afterCall = never;
    expect(await send()).toMatchObject({ kind: 'begunBefore' });
    expect(env.effects('commit')).toEqual([]);
  });
});

describe('what was sent', () => {
  it('is followed to its end although the ticket was cancelled meanwhile', async () => {
    const { env, ticket, sendAndFollow } = readyToSend();
    env.time.at(env.time.nowMs + 2_000, () => ticket.end('cancelled'));
    expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
  });

  it.each([
    ['partial', { kind: 'partial' }],
    ['failed', { kind: 'failed' }],
    ['skipped', { kind: 'failed', message: 'the Commit was not performed: skipped' }],
  ] as const)('and ended %s gives that', async (ends, result) => {
    const { env, sendAndFollow } = readyToSend();
    env.secureChange.faults.push({ call: 'commit', ends });
    expect(await sendAndFollow()).toMatchObject(result);
  });
});

describe('the baseline', () => {
  it('distinguishes an earlier failed Commit from the one that was just made', async () => {
    const { ticket, claim, sendAndFollow } = readyToSend();
    ticket.devices[0]!.commit = { state: 'failed', reportStart: 'yesterday', message: 'old failure' };
    claim({ commitBaseline: 'failed|yesterday' });
    expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
  });

  it('accepts an equal report after a run that was seen to end', async () => {
    const { env, ticket, claim, sendAndFollow, dyingSend } = readyToSend();
    env.secureChange.printsReportStart = false;
    env.secureChange.pushMs = HOUR;
    ticket.devices[0]!.commit = { state: 'committed', reportStart: null, message: null };
    claim({ commitBaseline: 'committed|-' });
    env.secureChange.faults.push({ call: 'commit', after: new WorkerDied() });
    await dyingSend();
    expect(await sendAndFollow()).toMatchObject({ kind: 'done' });
    expect(env.effects('commit')).toEqual(['commit FW1']);
  });

  it('distinguishes a Commit that was accepted and not performed from the one before it', async () => {
    const { env, ticket, claim, sendAndFollow } = readyToSend();
    ticket.devices[0]!.commit = { state: 'committed', reportStart: 'in epoch 1', message: null };
    claim({ commitBaseline: 'committed|in epoch 1' });
    env.secureChange.faults.push({ call: 'commit', ends: 'vanishes' });
    expect(await sendAndFollow()).toBeNull();
  });

  it('of a failed Update is not taken for its success or its failure', async () => {
    const { ticket, sendAndFollow } = readyToSend('enforcingUpdate');
    ticket.devices[0]!.update = 'failed';
    expect(await sendAndFollow()).toMatchObject({ kind: 'done', joined: false });

    const again = readyToSend('enforcingUpdate');
    again.ticket.devices[0]!.update = 'failed';
    again.env.secureChange.faults.push({ call: 'update', ends: 'failed' });
    expect(await again.sendAndFollow()).toMatchObject({ kind: 'failed' });
  });
});
