import { makeContinueAsNewFunc } from '@temporalio/workflow';

import { handle } from './handle.js';
import { operate } from './ticket-commands.js';
import { temporalEngine } from './temporal-engine.js';
import { runTicket } from './ticket-life.js';
import { outcomeOf, type TicketOutcome, type TicketStart } from './ticket-state.js';
import { TicketRun } from './ticket-run.js';
import { viewOf } from './ticket-view.js';

/** One workflow per SecureChange ticket, from its first event to its end. The main loop is `ticket-life.ts`. */
export async function ticket(start: TicketStart): Promise<TicketOutcome> {
  const run = openTicketRun(start);
  const outcome = await runTicket(run);
  if (outcome === 'continuedAsNew') {
    return await makeContinueAsNewFunc<typeof ticket>()({
      version: 1,
      ticketId: start.ticketId,
      carry: run.state,
    });
  }
  return outcomeOf(run.state, outcome);
}

/** Registers all handlers before anything is awaited, so that no message is lost. */
function openTicketRun(start: TicketStart): TicketRun {
  const run = new TicketRun(temporalEngine(), start);
  handle(
    {
      ticketReported: (event) => {
        run.inbox.reported(event);
      },
      continueAsNew: () => {
        run.engine.wantNewRun();
      },
      laneNews: (news) => {
        run.inbox.laneNews(news);
      },
      ticketView: () => viewOf(run.state),
      outboxMessage: (number) => run.state.outbox.find((message) => message.number === number) ?? null,
      scriptReply: (delivery) => run.scriptReplies.replyTo(delivery),
      operateTicket: async (signed) => await operate(run, signed),
    },
    (message, why) => {
      run.inbox.ignored(message, why);
      // Every event is a reason to read the ticket.
      if (message === 'ticketReported') run.news.requestReading();
    },
  );
  return run;
}
