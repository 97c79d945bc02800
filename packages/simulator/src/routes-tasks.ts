import { ApiError, fieldInvalid, forbidden, illegalArgument, notFound } from './api-error.js';
import { checkFieldInput, matchField, writeField } from './fields.js';
import { asBoolean, asNumber, asText, isObject, wrapped, type JsonObject } from './json.js';
import type { Field, Task } from './model.js';
import { announce, record, touch } from './records.js';
import { API } from './render-ticket.js';
import { commentIn } from './routes-tickets.js';
import { bodyOf, need, numberParameter, type Exchange, type Reply } from './exchange.js';
import type { Front } from './server.js';
import { checkWritable, fieldOf, taskOf, type TaskPlace } from './task-place.js';
import { completeTask } from './tickets.js';
import { startRedo } from './turns.js';

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
  simulation.site.store.change(() => {
    for (const [field, input] of writes) writeField(simulation.site, field, input);
    touch(simulation.site, ticket);
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
  const { site } = exchange.simulation;
  const place = taskOf(exchange);
  checkWritable(exchange, place);
  const body = bodyOf(exchange);
  const writes = matched(place.task, wrapped(body, 'fields', 'field'));
  if (!isObject(body['fields'])) throw illegalArgument('The body has no fields');
  site.store.change(() => {
    for (const [field, input] of writes) writeField(site, field, input);
    touch(site, place.ticket);
    exchange.applied();
  });
  return { status: 200 };
}

function putField(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const place = taskOf(exchange);
  const field = fieldOf(exchange, place.task);
  checkWritable(exchange, place);
  const input = bodyOf(exchange)['field'];
  if (!isObject(input)) throw illegalArgument('The body has no field');
  checkFieldInput(field, input);
  site.store.change(() => {
    writeField(site, field, input);
    touch(site, place.ticket);
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
  const { site } = exchange.simulation;
  site.store.change(() => {
    task.assignee = login;
    task.status = login === null ? 'WAITING_TO_BE_ASSIGNED' : 'ASSIGNED';
    record(site, ticket, exchange.user.login, line, step, task);
    announce(site, ticket, 'TASK_ASSIGNED', step, task);
    touch(site, ticket);
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
    const { pendingStatus } = exchange.simulation.site.switches;
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
  const { site } = exchange.simulation;
  const place = taskOf(exchange);
  const user = site.users.get(numberParameter(exchange, 'userId'));
  if (!user) throw notFound();
  checkReassignable(exchange, place);
  const comment = commentIn(bodyOf(exchange), 'reassign_task_comment');
  place.task.participant = user.login;
  give(exchange, place, user.kind === 'user' ? user.login : null, `Ticket reassigned to ${user.login}`);
  if (comment !== '') addComment(exchange, place, 'REASSIGN', comment);
  return { status: 200 };
}

function addComment(
  exchange: Exchange,
  { ticket, task }: TaskPlace,
  type: string,
  content: string,
  attachments: { uid: string; name: string }[] = [],
): number {
  const { site } = exchange.simulation;
  return site.store.change(() => {
    const id = site.nextId('comment', 5_501);
    const { login, id: userId } = exchange.user;
    ticket.comments.push({
      id,
      type,
      content,
      user: login,
      userId,
      createdMs: site.now(),
      taskName: task.name,
      attachments,
    });
    touch(site, ticket);
    exchange.applied();
    return id;
  });
}

function comment(exchange: Exchange): Reply {
  const place = taskOf(exchange);
  const root = bodyOf(exchange)['comment'];
  const content = isObject(root) ? asText(root['content']) : undefined;
  if (!isObject(root) || content === undefined || content === '')
    throw illegalArgument('The comment has no content');
  const uids = wrapped(root, 'attachments', 'attachment').map((one) => asText(one['uid']) ?? '');
  const attachments = uids.map((uid) => {
    const found = exchange.simulation.site.attachments.get(uid);
    if (!found) throw illegalArgument(`Attachment ${uid} does not exist`);
    return { uid, name: found.name };
  });
  const id = addComment(exchange, place, 'COMMENT', content, attachments);
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
  simulation.site.store.change(() => {
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
  const { site } = exchange.simulation;
  const place = taskOf(exchange);
  checkWritable(exchange, place);
  const field = place.task.fields.find((one) => one.type === 'multi_group_change');
  if (!field) throw notFound();
  site.store.change(() => {
    field.body['implementation_status'] = 'IMPLEMENTED';
    touch(site, place.ticket);
    exchange.applied();
  });
  return { status: 200 };
}

/** Registers the writes to tasks and fields. */
export function taskRoutes(front: Front): void {
  const task = `${API}/tickets/:id/steps/:stepId/tasks/:taskId`;
  front.route('put', task, putTask);
  front.route('put', `${task}/fields`, putFields);
  front.route('put', `${task}/fields/:fieldId`, putField);
  front.route('put', `${task}/accept`, accept);
  front.route('put', `${task}/reassign/:userId`, reassign);
  front.route('put', `${task}/redo/:toStepId`, redo);
  front.route('post', `${task}/comments`, comment);
  front.route('put', `${task}/multi_group_change/implement`, implementGroupChange);
}
