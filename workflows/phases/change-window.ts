import { takePlaces } from '../take-places.js';
import { approvedTargets, automaticTargets, commitsHere } from '../targets.js';
import type { TicketRun } from '../ticket-run.js';

/**
 * Enrols everything that goes live in this step, long before the window: the lane has the timer and the order, the ticket
 * has none. Done when every target has a window within the horizon.
 */
export async function changeWindowPhase(run: TicketRun): Promise<void> {
  await approvedTargets(run, 'changeWindow');
  if (commitsHere(run)) await takePlaces(run, automaticTargets(run), 'live');
}
