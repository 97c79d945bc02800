import { CallFailure } from '../src/domain/failure.js';
import { TASK_QUEUES, ticketIdOf, ticketWorkflowId } from '../src/domain/ids.js';
import type { SweepFindings } from '../src/domain/sweep.js';
import { pageLink } from '../src/domain/page-link.js';
import { cleanSummary } from '../src/domain/clean-text.js';
import { isFinal, seenStateOf, type TicketStatus } from '../src/domain/ticket.js';
import { MOST_TICKET_PAGES } from '../src/securechange/paths.js';
import type { OddRow } from '../src/securechange/rows.js';
import type { TicketPage, TicketRow } from '../src/securechange/secure-change.js';
import { ticketReported, WORKFLOW_TYPES } from '../workflows/messages.js';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';
import type { ActivityDeps } from './contract.js';
import { keepLanesInStep } from './lanes-in-step.js';
import { ownReport } from './own-report.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface SweepResult extends SweepFindings {
  /** Number of rows that could be read. */
  readonly openInSecureChange: number;
  readonly running: number;
  readonly started: readonly string[];
  readonly signalled: readonly string[];
}

export interface SweepActivities {
  /**
   * Compares the open tickets of SecureChange with the running workflows: starts missing ones, signals those that differ,
   * and reads some running tickets in full, because a redo into the same step does not show in the list. Names the rows
   * and tickets that cannot be read and continues without them.
   */
  sweepTickets: (input: Record<string, never>) => Promise<SweepResult>;
}

const MOST_NAMED = 50;

interface OpenTickets {
  readonly rows: Map<string, TicketRow>;
  readonly odd: readonly OddRow[];
  readonly cut: boolean;
}

export function createSweepActivities(
  deps: Pick<
    ActivityDeps,
    'secureChange' | 'definitions' | 'calendars' | 'managers' | 'temporal' | 'clock' | 'settings'
  >,
): SweepActivities {
  const { secureChange, definitions, temporal, clock, settings } = deps;

  // Which tickets were read in full is not stored: a restarted worker begins again.
  let deepFrom = 0;

  async function openTickets(signal: AbortSignal): Promise<OpenTickets> {
    const rows = new Map<string, TicketRow>();
    const odd: OddRow[] = [];
    let start: number | null = 0;
    let cut = false;
    for (let page = 0; start !== null && page < MOST_TICKET_PAGES; page += 1) {
      const result: TicketPage = await secureChange.listOpenTickets(start, signal);
      for (const row of result.rows) rows.set(row.id, row);
      odd.push(...result.odd);
      cut = result.cut;
      start = result.next;
    }
    return { rows, odd, cut: cut || start !== null };
  }

  async function runningTickets(): Promise<Map<string, string>> {
    const states = new Map<string, string>();
    const query = `WorkflowType = '${WORKFLOW_TYPES.ticket}' AND ExecutionStatus = 'Running'`;
    for await (const run of temporal.workflow.list({ query })) {
      const id = ticketIdOf(run.workflowId);
      if (id !== undefined) states.set(id, run.typedSearchAttributes.get(SEARCH_ATTRIBUTES.seenState) ?? '');
    }
    return states;
  }

  /** null when the ticket does not exist, or cannot be read; an unreadable one is named in the result. */
  async function deepState(ticketId: string, odd: string[], signal: AbortSignal): Promise<string | null> {
    const requestField = (workflow: string): string | null =>
      definitions.processFor(workflow)?.requestField ?? null;
    try {
      const facts = await secureChange.readTicket(ticketId, { requestField, signal });
      odd.push(...(facts.odd ?? []).map((line) => `ticket ${ticketId}, ${line}`));
      return seenStateOf(facts);
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      if (error.facts.code === 'securechange.not_found') return null;
      if (error.facts.kind !== 'bug' && error.facts.kind !== 'rejected') throw error;
      odd.push(`ticket ${ticketId}: ${error.facts.message}`);
      return 'unread';
    }
  }

  async function report(ticketId: string): Promise<void> {
    const event = ownReport(deps, { key: `sweep-${ticketId}-${clock.now()}`, name: 'SWEEP', ticketId });
    await temporal.workflow.signalWithStart(WORKFLOW_TYPES.ticket, {
      workflowId: ticketWorkflowId(ticketId),
      taskQueue: TASK_QUEUES.main,
      args: [{ version: 1, ticketId }],
      signal: ticketReported,
      signalArgs: [event],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: cleanSummary(`Ticket ${ticketId} (started by the sweep)`),
      ...pageLink(deps.settings.pageUrl, ticketWorkflowId(ticketId)),
    });
  }

  return {
    async sweepTickets() {
      return await withHeartbeat(async ({ signal }) => {
        const lanes = await keepLanesInStep(deps);
        const { rows: open, odd: oddRows, cut } = await openTickets(signal);
        const odd = [...lanes, ...oddRows.map(({ row, why }) => `${row}: ${why}`)];
        // These rows may be open tickets: they are not signalled as closed.
        const unread = new Set(oddRows.flatMap(({ id }) => id ?? []));
        const running = await runningTickets();
        const started: string[] = [];
        const signalled = new Set<string>();
        for (const row of open.values()) {
          const state = running.get(row.id);
          if (state === undefined) {
            await report(row.id);
            started.push(row.id);
          } else if (!isUnchanged(state, row)) {
            await report(row.id);
            signalled.add(row.id);
          }
        }
        for (const [ticketId, state] of running) {
          // A cut list does not show that a ticket is closed.
          const stillOpen = cut || open.has(ticketId) || unread.has(ticketId);
          if (!stillOpen && !isOver(state) && !signalled.has(ticketId)) {
            await report(ticketId);
            signalled.add(ticketId);
          }
        }
        const ids = [...running.keys()].filter((id) => !signalled.has(id)).sort();
        const from = deepFrom < ids.length ? deepFrom : 0;
        const slice = ids.slice(from, from + settings.sweepDeepReads);
        deepFrom = from + slice.length;
        for (const ticketId of slice) {
          const state = await deepState(ticketId, odd, signal);
          if (state !== 'unread' && state !== running.get(ticketId)) {
            await report(ticketId);
            signalled.add(ticketId);
          }
        }
        return {
          openInSecureChange: open.size,
          odd: odd.slice(0, MOST_NAMED).map((one) => one.slice(0, 200)),
          oddCount: odd.length,
          cut,
          running: running.size,
          started: started.slice(0, MOST_NAMED),
          signalled: [...signalled].slice(0, MOST_NAMED),
        };
      });
    },
  };
}

/** Its run has seen that the ticket is no longer open, and waits for something else. */
function isOver(seenState: string): boolean {
  const status = seenState.slice(0, seenState.indexOf('/')) as TicketStatus;
  return status === 'resolved' || isFinal(status);
}

/** Compares status and step, which is all that the list shows. */
function isUnchanged(seenState: string, row: TicketRow): boolean {
  if (!seenState.startsWith(`${row.status}/`)) return false;
  return row.stepId === null || seenState.startsWith(`${row.status}/${row.stepId}:`);
}
