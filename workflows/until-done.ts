import type { FailureFacts } from '../src/domain/failure.js';
import type { Engine } from './engine.js';

const LONGEST_PAUSE_MS = 60_000;

/** Runs an activity until it succeeds: repeats it after every failure, with growing pauses, without a limit. */
export async function untilDone<T>(
  engine: Engine,
  call: () => Promise<T>,
  show: (failure: FailureFacts) => void,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      const failure = engine.failureOf(error);
      if (failure === null) throw error;
      show(failure);
      const ms = Math.min(1_000 * 2 ** Math.min(tries, 10), LONGEST_PAUSE_MS);
      await engine.condition(() => false, ms, failure.message.slice(0, 100));
    }
  }
}
