import { makeContinueAsNewFunc, setHandler } from '@temporalio/workflow';

import type { Outcome } from '../src/domain/view.js';
import { laneGranted, laneRefused, operateTicket, ticketReported, ticketView } from './messages.js';
import { operate } from './operator.js';
import { temporalEngine } from './temporal-engine.js';
import { liveTicket } from './ticket-life.js';
import type { TicketStart } from './ticket-state.js';
import { TicketRun } from './ticket-run.js';
import { viewOf } from './ticket-view.js';

export interface TicketOutcome {
  readonly ticketId: string;
  readonly outcome: Outcome;
}

/** One per SecureChange ticket, from the first event to its end. The story is `ticket-life.ts`. */
export async function ticket(start: TicketStart): Promise<TicketOutcome> {
  const run = openTicketRun(start);
  const outcome = await liveTicket(run);
  if (outcome === 'rolled') {
    return await makeContinueAsNewFunc<typeof ticket>()({
      version: 1,
      ticketId: start.ticketId,
      carry: run.state,
    });
  }
  return { ticketId: start.ticketId, outcome };
}

/** Registers every handler before anything is awaited: what comes in from here on is kept. */
function openTicketRun(start: TicketStart): TicketRun {
  const run = new TicketRun(temporalEngine(), start);
  setHandler(
    ticketReported,
    (event) => {
      run.reported(event);
    },
    { description: 'A lifecycle event of the ticket: a reason to look' },
  );
  setHandler(
    laneGranted,
    (grant) => {
      run.granted(grant);
    },
    { description: 'A lane gives the ticket its turn' },
  );
  setHandler(
    laneRefused,
    (refusal) => {
      run.refused(refusal);
    },
    { description: 'A lane can not serve the ticket now' },
  );
  setHandler(ticketView, () => viewOf(run.state), { description: 'What state the ticket is in' });
  setHandler(operateTicket, async (signed) => await operate(run, signed), {
    description: 'A command of an operator, signed by the gateway',
  });
  return run;
}
