import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';

import { cleanSummary } from '../domain/clean-text.js';
import { itsmTicketWorkflowId, TASK_QUEUES } from '../domain/ids.js';
import type { NewTicketResult, SignedNewTicket } from '../domain/new-ticket.js';
import { WORKFLOW_TYPES } from '../../workflows/messages.js';
import { askTemporal } from './ask-temporal.js';
import type { IntakeConnection } from './create-intake.js';
import type { Call } from './errors.js';

/**
 * Starts the workflow that opens the ticket of an ITSM, or finds the one of this external id, and waits for its result. What
 * was refused is tried again; what is open stays the one ticket of its id.
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
    return (await handle.result()) as NewTicketResult;
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
    return known?.kind === 'open' ? { ...known, isNew: false } : await start('ALLOW_DUPLICATE');
  });
}
