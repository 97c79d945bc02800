import { ApiError, forbidden, illegalArgument, notFound } from './api-error.js';
import { holds, need, numberParameter, parameter, type Exchange } from './exchange.js';
import type { Field, Step, Task, Ticket } from './model.js';
import { currentStep } from './records.js';
import { ticketOf } from './routes-tickets.js';

/** A task with where it stands. */
export interface TaskPlace {
  ticket: Ticket;
  step: Step;
  task: Task;
}

/** The step a path names; `current` is the one the ticket is in. */
export function stepOf(exchange: Exchange, ticket: Ticket): Step {
  const found =
    parameter(exchange, 'stepId') === 'current'
      ? currentStep(ticket)
      : ticket.steps.find((step) => step.id === numberParameter(exchange, 'stepId'));
  if (!found) throw notFound();
  return found;
}

/** The task a path names. Throws 404 when ticket, step or task do not belong together. */
export function taskOf(exchange: Exchange): TaskPlace {
  const ticket = ticketOf(exchange);
  const step = stepOf(exchange, ticket);
  const task = step.tasks.find((one) => one.id === numberParameter(exchange, 'taskId'));
  if (!task) throw notFound();
  return { ticket, step, task };
}

/** The field a path names. */
export function fieldOf(exchange: Exchange, task: Task): Field {
  const field = task.fields.find((one) => one.id === numberParameter(exchange, 'fieldId'));
  if (!field) throw notFound();
  return field;
}

/** Throws unless the task is of the current step, not locked, and the caller's to write to. */
export function checkWritable(exchange: Exchange, { ticket, step, task }: TaskPlace): void {
  need(exchange, 'handleTickets');
  const { switches } = exchange.simulation.site;
  if (ticket.status !== 'In Progress' || ticket.currentStepId !== step.id) {
    throw illegalArgument(
      `Task ${String(task.id)} is not part of the current step of ticket ${String(ticket.id)}`,
    );
  }
  if (task.status === 'PENDING' && switches.writeWhilePending === 'refuse') {
    throw new ApiError(
      switches.pendingStatus,
      'BAD_REQUEST_ERROR',
      `Task ${String(task.id)} is in pending status`,
    );
  }
  if (task.status === 'DONE' || task.status === 'INVALID') {
    throw illegalArgument(`Task ${String(task.id)} is already ${task.status}`);
  }
  if (task.assignee === exchange.user.login) return;
  if (task.assignee === null) {
    if (switches.writeUnassignedTasks === 'allow' || task.status === 'PENDING') return;
    throw forbidden(`Task ${String(task.id)} is not assigned`);
  }
  const may =
    switches.writeOthersTasks === 'allow' ||
    (switches.writeOthersTasks === 'onBehalf' && holds(exchange.user, 'onBehalf'));
  if (!may) throw forbidden(`Task ${String(task.id)} is not assigned to ${exchange.user.login}`);
}
