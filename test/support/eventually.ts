/** Asks until the answer is not `undefined` or `false`, at most `withinMs`; then fails, naming what was waited for. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T> | T,
  withinMs = 90_000,
): Promise<Exclude<T, undefined | false>> {
  const until = Date.now() + withinMs;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > until) throw new Error(`not within ${withinMs} ms: ${what}`, { cause: lastError });
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
