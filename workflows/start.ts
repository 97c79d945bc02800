import { ApplicationFailure } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';

import { Malformed } from '../src/domain/shape.js';
import { STARTS } from './start-shapes.js';

/**
 * Runs a workflow with its arguments in the form that it expects. A run that cannot be one of ours ends at once as failed: its id is then
 * free, and whoever needs the workflow starts it again.
 */
export async function startWith(
  [start]: readonly unknown[],
  run: (args: unknown[]) => Promise<unknown>,
): Promise<unknown> {
  const { workflowType, workflowId } = workflowInfo();
  let args: unknown[];
  try {
    if (!isOurs(workflowType)) throw new Malformed('there is no workflow of its type');
    args = STARTS[workflowType]({ start, workflowId, carry: carriedBy(start) });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const message = `this run was not started by the orchestrator: ${error.message}`;
    throw ApplicationFailure.nonRetryable(message, 'WrongStart');
  }
  return await run(args);
}

/** Ours continue as new; a run that follows another one by a cron schedule or a retry has the arguments of a caller. */
function carriedBy(start: unknown): unknown {
  const { continuedFromExecutionRunId, cronSchedule, attempt } = workflowInfo();
  const continued = continuedFromExecutionRunId !== undefined && cronSchedule === undefined && attempt === 1;
  return continued && typeof start === 'object' && start !== null && 'carry' in start
    ? start.carry
    : undefined;
}

function isOurs(type: string): type is keyof typeof STARTS {
  return Object.hasOwn(STARTS, type);
}
