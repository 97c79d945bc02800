import type { TicketRun } from './ticket-run.js';

/** Targets of one ticket may wait beside each other: the last one that goes on ends it. */
const waiting = new WeakMap<TicketRun, number>();

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
  waiting.set(run, (waiting.get(run) ?? 0) + 1);
  state.windowBasis = basis;
  try {
    await body(() => state.calendarEdits > seen);
  } finally {
    const left = (waiting.get(run) ?? 1) - 1;
    waiting.set(run, left);
    if (left === 0) state.windowBasis = null;
    run.display.publish();
  }
}
