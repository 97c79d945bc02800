import type { TicketRun } from './ticket-run.js';

/**
 * Asks until there is an answer, or until it is not needed any more: then the call is cancelled, and null is returned. What ends
 * the call otherwise is thrown.
 */
export async function askUnless<T extends object>(
  { engine }: Pick<TicketRun, 'engine'>,
  ask: () => Promise<T>,
  isOver: () => boolean,
): Promise<T | null> {
  const found: { answer: T | null; error: Error | null } = { answer: null, error: null };
  const asking = engine.scope(async () => {
    try {
      found.answer = await ask();
    } catch (error) {
      found.error = error as Error;
    }
  });
  try {
    await engine.condition(() => found.answer !== null || found.error !== null || isOver());
  } finally {
    asking.cancel();
    await asking.done;
  }
  if (isOver()) return null;
  if (found.error !== null) throw found.error;
  return found.answer;
}
