import { nextStep } from '../src/domain/lane-order.js';
import { recoveredFrom } from '../src/domain/lane-recovery.js';
import type { LaneCarry, LaneRun } from './lane-run.js';
import { untilDone } from './until-done.js';

/**
 * The life of a lane: recover if it was lost, then start one push after the other, each when its window is open and
 * nothing hinders it. Returns what is carried when the history has become long.
 */
export async function liveLane(run: LaneRun): Promise<LaneCarry> {
  if (!run.state.recovered) {
    await recover(run);
    run.state.recovered = true;
    await run.lookAtPush();
  }
  for (;;) {
    // Before anything is awaited: what comes in while tickets are signalled must wake the lane as well.
    const seen = run.unheard;
    await serve(run);
    await run.tellNews();
    await run.tellResults();
    run.engine.publishLane(run.state);
    const woken = (): boolean => run.unheard > seen || run.engine.historyIsLong();
    const wait = run.waitMs();
    if (wait === null) await run.engine.condition(woken);
    else if (!(await run.engine.condition(woken, Math.max(1, wait.ms), wait.why))) await run.lookAtPush();
    if (run.engine.historyIsLong()) {
      await run.engine.condition(() => run.engine.handlersIdle());
      return { state: run.state, commandMemory: run.answered.commandMemory };
    }
  }
}

/** A lane that starts without what it carried: a terminated one left pushes and saved changes behind. */
async function recover(run: LaneRun): Promise<void> {
  const { state, activities } = run;
  // A lane must not fail: until it knows what it knew, it starts nothing.
  const found = await untilDone(
    run.engine,
    async () => activities.recoverLane({ laneKey: state.key }),
    ({ message }) => {
      run.ignored('recovery', message);
    },
  );
  if (found.kind === 'never') return;
  if (found.kind === 'unreadable') {
    const reason =
      'its earlier runs are gone: compare what is saved on the manager, resume the lane, then hold and resume each ticket that waits for it';
    run.state.paused ??= { by: 'securechange-orchestrator', reason, sinceMs: run.now() };
    return;
  }
  run.state = recoveredFrom(found.state, run.state);
}

async function serve(run: LaneRun): Promise<void> {
  for (;;) {
    const step = nextStep(run.state, run.now());
    switch (step.kind) {
      case 'rest':
      case 'sleep':
        return;
      case 'missed':
        run.state.queue = run.state.queue.filter((queued) => queued.seq !== step.enrolment.seq);
        run.tell(step.enrolment, { kind: 'missed' });
        break;
      case 'start':
        await run.start(step.push);
        return;
    }
  }
}
