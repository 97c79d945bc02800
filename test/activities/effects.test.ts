import { ACTIVITY_NAMES, EFFECTS, type Effect } from '../../activities/effects.js';
import { createActivities, type Activities } from '../../activities/index.js';
import type { ActivityDeps } from '../../activities/contract.js';
import { TASK_QUEUES } from '../../src/domain/ids.js';
import { optionsOf } from '../../workflows/activity-options.js';
import { withHold } from '../../workflows/hold.js';
import { runActivity } from './activity-environment.js';

type Call = (input: unknown) => Promise<unknown>;

const isOf = (...effects: Effect[]) => ACTIVITY_NAMES.filter((name) => effects.includes(EFFECTS[name]));

it('an activity has a row for each function that is there, and none besides', () => {
  const activities = createActivities({
    settings: {},
    temporal: { options: {} },
    clock: { now: () => 0 },
  } as ActivityDeps);
  expect([...ACTIVITY_NAMES].sort()).toEqual(Object.keys(activities).sort());
});

it('one activity can push', () => {
  expect(isOf('send')).toEqual(['send']);
});

describe('after a restored database', () => {
  const activities = createActivities({
    settings: { restored: true },
    temporal: { options: { identity: 'the fake worker' } },
    // A wait ends the look: what waits for a start would otherwise ask for ever.
    clock: { now: () => 0, sleep: () => Promise.reject(new Error('nothing waits here')) },
  } as unknown as ActivityDeps);
  const outcomeOf = async (name: keyof Activities): Promise<unknown> =>
    runActivity(activities[name] as Call, {}).then(
      () => ({ done: true }),
      (error: unknown) => error,
    );
  const refusal = { type: 'rejected', details: [{ code: 'orchestrator.restored' }] };

  it.each(isOf('write', 'call', 'script'))(
    '%s does nothing, whatever mode the ticket is in',
    async (name) => {
      await expect(runActivity(activities[name] as Call, {})).rejects.toMatchObject(refusal);
    },
  );

  // What the gate of a push says then stands in send.test.ts.
  it.each(isOf('read', 'send', 'question'))(
    '%s is not refused: it may read, or answer a question',
    async (name) => {
      expect(await outcomeOf(name)).not.toMatchObject(refusal);
    },
  );
});

describe('while a ticket is held', () => {
  async function callHeld(name: keyof Activities): Promise<string[]> {
    const seen: string[] = [];
    const all = Object.fromEntries(
      ACTIVITY_NAMES.map((each) => [each, async () => void seen.push(each)]),
    ) as unknown as Activities;
    const held = withHold(
      all,
      () => true,
      async () => void seen.push('resumed'),
    );
    await (held[name] as Call)({});
    return seen;
  }

  it.each(isOf('write', 'call', 'script'))(
    '%s does not begin before an operator resumes the ticket',
    async (name) => {
      expect(await callHeld(name)).toEqual(['resumed', name]);
    },
  );

  it.each(isOf('read', 'send', 'question'))('%s runs without waiting', async (name) => {
    expect(await callHeld(name)).toEqual([name]);
  });
});

describe('how Temporal runs it', () => {
  it.each(isOf('send', 'script', 'question'))('%s has one attempt, in slots of its own', (name) => {
    expect(optionsOf(name).retry).toEqual({ maximumAttempts: 1 });
    expect([TASK_QUEUES.push, TASK_QUEUES.script, TASK_QUEUES.question]).toContain(optionsOf(name).taskQueue);
  });

  it.each(isOf('call'))('%s has one attempt, beside the reads', (name) => {
    expect(optionsOf(name)).toMatchObject({ retry: { maximumAttempts: 1 }, taskQueue: TASK_QUEUES.main });
  });

  it.each(isOf('read', 'write'))('%s is repeated, within bounds', (name) => {
    const { retry, taskQueue } = optionsOf(name);
    expect(retry.maximumAttempts).toBeGreaterThan(1);
    expect(retry).toMatchObject({ backoffCoefficient: 2, maximumInterval: expect.any(String) });
    expect(taskQueue).toBe(TASK_QUEUES.main);
  });

  it.each(isOf('write', 'call', 'send', 'script', 'question'))(
    '%s is waited for when it is cancelled',
    (name) => {
      expect(optionsOf(name).cancellationType).toBe('WAIT_CANCELLATION_COMPLETED');
    },
  );

  it.each(isOf('read'))('%s is left alone when it is cancelled', (name) => {
    expect(optionsOf(name).cancellationType).toBe('TRY_CANCEL');
  });

  it.each(ACTIVITY_NAMES)('%s is found dead within a minute, and has an end', (name) => {
    expect(optionsOf(name)).toMatchObject({
      heartbeatTimeout: '12 seconds',
      startToCloseTimeout: expect.any(String),
      scheduleToCloseTimeout: expect.any(String),
    });
  });
});
