import { ensureAssessed } from '../assess.js';
import type { TicketRun } from '../ticket-run.js';

/** Done when the policy allows the request or asks for approval; a block or a missing result parks and cannot be skipped. */
export async function riskCheckPhase(run: TicketRun): Promise<void> {
  await ensureAssessed(run);
}
