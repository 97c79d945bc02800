import { WorkflowNotFoundError } from '@temporalio/client';

import { ticketWorkflowId } from '../src/domain/ids.js';
import { isPending } from '../src/domain/ticket.js';
import type { ActivityDeps } from './contract.js';
import { patiently } from './patience.js';

export interface HolderActivities {
  /** Whether the run that holds a lane still lives, and whether SecureChange works on its ticket just now. */
  readHolder: (input: {
    ticketId: string;
  }) => Promise<{ readonly alive: boolean; readonly working: boolean }>;
}

export function createHolderActivities({
  temporal,
  secureChange,
}: Pick<ActivityDeps, 'temporal' | 'secureChange'>): HolderActivities {
  return {
    async readHolder({ ticketId }) {
      const facts = await patiently(async ({ signal }) =>
        secureChange.readTicket(ticketId, { requestField: null, signal }),
      );
      const designer = facts.step?.request?.designerStatus ?? '';
      const working = isPending(facts) || designer.endsWith(' running');
      try {
        const { status } = await temporal.workflow.getHandle(ticketWorkflowId(ticketId)).describe();
        return { alive: status.name === 'RUNNING', working };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { alive: false, working };
        throw error;
      }
    },
  };
}
