/** A poll costs the other side: it begins at once and slows down, so that waiting does not take the processor from what is waited for. */
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 250;

/**
 * Asks until the answer is not `undefined` or `false`, at most `withinMs`; then fails, naming what was waited for and
 * what asking last failed with.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T> | T,
  withinMs = 90_000,
): Promise<Exclude<T, undefined | false>> {
  const until = Date.now() + withinMs;
  let lastError: unknown;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.2, LONGEST_PAUSE_MS)) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > until) {
      const why = lastError === undefined ? '' : ` (${String(lastError)})`;
      throw new Error(`not within ${withinMs} ms: ${what}${why}`, { cause: lastError });
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
