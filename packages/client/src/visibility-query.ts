import { SEARCH_ATTRIBUTES } from '../../../workflows/search-attributes.js';
import { WORKFLOW_TYPES } from '../../../workflows/messages.js';
import type { ListPlace, TicketFilter, TicketSummary } from './contract.js';

/** A literal of Temporal's list filter: single quotes, quote and backslash escaped as its SQL parser reads them. */
export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/**
 * Values that can be compared by the server. It (1.29) compares others in their escaped form, so that `a"b` never equals
 * `a"b`: those are compared here, see `matches`.
 */
function comparable(text: string): boolean {
  return !/["\\\p{Cc}]/u.test(text);
}

/** The parts of a filter that the server cannot compare. */
export function matches(run: TicketSummary, filter: TicketFilter): boolean {
  return (
    agrees(filter.step, run.step) &&
    agrees(filter.phase, run.phase) &&
    agrees(filter.itsmId, run.itsmId) &&
    agrees(filter.workflow, run.workflow) &&
    (filter.device === undefined || comparable(filter.device) || run.devices.includes(filter.device))
  );
}

function agrees(wanted: string | undefined, found: string | null): boolean {
  return wanted === undefined || comparable(wanted) || wanted === found;
}

/** Some of it is compared here: then a limit on what the server sends would cut matches off. */
export function comparesHere({ step, phase, device, itsmId, workflow }: TicketFilter): boolean {
  return [step, phase, device, itsmId, workflow].some((value) => value !== undefined && !comparable(value));
}

/**
 * The list filter of tickets. SQL visibility knows no ORDER BY; its default order is running first, then newest close first.
 * Runs that only continued as new and late events are left out here already.
 */
export function ticketQuery(filter: TicketFilter, after: ListPlace | null = null): string {
  const { name: outcome } = SEARCH_ATTRIBUTES.outcome;
  const equal: readonly (readonly [{ readonly name: string }, string | undefined])[] = [
    [SEARCH_ATTRIBUTES.step, filter.step],
    [SEARCH_ATTRIBUTES.phase, filter.phase],
    [SEARCH_ATTRIBUTES.devices, filter.device],
    [SEARCH_ATTRIBUTES.itsmId, filter.itsmId],
    [SEARCH_ATTRIBUTES.workflowName, filter.workflow],
  ];
  const terms = [
    `WorkflowType = ${quote(WORKFLOW_TYPES.ticket)}`,
    filter.open === undefined
      ? `ExecutionStatus != 'ContinuedAsNew'`
      : filter.open
        ? `ExecutionStatus = 'Running'`
        : `ExecutionStatus NOT IN ('Running', 'ContinuedAsNew')`,
    // Without the first half a run that has no outcome yet would be left out: NULL is not different from anything.
    `(${outcome} IS NULL OR ${outcome} != 'lateEvent')`,
    ...equal.flatMap(([key, value]) =>
      value === undefined || !comparable(value) ? [] : [`${key.name} = ${quote(value)}`],
    ),
  ];
  if (after !== null) terms.push(from(after));
  if (filter.needsAttention !== undefined) {
    const { name } = SEARCH_ATTRIBUTES.needsAttention;
    terms.push(filter.needsAttention ? `${name} = true` : `(${name} IS NULL OR ${name} = false)`);
  }
  return terms.join(' AND ');
}

/** Rows that the server lists at this place or behind it. It keeps microseconds, and a row's instant here has none. */
function from({ running, atMs }: ListPlace): string {
  const before = quote(new Date(atMs + 1).toISOString());
  return running ? `(ExecutionStatus != 'Running' OR StartTime < ${before})` : `CloseTime < ${before}`;
}

/** Whether a matching old run may hide a newer one that does not match. */
export function narrows(filter: TicketFilter): boolean {
  const { open, limit: _limit, ...rest } = filter;
  return open === false || Object.keys(rest).length > 0;
}

/** Every run of these workflow ids, whatever their state. */
export function runsQuery(workflowIds: readonly string[]): string {
  return workflowIds.length === 1
    ? `WorkflowId = ${quote(workflowIds[0] ?? '')}`
    : `WorkflowId IN (${workflowIds.map(quote).join(', ')})`;
}
