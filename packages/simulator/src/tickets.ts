import { illegalArgument } from './api-error.js';
import { fieldsForTask, fieldsFromPost, isRequestField } from './fields.js';
import { asBoolean, asText, isObject, wrapped, type JsonObject } from './json.js';
import type { Field, Operation, Step, Task, Ticket, TicketStatus, TriggerEvent } from './model.js';
import type { Operations } from './operations.js';
import { announce, currentStep, lockTask, record, SYSTEM, touch } from './records.js';
import { hasNoRisk } from './risk.js';
import type { ScenarioStep, ScenarioUser, ScenarioWorkflow } from './scenario.js';
import type { TriggerRunner } from './triggers.js';
import { runVerifier } from './verifier.js';
import type { Site } from './site.js';

const PRIORITIES = new Set(['Critical', 'High', 'Normal', 'Low']);

/** What the rules of tickets and devices need. */
export interface Simulation {
  site: Site;
  operations: Operations;
  triggers: TriggerRunner;
}

/** The workflow a ticket runs. Throws when the scenario no longer has it. */
export function workflowOf(site: Site, ticket: Ticket): ScenarioWorkflow {
  const workflow = site.workflow(ticket.workflowName);
  if (!workflow) throw illegalArgument(`Workflow ${ticket.workflowName} does not exist`);
  return workflow;
}

/** The definition behind a step of a ticket. */
export function stepDefinition(site: Site, ticket: Ticket, step: Step): ScenarioStep {
  const definition = workflowOf(site, ticket).steps[step.index];
  if (!definition) throw illegalArgument(`Step ${step.name} is not part of ${ticket.workflowName}`);
  return definition;
}

/** Creates a ticket from a posted body: the first step is filled and done, the next one entered, CREATE fired. */
export function createTicket(simulation: Simulation, posted: JsonObject, requester: ScenarioUser): Ticket {
  const { site } = simulation;
  const workflowName = isObject(posted['workflow']) ? (asText(posted['workflow']['name']) ?? '') : '';
  const workflow = site.workflow(workflowName);
  if (!workflow) throw illegalArgument(`Workflow ${workflowName} does not exist or is not active`);
  const priority = asText(posted['priority']) ?? '';
  if (priority !== '' && !PRIORITIES.has(priority))
    throw illegalArgument(`Priority ${priority} is not valid`);
  const firstTask = wrapped(wrapped(posted, 'steps', 'step')[0], 'tasks', 'task')[0];
  const definition = workflow.steps[0];
  if (!definition) throw illegalArgument(`Workflow ${workflowName} has no steps`);
  const fields = fieldsFromPost(site, definition.fields, wrapped(firstTask, 'fields', 'field'));
  const now = site.now();
  const workflowBody = isObject(posted['workflow']) ? posted['workflow'] : {};
  const ticket: Ticket = {
    id: site.nextId('ticket', site.scenario.firstTicketId),
    subject: asText(posted['subject']) ?? '',
    requester: requester.login,
    requesterId: requester.id,
    priority: priority === '' ? 'Normal' : priority,
    status: 'In Progress',
    domainName: asText(posted['domain_name']) ?? '',
    workflowId: workflow.id,
    workflowName: workflow.name,
    usesTopology: asBoolean(workflowBody['uses_topology']) ?? true,
    createMs: now,
    updateMs: now,
    closeMs: null,
    steps: [],
    retiredSteps: [],
    currentStepId: null,
    comments: [],
    epoch: 1,
    designed: null,
    expired: false,
    externalData: isObject(posted['external_data']) ? posted['external_data'] : null,
  };
  const step = newStep(site, definition, 0);
  const task = newTask(site, 'Default', requester.login, fields);
  task.assignee = requester.login;
  task.status = 'DONE';
  step.tasks.push(task);
  ticket.steps.push(step);
  ticket.currentStepId = step.id;
  touch(site, ticket);
  record(site, ticket, requester.login, 'Create request', step);
  announce(site, ticket, 'TICKET_CREATION', step);
  const events: TriggerEvent[] = site.switches.advanceOnCreate ? ['CREATE', 'ADVANCE'] : ['CREATE'];
  leaveStep(simulation, ticket, step, events);
  return ticket;
}

