import { ApplicationFailure } from '@temporalio/common';

import { CallFailure, type FailureKind } from '../src/domain/failure.js';

/** What another attempt may cure. `ambiguous` is here because every writing activity looks before it acts. */
const WORTH_RETRYING: ReadonlySet<FailureKind> = new Set<FailureKind>(['transient', 'busy', 'ambiguous']);

/** Our failure becomes the one error type Temporal understands: kind as type, facts as detail. Anything else passes. */
export function toApplicationFailure(error: unknown): unknown {
  if (!(error instanceof CallFailure)) return error;
  const { facts } = error;
  return ApplicationFailure.create({
    message: error.message,
    type: facts.kind,
    nonRetryable: !WORTH_RETRYING.has(facts.kind),
    details: [facts],
    ...(facts.retryAfterMs === undefined ? {} : { nextRetryDelay: facts.retryAfterMs }),
  });
}

type Activity = (input: never) => Promise<unknown>;

/** Wraps every activity in the one translation. */
export function translateFailures<T extends object>(activities: T): T {
  const wrapped = Object.entries(activities as Record<string, Activity>).map(([name, run]) => [
    name,
    async (input: never): Promise<unknown> => {
      try {
        return await run(input);
      } catch (error) {
        throw toApplicationFailure(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
