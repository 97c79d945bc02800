import { isDone, type Target } from '../../src/domain/provisioning.js';
import type { PhaseRule } from '../../src/domain/process.js';
import { byManager } from '../../src/domain/partial-failure.js';
import { byHand, watchedBy } from '../by-others.js';
import { carryTarget } from '../carry-target.js';
import { commentPushes } from '../comment-pushes.js';
import { untilNoneHeldBack } from '../hold-back.js';
import { takePlaces } from '../take-places.js';
import { approvedTargets, automaticTargets, openTargets, secureTracksTargets } from '../targets.js';
import type { TicketRun } from '../ticket-run.js';
import { together } from '../together.js';
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
  await together(run, [
    ...ours.map((target) => async () => carryTarget(run, target, 'live')),
    ...byManager(ours).map((targets) => async () => untilNoneHeldBack(run, targets)),
    ...secureTracks.map((target) => async () => awaitWindowRun(run, target)),
    ...openTargets(run)
      .filter((target) => !ours.includes(target) && !secureTracks.includes(target))
      .map((target) => async () => withPerson(run, target)),
  ]);
  await commentPushes(run);
}

/** A person makes what we may not: the Commit, or the Update too. */
async function withPerson(run: TicketRun, target: Target): Promise<void> {
  const isSaved = (): boolean => target.update === 'done' || target.update === 'notNeeded';
  if (!isSaved()) {
    if (target.updateBy === 'automatic') await carryTarget(run, target, 'saved');
    else await byHand(run, target, 'update');
  }
  // What is only saved is not live: the phase does not end before a person has committed it.
  if (!isDone(target)) await byHand(run, target, 'commit');
}
