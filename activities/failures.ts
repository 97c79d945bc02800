import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import { CallFailure, type FailureKind } from '../src/domain/failure.js';

/** Failures that another attempt can end. `ambiguous` is one because every writing activity reads before it writes. */
const WORTH_RETRYING: ReadonlySet<FailureKind> = new Set<FailureKind>(['transient', 'busy', 'ambiguous']);

/** How often a read with an unexpected answer is attempted, within about half a minute, before the ticket parks. */
const ODD_READS = 6;

/** Converts our failure to Temporal's error type: kind as type, facts as details. Other errors are returned unchanged. */
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

/** Wraps every activity in this conversion. */
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
