import { ApplicationFailure } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';

import { check, type Shape } from '../src/domain/shape.js';

/**
 * Ends a run at once that was not started by our code: it has no valid arguments, another id, or carried state although it
 * is a first run. Its id is then free, and the next event or the sweep starts the right run.
 */
export function checkStart<T>(start: unknown, shape: Shape<T>, idOf: (start: T) => string): void {
  const { workflowId, continuedFromExecutionRunId } = workflowInfo();
  const checked = check(shape, start, 'start');
  if (!checked.ok) refuse(checked.why);
  const expected = idOf(checked.value);
  if (workflowId !== expected) refuse(`its id is not ${expected}`);
  if (carryOf(start) && continuedFromExecutionRunId === undefined) {
    refuse('it has carried state, but no earlier run');
  }
}

function carryOf(start: unknown): boolean {
  return typeof start === 'object' && start !== null && 'carry' in start && start.carry != null;
}

function refuse(why: string): never {
  throw ApplicationFailure.nonRetryable(`this run was not started by the orchestrator: ${why}`, 'WrongStart');
}
