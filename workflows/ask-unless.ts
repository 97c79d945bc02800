import type { TicketRun } from './ticket-run.js';

/** Asks until there is an answer, or until it is not needed any more: then the call is cancelled, and null is returned. */
export async function askUnless<T extends object>(
  { engine }: Pick<TicketRun, 'engine'>,
  ask: () => Promise<T>,
  isOver: () => boolean,
): Promise<T | null> {
  const found: { answer: T | null } = { answer: null };
  const asking = engine.scope(async () => {
    found.answer = await ask();
  });
  try {
    await engine.condition(() => found.answer !== null || isOver());
  } finally {
    asking.cancel();
    await asking.done;
  }
  return isOver() ? null : found.answer;
}
