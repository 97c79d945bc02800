import { askUnless } from './ask-unless.js';
import type { TicketRun } from './ticket-run.js';

/**
 * Waits for what the change in the ITSM says, with a call that reads it every now and then: begins that call again, which reads at
 * once, when the ITSM reports a changed change. Null when the answer is not needed any more.
 */
export async function untilReported<T extends object>(
  run: TicketRun,
  ask: () => Promise<T>,
  isOver: () => boolean,
): Promise<T | null> {
  for (;;) {
    const { changeReports } = run;
    const answer = await askUnless(run, ask, () => isOver() || run.changeReports !== changeReports);
    if (answer !== null || isOver()) return answer;
  }
}

/** Waits until the change lets a push go ahead. */
export async function untilChangeAllows(run: TicketRun, target: string): Promise<void> {
  const ask = async (): Promise<{ readonly allows: true }> => {
    await run.read('awaitItsmChange', { phase: null, target }, () => ({
      ticketId: run.state.ticketId,
      workflow: run.facts.workflow,
    }));
    return { allows: true };
  };
  await untilReported(run, ask, () => false);
}
