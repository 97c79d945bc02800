import type { WorkflowExecutionDescription, WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client';
import { ticketIdOf, ticketWorkflowId } from '../../../src/domain/ids.js';
import type { QueuedMessage } from '../../../src/domain/outbox.js';
import { OUTCOMES, type Outcome, type TicketView } from '../../../src/domain/view.js';
import { continuedFrom, toHistoryFacts } from '../../../src/temporal/history-facts.js';
import { readHistory } from '../../../src/temporal/read-history.js';
import { undecodableIn } from '../../../src/temporal/readable-rows.js';
import { outboxMessage, TICKET_SUBJECT, ticketView } from '../../../workflows/messages.js';
import { SEARCH_ATTRIBUTES } from '../../../workflows/search-attributes.js';
import type { HistoryFact, TicketSummary } from './contract.js';
import { askTemporal, type TemporalReader } from './ask-temporal.js';
import { ClientError } from './contract.js';
import type { Call } from './errors.js';

/** One run of `ticket/<id>`; a ticket has several after reopening, late events and continue-as-new. */
export interface TicketRun extends TicketSummary {
  /** Another run took over its state: not an end. */
  readonly continuedAsNew: boolean;
}

export interface RunHistory {
  readonly facts: readonly HistoryFact[];
  readonly continuedFrom: string | null;
}

/** The few questions the ticket client asks of Temporal; every error is a ClientError already. */
export interface TicketRuns {
  /** The state query of one run; without runId of the newest. */
  view(ticketId: string, runId?: string): Promise<TicketView>;
  /** A message of the newest run's outbox; null when it is not there. */
  message(ticketId: string, number: number): Promise<QueuedMessage | null>;
  /** Strongly consistent, unlike `list`. */
  describe(ticketId: string, runId?: string): Promise<TicketRun>;
  list(query: string, limit: number): Promise<readonly TicketRun[]>;
  history(ticketId: string, runId: string): Promise<RunHistory>;
}

export function createTicketRuns(reader: TemporalReader): TicketRuns {
  const { client, deadlineMs } = reader;
  const handle = (ticketId: string, runId?: string): WorkflowHandle =>
    client.workflow.getHandle(ticketWorkflowId(ticketId), runId);
  const ask = <T>(call: Call, run: () => Promise<T>): Promise<T> => askTemporal(reader, call, run);
  const askLong = <T>(call: Call, run: () => Promise<T>): Promise<T> =>
    askTemporal({ ...reader, deadlineMs: deadlineMs * 3 }, call, run);
  return {
    view: (ticketId, runId) =>
      ask({ what: `ticket ${ticketId}: state`, kind: 'query', notFound: 'ticketNotFound' }, async () => {
        const view = await handle(ticketId, runId).query(ticketView);
        if (view.ticketId === ticketId) return view;
        throw new ClientError(
          'unexpected',
          `ticket ${ticketId}: its workflow follows another ticket; it was not started by this product: terminate it`,
        );
      }),
    message: (ticketId, number) =>
      ask(
        { what: `ticket ${ticketId}: message ${number}`, kind: 'query', notFound: 'ticketNotFound' },
        async () => handle(ticketId).query(outboxMessage, number),
      ),
    describe: (ticketId, runId) =>
      ask({ what: `ticket ${ticketId}`, kind: 'read', notFound: 'ticketNotFound' }, async () =>
        toTicketRun(await handle(ticketId, runId).describe()),
      ),
    list: async (query, limit) => {
      const call: Call = { what: 'list of tickets', kind: 'read', notFound: 'unexpected' };
      const found = client.workflow.list({ query, pageSize: Math.min(limit, 1_000) });
      const pages = found[Symbol.asyncIterator]();
      const runs: TicketRun[] = [];
      // The deadline is that of one page: a long list may take longer, a server that hangs is noticed in time.
      while (runs.length < limit) {
        const next = await ask(call, () => pages.next());
        if (next.done === true) break;
        runs.push(toTicketRun(next.value));
      }
      return runs;
    },
    history: (ticketId, runId) =>
      askLong({ what: `ticket ${ticketId}: history`, kind: 'read', notFound: 'historyGone' }, async () => {
        const history = await readHistory(client, ticketWorkflowId(ticketId), runId);
        return { facts: toHistoryFacts(history, { runId }), continuedFrom: continuedFrom(history) };
      }),
  };
}

/** Reads the search attributes of one run; what a foreign run does not have is null. */
export function toTicketRun(info: WorkflowExecutionInfo | WorkflowExecutionDescription): TicketRun {
  const attributes = info.typedSearchAttributes;
  const outcome = attributes.get(SEARCH_ATTRIBUTES.outcome) ?? null;
  const undecodable = undecodableIn(info);
  return {
    ticketId: ticketIdOf(info.workflowId) ?? info.workflowId,
    runId: info.runId,
    running: info.status.name === 'RUNNING',
    continuedAsNew: info.status.name === 'CONTINUED_AS_NEW',
    startedAtMs: info.startTime.getTime(),
    closedAtMs: info.closeTime?.getTime() ?? null,
    subject: subjectOf(info),
    workflow: attributes.get(SEARCH_ATTRIBUTES.workflowName) ?? null,
    step: attributes.get(SEARCH_ATTRIBUTES.step) ?? null,
    phase: attributes.get(SEARCH_ATTRIBUTES.phase) ?? null,
    waitingFor: attributes.get(SEARCH_ATTRIBUTES.waitingFor) ?? null,
    requester: attributes.get(SEARCH_ATTRIBUTES.requester) ?? null,
    risk: attributes.get(SEARCH_ATTRIBUTES.risk) ?? null,
    itsmId: attributes.get(SEARCH_ATTRIBUTES.itsmId) ?? null,
    devices: attributes.get(SEARCH_ATTRIBUTES.devices) ?? [],
    windowOpensAtMs: attributes.get(SEARCH_ATTRIBUTES.windowOpensAt)?.getTime() ?? null,
    needsAttention: attributes.get(SEARCH_ATTRIBUTES.needsAttention) ?? false,
    outcome: isOutcome(outcome) ? outcome : null,
    ...(undecodable.length > 0 && { undecodable }),
  };
}

function subjectOf({ memo }: Pick<WorkflowExecutionInfo, 'memo'>): string | null {
  const subject = memo?.[TICKET_SUBJECT];
  return typeof subject === 'string' && subject !== '' ? subject : null;
}

function isOutcome(text: string | null): text is Outcome {
  return text !== null && (OUTCOMES as readonly string[]).includes(text);
}
