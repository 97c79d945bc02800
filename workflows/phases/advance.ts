import type { OthersTask } from '../../activities/index.js';
import type { TicketRun } from '../ticket-run.js';

const LOOK_AGAIN_AFTER_MS = 10 * 60_000;
const LOOK_AGAIN_WITHIN_MS = 6 * 60 * 60_000;

/**
 * Done when the ticket left the step: our tasks are completed with explicit values, nothing is filled in on the side. In
 * a parallel step it waits for the others; what becomes ours meanwhile is completed too.
 */
export async function advancePhase(run: TicketRun): Promise<void> {
  for (let waitMs = LOOK_AGAIN_AFTER_MS; ; waitMs = Math.min(waitMs * 2, LOOK_AGAIN_WITHIN_MS)) {
    run.wait({ for: 'securechange', what: 'the ticket leaves the step', untilMs: null });
    const { left, others } = await run.attempt({ phase: 'advance' }, async () => {
      const { taskAccess } = run.definition;
      return run.engine.protect(async () =>
        run.activities.advance({ ...run.stepRef(), taskAccess, values: [] }),
      );
    });
    if (left || others.length === 0) {
      run.rereadWanted = true;
      if (left) await run.nextFacts();
      return;
    }
    const what = `other tasks of this step: ${namesOf(others)}`;
    run.wait({ for: 'handler', what: `somebody completes the ${what}`, untilMs: null });
    const seen = run.facts;
    // Giving a task to somebody else sends no event.
    await run.engine.condition(() => run.facts !== seen, waitMs, what);
  }
}

function namesOf(others: readonly OthersTask[]): string {
  const named = others.slice(0, 5).map(({ task, holder }) => `${task} (${holder ?? 'nobody has taken it'})`);
  return `${named.join(', ')}${others.length > 5 ? `, and ${others.length - 5} more` : ''}`;
}
