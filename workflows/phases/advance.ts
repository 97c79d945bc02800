import type { TicketRun } from '../ticket-run.js';

/** Done when the ticket left the step: our tasks are completed with explicit values, nothing is filled in on the side. */
export async function advancePhase(run: TicketRun): Promise<void> {
  run.wait({ for: 'securechange', what: 'the ticket to leave the step', untilMs: null });
  const { taskAccess } = run.definition;
  const { left } = await run.attempt({ phase: 'advance' }, async () =>
    run.engine.protect(async () => run.activities.advance({ ...run.stepRef(), taskAccess, values: [] })),
  );
  run.rereadWanted = true;
  if (left) await run.nextFacts();
}
