import { ApiError, fieldInvalid, forbidden, illegalArgument, notFound } from './api-error.js';
import { checkFieldInput, matchField, writeField } from './fields.js';
import { asBoolean, asNumber, asText, isObject, wrapped, type JsonObject } from './json.js';
import type { Field, Step, Task, Ticket } from './model.js';
import { announce, currentStep, record, touch } from './records.js';
import { API, renderField, renderStep, renderTask } from './render-ticket.js';
import { commentIn, ticketOf, viewOf } from './routes-tickets.js';
import {
  bodyOf,
  holds,
  need,
  numberParameter,
  parameter,
  type Exchange,
  type Front,
  type Reply,
} from './server.js';
import { completeTask } from './tickets.js';
import { startRedo } from './turns.js';
import { verifierResults } from './verifier.js';

export interface TaskPlace {
  ticket: Ticket;
  step: Step;
  task: Task;
}

function stepOf(exchange: Exchange, ticket: Ticket): Step {
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
  const { switches } = exchange.simulation.world;
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

function matched(task: Task, inputs: JsonObject[]): [Field, JsonObject][] {
  return inputs.map((input) => {
    const field = matchField(task, input);
    checkFieldInput(field, input);
    return [field, input];
  });
}

function checkDecision(task: Task, writes: [Field, JsonObject][]): void {
  for (const field of task.fields) {
    if (field.type !== 'approve_reject' || field.body['approved'] !== undefined) continue;
    const input = writes.find(([one]) => one === field)?.[1];
    if (asBoolean(input?.['approved']) === undefined) {
      throw fieldInvalid(`Field ${field.name}: mandatory value is missing`);
    }
  }
}

function putTask(exchange: Exchange): Reply {
  const { simulation } = exchange;
  const place = taskOf(exchange);
  const { ticket, step, task } = place;
  const body = bodyOf(exchange);
  const root = isObject(body['task']) ? body['task'] : undefined;
  if (!root) throw illegalArgument('The body has no task');
  checkWritable(exchange, place);
  const id = asNumber(root['id']);
  if (id !== undefined && id !== task.id)
    throw illegalArgument(`Task id ${String(id)} does not match the path`);
  const status = asText(root['status']) ?? '';
  const done = status === 'DONE';
  if (!done && status !== '' && status !== task.status)
    throw illegalArgument(`Status ${status} cannot be set`);
  const writes = matched(
    task,
    wrapped(root, 'fields', 'field').filter((input) => !isUntouched(task, input)),
  );
  if (done) checkDecision(task, writes);
  simulation.world.store.change(() => {
    for (const [field, input] of writes) writeField(simulation.world, field, input);
    touch(simulation.world, ticket);
    if (done) completeTask(simulation, ticket, step, task, task.assignee ?? exchange.user.login);
    exchange.applied();
  });
  return { status: 200 };
}

/** A read-only field sent back as it was read is no attempt to write it. */
function isUntouched(task: Task, input: JsonObject): boolean {
  return task.fields.some((field) => field.readOnly && field.id === asNumber(input['id']));
}

function putFields(exchange: Exchange): Reply {
  const { world } = exchange.simulation;
  const place = taskOf(exchange);
  checkWritable(exchange, place);
  const body = bodyOf(exchange);
  const writes = matched(place.task, wrapped(body, 'fields', 'field'));
  if (!isObject(body['fields'])) throw illegalArgument('The body has no fields');
  world.store.change(() => {
    for (const [field, input] of writes) writeField(world, field, input);
    touch(world, place.ticket);
    exchange.applied();
  });
  return { status: 200 };
}

function putField(exchange: Exchange): Reply {
  const { world } = exchange.simulation;
  const place = taskOf(exchange);
  const field = fieldOf(exchange, place.task);
  checkWritable(exchange, place);
  const input = bodyOf(exchange)['field'];
  if (!isObject(input)) throw illegalArgument('The body has no field');
  checkFieldInput(field, input);
  world.store.change(() => {
    writeField(world, field, input);
    touch(world, place.ticket);
    exchange.applied();
  });
  return { status: 200 };
}

function give(
  exchange: Exchange,
  { ticket, step, task }: TaskPlace,
  login: string | null,
  line: string,
): void {
  const { world } = exchange.simulation;
  world.store.change(() => {
    task.assignee = login;
    task.status = login === null ? 'WAITING_TO_BE_ASSIGNED' : 'ASSIGNED';
    record(world, ticket, exchange.user.login, line, step, task);
    announce(world, ticket, 'TASK_ASSIGNED', step, task);
    touch(world, ticket);
    exchange.applied();
  });
}

function checkReassignable(exchange: Exchange, place: TaskPlace): void {
  need(exchange, 'handleTickets');
  const { ticket, step, task } = place;
  if (ticket.status !== 'In Progress' || ticket.currentStepId !== step.id || task.status === 'DONE') {
    throw illegalArgument(`Task ${String(task.id)} is not open`);
  }
  if (task.status === 'PENDING') {
    const { pendingStatus } = exchange.simulation.world.switches;
    throw new ApiError(pendingStatus, 'BAD_REQUEST_ERROR', `Task ${String(task.id)} is in pending status`);
  }
}

function accept(exchange: Exchange): Reply {
  const place = taskOf(exchange);
  checkReassignable(exchange, place);
  if (place.task.assignee !== null && place.task.assignee !== exchange.user.login) {
    throw forbidden(`Task ${String(place.task.id)} is assigned to ${place.task.assignee}`);
  }
  give(exchange, place, exchange.user.login, `Ticket accepted by ${exchange.user.login}`);
  return { status: 200 };
}

function reassign(exchange: Exchange): Reply {
  const { world } = exchange.simulation;
  const place = taskOf(exchange);
  const user = world.users.get(numberParameter(exchange, 'userId'));
  if (!user) throw notFound();
  checkReassignable(exchange, place);
  const comment = commentIn(bodyOf(exchange), 'reassign_task_comment');
  place.task.participant = user.login;
  give(exchange, place, user.kind === 'user' ? user.login : null, `Ticket reassigned to ${user.login}`);
  if (comment !== '') addComment(exchange, place, 'REASSIGN', comment);
  return { status: 200 };
}

function addComment(exchange: Exchange, { ticket, task }: TaskPlace, type: string, content: string): number {
  const { world } = exchange.simulation;
  return world.store.change(() => {
    const id = world.nextId('comment', 5_501);
    const { login, id: userId } = exchange.user;
    ticket.comments.push({
      id,
      type,
      content,
      user: login,
      userId,
      createdMs: world.now(),
      taskName: task.name,
    });
    touch(world, ticket);
    exchange.applied();
    return id;
  });
}

function comment(exchange: Exchange): Reply {
  const place = taskOf(exchange);
  const root = bodyOf(exchange)['comment'];
  const content = isObject(root) ? asText(root['content']) : undefined;
  if (content === undefined || content === '') throw illegalArgument('The comment has no content');
  const id = addComment(exchange, place, 'COMMENT', content);
  return {
    status: 201,
    location: `${exchange.base}${API}/tickets/${String(place.ticket.id)}/comments/${String(id)}`,
  };
}

function redo(exchange: Exchange): Reply {
  const { simulation } = exchange;
  const place = taskOf(exchange);
  checkWritable(exchange, place);
  const text = commentIn(bodyOf(exchange), 'redo_step_comment');
  simulation.world.store.change(() => {
    const { ticket, step, task } = place;
    startRedo(
      simulation,
      ticket,
      step,
      task,
      numberParameter(exchange, 'toStepId'),
      exchange.user.login,
      text,
    );
    exchange.applied();
  });
  return { status: 200 };
}

function implementGroupChange(exchange: Exchange): Reply {
  const { world } = exchange.simulation;
  const place = taskOf(exchange);
  checkWritable(exchange, place);
  const field = place.task.fields.find((one) => one.type === 'multi_group_change');
  if (!field) throw notFound();
  world.store.change(() => {
    field.body['implementation_status'] = 'IMPLEMENTED';
    touch(world, place.ticket);
    exchange.applied();
  });
  return { status: 200 };
}

function verifier(exchange: Exchange): Reply {
  const { world } = exchange.simulation;
  const { ticket, task } = taskOf(exchange);
  const id = numberParameter(exchange, 'requestId');
  const requests = task.fields.flatMap((field) => {
    const list = field.body['access_request'];
    return Array.isArray(list) ? list.filter(isObject) : [];
  });
  const request = requests.find((one) => one['id'] === id);
  if (!request) throw notFound();
  const result = request['verifier_result'];
  const status = isObject(result) ? (asText(result['status']) ?? 'not run') : 'not run';
  return { status: 200, tree: verifierResults(world, ticket, status) };
}

/** Registers the calls on steps, tasks and fields. */
export function taskRoutes(front: Front): void {
  const steps = `${API}/tickets/:id/steps`;
  const tasks = `${steps}/:stepId/tasks`;
  const task = `${tasks}/:taskId`;
  front.route('get', steps, (exchange) => {
    const ticket = ticketOf(exchange);
    return {
      status: 200,
      tree: { steps: { step: ticket.steps.map((one) => renderStep(viewOf(exchange), ticket, one)) } },
    };
  });
  front.route('get', `${steps}/:stepId`, (exchange) => {
    const ticket = ticketOf(exchange);
    return { status: 200, tree: { step: renderStep(viewOf(exchange), ticket, stepOf(exchange, ticket)) } };
  });
  front.route('get', tasks, (exchange) => {
    const ticket = ticketOf(exchange);
    const step = stepOf(exchange, ticket);
    const list = step.tasks.map((one) => renderTask(viewOf(exchange), ticket, step, one));
    return { status: 200, tree: { tasks: { task: list } } };
  });
  front.route('get', task, (exchange) => {
    const place = taskOf(exchange);
    return {
      status: 200,
      tree: { task: renderTask(viewOf(exchange), place.ticket, place.step, place.task) },
    };
  });
  front.route('get', `${task}/fields`, (exchange) => {
    const place = taskOf(exchange);
    const list = place.task.fields.map((one) =>
      renderField(viewOf(exchange), place.ticket, place.step, place.task, one),
    );
    return { status: 200, tree: { fields: { field: list } } };
  });
  front.route('get', `${task}/fields/:fieldId`, (exchange) => {
    const place = taskOf(exchange);
    const field = fieldOf(exchange, place.task);
    return {
      status: 200,
      tree: { field: renderField(viewOf(exchange), place.ticket, place.step, place.task, field) },
    };
  });
  front.route('put', task, putTask);
  front.route('put', `${task}/fields`, putFields);
  front.route('put', `${task}/fields/:fieldId`, putField);
  front.route('put', `${task}/accept`, accept);
  front.route('put', `${task}/reassign/:userId`, reassign);
  front.route('put', `${task}/redo/:toStepId`, redo);
  front.route('post', `${task}/comments`, comment);
  front.route('put', `${task}/multi_group_change/implement`, implementGroupChange);
  front.route('get', `${task}/multi_access_request/:requestId/verifier`, verifier);
}
