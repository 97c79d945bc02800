import type { Code } from '../src/domain/codes.js';
import { CallFailure } from '../src/domain/failure.js';
import { sameLogin } from '../src/domain/login.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { StepFacts, TaskFacts, TicketFacts } from '../src/domain/ticket.js';
import { stepInstanceOf } from '../src/domain/ticket.js';
import type { FieldRef, SecureChange } from '../src/securechange/secure-change.js';

/** The place every call of a step instance is addressed to: the task that carries the request, and its field. */
export interface Place {
  readonly facts: TicketFacts;
  readonly step: StepFacts;
  readonly task: TaskFacts;
  readonly ref: FieldRef;
}

/** Which step instance the workflow means; ids of task and field are looked up afresh before each call. */
export interface StepRef {
  readonly ticketId: string;
  readonly stepInstance: string;
  readonly requestField: string;
}

/** Reads the ticket afresh and finds the request field by name in the current step; the ticket having moved on is `rejected`. */
export async function findPlace(
  secureChange: SecureChange,
  { ticketId, stepInstance, requestField }: StepRef,
  operation: string,
  signal: AbortSignal,
): Promise<Place> {
  const facts = await secureChange.readTicket(ticketId, { requestField, signal });
  const refuse = (code: Code, message: string): CallFailure =>
    new CallFailure({ kind: 'rejected', system: 'securechange', operation, code, message });
  if (stepInstanceOf(facts) !== stepInstance || facts.step === null) {
    throw refuse('securechange.ticket_moved_on', `the ticket is no longer in the step this was meant for`);
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

/** SecureChange works on the task just now: it is locked, or its Designer, Update or Commit runs. */
export function isWorkedOn(step: StepFacts, taskId: string): boolean {
  const pending = step.tasks.some((task) => task.id === taskId && task.status === 'PENDING');
  return pending || (step.request?.designerStatus.endsWith(' running') ?? false);
}

export type Holding = 'ours' | 'nobodys' | 'anothers';

/** Whose task it is. A group's task that nobody took yet is nobody's, whatever stands where its assignee would. */
export function holdingOf(task: TaskFacts, me: { readonly login: string; readonly id: string }): Holding {
  if (task.assigneeId === me.id || sameLogin(task.assignee, me.login)) return 'ours';
  return task.assignee === null || task.status === 'WAITING_TO_BE_ASSIGNED' ? 'nobodys' : 'anothers';
}

/**
 * Makes sure the task is ours before a write, in the way the process definition allows; never implied. Accepting is for
 * what nobody holds: another person's task is `locked`, with its holder named.
 */
export async function takeTask(
  secureChange: SecureChange,
  { task, ref }: Pick<Place, 'task'> & { ref: Pick<FieldRef, 'ticketId' | 'stepId' | 'taskId'> },
  access: ProcessDefinition['taskAccess'],
  signal: AbortSignal,
): Promise<void> {
  const me = await secureChange.whoAmI(signal);
  const holding = holdingOf(task, me);
  if (holding === 'ours') return;
  const holder = holding === 'anothers' ? task.assignee : null;
  if (access === 'reassign') {
    const comment = `securechange-orchestrator takes the task (was: ${holder ?? 'nobody'})`;
    await secureChange.reassignTask(ref, me.id, comment, signal);
    return;
  }
  if (access === 'accept' && holding === 'nobodys') {
    await secureChange.acceptTask(ref, signal);
    return;
  }
  throw new CallFailure({
    kind: 'locked',
    system: 'securechange',
    operation: `use task ${task.name}`,
    code: 'securechange.task_not_ours',
    message: `the task is assigned to ${holder ?? 'nobody'}; assign it to ${me.login}`,
    ...(holder === null ? {} : { holder }),
  });
}
