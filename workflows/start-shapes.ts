import {
  ALERTS_WORKFLOW_ID,
  AUDIT_EXPORT_NOW_WORKFLOW_ID,
  AUDIT_EXPORT_WORKFLOW_ID,
  CONTROL_WORKFLOW_ID,
  itsmTicketWorkflowId,
  laneKeyOf,
  pushWorkflowId,
  questionWorkflowId,
  SWEEP_WORKFLOW_ID,
  ticketIdOf,
  UPDATE_SLOT_WORKFLOW_ID,
} from '../src/domain/ids.js';
import { check, Malformed, text, type Shape } from '../src/domain/shape.js';
import type * as workflows from './index.js';
import type { WORKFLOW_TYPES } from './messages.js';
import { newTicket } from './shapes/new-ticket.js';
import { pushStart } from './shapes/push-start.js';
import { question } from './shapes/question.js';

/** What a workflow is given. `carry`: from the run that continued as new into it, and from nowhere else. */
interface Given {
  readonly start: unknown;
  readonly workflowId: string;
  readonly carry: unknown;
}

type WorkflowType = keyof typeof WORKFLOW_TYPES;
type StartArgs<T extends WorkflowType> = Parameters<(typeof workflows)[T]>;

/**
 * What each workflow starts with; throws `Malformed` for a run that cannot be one of ours. Every caller of Temporal can start one,
 * with any arguments. Where the id of a workflow says all that its code starts it with, the arguments are not needed: such a run works,
 * because the messages that others have sent to it by then are acknowledged. A workflow type without a row does not compile.
 */
export const STARTS: { readonly [T in WorkflowType]: (given: Given) => StartArgs<T> } = {
  ticket: ({ workflowId, carry }) => {
    const ticketId = ticketIdOf(workflowId);
    if (ticketId === undefined) throw wrongId('ticket/<id>');
    return [{ version: 1, ticketId, ...carried(carry) }];
  },
  lane: ({ start, workflowId, carry }) => {
    const key = laneKeyOf(workflowId) ?? '';
    const isKey = check(text(255, 1), key, 'key').ok && workflowId !== UPDATE_SLOT_WORKFLOW_ID;
    if (!isKey) throw wrongId('lane/<key>');
    const name = check(text(255, 1), membersOf(start)['name'], 'name');
    return [{ version: 1, key, name: name.ok ? name.value : key, ...carried(carry) }];
  },
  updateSlot: (given) => [theOnly(given, UPDATE_SLOT_WORKFLOW_ID)],
  control: (given) => [theOnly(given, CONTROL_WORKFLOW_ID)],
  alerts: (given) => [theOnly(given, ALERTS_WORKFLOW_ID)],
  sweep: ({ workflowId }) => {
    // The schedule appends the time.
    if (workflowId !== SWEEP_WORKFLOW_ID && !workflowId.startsWith(`${SWEEP_WORKFLOW_ID}-`))
      throw wrongId(SWEEP_WORKFLOW_ID);
    return [];
  },
  auditExport: ({ workflowId }) => {
    if (workflowId === AUDIT_EXPORT_NOW_WORKFLOW_ID) return [{ open: 'all' }];
    if (!workflowId.startsWith(`${AUDIT_EXPORT_WORKFLOW_ID}-`)) throw wrongId(AUDIT_EXPORT_NOW_WORKFLOW_ID);
    return [{ open: 'daily' }];
  },
  push: (given) => [withId(given, pushStart, ({ laneKey, n }) => pushWorkflowId(laneKey, n))],
  script: (given) => [withId(given, question, ({ kind, key }) => questionWorkflowId(kind, key))],
  itsmTicket: (given) => [withId(given, newTicket, ({ externalId }) => itsmTicketWorkflowId(externalId))],
};

function withId<S>({ start, workflowId }: Given, shape: Shape<S>, idOf: (start: S) => string): S {
  const checked = shape(start, 'start');
  const expected = idOf(checked);
  if (workflowId !== expected) throw wrongId(expected);
  return checked;
}

/** The start of a workflow of which there is one. */
function theOnly({ workflowId, carry }: Given, id: string): { readonly version: 1 } {
  if (workflowId !== id) throw wrongId(id);
  return { version: 1, ...carried(carry) };
}

function wrongId(expected: string): Malformed {
  return new Malformed(`its id is not ${expected}`);
}

/** Our own code made it: it has the form that the workflow expects, possibly of an older release. */
function carried(carry: unknown): object {
  return typeof carry === 'object' && carry !== null ? { carry } : {};
}

function membersOf(start: unknown): Readonly<Record<string, unknown>> {
  return typeof start === 'object' && start !== null ? (start as Record<string, unknown>) : {};
}
