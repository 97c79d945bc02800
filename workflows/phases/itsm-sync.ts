import type { TicketRun } from '../ticket-run.js';

/** Done when the ITSM has accepted every blocking message that is due. No phase waits for other messages. */
export async function itsmSyncPhase(run: TicketRun): Promise<void> {
  const { state } = run;
  const blocking = (): boolean => state.outbox.some((message) => message.blocking);
  if (!blocking()) return;
  run.display.wait({ for: 'itsm', what: 'the ITSM accepts a blocking message', untilMs: null });
  await run.engine.condition(() => !blocking());
  run.display.wait(null);
}
