import { cancellationSignal, heartbeat } from '@temporalio/activity';

const HEARTBEAT_EVERY_MS = 2_000;

/**
 * Runs the body with a heartbeat in the background (it proves that the worker lives, nothing else) and hands it the
 * signal that ends it when the workflow cancels or the heartbeat could not be delivered.
 */
export async function patiently<T>(body: (context: { signal: AbortSignal }) => Promise<T>): Promise<T> {
  heartbeat();
  const timer = setInterval(() => {
    heartbeat();
  }, HEARTBEAT_EVERY_MS);
  try {
    return await body({ signal: cancellationSignal() });
  } finally {
    clearInterval(timer);
  }
}
