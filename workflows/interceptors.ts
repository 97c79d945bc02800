import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowInterceptors } from '@temporalio/workflow';

import { refusePartialHistory, type Job } from './partial-history.js';

type Payloads = NonNullable<Job['signalWorkflow']>['input'];

/** Reserved names of the SDK: a signal with one of them makes it throw when a default handler is set. */
const RESERVED = '__temporal_';

/**
 * The SDK decodes the payloads of signals and queries, and checks the names of signals, before it calls a handler. An error
 * there fails every retry of the workflow task. Such a message loses its arguments or its name here, and is then
 * malformed or unknown like any other. (Payload codecs run before this.)
 */
export const interceptors = (): WorkflowInterceptors => {
  const refusePartial = refusePartialHistory();
  return {
    internals: [
      {
        activate: (input, next) => {
          if (input.batchIndex === 0) refusePartial(input.activation);
          for (const job of input.activation.jobs ?? []) makeHarmless(job);
          next(input);
        },
      },
    ],
  };
};

function makeHarmless({ signalWorkflow, queryWorkflow }: Job): void {
  if (signalWorkflow) {
    if (!areReadable(signalWorkflow.input)) signalWorkflow.input = [];
    const { signalName } = signalWorkflow;
    if (signalName?.startsWith(RESERVED) === true) signalWorkflow.signalName = `reserved ${signalName}`;
  }
  if (queryWorkflow && !areReadable(queryWorkflow.arguments)) queryWorkflow.arguments = [];
}

function areReadable(payloads: Payloads): boolean {
  try {
    for (const payload of payloads ?? []) defaultPayloadConverter.fromPayload(payload);
    return true;
  } catch {
    return false;
  }
}
