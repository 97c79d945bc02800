import type { HistoryFact } from '../../domain/history-fact.js';
import { ticketWorkflowId } from '../../domain/ids.js';
import { isTicketId } from '../../domain/canonical-id.js';
import { statementsOf, type Statements } from './statements.js';

/** How a run stood when it was exported. `gone`: Temporal had removed its history before. */
export type RunStatus =
  'running' | 'completed' | 'continuedAsNew' | 'failed' | 'terminated' | 'timedOut' | 'cancelled' | 'gone';

export interface RunFacts {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly status: RunStatus;
  readonly startedAtMs: number;
  readonly closedAtMs: number | null;
}

/** One leaf of the log: what one run did from one event to another. An open run has several, one after the other. */
export interface EvidenceRecord extends RunFacts {
  readonly version: 1;
  readonly exportedAtMs: number;
  /** Ids of the first and last event; 0 and 0 for a run that is gone. */
  readonly from: number;
  readonly to: number;
  /**
   * The workflows that this is evidence for, with the hash of the record before this one about the same (empty for the first):
   * a record that is left out is missed.
   */
  readonly about: Readonly<Record<string, string>>;
  readonly statements: Statements;
  readonly events: readonly HistoryFact[];
}

/** The new record of a run: what happened after event `after`, or that it has ended; null when there is neither. */
export function recordOf(
  run: RunFacts,
  facts: readonly HistoryFact[],
  { after, nowMs }: { readonly after: number; readonly nowMs: number },
): Omit<EvidenceRecord, 'about'> | null {
  const events = facts.filter(({ eventId }) => eventId > after);
  if (events.length === 0 && run.status === 'running') return null;
  const { approvals, decisions, gates, pushes, windows, messages, scripts } = statementsOf(facts);
  const isNew = ({ eventId }: { readonly eventId: number }): boolean => eventId > after;
  return {
    version: 1,
    ...run,
    exportedAtMs: nowMs,
    from: events[0]?.eventId ?? after,
    to: events.at(-1)?.eventId ?? after,
    statements: {
      approvals: approvals.filter(isNew),
      decisions: decisions.filter(isNew),
      gates: gates.filter(isNew),
      pushes: pushes.filter(isNew),
      windows: windows.filter(isNew),
      messages: messages.filter(isNew),
      scripts: scripts.filter(isNew),
    },
    events,
  };
}

/** Says in its place that the history of a run is missing. */
export function recordOfGone(run: RunFacts, nowMs: number): Omit<EvidenceRecord, 'about'> {
  return {
    version: 1,
    ...run,
    status: 'gone',
    exportedAtMs: nowMs,
    from: 0,
    to: 0,
    statements: statementsOf([]),
    events: [],
  };
}

/** The workflow itself, and the tickets that a push carried, that a script or an ITSM asked about. */
export function subjectsOf({ workflowId }: RunFacts, facts: readonly HistoryFact[]): readonly string[] {
  const tickets = facts
    .filter(({ kind }) => kind === 'started' || kind === 'completed')
    .flatMap(({ input, result }) => [input, result].flatMap(ticketsIn));
  return [...new Set([workflowId, ...tickets.map(ticketWorkflowId)])].toSorted();
}

function ticketsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(ticketsIn);
  if (typeof value !== 'object' || value === null) return [];
  const { ticketId, members } = value as { readonly ticketId?: unknown; readonly members?: unknown };
  const own = typeof ticketId === 'string' && isTicketId(ticketId) ? [ticketId] : [];
  return [...own, ...(members === undefined ? [] : ticketsIn(members))];
}
