import type { Client, ScheduleHandle } from '@temporalio/client';
import { ValueError } from '@temporalio/common';
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';

import { forOurWorkflows } from '../activities/callers.js';
import { activitiesOn } from '../activities/effects.js';
import { createActivities } from '../activities/index.js';
import type { ActivityDeps } from '../activities/contract.js';
import {
  ALERTS_WORKFLOW_ID,
  AUDIT_EXPORT_SCHEDULE_ID,
  AUDIT_EXPORT_WORKFLOW_ID,
  CONTROL_WORKFLOW_ID,
  FIRST_IN_QUEUE,
  RELEASES,
  SWEEP_SCHEDULE_ID,
  SWEEP_WORKFLOW_ID,
  TASK_QUEUES,
} from '../src/domain/ids.js';
import { missingSearchAttributes } from '../src/temporal/ensure-search-attributes.js';
import type { TemporalAccess } from '../src/temporal/connect.js';
import { workerDataConverter } from '../src/temporal/worker-data-converter.js';
import type { Traces } from '../src/domain/traces.js';
import { traceActivities } from './trace-activities.js';
import { WORKFLOW_TYPES } from '../workflows/messages.js';
import { searchAttributeTable } from '../workflows/search-attributes.js';

/**
 * How a worker takes workflow tasks. One thread runs them. Tasks of runs that it has in memory come to it in a queue of its own;
 * those that wait there too long go to the common one, with their whole history, and wait behind all others that did.
 */
export const WORKFLOW_TASKS = {
  /**
   * The 10 s of a task begin when it is taken, and with the SDK's 40 a loaded machine was late with most: the server gives them up,
   * they are played again from their beginning, and soon nothing else is done.
   */
  maxConcurrentWorkflowTaskExecutions: 10,
  /**
   * With the SDK's fifth for the common queue, which holds new tickets as well, a ticket of a herd of 500 waited a minute there,
   * and every question about it.
   */
  nonStickyToStickyPollRatio: 0.5,
  // What a killed worker held comes to another one after this long; a client's question, 10 s, must live through it.
  stickyQueueScheduleToStartTimeout: '8s',
} as const;

export interface WorkersOptions {
  readonly deps: ActivityDeps;
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly identity: string;
  readonly workflowBundle: NonNullable<WorkerOptions['workflowBundle']>;
  /** null: off. */
  readonly traces?: Traces | null;
  /** Takes workflow tasks only while this release is the current one, see `sco release`; absent: whatever comes. */
  readonly release?: string;
  /** 0 makes every workflow task replay the history from its beginning; the SDK's own choice when absent. */
  readonly maxCachedWorkflows?: number;
}

export interface Workers {
  /** Ends when `shutdown` was called and everything in flight is done. */
  run(): Promise<void>;
  shutdown(): void;
}

/** Four task queues with slots of their own, so that a herd of reads never delays a push and foreign scripts nothing. */
export async function createWorkers(options: WorkersOptions): Promise<Workers> {
  const activities = forOurWorkflows(createActivities(options.deps), options.deps.temporal);
  const { connection, namespace, identity, workflowBundle } = options;
  const common = {
    connection,
    namespace,
    identity,
    dataConverter: workerDataConverter(options.deps.temporal),
    shutdownGraceTime: '20s',
    shutdownForceTime: '40s',
    ...(options.traces && { interceptors: { activity: [traceActivities(options.traces)] } }),
    ...(options.release !== undefined && {
      workerDeploymentOptions: {
        version: { deploymentName: RELEASES, buildId: options.release },
        useWorkerVersioning: true as const,
        // Of all workflows, pushes too: one that is bound to its release stands still when the last worker of it is killed.
        defaultVersioningBehavior: 'AUTO_UPGRADE' as const,
      },
    }),
  } as const;
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: TASK_QUEUES.main,
      workflowBundle,
      activities: activitiesOn(activities, TASK_QUEUES.main),
      maxConcurrentActivityTaskExecutions: 200,
      ...WORKFLOW_TASKS,
      ...(options.maxCachedWorkflows !== undefined && { maxCachedWorkflows: options.maxCachedWorkflows }),
    }),
    Worker.create({
      ...common,
      taskQueue: TASK_QUEUES.push,
      activities: activitiesOn(activities, TASK_QUEUES.push),
      maxConcurrentActivityTaskExecutions: 200,
    }),
    Worker.create({
      ...common,
      taskQueue: TASK_QUEUES.script,
      activities: activitiesOn(activities, TASK_QUEUES.script),
      maxConcurrentActivityTaskExecutions: 10,
    }),
    Worker.create({
      ...common,
      taskQueue: TASK_QUEUES.question,
      activities: activitiesOn(activities, TASK_QUEUES.question),
      maxConcurrentActivityTaskExecutions: 20,
    }),
  ]);
  return {
    run: async () => {
      await Promise.all(workers.map(async (worker) => worker.run()));
    },
    shutdown: () => {
      for (const worker of workers) {
        if (worker.getState() === 'RUNNING') worker.shutdown();
      }
    },
  };
}