/** Leaves a step whose tasks are all done: fires the events naming it and enters the next step, or ends the ticket. */
export function leaveStep(simulation: Simulation, ticket: Ticket, step: Step, events: TriggerEvent[]): void {
  const { site, operations, triggers } = simulation;
  const last = step.index + 1 >= workflowOf(site, ticket).steps.length;
  const delay = site.switches.advanceVisibleDelayMs;
  touch(site, ticket);
  if (last) {
    if (events.includes('CREATE')) triggers.queue(ticket, 'CREATE', step);
    endOfSteps(simulation, ticket, step);
    return;
  }
  record(site, ticket, SYSTEM, 'Move to the next step', step);
  for (const event of events) triggers.queue(ticket, event, step);
  if (delay === 0) enterStep(simulation, ticket, step.index + 1);
  else operations.start('reveal', delay, SYSTEM, { ticket, step }, { epoch: ticket.epoch });
}

/** The delayed half of `leaveStep`. */
export function reveal(simulation: Simulation, operation: Operation): void {
  const ticket = simulation.site.tickets.get(operation.ticketId ?? -1);
  const step = ticket?.steps.find((one) => one.id === operation.stepId);
  if (!ticket || !step || ticket.status !== 'In Progress' || ticket.epoch !== operation.data['epoch']) return;
  if (ticket.currentStepId === step.id) enterStep(simulation, ticket, step.index + 1);
}

function endOfSteps(simulation: Simulation, ticket: Ticket, step: Step): void {
  const { site, triggers } = simulation;
  const by = step.tasks.at(-1)?.assignee ?? SYSTEM;
  if (!workflowOf(site, ticket).confirmation) {
    endTicket(simulation, ticket, 'Ticket Closed', 'CLOSE', by, 'Close request', step);
    return;
  }
  ticket.status = 'Ticket Resolved';
  ticket.currentStepId = null;
  touch(site, ticket);
  record(site, ticket, by, 'Resolve request and send to requester for confirmation', step);
  announce(site, ticket, 'TICKET_RESOLVED', step);
  triggers.queue(ticket, 'RESOLVE', step);
}

/** Ends a ticket for good. Asynchronous work under way still runs to its end on the devices. */
export function endTicket(
  simulation: Simulation,
  ticket: Ticket,
  status: TicketStatus,
  event: TriggerEvent,
  by: string,
  description: string,
  step: Step | undefined,
  comment = '',
  handlers = true,
): void {
  const { site, triggers } = simulation;
  for (const task of currentStep(ticket)?.tasks ?? []) if (task.status !== 'DONE') task.status = 'INVALID';
  ticket.status = status;
  ticket.currentStepId = null;
  ticket.closeMs = site.now();
  touch(site, ticket);
  record(site, ticket, by, description, step);
  announce(
    site,
    ticket,
    { CLOSE: 'TICKET_CLOSED', CANCEL: 'TICKET_CANCELLED' }[event as string] ?? 'TICKET_REJECTED',
    step,
  );
  triggers.queue(ticket, event, step, comment, handlers);
}

function newStep(site: Site, definition: ScenarioStep, index: number, reuse?: Step): Step {
  const id = reuse?.id ?? site.nextId('step', 7_101);
  return { id, name: definition.name, index, redone: false, skipped: false, tasks: [] };
}

function newTask(site: Site, name: string, participant: string, fields: Field[], reuse?: Task): Task {
  return {
    id: reuse?.id ?? site.nextId('task', 7_301),
    name,
    assignee: null,
    participant,
    status: 'WAITING_TO_BE_ASSIGNED',
    pendingReason: null,
    pendingDescription: null,
    fields,
  };
}

