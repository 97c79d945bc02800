import type { ItsmQuestion } from '../src/domain/itsm-commands.js';
import type { ItsmPoll } from '../src/domain/process.js';
import { untilReported } from './until-reported.js';
import type { TicketRun } from './ticket-run.js';

type Polled = Awaited<ReturnType<TicketRun['activities']['pollItsm']>>;

/** Waits for a newer reading of the ticket, or for an answer in the record of the ITSM; null: the ticket was read again. */
export async function pollUntilRead(
  run: TicketRun,
  poll: ItsmPoll,
  { question }: ItsmQuestion,
): Promise<Polled | null> {
  const seen = run.facts;
  return await untilReported(
    run,
    async () =>
      run.read('pollItsm', { phase: 'approval', runsWhileHeld: true }, () => ({
        ticketId: run.state.ticketId,
        poll,
        question,
      })),
    () => run.facts !== seen,
  );
}
