import { illegalArgument, notFound } from './api-error.js';
import { asNumber, asText } from './json.js';
import type { Operation, Step, Task, Ticket } from './model.js';
import { announce, currentStep, lockTask, record, SYSTEM, touch } from './records.js';
import {
  assignTask,
  enterStep,
  leaveStep,
  stepDefinition,
  startAutomaticStep,
  workflowOf,
  type Simulation,
} from './tickets.js';

/** Starts a redo: the answer comes at once, the move itself later. */
export function startRedo(
  simulation: Simulation,
  ticket: Ticket,
  step: Step,
  task: Task,
  toStepId: number,
  by: string,
  comment: string,
): void {
  const { site, operations } = simulation;
  const target = ticket.steps.find((one) => one.id === toStepId);
  if (!target) throw notFound();
  if (target.index >= step.index || target.skipped) {
    throw illegalArgument(`Step ${String(toStepId)} is not an earlier step of ticket ${String(ticket.id)}`);
  }
  lockTask(task, site.switches.pendingReasons.redo, 'Reverting request');
  record(site, ticket, SYSTEM, 'Move task to the pending status (Reverting request)', step, task);
  const data = { toStepId, comment, epoch: ticket.epoch };
  operations.start('redo', site.timings.redoMs, by, { ticket, step, task }, data);
  touch(site, ticket);
}

/** Completes a redo. */
export function finishRedo(simulation: Simulation, operation: Operation): void {
  const { site, triggers } = simulation;
  const ticket = site.tickets.get(operation.ticketId ?? -1);
  if (ticket?.status !== 'In Progress' || ticket.epoch !== operation.data['epoch']) return;
  const left = currentStep(ticket);
  const target = ticket.steps.find((one) => one.id === asNumber(operation.data['toStepId']));
  if (!left || !target) return;
  record(site, ticket, operation.user, 'Reverted request to a previous task', left);
  const entered = returnTo(simulation, ticket, target);
  const named = site.switches.redoStage === 'left' ? left : entered;
  triggers.queue(ticket, 'REDO', named, asText(operation.data['comment']) ?? '');
}

/**
 * Makes an earlier step current again, in a new epoch. With `redoStepIds: keep` the step is reopened with its ids
 * and later ones leave the list until reached again; with `renew` all stay, marked redone, and a new step follows.
 */
function returnTo(simulation: Simulation, ticket: Ticket, target: Step): Step {
  const { site } = simulation;
  ticket.epoch += 1;
  if (site.switches.redoStepIds === 'renew') {
    for (const step of ticket.steps) if (step.index >= target.index) step.redone = true;
    for (const task of currentStep(ticket)?.tasks ?? []) if (task.status !== 'DONE') task.status = 'INVALID';
    enterStep(simulation, ticket, target.index);
    return currentStep(ticket) ?? target;
  }
  const retired = ticket.steps.filter((step) => step.index > target.index);
  for (const step of retired) for (const task of step.tasks) task.status = 'INVALID';
  ticket.retiredSteps = [
    ...ticket.retiredSteps.filter((one) => !retired.some((two) => two.index === one.index)),
    ...retired,
  ];
  ticket.steps = ticket.steps.filter((step) => step.index <= target.index);
  target.redone = true;
  ticket.currentStepId = target.id;
  reopenTasks(simulation, ticket, target);
  touch(site, ticket);
  return target;
}

function reopenTasks(simulation: Simulation, ticket: Ticket, step: Step): void {
  const { site } = simulation;
  const automatic = stepDefinition(site, ticket, step).mode === 'auto' && step.index > 0;
  for (const task of step.tasks) {
    task.pendingReason = null;
    task.pendingDescription = null;
    if (site.switches.redoApprovals === 'clear') clearApprovals(task);
    if (automatic) continue;
    if (task.assignee === null) assignTask(site, ticket, step, task);
    else {
      task.status = 'ASSIGNED';
      record(site, ticket, SYSTEM, `Ticket automatically assigned to ${task.assignee}`, step, task);
      announce(site, ticket, 'TASK_ASSIGNED', step, task);
    }
  }
  if (automatic) startAutomaticStep(simulation, ticket, step);
}

function clearApprovals(task: Task): void {
  for (const field of task.fields) if (field.type === 'approve_reject') field.body = { reason: '' };
}

/** Reopens a resolved or ended ticket at the step its workflow names. Has no documented call. */
export function reopen(simulation: Simulation, ticket: Ticket, by: string, comment: string): void {
  const { site, triggers } = simulation;
  if (ticket.status === 'In Progress') throw illegalArgument(`Ticket ${String(ticket.id)} is in progress`);
  const workflow = workflowOf(site, ticket);
  const wanted = workflow.reopenStep;
  const target =
    wanted === undefined ? ticket.steps.at(-1) : ticket.steps.find((step) => step.name === wanted);
  if (!target) throw illegalArgument(`Ticket ${String(ticket.id)} never reached the step it reopens at`);
  ticket.status = 'In Progress';
  ticket.closeMs = null;
  record(site, ticket, by, 'Reopened request to a previous task', target);
  announce(site, ticket, 'TICKET_REOPENED', target);
  const entered = returnTo(simulation, ticket, target);
  triggers.queue(ticket, 'REOPEN', entered, comment);
}

/** Marks an open ticket as expired. */
export function expire(simulation: Simulation, ticket: Ticket): void {
  ticket.expired = true;
  announce(simulation.site, ticket, 'TICKET_EXPIRED', currentStep(ticket));
  touch(simulation.site, ticket);
}

/** Resubmits an expired ticket: it starts over behind its first step. Has no documented call. */
export function resubmit(simulation: Simulation, ticket: Ticket, by: string, comment: string): void {
  const { site, triggers } = simulation;
  const first = ticket.steps.find((step) => step.index === 0);
  if (!ticket.expired || ticket.status !== 'In Progress' || !first) {
    throw illegalArgument(`Ticket ${String(ticket.id)} is not an expired open ticket`);
  }
  ticket.expired = false;
  ticket.epoch += 1;
  record(site, ticket, by, 'Resubmit request', first);
  const later = ticket.steps.filter((step) => step !== first);
  for (const task of later.flatMap((step) => step.tasks)) if (task.status !== 'DONE') task.status = 'INVALID';
  if (site.switches.redoStepIds === 'keep') {
    ticket.retiredSteps = [...ticket.retiredSteps, ...later];
    ticket.steps = [first];
  } else for (const step of later) step.redone = true;
  ticket.currentStepId = first.id;
  triggers.queue(ticket, 'RESUBMIT', first, comment);
  leaveStep(simulation, ticket, first, []);
}
