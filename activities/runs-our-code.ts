import type { WorkflowExecutionDescription } from '@temporalio/client';

import { TASK_QUEUES } from '../src/domain/ids.js';

/**
 * Every caller of Temporal can start a workflow under an id and a type of ours; only a run on our own task queue runs our
 * code. The description is of that run: ask for it by its run id when what follows must be of the same one.
 */
export function runsOurCode({ raw }: Pick<WorkflowExecutionDescription, 'raw'>): boolean {
  return raw.executionConfig?.taskQueue?.name === TASK_QUEUES.main;
}
