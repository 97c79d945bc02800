import { ApplicationFailure } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';

import { check, type Shape } from '../src/domain/shape.js';

/**
 * Ends a run at once that nobody of ours started: without its arguments, under an id that does not fit, or with a state
 * that no earlier run handed on. Its id is free again, and the next event or the sweep starts it as it should be.
 */
export function checkStart<T>(start: unknown, shape: Shape<T>, idOf: (start: T) => string): void {
  const { workflowId, continuedFromExecutionRunId } = workflowInfo();
  const checked = check(shape, start, 'start');
  if (!checked.ok) refuse(checked.why);
  const expected = idOf(checked.value);
  if (workflowId !== expected) refuse(`its id is not ${expected}`);
  if (carryOf(start) && continuedFromExecutionRunId === undefined) {
    refuse('it brings a state that no earlier run handed on');
  }
}

function carryOf(start: unknown): boolean {
  return typeof start === 'object' && start !== null && 'carry' in start && start.carry != null;
}

function refuse(why: string): never {
  throw ApplicationFailure.nonRetryable(`not a run of the orchestrator: ${why}`, 'WrongStart');
}
