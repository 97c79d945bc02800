import type { WorkflowInterceptors } from '@temporalio/workflow';

/** What the SDK hands to a workflow at once. */
type Activation = Parameters<
  NonNullable<NonNullable<WorkflowInterceptors['internals']>[number]['activate']>
>[0]['activation'];
export type Job = NonNullable<Activation['jobs']>[number];

/**
 * Finds a run whose state a query has put ahead of its history, and has it played again.
 *
 * A query for a run whose worker died brings the history with it. When a workflow task waits by then, the SDK (core-bridge
 * 1.24) hands the workflow what that task will bring, and the rest when the task comes; a replay hands it both at once.
 * Then the commands can differ, and every later replay of the run fails (TMPRL1100). So the task that follows such a query
 * fails once, and the run is played from its whole history. What cannot be seen from here: a worker that died within the task.
 */
export const interceptors = (): WorkflowInterceptors => {
  const refusePartial = refusePartialHistory();
  return {
    internals: [
      {
        activate: (input, next) => {
          if (input.batchIndex === 0) refusePartial(input.activation);
          next(input);
        },
      },
    ],
  };
};

function refusePartialHistory(): (activation: Activation) => void {
  let lastTime: string | null = null;
  let isAhead = false;
  return ({ jobs, isReplaying, timestamp }) => {
    const given = jobs ?? [];
    if (given.every(({ queryWorkflow }) => queryWorkflow != null)) return;
    if (isAhead) throw new Error('a query came before the history was whole: the run is played again');
    const time = `${String(timestamp?.seconds)}.${timestamp?.nanos ?? 0}`;
    // The time of a workflow is that of its last task: what comes at the same time came without a task.
    isAhead = isReplaying !== true && time === lastTime && given.some(isFromHistory);
    lastTime = time;
  };
}

/** Local activities, and what is cancelled, are answered within the task that began them. */
function isFromHistory({ signalWorkflow, fireTimer, resolveActivity }: Job): boolean {
  if (signalWorkflow != null || fireTimer != null) return true;
  return (
    resolveActivity != null && resolveActivity.isLocal !== true && resolveActivity.result?.cancelled == null
  );
}
