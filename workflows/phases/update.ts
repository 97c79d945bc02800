import type { PhaseRule } from '../../src/domain/process.js';
import { byHand, watchedBy } from '../by-others.js';
import { carryTarget } from '../carry-target.js';
import { approvedTargets, commitsHere, savingTargets } from '../targets.js';
import type { TicketRun } from '../ticket-run.js';
import { together } from '../together.js';

/**
 * Saves the change on every managed target when the step contains the Update only. When the same step commits, the push
 * that commits saves first. An Update that makes live waits for window, lane and gate like a Commit.
 */
export async function updatePhase(run: TicketRun, rule: PhaseRule): Promise<void> {
  if (rule.by !== 'orchestrator') {
    await watchedBy(run, rule.by, 'update');
    return;
  }
  await approvedTargets(run, 'update');
  if (commitsHere(run) && run.definition.commitBy === 'orchestrator') return;
  const saving = savingTargets(run);
  await together(run, [
    ...saving
      .filter((target) => target.updateBy === 'automatic')
      .map((target) => async () => carryTarget(run, target, 'saved')),
    ...saving
      .filter((target) => target.updateBy === 'manual')
      .map((target) => async () => byHand(run, target, 'update')),
  ]);
}
