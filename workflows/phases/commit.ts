import type { PhaseRule } from '../../src/domain/process.js';
import { requireApproval } from '../assess.js';
import { byHand, watchedBy } from '../by-others.js';
import { pushTarget } from '../push-target.js';
import { enforcingTargets, ensureTargets, pushesOf } from '../targets.js';
import type { TicketRun } from '../ticket-run.js';
import { enrolPushes, showTurn } from '../turns.js';

/** Makes the change live, each target in its window and its manager's lane: Commits, and Updates that enforce. */
export async function commitPhase(run: TicketRun, rule: PhaseRule): Promise<void> {
  if (rule.by !== 'orchestrator') {
    await watchedBy(run, rule.by, 'commit');
    return;
  }
  await requireApproval(run);
  await ensureTargets(run, 'commit');
  const targets = enforcingTargets(run);
  const pushes = pushesOf(targets);
  await enrolPushes(run, pushes);
  showTurn(run);
  await Promise.all([
    ...pushes.map(async ({ target, kind }) => pushTarget(run, target, kind)),
    ...targets
      .filter((target) => !pushes.some((push) => push.target === target))
      .map(async (target) => byHand(run, target, target.update === 'todo' ? 'update' : 'commit')),
  ]);
}
