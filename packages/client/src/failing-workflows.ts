import type { WorkflowExecutionInfo } from '@temporalio/client';
import { CONTROL_WORKFLOW_ID } from '../../../src/domain/ids.js';
import { PayloadUnreadable } from '../../../src/temporal/payload-codec.js';
import { decryptIn } from '../../../src/temporal/read-history.js';
import { undecodableIn } from '../../../src/temporal/readable-rows.js';
import { WORKFLOW_TYPES } from '../../../workflows/messages.js';
import { askTemporal, type TemporalReader } from './ask-temporal.js';
import { ClientError } from './contract.js';
import type { FailingWorkflow, FailingWorkflows } from './deployment-facts.js';
import { GRPC, grpcStatusOf } from './errors.js';
import { fewAtOnce } from '../../../src/domain/few-at-once.js';
import { quote } from './visibility-query.js';

/** A first failure may be chance (a worker that was just stopped); a second one is not. */
const FAILS_FROM_ATTEMPT = 2;

/**
 * Looks at the open workflows, the stop switch first, then lanes, then the newest others, at most `limit` (500); beyond that
 * only what the server itself reports as failing (`TemporalReportedProblems`, where it knows that attribute).
 */
export async function findFailingWorkflows(
  reader: TemporalReader,
  { limit = 500 }: { readonly limit?: number } = {},
): Promise<FailingWorkflows> {
  const types = Object.values(WORKFLOW_TYPES);
  const isOpen = (ofTypes: readonly string[]): string =>
    `ExecutionStatus = 'Running' AND WorkflowType IN (${ofTypes.map(quote).join(', ')})`;
  const { control, lane } = WORKFLOW_TYPES;
  const others = types.filter((type) => type !== control && type !== lane);
  const found = new Map<string, WorkflowExecutionInfo>();
  let more = false;
  for (const query of [isOpen([control, lane]), isOpen(others)]) {
    more = !(await collect(reader, query, limit, found)) || more;
  }
  // Visibility lags behind: what matters most is looked at in any case.
  const ids = [...new Set([CONTROL_WORKFLOW_ID, ...found.keys()])];
  for (const id of await reportedByServer(reader, isOpen(types), limit)) if (!ids.includes(id)) ids.push(id);
  const looked = await fewAtOnce(ids, (id) => look(reader, id));
  const failing = looked.filter((each) => each !== null);
  const undecodable = [...found.values()].flatMap((row) => {
    const what = undecodableIn(row);
    return what.length === 0 ? [] : [{ workflowId: row.workflowId, runId: row.runId, what }];
  });
  return { failing, undecodable, examined: ids.length, more };
}

/** False when the limit cut the list. */
async function collect(
  reader: TemporalReader,
  query: string,
  limit: number,
  found: Map<string, WorkflowExecutionInfo>,
): Promise<boolean> {
  const pages = reader.client.workflow.list({ query, pageSize: limit })[Symbol.asyncIterator]();
  for (;;) {
    const next = await askTemporal(
      reader,
      { what: 'list of workflows', kind: 'read', notFound: 'unexpected' },
      () => pages.next(),
    );
    if (next.done === true) return true;
    if (found.size >= limit) return false;
    found.set(next.value.workflowId, next.value);
  }
}

/** Servers before 1.30 do not know the attribute and refuse the query. */
async function reportedByServer(
  reader: TemporalReader,
  open: string,
  limit: number,
): Promise<readonly string[]> {
  const found = new Map<string, WorkflowExecutionInfo>();
  try {
    await collect(reader, `${open} AND TemporalReportedProblems IS NOT NULL`, limit, found);
  } catch (error) {
    if (grpcStatusOf(error) !== GRPC.invalidArgument) throw error;
  }
  return [...found.keys()];
}

async function look(reader: TemporalReader, workflowId: string): Promise<FailingWorkflow | null> {
  const { client } = reader;
  const call = { what: workflowId, kind: 'read', notFound: 'ticketNotFound' } as const;
  try {
    const description = await askTemporal(reader, call, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    const task = description.raw.pendingWorkflowTask;
    const attempt = task?.attempt ?? 0;
    if (description.status.name !== 'RUNNING' || attempt < FAILS_FROM_ATTEMPT) return null;
    const { runId, type } = description;
    const seconds = task?.originalScheduledTime?.seconds;
    const sinceMs = seconds === undefined || seconds === null ? null : Number(seconds) * 1_000;
    const reason = await reasonOf(reader, workflowId, runId);
    return { workflowId, runId, type, attempt, sinceMs, reason };
  } catch (error) {
    // Ended meanwhile, or never there.
    if (error instanceof ClientError && error.code === 'ticketNotFound') return null;
    throw error;
  }
}

/** Only the first failure of a task is written down; retries are not. */
async function reasonOf(reader: TemporalReader, workflowId: string, runId: string): Promise<string | null> {
  const { client } = reader;
  const { namespace } = client.options;
  const call = { what: `${workflowId}: history`, kind: 'read', notFound: 'historyGone' } as const;
  try {
    const { history } = await askTemporal(reader, call, () =>
      client.workflowService.getWorkflowExecutionHistoryReverse({
        namespace,
        execution: { workflowId, runId },
        maximumPageSize: 20,
      }),
    );
    for (const event of history?.events ?? []) {
      const failed = event.workflowTaskFailedEventAttributes;
      if (failed) await decryptIn(client, failed.failure);
      if (failed) return failed.failure?.message?.split('\n', 1)[0]?.slice(0, 500) ?? null;
      if (event.workflowTaskCompletedEventAttributes) return null;
    }
    return null;
  } catch (error) {
    return error instanceof PayloadUnreadable ? error.message : null;
  }
}
