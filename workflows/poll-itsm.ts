import type { ItsmQuestion } from '../src/domain/itsm-commands.js';
import type { ItsmPoll } from '../src/domain/process.js';
import type { TicketRun } from './ticket-run.js';

type Polled = Awaited<ReturnType<TicketRun['activities']['pollItsm']>>;

/** Waits for a newer reading of the ticket, or for an answer in the record of the ITSM; null: the ticket was read again. */
export async function pollUntilRead(
  run: TicketRun,
  poll: ItsmPoll,
  { question }: ItsmQuestion,
): Promise<Polled | null> {
  const { engine, state } = run;
  const seen = run.facts;
  let answer: Polled | null = null;
  const polling = engine.scope(async () => {
    answer = await run.read('pollItsm', { phase: 'approval', runsWhileHeld: true }, () => ({
      ticketId: state.ticketId,
      poll,
      question,
    }));
  });
  try {
    await engine.condition(() => answer !== null || run.facts !== seen);
  } finally {
    polling.cancel();
    await polling.done;
  }
  return run.facts === seen ? answer : null;
}
