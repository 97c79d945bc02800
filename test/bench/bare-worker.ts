import { fileURLToPath } from 'node:url';
import {
  bundleWorkflowCode,
  type NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';

import { WORKFLOW_TASKS } from '../../workers/create-worker.js';

export const BARE_QUEUE = 'bench-bare-ticket';
const WORKFLOWS = fileURLToPath(new URL('./bare-ticket.ts', import.meta.url));

/** A worker of the bare workflows, with the options of ours. */
export async function createBareWorker(connection: NativeConnection): Promise<Worker> {
  return await Worker.create({
    connection,
    taskQueue: BARE_QUEUE,
    workflowsPath: WORKFLOWS,
    activities: { step: async () => undefined },
    maxConcurrentActivityTaskExecutions: 200,
    ...WORKFLOW_TASKS,
  });
}

/** The bare workflows alone: what a replay of one needs. */
export async function bareBundle(): Promise<WorkflowBundle> {
  return await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger: Runtime.instance().logger });
}
