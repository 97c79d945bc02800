import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';

import { cleanSummary } from '../../../src/domain/clean-text.js';
import { itsmTicketWorkflowId, TASK_QUEUES } from '../../../src/domain/ids.js';
import {
  differingParts,
  type NewTicketResult,
  type SignedNewTicket,
} from '../../../src/domain/new-ticket.js';
import { WORKFLOW_TYPES } from '../../../workflows/messages.js';
import { askTemporal } from './ask-temporal.js';
import type { IntakeConnection } from './create-intake.js';
import type { Call } from './errors.js';
import { contentsOf } from './ticket-contents.js';

/**
 * Starts the workflow that opens the ticket of an ITSM, or finds the one of this external id, and waits for its result. What
 * was refused is tried again; what is open stays the one ticket of its id, and no other contents are taken for it.
 */
export async function openTicket(
  { client, connection }: IntakeConnection,
  asked: SignedNewTicket,
  deadlineMs: number,
): Promise<NewTicketResult> {
  const { externalId, subject } = asked;
  const workflowId = itsmTicketWorkflowId(externalId);
  const call: Call = { what: `ticket of ${externalId}`, kind: 'command', notFound: 'unexpected' };
  const start = async (
    workflowIdReusePolicy: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE',
  ): Promise<NewTicketResult> => {
    const handle = await client.workflow.start(WORKFLOW_TYPES.itsmTicket, {
      workflowId,
      taskQueue: TASK_QUEUES.main,
      args: [asked],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy,
      staticSummary: cleanSummary(`${externalId}: ${subject}`),
    });
    return sameAsAsked(asked, (await handle.result()) as NewTicketResult);
  };
  return askTemporal({ client, connection, deadlineMs }, call, async () => {
    try {
      return await start('REJECT_DUPLICATE');
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const earlier: unknown = await client.workflow
      .getHandle(workflowId)
      .result()
      .catch(() => null);
    const known = earlier as NewTicketResult | null;
    if (known?.kind !== 'open') return await start('ALLOW_DUPLICATE');
    return sameAsAsked(asked, { ...known, isNew: false });
  });
}

/** The run may have been started by another call with the same external id. */
function sameAsAsked(asked: SignedNewTicket, result: NewTicketResult): NewTicketResult {
  if (result.kind !== 'open') return result;
  const parts = differingParts(contentsOf(asked), result.contents);
  return parts.length === 0 ? result : { kind: 'differs', ticketId: result.ticketId, parts };
}
