import { alertLines, dueAlert, noteAlert, type DueAlert } from '../src/domain/window-alerts.js';
import type { LaneRun } from './lane-run.js';

/** Members of one push are at most 50: more need not be read to say what the window will hold. */
const MOST_READ = 50;
const WHAT = 'window alert';

/**
 * Alerts the owner of the manager to what the next window will hold, when that is due. Beside the main loop: no push waits for
 * the tickets to be read.
 */
export function alertWhenDue(run: LaneRun): void {
  const due = run.alerting ? null : dueAlert(run.state, run.now());
  if (due === null) return;
  run.alerting = true;
  run.engine.scope(async () => {
    await sendAlert(run, due);
    run.alerting = false;
    run.touch();
  });
}

async function sendAlert(run: LaneRun, due: DueAlert): Promise<void> {
  const { opensAtMs, beforeMs, places } = due;
  const { key: laneKey, name: laneName } = run.state;
  const lane = { laneKey, laneName, opensAtMs };
  // The windows of a member are read again from the configuration, and can be many.
  const members = places
    .slice(0, MOST_READ)
    .map((place) => ({ ...place, window: { ...place.window, intervals: [] } }));
  const findings = await run.attempt(WHAT, async () => run.activities.inspectWindow({ ...lane, members }));
  const lines = alertLines(run.state, due, findings);
  const sent = await run.attempt(WHAT, async () => run.activities.alertOwner({ ...lane, beforeMs, lines }));
  noteAlert(run.state, {
    atMs: run.now(),
    opensAtMs,
    beforeMs,
    owner: run.state.manager.owner,
    lines,
    sent,
  });
}