/** Throws with what to type: an upsert of an unregistered attribute would block every ticket. */
export async function refuseWithoutSearchAttributes({
  connection,
  namespace,
}: TemporalAccess): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace, searchAttributeTable());
  if (missing.length === 0) return;
  throw new Error(
    `temporal: namespace ${namespace} lacks the search attributes ${missing.join(', ')}; the worker does not start without ` +
      'them. `npm start` and the compose file register them; elsewhere an operator does it once, see docs/runbook.md',
  );
}

/** What runs besides the tickets: the stop switch, the alerts, and sweep and export on their schedules. Repeating it changes nothing. */
export async function ensureStanding(
  temporal: Client,
  { sweepEveryMs, exportEveryMs }: { readonly sweepEveryMs: number; readonly exportEveryMs: number },
): Promise<void> {
  await temporal.workflow.start(WORKFLOW_TYPES.control, {
    workflowId: CONTROL_WORKFLOW_ID,
    taskQueue: TASK_QUEUES.main,
    args: [{ version: 1 }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    priority: FIRST_IN_QUEUE,
    staticSummary: 'The stop switch',
  });
  await temporal.workflow.start(WORKFLOW_TYPES.alerts, {
    workflowId: ALERTS_WORKFLOW_ID,
    taskQueue: TASK_QUEUES.main,
    args: [{ version: 1 }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: 'Alerts to people',
  });
  await ensureSchedule(temporal, {
    scheduleId: AUDIT_EXPORT_SCHEDULE_ID,
    workflowType: WORKFLOW_TYPES.auditExport,
    workflowId: AUDIT_EXPORT_WORKFLOW_ID,
    everyMs: exportEveryMs,
  });
  const sweep = await ensureSchedule(temporal, {
    scheduleId: SWEEP_SCHEDULE_ID,
    workflowType: WORKFLOW_TYPES.sweep,
    workflowId: SWEEP_WORKFLOW_ID,
    everyMs: sweepEveryMs,
  });
  // At once: events may have been lost while no worker ran, and people can see which configuration this worker uses.
  await sweep.trigger('SKIP');
}

interface Standing {
  readonly scheduleId: string;
  readonly workflowType: string;
  readonly workflowId: string;
  readonly everyMs: number;
}

async function ensureSchedule(
  temporal: Client,
  { scheduleId, workflowType, workflowId, everyMs }: Standing,
): Promise<ScheduleHandle> {
  const spec = { intervals: [{ every: everyMs }] };
  const handle = temporal.schedule.getHandle(scheduleId);
  const create = async (): Promise<unknown> =>
    await temporal.schedule.create({
      scheduleId,
      spec,
      action: { type: 'startWorkflow', workflowType, workflowId, taskQueue: TASK_QUEUES.main, args: [] },
      policies: { overlap: 'SKIP', catchupWindow: '1 minute' },
    });
  try {
    await create();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ScheduleAlreadyRunning') throw error;
    try {
      await handle.update((previous) => ({ ...previous, spec }));
    } catch (cause) {
      if (!(cause instanceof ValueError || cause instanceof SyntaxError)) throw cause;
      // Another caller of Temporal edited it: an update must decode it first.
      await handle.delete();
      await create();
    }
  }
  return handle;
}
