/** A poll costs the other side: it begins at once and slows down, so that waiting does not take the processor from what is waited for. */
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 250;
/**
 * What one round counts at most. A machine that stands still for minutes, or whose clock jumps (virtual ones do), has not
 * waited: whatever is waited for stood still as well.
 */
const LONGEST_ROUND_MS = 5_000;

/**
 * Asks until the answer is not `undefined` or `false`, at most `withinMs`; then fails, naming what was waited for and
 * what asking last failed with.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T> | T,
  withinMs = 90_000,
): Promise<Exclude<T, undefined | false>> {
  let waitedMs = 0;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.2, LONGEST_PAUSE_MS)) {
    const beganMs = performance.now();
    let lastError: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    } catch (error) {
      lastError = error;
    }
    if (waitedMs > withinMs) {
      const why = lastError instanceof Error ? ` (${lastError.message})` : '';
      throw new Error(`not within ${withinMs} ms: ${what}${why}`, { cause: lastError });
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    waitedMs += Math.min(performance.now() - beganMs, LONGEST_ROUND_MS);
  }
}
