import { setTimeout as sleep } from 'node:timers/promises';

/** What the client needs of a connection to bound its calls. */
export interface DeadlineScope {
  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>): Promise<R>;
}

/** Our own clock ran out, before gRPC said anything. */
export class DeadlinePassed extends Error {
  constructor(deadlineMs: number) {
    super(`no answer within ${deadlineMs} ms`);
    this.name = 'DeadlinePassed';
  }
}

/**
 * Runs Temporal calls with an absolute deadline and ends by then, whatever gRPC does: its retries look at the
 * deadline only when the next one is sent, which can be a second later.
 */
export async function callWithDeadline<T>(
  scope: DeadlineScope,
  deadlineMs: number,
  call: () => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const tooLate = sleep(deadlineMs + 20, undefined, { signal: stop.signal }).then(() => {
    throw new DeadlinePassed(deadlineMs);
  });
  // When the call wins, the aborted timer rejects; ignored.
  tooLate.catch(() => undefined);
  try {
    return await Promise.race([scope.withDeadline(Date.now() + deadlineMs, call), tooLate]);
  } finally {
    stop.abort();
  }
}