/** Enters the step at a place of the workflow, skipping those whose condition says so. */
export function enterStep(simulation: Simulation, ticket: Ticket, index: number): void {
  const { site } = simulation;
  const definition = workflowOf(site, ticket).steps[index];
  if (!definition) {
    const last = ticket.steps.at(-1);
    if (last) endOfSteps(simulation, ticket, last);
    return;
  }
  const reuse = site.switches.redoStepIds === 'keep' ? takeRetired(ticket, index) : undefined;
  const step = newStep(site, definition, index, reuse);
  const wanted = definition.tasks ?? [{ name: 'Default', handler: definition.handler }];
  const before = ticket.steps.at(-1);
  for (const [position, { name, handler }] of wanted.entries()) {
    const old = reuse?.tasks[position];
    const participant = resolveHandler(handler, ticket, before);
    step.tasks.push(
      newTask(site, name, participant, fieldsForTask(site, ticket, definition.fields, old), old),
    );
  }
  if (definition.skip === 'always' || (definition.skip === 'noRisk' && hasNoRisk(step))) {
    skipStep(simulation, ticket, step);
    return;
  }
  ticket.steps.push(step);
  ticket.currentStepId = step.id;
  touch(site, ticket);
  if (definition.mode === 'auto' && index > 0) startAutomaticStep(simulation, ticket, step);
  else for (const task of step.tasks) assignTask(site, ticket, step, task);
  if (definition.verifyOnEntry) runVerifier(site, ticket, step, workflowOf(site, ticket).verifier);
}

function takeRetired(ticket: Ticket, index: number): Step | undefined {
  const found = ticket.retiredSteps.find((step) => step.index === index);
  ticket.retiredSteps = ticket.retiredSteps.filter((step) => step !== found);
  return found;
}

function skipStep(simulation: Simulation, ticket: Ticket, step: Step): void {
  const { site } = simulation;
  step.skipped = true;
  for (const task of step.tasks) task.status = 'INVALID';
  if (site.switches.skippedSteps === 'listed') ticket.steps.push(step);
  record(site, ticket, SYSTEM, 'Step was skipped', step);
  enterStep(simulation, ticket, step.index + 1);
}

function resolveHandler(handler: string, ticket: Ticket, before: Step | undefined): string {
  if (handler === '@requester') return ticket.requester;
  if (handler === '@previousHandler') return before?.tasks[0]?.assignee ?? ticket.requester;
  return handler;
}

/** Gives a task to its person, or leaves it waiting when it belongs to a group. */
export function assignTask(site: Site, ticket: Ticket, step: Step, task: Task): void {
  const user = site.user(task.participant);
  announce(site, ticket, 'TASK_READY_TO_BE_ASSIGNED', step, task);
  if (user?.kind !== 'user') {
    task.status = 'WAITING_TO_BE_ASSIGNED';
    task.assignee = null;
    return;
  }
  task.assignee = user.login;
  task.status = 'ASSIGNED';
  record(site, ticket, SYSTEM, `Ticket automatically assigned to ${user.login}`, step, task);
  announce(site, ticket, 'TASK_ASSIGNED', step, task);
}

/** Starts the tools of an automatic step, one after the other. */
export function startAutomaticStep(simulation: Simulation, ticket: Ticket, step: Step): void {
  const { site, operations } = simulation;
  const task = step.tasks[0];
  if (!task) return;
  lockTask(task, site.switches.pendingReasons.automatic, 'Executing automatic tasks');
  record(site, ticket, SYSTEM, 'Move task to the pending status (Executing automatic tasks)', step, task);
  const data = { tool: 0, epoch: ticket.epoch };
  operations.start('autoTool', site.timings.autoStepMs, SYSTEM, { ticket, step, task }, data);
  touch(site, ticket);
}

/** Puts a task DONE and, when it was the last open one of its step, moves the ticket on. */
export function completeTask(
  simulation: Simulation,
  ticket: Ticket,
  step: Step,
  task: Task,
  by: string,
): void {
  const { site } = simulation;
  const verdict = task.fields.find((field) => field.type === 'approve_reject');
  if (verdict && verdict.body['approved'] === undefined && by !== SYSTEM) {
    throw illegalArgument(`Field ${verdict.name}: mandatory value is missing`);
  }
  task.status = 'DONE';
  touch(site, ticket);
  if (verdict?.body['approved'] === false && site.switches.approveRejectFalse === 'rejectTicket') {
    const reason = asText(verdict.body['reason']) ?? '';
    endTicket(simulation, ticket, 'Ticket Rejected', 'REJECT', by, 'Reject request', step, reason);
    return;
  }
  record(site, ticket, by, "Complete request's task", step, task);
  announce(site, ticket, 'TASK_DONE', step, task);
  if (step.tasks.every((one) => one.status === 'DONE')) leaveStep(simulation, ticket, step, ['ADVANCE']);
}

/** The request field Designer works on in a task. */
export function requestField(task: Task): Field | undefined {
  return task.fields.find(isRequestField);
}
