import { requireApproval } from '../assess.js';
import { enforcingTargets, ensureTargets, pushesOf } from '../targets.js';
import type { TicketRun } from '../ticket-run.js';
import { enrolPushes } from '../turns.js';

/**
 * Enrols everything that enforces, long before the opening: the lane holds the timer and the order, the ticket sleeps.
 * Done when every target has a window within the horizon; the turn itself is waited for where it is used.
 */
export async function changeWindowPhase(run: TicketRun): Promise<void> {
  await requireApproval(run);
  await ensureTargets(run, 'changeWindow');
  await enrolPushes(run, pushesOf(enforcingTargets(run)));
}
