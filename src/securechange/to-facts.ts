import { sameLogin } from '../domain/login.js';
import type { ApprovalFacts, StepFacts, TaskFacts, TicketFacts } from '../domain/ticket.js';
import { parseInstant } from './dates.js';
import {
  automationFailureOf,
  completedBefore,
  completedInEpoch,
  epochOf,
  provisionedByOf,
  shownEvents,
  skippedSteps,
} from './history-facts.js';
import { clip, MESSAGE_LENGTH, NAME_LENGTH, toText, toTruth } from './normalise.js';
import { fieldType, isRequestField, requestDigest, toRequestField } from './request-field.js';
import type { HistoryLine, WireField, WireStep, WireTask, WireTicket } from './wire.js';
import { taskStatusOf, ticketStatusOf, UnknownVendorWord } from './words.js';

export interface FactsOptions {
  /** Name of the field that carries the request; null takes the first one of a request type. */
  readonly requestField: string | null;
  /** Login of our own user: of parallel tasks that of ours carries the request. */
  readonly ownLogin: string | null;
  /** How the history names our own user, whose Updates are not "by hand": login, and display name where known. */
  readonly ownNames?: readonly string[];
}

/** Ticket and history (newest first) to facts of a few KB. Throws `UnknownVendorWord` only. */
export function toFacts(
  ticket: WireTicket,
  history: readonly HistoryLine[],
  { requestField, ownLogin, ownNames = ownLogin === null ? [] : [ownLogin] }: FactsOptions,
): TicketFacts {
  const status = ticketStatusOf(ticket.status);
  if (status === undefined) {
    throw new UnknownVendorWord('unknown_ticket_status', 'the ticket has a status we do not know');
  }
  const steps = [...ticket.steps].sort((a, b) => compareIds(a.id, b.id));
  const currentAt = status === 'inProgress' ? findCurrent(steps, ticket.current_step?.id ?? null) : -1;
  const current = steps[currentAt];
  const previousStepName = previousName(steps, status === 'inProgress' ? currentAt : steps.length);
  const doer = (stepName: string | null | undefined): string | null =>
    stepName == null ? null : provisionedByOf(history, stepName, ownNames);
  const odd = history.flatMap((line) => line.odd ?? []);
  return {
    id: ticket.id,
    subject: clip(ticket.subject ?? '', 255),
    requester: clip(ticket.requester ?? '', NAME_LENGTH),
    workflow: clip(ticket.workflow.name, NAME_LENGTH),
    status,
    priority: ticket.priority ?? '',
    createdAtMs: createdAt(ticket, history),
    expired: /^\W*expired\W*$/i.test(ticket.expiration_status ?? ''),
    step: current ? toStep(current, requestField, ownLogin) : null,
    previousStepName,
    path: pathOf(status === 'inProgress' ? steps.slice(0, currentAt + 1) : steps)
      .filter((step) => step.skipped !== true)
      .map((step) => clip(step.name, NAME_LENGTH))
      .slice(-50),
    epoch: epochOf(history),
    shownEvents: shownEvents(history),
    approvals: toApprovals(steps, currentAt, history, requestField),
    autoClosed: status === 'closed' && closedByItself(steps),
    automationFailure: current ? automationFailureOf(history, current.name) : null,
    latestComment: latestComment(ticket),
    provisionedBy: doer(current?.name),
    provisionedBefore: doer(previousStepName),
    ...(odd.length > 0 && { odd: odd.slice(0, 5) }),
  };
}

/** Ids grow from step to step, so that sorting by them undoes whatever order the server chose. */
function compareIds(a: string, b: string): number {
  const numeric = /^\d+$/;
  if (!numeric.test(a) || !numeric.test(b)) return 0;
  return a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length;
}

function findCurrent(steps: readonly WireStep[], id: string | null): number {
  return id === null ? -1 : steps.findLastIndex((step) => step.id === id);
}

/** The last step that was not skipped before this one. */
function previousName(steps: readonly WireStep[], at: number): string | null {
  if (at < 0) return null;
  const before = pathOf(steps.slice(0, at + 1)).filter((step) => step !== steps[at] && step.skipped !== true);
  const name = before.at(-1)?.name;
  return name === undefined ? null : clip(name, NAME_LENGTH);
}

function toStep(step: WireStep, requestField: string | null, ownLogin: string | null): StepFacts {
  const carried = carriedBy(step.tasks, requestField, ownLogin);
  const names = step.tasks.flatMap((task) => task.fields.map((one) => clip(one.name ?? '', NAME_LENGTH)));
  return {
    id: step.id,
    name: clip(step.name, NAME_LENGTH),
    tasks: step.tasks.map(toTask),
    request: carried && { ...toRequestField(carried.field), taskId: carried.task.id },
    fieldNames: [...new Set(names)].slice(0, 100),
  };
}

