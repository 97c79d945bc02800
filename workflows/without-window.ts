import type { TicketRun } from './ticket-run.js';

/**
 * Waits in `body` although no window is open and no lane has a place that an edited calendar would be signalled to: a worker
 * finds the ticket by the basis of its windows. `edited` says that a calendar was edited since.
 */
export async function withoutWindow(
  run: TicketRun,
  basis: string,
  body: (edited: () => boolean) => Promise<unknown>,
): Promise<void> {
  const { state } = run;
  const seen = state.calendarEdits;
  run.withoutWindow += 1;
  state.windowBasis = basis;
  try {
    await body(() => state.calendarEdits > seen);
  } finally {
    run.withoutWindow -= 1;
    if (run.withoutWindow === 0) state.windowBasis = null;
    run.display.publish();
  }
}
