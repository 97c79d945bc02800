import type { DesignerCommand, Step, Task, Ticket } from './model.js';
import type { Site } from './site.js';

/** Who the vendor names for what it does by itself. */
export const SYSTEM = 'System';

/** Adds a line to a ticket's history. */
export function record(
  site: Site,
  ticket: Ticket,
  performedBy: string,
  description: string,
  step: Step | undefined,
  task?: Task,
  update?: { vendor: string; device: string; commands: DesignerCommand[] },
): void {
  site.addHistory({
    ticketId: ticket.id,
    seq: site.nextId('history'),
    atMs: site.now(),
    performedBy,
    description,
    stepName: step?.name ?? '',
    taskName: task?.name ?? step?.tasks[0]?.name ?? '',
    update: update ?? null,
  });
}

/** Adds an event to the feed behind `GET /tickets/lifecycle_events`. */
export function announce(
  site: Site,
  ticket: Ticket,
  type: string,
  step: Step | undefined,
  task?: Task,
  reason?: string,
): void {
  const seq = site.nextId('lifecycle');
  site.lifecycle.put(seq, {
    seq,
    type,
    atMs: site.now(),
    ticketId: ticket.id,
    workflowId: ticket.workflowId,
    workflowName: ticket.workflowName,
    workflowType: site.workflow(ticket.workflowName)?.type ?? 'GENERIC',
    step: step ? { id: step.id, name: step.name } : null,
    task: task ? { id: task.id, name: task.name, assignee: task.assignee } : null,
    reason: reason ?? null,
  });
}

/** The step a ticket is in, or undefined once it is final. */
export function currentStep(ticket: Ticket): Step | undefined {
  return ticket.steps.find((step) => step.id === ticket.currentStepId);
}

/** Stores a ticket after a change to it. */
export function touch(site: Site, ticket: Ticket): void {
  ticket.updateMs = site.now();
  site.tickets.put(ticket.id, ticket);
}

/** Locks a task (status PENDING) while something asynchronous works on it. */
export function lockTask(task: Task, reason: string, description: string): void {
  task.status = 'PENDING';
  task.pendingReason = reason;
  task.pendingDescription = description;
}

/** Gives a locked task back. A task that was meanwhile completed or made invalid stays as it is. */
export function unlockTask(task: Task): void {
  if (task.status === 'PENDING') task.status = task.assignee === null ? 'WAITING_TO_BE_ASSIGNED' : 'ASSIGNED';
  task.pendingReason = null;
  task.pendingDescription = null;
}
