import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowInterceptors } from '@temporalio/workflow';

type Activation = Parameters<
  NonNullable<NonNullable<WorkflowInterceptors['internals']>[number]['activate']>
>[0]['activation'];
type Job = NonNullable<Activation['jobs']>[number];
type Payloads = NonNullable<Job['signalWorkflow']>['input'];

/** Names that the SDK keeps for itself; a signal with one makes it throw where a default handler is set. */
const RESERVED = '__temporal_';

/**
 * The SDK reads the payloads of signals and queries, and looks at the names of signals, before any handler is asked: what
 * it throws there fails the workflow task for ever. Such a message loses its arguments or its name here, and is then
 * malformed or unknown like any other. (Payload codecs run outside, before this.)
 */
export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      activate: (input, next) => {
        for (const job of input.activation.jobs ?? []) makeHarmless(job);
        next(input);
      },
    },
  ],
});

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
