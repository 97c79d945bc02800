import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import { CallFailure, type FailureKind } from '../src/domain/failure.js';

/** What another attempt may cure. `ambiguous` is here because every writing activity looks before it acts. */
const WORTH_RETRYING: ReadonlySet<FailureKind> = new Set<FailureKind>(['transient', 'busy', 'ambiguous']);

/** An odd answer to a read is asked for so many times in all, within about half a minute, before a person is asked. */
const ODD_READS = 6;

/** Our failure becomes the one error type Temporal understands: kind as type, facts as detail. Anything else passes. */
export function toApplicationFailure(error: unknown, attempt: number): unknown {
  if (!(error instanceof CallFailure)) return error;
  const { facts } = error;
  const again = WORTH_RETRYING.has(facts.kind) || (facts.mayPass === true && attempt < ODD_READS);
  return ApplicationFailure.create({
    message: error.message,
    type: facts.kind,
    nonRetryable: !again,
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
        throw toApplicationFailure(error, activityInfo().attempt);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
