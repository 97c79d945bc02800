import type { ActivityOptions } from '@temporalio/workflow';
import { ActivityCancellationType } from '@temporalio/workflow';

import type { ActivityName, Effect } from '../activities/effects.js';
import { EFFECTS } from '../activities/effects.js';
import { TASK_QUEUES } from '../src/domain/ids.js';

/** All of them: what is left out falls back to endless retries without anybody seeing it. */
type Options = Required<
  Pick<
    ActivityOptions,
    | 'taskQueue'
    | 'startToCloseTimeout'
    | 'scheduleToCloseTimeout'
    | 'heartbeatTimeout'
    | 'cancellationType'
    | 'retry'
  >
> &
  Pick<ActivityOptions, 'scheduleToStartTimeout'>;

const UNTIL_IT_SUCCEEDS = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '1 minute',
  maximumAttempts: 200,
} as const;
const ONCE = { maximumAttempts: 1 } as const;

/** Tells a dead worker from a slow one well inside the promised minute. */
const heartbeatTimeout = '12 seconds';

const BY_EFFECT: Readonly<Record<Effect, Options>> = {
  read: {
    taskQueue: TASK_QUEUES.main,
    startToCloseTimeout: '2 minutes',
    scheduleToCloseTimeout: '12 hours',
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: UNTIL_IT_SUCCEEDS,
  },
  write: {
    taskQueue: TASK_QUEUES.main,
    startToCloseTimeout: '2 hours',
    scheduleToCloseTimeout: '12 hours',
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: UNTIL_IT_SUCCEEDS,
  },
  // The workflow asks what became of it; never picked up means never sent.
  send: {
    taskQueue: TASK_QUEUES.push,
    scheduleToStartTimeout: '30 seconds',
    startToCloseTimeout: '10 minutes',
    scheduleToCloseTimeout: '11 minutes',
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: ONCE,
  },
  // Running it again is a person's decision.
  script: {
    taskQueue: TASK_QUEUES.script,
    startToCloseTimeout: '30 minutes',
    scheduleToCloseTimeout: '2 hours',
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: ONCE,
  },
};

/** How long it may take, and how patiently it is repeated; the rest follows from the effect. */
type Patience = Partial<Pick<Options, 'startToCloseTimeout' | 'scheduleToCloseTimeout'>> & {
  /** Only of what is repeated. */
  readonly retry?: { readonly maximumInterval?: '5 minutes'; readonly maximumAttempts: number };
};

const FOR_DAYS: Patience = {
  startToCloseTimeout: '30 days',
  scheduleToCloseTimeout: '60 days',
  retry: { maximumAttempts: 10_000 },
};

const PATIENCE: {
  readonly [
    Name in ActivityName as (typeof EFFECTS)[Name] extends 'read' | 'write' ? Name : never
  ]?: Patience;
} = {
  awaitStepFree: FOR_DAYS,
  follow: FOR_DAYS,
  watchStep: FOR_DAYS,
  awaitStart: FOR_DAYS,
  sweepTickets: {
    startToCloseTimeout: '30 minutes',
    scheduleToCloseTimeout: '1 hour',
    retry: { maximumAttempts: 5 },
  },
  sendMessage: {
    startToCloseTimeout: '2 minutes',
    scheduleToCloseTimeout: '3 days',
    retry: { maximumInterval: '5 minutes', maximumAttempts: 2_000 },
  },
};

/** Queue, time-outs, retries and cancellation of an activity, from its effect. */
export function optionsOf(name: ActivityName): Options {
  const options = BY_EFFECT[EFFECTS[name]];
  const { retry, ...times } = (PATIENCE as Partial<Record<ActivityName, Patience>>)[name] ?? {};
  return { ...options, ...times, retry: { ...options.retry, ...retry } };
}
