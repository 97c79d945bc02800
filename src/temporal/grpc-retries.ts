import { setTimeout as sleep } from 'node:timers/promises';
import { isRetryableError, makeGrpcRetryInterceptor, type ConnectionOptions } from '@temporalio/client';

export interface GrpcRetries {
  readonly interceptors: NonNullable<ConnectionOptions['interceptors']>;
  /** Resolves when no repetition is scheduled any more: only then may the channel be closed. */
  stop(): Promise<void>;
}

/**
 * Repeats calls that did not get through, with the same request id, so that a signal is never duplicated. The SDK's own
 * interceptor waits up to 5 s between two attempts, and a repetition on a closed channel throws where it cannot be caught.
 */
export function createGrpcRetries(attempts: number): GrpcRetries {
  let stopped = false;
  let scheduledUntilMs = 0;
  const interceptor = makeGrpcRetryInterceptor({
    retryableDecider: (attempt, status) => !stopped && attempt < attempts && isRetryableError(status),
    delayFunction: (attempt) => {
      const delayMs = Math.min(1_000, 100 * 1.7 ** attempt) * (0.8 + Math.random() * 0.4);
      scheduledUntilMs = Math.max(scheduledUntilMs, Date.now() + delayMs);
      return delayMs;
    },
  });
  return {
    interceptors: [interceptor],
    stop: async () => {
      stopped = true;
      const restMs = scheduledUntilMs - Date.now();
      if (restMs > -50) await sleep(Math.max(0, restMs) + 50);
    },
  };
}