/** The first task's field; in a parallel step, where each task has a copy, that of the task we hold. */
function carriedBy(
  tasks: readonly WireTask[],
  requestField: string | null,
  ownLogin: string | null,
): { readonly task: WireTask; readonly field: WireField } | null {
  const own = tasks.find((task) => sameLogin(task.assignee, ownLogin));
  for (const task of own === undefined ? tasks.slice(0, 1) : [own, ...tasks.slice(0, 1)]) {
    const field = requestOf(task, requestField);
    if (field !== undefined) return { task, field };
  }
  return null;
}

function requestOf({ fields }: WireTask, requestField: string | null): WireField | undefined {
  return fields.find((one) => (requestField === null ? isRequestField(one) : one.name === requestField));
}

function toTask(task: WireTask): TaskFacts {
  const status = taskStatusOf(task.status);
  if (status === undefined) {
    throw new UnknownVendorWord(
      'unknown_task_status',
      'a task of the current step has a status we do not know',
    );
  }
  const reason = task.pending_reason_description ?? task.pending_reason;
  return {
    id: task.id,
    name: clip(task.name ?? '', NAME_LENGTH),
    status,
    assignee: assigneeOf(task),
    assigneeId: task.assignee_id,
    pendingReason: reason === null ? null : clip(reason, NAME_LENGTH),
  };
}

function assigneeOf(task: WireTask): string | null {
  const { assignee } = task;
  return assignee === null || assignee === 'N/A' ? null : clip(assignee, NAME_LENGTH);
}

/** Approve/Reject fields of all steps in the order of the ticket. */
function toApprovals(
  steps: readonly WireStep[],
  currentAt: number,
  history: readonly HistoryLine[],
  requestField: string | null,
): readonly ApprovalFacts[] {
  const skippedNow = skippedSteps(history);
  const inEpoch = completedInEpoch(history);
  const before = completedBefore(history);
  const path = pathOf(steps);
  return steps.flatMap((step, at) =>
    step.tasks.flatMap((task) =>
      task.fields
        .filter((field) => fieldType(field) === 'approve_reject')
        .map((field): ApprovalFacts => {
          const reason = toText(field['reason']);
          const request = requestOf(task, requestField);
          // Where a redo keeps step ids, a step that is run again still shows its old answer.
          const isBefore = currentAt > at && path.includes(step) && before(step.name);
          return {
            stepId: step.id,
            stepName: clip(step.name, NAME_LENGTH),
            taskId: task.id,
            taskStatus: taskStatusOf(task.status) ?? 'INVALID',
            fieldName: clip(field.name ?? '', NAME_LENGTH),
            approved: toTruth(field['approved']),
            reason: reason === null ? null : clip(reason, MESSAGE_LENGTH),
            by: assigneeOf(task),
            skipped: step.skipped === true || skippedNow.has(step.name),
            redone: (currentAt >= 0 && at > currentAt) || !path.includes(step),
            inEpoch: inEpoch(step.name),
            ...(isBefore && { before: true }),
            ...(request && { requestDigest: requestDigest(request) }),
          };
        }),
    ),
  );
}

/**
 * The steps that lead to where the ticket is: a step that comes again replaces its earlier entry, and what followed that
 * one is void. The server's own `redone` flag is not used: where a redo keeps step ids, it stays on a step that was
 * approved again.
 */
function pathOf(steps: readonly WireStep[]): readonly WireStep[] {
  const path: WireStep[] = [];
  for (const step of steps) {
    const again = path.findIndex((earlier) => earlier.name === step.name);
    if (again >= 0) path.splice(again);
    path.push(step);
  }
  return path;
}

function closedByItself(steps: readonly WireStep[]): boolean {
  const last = steps.at(-1)?.tasks.at(-1);
  return last?.assignee === 'N/A' && last.status === 'N/A';
}

function latestComment(ticket: WireTicket): string | null {
  let newest: { readonly text: string; readonly at: number } | null = null;
  for (const { content, created } of ticket.comments) {
    const instant = parseInstant(created ?? '') ?? 0;
    if (content !== null && (newest === null || instant >= newest.at))
      newest = { text: content, at: instant };
  }
  return newest === null ? null : clip(newest.text, 500);
}

/**
 * `create_date`, which most recorded answers leave out; else the oldest line of the history, but only where every line
 * could be read, for the oldest could be among the others. Null: unknown.
 */
function createdAt(ticket: WireTicket, history: readonly HistoryLine[]): number | null {
  const given = ticket.create_date === null ? null : parseInstant(ticket.create_date);
  if (given !== null) return given;
  let oldest: number | null = null;
  for (const line of history) {
    const at = line.odd !== undefined || line.date === null ? null : parseInstant(line.date);
    if (at === null) return null;
    oldest = oldest === null ? at : Math.min(oldest, at);
  }
  return oldest;
}
