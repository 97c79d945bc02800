import type { WorkflowInterceptors } from '@temporalio/workflow';

import { keepFailuresEncoded } from './encoded-failures.js';
import type { Job } from './partial-history.js';
import { startWith } from './start.js';
import { startWithoutUndecodable, withoutUndecodable } from './undecodable.js';

/** Reserved names of the SDK: a signal with one of them makes it throw when a default handler is set. */
const RESERVED = '__temporal_';

/**
 * What stands before every workflow: its arguments are checked (`start.ts`), and what the SDK itself would fail on, at each retry of
 * the workflow task, is made harmless.
 */
export const interceptors = (): WorkflowInterceptors => {
  startWithoutUndecodable();
  keepFailuresEncoded();
  return {
    inbound: [
      {
        execute: async (input, next) => await startWith(input.args, async (args) => next({ ...input, args })),
      },
    ],
    internals: [
      {
        activate: (input, next) => {
          for (const job of input.activation.jobs ?? []) {
            withoutUndecodable(job);
            renameReserved(job);
          }
          next(input);
        },
      },
    ],
  };
};

/** Such a signal is then unknown like any other. */
function renameReserved({ signalWorkflow }: Job): void {
  if (signalWorkflow?.signalName?.startsWith(RESERVED) === true)
    signalWorkflow.signalName = `reserved ${signalWorkflow.signalName}`;
}
