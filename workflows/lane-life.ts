import { nextStep, type Resting } from '../src/domain/lane-order.js';
import { recoveredFrom } from '../src/domain/lane-recovery.js';
import { alertWhenDue } from './lane-alerts.js';
import { checkPush, isPushCheckDue, startPlanned } from './lane-push.js';
import type { LaneCarry, LaneRun } from './lane-run.js';
import { watchWhenDue } from './lane-watch.js';
import { untilDone } from './until-done.js';

/**
 * The main loop of a lane: recovers if the lane was lost, then starts one push after the other, each when its window is
 * open and nothing hinders it. Returns the carried state when the history is long and `isQuiet`: no message is being handled.
 */
export async function runLane(
  run: LaneRun,
  isQuiet = (): boolean => run.engine.handlersIdle(),
): Promise<LaneCarry> {
  if (!run.state.recovered) {
    await recover(run);
    run.state.recovered = true;
    await checkPush(run);
  }
  for (;;) {
    // Taken before the first await: a message that arrives while tickets are signalled must end the wait below.
    const seen = run.changeCount;
    const step = await serve(run);
    await run.signals.signalNews();
    await run.deliverResults();
    run.engine.publishLane(run.state);
    const woken = (): boolean => run.changeCount > seen || run.engine.isNewRunDue();
    const wait = run.waitMs(step);
    if (wait === null) await run.engine.condition(woken);
    else await run.engine.condition(woken, Math.max(1, wait.ms), wait.why);
    if (isPushCheckDue(run)) await checkPush(run);
    watchWhenDue(run);
    alertWhenDue(run);
    if (run.engine.isNewRunDue()) {
      await run.engine.condition(() => isQuiet() && !run.alerting && !run.watching);
      while (run.signals.hasNews) {
        await run.signals.signalAllNews();
        await run.engine.condition(isQuiet);
      }
      return { state: run.state, commandMemory: run.answered.commandMemory };
    }
  }
}

/** A lane that starts without carried state may follow a terminated one, which left pushes and saved changes behind. */
async function recover(run: LaneRun): Promise<void> {
  const { state, activities } = run;
  // A lane must not fail: it repeats this until it has its earlier state, and starts nothing before.
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
      'the lane cannot read its earlier runs: compare what is saved on the manager, resume the lane, then hold and resume each ticket that waits for it';
    run.state.overridesFromMs = run.now();
    run.state.paused ??= { by: 'securechange-orchestrator', reason, sinceMs: run.now() };
    return;
  }
  run.state = recoveredFrom(found.state, run.state);
}

/** Starts what is due. Returns what the lane then waits for. */
async function serve(run: LaneRun): Promise<Resting> {
  run.noteMissed();
  for (;;) {
    const step = nextStep(run.state, run.now());
    switch (step.kind) {
      case 'rest':
      case 'sleep':
        return step;
      case 'missed':
        run.state.queue = run.state.queue.filter((queued) => queued.seq !== step.enrolment.seq);
        run.signals.queueNews(step.enrolment, { kind: 'missed' });
        break;
      case 'start':
        await startPlanned(run, step.push);
        return { kind: 'rest' };
    }
  }
}
