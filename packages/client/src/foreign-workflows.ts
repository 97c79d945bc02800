import type { WorkflowExecutionInfo } from '@temporalio/client';

import {
  CONTROL_WORKFLOW_ID,
  isPushId,
  isItsmTicketId,
  isQuestionId,
  laneKeyOf,
  TASK_QUEUES,
  ticketIdOf,
  UPDATE_SLOT_WORKFLOW_ID,
} from '../../../src/domain/ids.js';
import { WORKFLOW_TYPES } from '../../../workflows/messages.js';
import { askTemporal, type TemporalReader } from './ask-temporal.js';
import type { ForeignWorkflow, ForeignWorkflows } from './deployment-facts.js';
import { quote } from './visibility-query.js';

const MOST_LOOKED_AT = 2_000;
/** Clocks of client and server differ by less. */
const MOST_AHEAD_MS = 10_000;

/** At most `limit` (100). A workflow of ours ends by itself when it was started under another id of ours. */
export async function findForeignWorkflows(
  reader: TemporalReader,
  { limit = 100 }: { readonly limit?: number } = {},
): Promise<ForeignWorkflows> {
  const ours = Object.values(WORKFLOW_TYPES).map(quote).join(', ');
  const found = new Map<string, ForeignWorkflow>();
  let more = false;
  const running = "ExecutionStatus = 'Running'";
  const queries = [
    `${running} AND WorkflowType NOT IN (${ours})`,
    `${running} AND WorkflowType IN (${ours}) AND TaskQueue != ${quote(TASK_QUEUES.main)}`,
    `${running} AND ExecutionTime > ${quote(new Date(Date.now() + MOST_AHEAD_MS).toISOString())}`,
  ];
  for (const query of queries) {
    const pages = reader.client.workflow.list({ query, pageSize: 500 })[Symbol.asyncIterator]();
    for (let looked = 0; ; looked += 1) {
      const next = await askTemporal(
        reader,
        { what: 'list of workflows', kind: 'read', notFound: 'unexpected' },
        () => pages.next(),
      );
      if (next.done === true) break;
      if (looked >= MOST_LOOKED_AT || found.size >= limit) {
        more = true;
        break;
      }
      const { workflowId, runId, type, taskQueue } = next.value;
      if (isForeign(next.value)) found.set(runId, { workflowId, runId, type, taskQueue });
    }
  }
  return { found: [...found.values()], more };
}

function isForeign({ workflowId, type, taskQueue, executionTime }: WorkflowExecutionInfo): boolean {
  const expected = typeFor(workflowId);
  // None of ours has a cron schedule or a delay: until it is over, what is sent to this id has no effect.
  const waits = (executionTime?.getTime() ?? 0) > Date.now() + MOST_AHEAD_MS;
  return expected !== null && (type !== expected || taskQueue !== TASK_QUEUES.main || waits);
}

function typeFor(workflowId: string): string | null {
  if (workflowId === CONTROL_WORKFLOW_ID) return WORKFLOW_TYPES.control;
  if (workflowId === UPDATE_SLOT_WORKFLOW_ID) return WORKFLOW_TYPES.updateSlot;
  if (isPushId(workflowId)) return WORKFLOW_TYPES.push;
  if (isQuestionId(workflowId)) return WORKFLOW_TYPES.script;
  if (isItsmTicketId(workflowId)) return WORKFLOW_TYPES.itsmTicket;
  if (laneKeyOf(workflowId) !== undefined) return WORKFLOW_TYPES.lane;
  return ticketIdOf(workflowId) === undefined ? null : WORKFLOW_TYPES.ticket;
}
