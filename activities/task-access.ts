import type { Code } from '../src/domain/codes.js';
import { CallFailure } from '../src/domain/failure.js';
import { sameLogin } from '../src/domain/login.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { StepFacts, TaskFacts, TicketFacts } from '../src/domain/ticket.js';
import { stepInstanceOf } from '../src/domain/ticket.js';
import type { FieldRef, SecureChange } from '../src/securechange/secure-change.js';

/** The task that every call of a step instance is made on: the one with the request, and its field. */
export interface RequestTask {
  readonly facts: TicketFacts;
  readonly step: StepFacts;
  readonly task: TaskFacts;
  readonly ref: FieldRef;
}

/** The step instance of the workflow; ids of task and field are read again before each call. */
export interface StepRef {
  readonly ticketId: string;
  readonly stepInstance: string;
  readonly requestField: string;
}

/** Reads the ticket and finds the request field by name in the current step. A ticket in another step is `rejected`. */
export async function findRequestTask(
  secureChange: SecureChange,
  { ticketId, stepInstance, requestField }: StepRef,
  operation: string,
  signal: AbortSignal,
): Promise<RequestTask> {
  const facts = await secureChange.readTicket(ticketId, { requestField, signal });
  return requestTaskIn(facts, { ticketId, stepInstance, requestField }, operation);
}

/** As `findRequestTask`, in a ticket that was read. */
export function requestTaskIn(
  facts: TicketFacts,
  { ticketId, stepInstance, requestField }: StepRef,
  operation: string,
): RequestTask {
  const refuse = (code: Code, message: string): CallFailure =>
    new CallFailure({ kind: 'rejected', system: 'securechange', operation, code, message });
  if (stepInstanceOf(facts) !== stepInstance || facts.step === null) {
    throw refuse('securechange.ticket_moved_on', `the ticket has left the step of this call`);
  }
  const { step } = facts;
  const request = step.request;
  if (request === null) {
    const names = step.fieldNames.slice(0, 10).join(', ');
    throw refuse(
      'securechange.field_missing',
      `step "${step.name}" has no field "${requestField}" (it has: ${names}); correct requestField in the process definition`,
    );
  }
  const task = step.tasks.find((candidate) => candidate.id === request.taskId);
  if (task === undefined) throw refuse('securechange.task_missing', `step "${step.name}" has no open task`);
  return { facts, step, task, ref: { ticketId, stepId: step.id, taskId: task.id, fieldId: request.id } };
}

/** SecureChange works on the task: it is locked, or its Designer, Update or Commit runs. */
export function isWorkedOn(step: StepFacts, taskId: string): boolean {
  const pending = step.tasks.some((task) => task.id === taskId && task.status === 'PENDING');
  return pending || (step.request?.designerStatus.endsWith(' running') ?? false);
}

export type Holding = 'ours' | 'unassigned' | 'anothers';

/** The user who holds the task; null for a group's task that no user has accepted, whatever its assignee field contains. */
export function holdingOf(task: TaskFacts, me: { readonly login: string; readonly id: string }): Holding {
  if (task.assigneeId === me.id || sameLogin(task.assignee, me.login)) return 'ours';
  return task.assignee === null || task.status === 'WAITING_TO_BE_ASSIGNED' ? 'unassigned' : 'anothers';
}

/** The task for our calls: the one with the request, or the only one. */
export function mainTaskOf({ request, tasks }: StepFacts): string | null {
  return request?.taskId ?? (tasks.length === 1 ? (tasks[0]?.id ?? null) : null);
}

/**
 * Makes a free task ours before a write, where the process definition allows it. A task of another user is `locked`, with
 * the holder named: with `reassign` it was taken and recorded before (`taken-tasks.ts`), so a person took it back.
 */
export async function acceptFreeTask(
  secureChange: SecureChange,
  { task, ref }: Pick<RequestTask, 'task'> & { ref: Pick<FieldRef, 'ticketId' | 'stepId' | 'taskId'> },
  access: ProcessDefinition['taskAccess'],
  signal: AbortSignal,
): Promise<void> {
  const me = await secureChange.whoAmI(signal);
  const holding = holdingOf(task, me);
  if (holding === 'ours') return;
  const holder = holding === 'anothers' ? task.assignee : null;
  if (access !== 'waitForHandler' && holding === 'unassigned') {
    await secureChange.acceptTask(ref, signal);
    return;
  }
  throw new CallFailure({
    kind: 'locked',
    system: 'securechange',
    operation: `use task ${task.name}`,
    code: 'securechange.task_not_ours',
    message: `the task is assigned to ${holder ?? 'no user'}; assign it to ${me.login}`,
    ...(holder === null ? {} : { holder }),
  });
}
