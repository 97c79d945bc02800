import { commitSeen, dueWatched } from '../src/domain/watched-commits.js';
import type { LaneRun } from './lane-run.js';

/**
 * Reads the reports of past Commits that are due: a firewall may have taken a Commit back. Beside the main loop: no push waits
 * for SecureChange to answer.
 */
export function watchWhenDue(run: LaneRun): void {
  if (run.watching || dueWatched(run.state, run.now()).length === 0) return;
  run.watching = true;
  run.engine.scope(async () => {
    await readDue(run);
    run.watching = false;
    run.touch();
  });
}

async function readDue(run: LaneRun): Promise<void> {
  const { key: laneKey, name: laneName } = run.state;
  for (const watched of dueWatched(run.state, run.now())) {
    const { target, targetName, ref, commitEvidence, policies } = watched;
    const input = { laneKey, laneName, target, targetName, ref, commitEvidence, policies };
    const seen = await run.attempt('checkCommit', async () => run.activities.checkCommit(input));
    // A report that cannot be read is read again later.
    commitSeen(run.state, watched, seen ?? { kind: 'stands' }, run.now());
    run.touch();
  }
}
