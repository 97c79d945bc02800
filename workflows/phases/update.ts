import type { PhaseRule } from '../../src/domain/process.js';
import { requireApproval } from '../assess.js';
import { byHand, watchedBy } from '../by-others.js';
import { pushTarget } from '../push-target.js';
import { ensureTargets, savingTargets } from '../targets.js';
import type { TicketRun } from '../ticket-run.js';
import { enrolPushes, showTurn } from '../turns.js';

/**
 * Saves the change on every manager that is known only to save: this may come before the window. What enforces at
 * Update (direct devices, or enforcement unknown) waits for window, lane and gate like a Commit: see `commit.ts`.
 */
export async function updatePhase(run: TicketRun, rule: PhaseRule): Promise<void> {
  if (rule.by !== 'orchestrator') {
    await watchedBy(run, rule.by, 'update');
    return;
  }
  await requireApproval(run);
  await ensureTargets(run, 'update');
  const saving = savingTargets(run);
  const ours = saving.filter((target) => target.updateBy === 'automatic');
  await enrolPushes(
    run,
    ours.map((target) => ({ target, kind: 'savingUpdate' })),
  );
  showTurn(run);
  await Promise.all([
    ...ours.map(async (target) => pushTarget(run, target, 'savingUpdate')),
    ...saving
      .filter((target) => target.updateBy === 'manual')
      .map(async (target) => byHand(run, target, 'update')),
  ]);
}
