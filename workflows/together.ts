import type { Engine } from './engine.js';

/**
 * Runs all bodies at the same time. Ends when every one of them has ended, so that a write that was begun is never left
 * behind: neither when the surrounding scope is cancelled nor when one fails, which cancels the others and is thrown.
 */
export async function together(
  { engine }: { readonly engine: Engine },
  bodies: readonly (() => Promise<unknown>)[],
): Promise<void> {
  const errors: Error[] = [];
  const scopes = bodies.map((body) =>
    engine.scope(async () => {
      try {
        await body();
      } catch (error) {
        errors.push(error as Error);
        for (const scope of scopes) scope.cancel();
      }
    }),
  );
  for (const { done } of scopes) await done;
  const failed = errors.find((error) => !engine.isCancellation(error)) ?? errors[0];
  if (failed !== undefined) throw failed;
}
