import type { OthersTask } from '../../activities/index.js';
import type { TicketRun } from '../ticket-run.js';

const LOOK_AGAIN_AFTER_MS = 10 * 60_000;
const LOOK_AGAIN_WITHIN_MS = 6 * 60 * 60_000;

/**
 * Done when the ticket left the step. Our tasks are completed with explicit values, and no other field is filled in. In a
 * parallel step it waits for the other tasks, and completes those that become ours meanwhile.
 */
export async function advancePhase(run: TicketRun): Promise<void> {
  for (let waitMs = LOOK_AGAIN_AFTER_MS; ; waitMs = Math.min(waitMs * 2, LOOK_AGAIN_WITHIN_MS)) {
    run.display.wait({ for: 'securechange', what: 'the ticket leaves the step', untilMs: null });
    const { left, others } = await run.write('advance', { phase: 'advance' }, () => ({
      ...run.stepRef(),
      taskAccess: run.definition.taskAccess,
      values: [],
    }));
    if (left || others.length === 0) {
      run.news.requestReading();
      if (left) await run.nextFacts();
      return;
    }
    const what = `other tasks of this step: ${namesOf(others)}`;
    run.display.wait({ for: 'handler', what: `their handlers complete the ${what}`, untilMs: null });
    const seen = run.facts;
    // SecureChange sends no event when a task is reassigned.
    await run.engine.condition(() => run.facts !== seen, waitMs, what);
  }
}

function namesOf(others: readonly OthersTask[]): string {
  const named = others
    .slice(0, 5)
    .map(({ task, holder }) => `${task} (${holder ?? 'not accepted by a user'})`);
  return `${named.join(', ')}${others.length > 5 ? `, and ${others.length - 5} more` : ''}`;
}
