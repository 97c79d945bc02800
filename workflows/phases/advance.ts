import { gateCode } from '../../src/domain/gate-code.js';
import type { AdvanceResult, OthersTask } from '../../activities/index.js';
import type { TicketRun } from '../ticket-run.js';

/** A switch that is off again is noticed within this time. */
const LOOK_STOPPED_MS = 60_000;
const LOOK_AGAIN_AFTER_MS = 10 * 60_000;
const LOOK_AGAIN_WITHIN_MS = 6 * 60 * 60_000;

/**
 * Done when the ticket left the step. Our tasks are completed with explicit values, and no other field is filled in. In a
 * parallel step it waits for the other tasks, and completes those that become ours meanwhile.
 */
export async function advancePhase(run: TicketRun): Promise<void> {
  for (let waitMs = LOOK_AGAIN_AFTER_MS; ; waitMs = Math.min(waitMs * 2, LOOK_AGAIN_WITHIN_MS)) {
    run.display.wait({ for: 'securechange', what: 'the ticket leaves the step', untilMs: null });
    const { left, others, closed } = await run.write('advance', { phase: 'advance' }, () => ({
      ...run.stepRef(),
      taskAccess: run.definition.taskAccess,
      values: [],
      epoch: run.state.epoch,
      adopted: run.state.adopted,
    }));
    if (closed !== undefined) {
      await untilGateMayOpen(run, closed);
      continue;
    }
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

/** Completing the step would push, and the gate is closed: what opens by itself is awaited, the rest is for a person. */
async function untilGateMayOpen(
  run: TicketRun,
  { reason, message, untilMs }: NonNullable<AdvanceResult['closed']>,
): Promise<void> {
  const look = async (ms: number): Promise<void> => {
    const seen = run.facts;
    await run.engine.condition(() => run.facts !== seen, ms, message.slice(0, 100));
  };
  if (reason === 'windowClosed' && untilMs !== null) {
    run.display.wait({ for: 'window', what: message, untilMs });
    await look(Math.max(1_000, Math.min(untilMs - run.engine.nowMs(), LOOK_AGAIN_WITHIN_MS)));
  } else if (reason === 'stopped') {
    run.display.wait({ for: 'start', what: `an operator runs sco start: ${message}`, untilMs: null });
    await look(LOOK_STOPPED_MS);
  } else {
    const ways = ['retry', 'abort'] as const;
    await run.parkings.park({ code: gateCode(reason), phase: 'advance', reason: message, ways });
    await run.refresh('advance', { definitionToo: true });
  }
}

function namesOf(others: readonly OthersTask[]): string {
  const named = others
    .slice(0, 5)
    .map(({ task, holder }) => `${task} (${holder ?? 'not accepted by a user'})`);
  return `${named.join(', ')}${others.length > 5 ? `, and ${others.length - 5} more` : ''}`;
}
