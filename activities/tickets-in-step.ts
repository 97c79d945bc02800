import { WorkflowNotFoundError } from '@temporalio/client';

import { CALENDAR_EDITED } from '../src/domain/event.js';
import { fewAtOnce } from '../src/domain/few-at-once.js';
import { ticketIdOf, ticketWorkflowId } from '../src/domain/ids.js';
import { TICKET_BASIS, ticketReported, WORKFLOW_TYPES } from '../workflows/messages.js';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';
import type { ActivityDeps } from './contract.js';
import { ownReport } from './own-report.js';

const { phase, waitingFor, needsAttention } = SEARCH_ATTRIBUTES;

/** Tickets that may wait for a window without a place in a lane. Only those that do have a basis in their memo. */
const MAY_WAIT = `WorkflowType = '${WORKFLOW_TYPES.ticket}' AND ExecutionStatus = 'Running' AND (${phase.name} = 'advance' OR ${phase.name} = 'changeWindow') AND (${waitingFor.name} = 'window' OR ${needsAttention.name} = true)`;

/**
 * A lane signals an edited calendar to its tickets. This signals it to those that have no place: they were parked because no window
 * opens, or completing their step would push. Returns what failed, as `ticket: reason`.
 */
export async function signalTicketsWithoutPlace({
  definitions,
  temporal,
  clock,
  settings,
}: Pick<ActivityDeps, 'definitions' | 'temporal' | 'clock' | 'settings'>): Promise<readonly string[]> {
  const basis = definitions.windowsBasis();
  const found: string[] = [];
  for await (const { workflowId, memo } of temporal.workflow.list({ query: MAY_WAIT })) {
    const id = ticketIdOf(workflowId);
    const known = memo?.[TICKET_BASIS];
    // null: it cannot be decoded. An event too many does no harm.
    const mayWait = known === null || (typeof known === 'string' && known !== '' && known !== basis);
    if (id !== undefined && mayWait) found.push(id);
  }
  const failed: string[] = [];
  await fewAtOnce(found, async (ticketId) => {
    // The same key from every worker: the second one counts as a duplicate.
    const key = `calendar-${ticketId}-${basis}`;
    const event = ownReport({ clock, settings }, { key, name: CALENDAR_EDITED, ticketId });
    try {
      await temporal.workflow.getHandle(ticketWorkflowId(ticketId)).signal(ticketReported, event);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return;
      failed.push(`${ticketWorkflowId(ticketId)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  return failed;
}
