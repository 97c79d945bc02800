import type { ActivityOptions } from '@temporalio/workflow';
import { ActivityCancellationType } from '@temporalio/workflow';

import type { ActivityName, Effect } from '../activities/effects.js';
import { EFFECTS, QUEUE_OF } from '../activities/effects.js';

/** All timeouts and retries are set: Temporal's defaults retry without end. */
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

/** A dead worker must be noticed well within one minute. */
const heartbeatTimeout = '12 seconds';

const BY_EFFECT: Readonly<Record<Effect, Omit<Options, 'taskQueue'>>> = {
  read: {
    startToCloseTimeout: '2 minutes',
    scheduleToCloseTimeout: '12 hours',
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: UNTIL_IT_SUCCEEDS,
  },
  write: {
    startToCloseTimeout: '2 hours',
    scheduleToCloseTimeout: '12 hours',
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: UNTIL_IT_SUCCEEDS,
  },
  // The workflow knows whether it may be made again.
  call: {
    startToCloseTimeout: '6 minutes',
    scheduleToCloseTimeout: '12 hours',
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: ONCE,
  },
  // The workflow reads how the call ended; an activity that never started has sent nothing.
  send: {
    scheduleToStartTimeout: '30 seconds',
    startToCloseTimeout: '10 minutes',
    scheduleToCloseTimeout: '11 minutes',
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: ONCE,
  },
  // Only an operator may start it again.
  script: {
    startToCloseTimeout: '30 minutes',
    scheduleToCloseTimeout: '2 hours',
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: ONCE,
  },
  // SecureChange waits: an answer after that is of no use.
  question: {
    scheduleToStartTimeout: '5 seconds',
    startToCloseTimeout: '1 minute',
    scheduleToCloseTimeout: '65 seconds',
    heartbeatTimeout,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: ONCE,
  },
};

/** Timeouts and retries of one activity that differ from the profile of its effect. */
type Times = Partial<Pick<Options, 'startToCloseTimeout' | 'scheduleToCloseTimeout'>> & {
  /** Only for effects that are repeated. */
  readonly retry?: { readonly maximumInterval?: '5 minutes'; readonly maximumAttempts: number };
};

const FOR_DAYS: Times = {
  startToCloseTimeout: '30 days',
  scheduleToCloseTimeout: '60 days',
  retry: { maximumAttempts: 10_000 },
};

const OTHER_TIMES: {
  readonly [Name in ActivityName as (typeof EFFECTS)[Name] extends 'read' | 'write' ? Name : never]?: Times;
} = {
  awaitStepFree: FOR_DAYS,
  follow: FOR_DAYS,
  watchStep: FOR_DAYS,
  watchWindows: FOR_DAYS,
  pollItsm: FOR_DAYS,
  awaitStart: FOR_DAYS,
  awaitLaterApproval: FOR_DAYS,
  awaitItsmChange: FOR_DAYS,
  // The lane waits for it, and tries again later.
  deliverResults: {
    startToCloseTimeout: '30 seconds',
    scheduleToCloseTimeout: '1 minute',
    retry: { maximumAttempts: 6 },
  },
  // It looks again a minute later.
  readAlerts: {
    startToCloseTimeout: '2 minutes',
    scheduleToCloseTimeout: '3 minutes',
    retry: { maximumAttempts: 2 },
  },
  sweepTickets: {
    startToCloseTimeout: '30 minutes',
    scheduleToCloseTimeout: '1 hour',
    retry: { maximumAttempts: 5 },
  },
  // It goes on where the attempt before it ended.
  exportEvidence: {
    startToCloseTimeout: '30 minutes',
    scheduleToCloseTimeout: '12 hours',
    retry: { maximumInterval: '5 minutes', maximumAttempts: 100 },
  },
  sendMessage: {
    startToCloseTimeout: '2 minutes',
    scheduleToCloseTimeout: '3 days',
    retry: { maximumInterval: '5 minutes', maximumAttempts: 2_000 },
  },
};

/** Queue, time-outs, retries and cancellation of an activity, from its effect. */
export function optionsOf(name: ActivityName): Options {
  const effect = EFFECTS[name];
  const options = { taskQueue: QUEUE_OF[effect], ...BY_EFFECT[effect] };
  const { retry, ...times } = (OTHER_TIMES as Partial<Record<ActivityName, Times>>)[name] ?? {};
  return { ...options, ...times, retry: { ...options.retry, ...retry } };
}
