import { cancellationSignal, heartbeat } from '@temporalio/activity';

const HEARTBEAT_EVERY_MS = 2_000;

/**
 * Runs the body with a heartbeat in the background, which shows only that the worker is alive. The signal aborts the body
 * when the workflow cancels the activity or a heartbeat could not be delivered.
 */
export async function withHeartbeat<T>(body: (context: { signal: AbortSignal }) => Promise<T>): Promise<T> {
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
