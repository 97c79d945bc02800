import type { PhaseRule } from '../../src/domain/process.js';
import { byManager } from '../../src/domain/partial-failure.js';
import { byHand, watchedBy } from '../by-others.js';
import { carryTarget } from '../carry-target.js';
import { commentPushes } from '../comment-pushes.js';
import { untilNoneHeldBack } from '../hold-back.js';
import { takePlaces } from '../take-places.js';
import { approvedTargets, automaticTargets, openTargets, secureTracksTargets } from '../targets.js';
import type { TicketRun } from '../ticket-run.js';
import { awaitWindowRun } from '../window-commit.js';

/** Makes the change live, each target in its window and lane: one push saves what is not saved and commits, or SecureTrack's own window does. */
export async function commitPhase(run: TicketRun, rule: PhaseRule): Promise<void> {
  if (rule.by !== 'orchestrator') {
    await watchedBy(run, rule.by, 'commit');
    return;
  }
  await approvedTargets(run, 'commit');
  const ours = automaticTargets(run);
  const secureTracks = secureTracksTargets(run);
  await takePlaces(run, ours, 'live');
  await Promise.all([
    ...ours.map(async (target) => carryTarget(run, target, 'live')),
    ...byManager(ours).map(async (targets) => untilNoneHeldBack(run, targets)),
    ...secureTracks.map(async (target) => awaitWindowRun(run, target)),
    ...openTargets(run)
      .filter((target) => !ours.includes(target) && !secureTracks.includes(target))
      .map(async (target) => byHand(run, target, target.update === 'todo' ? 'update' : 'commit')),
  ]);
  await commentPushes(run);
}
