import { notFound } from './api-error.js';
import { numberParameter, type Exchange, type Reply } from './exchange.js';
import { asText, isObject } from './json.js';
import { API, renderField, renderStep, renderTask } from './render-ticket.js';
import { ticketOf, viewOf } from './routes-tickets.js';
import type { Front } from './server.js';
import { fieldOf, stepOf, taskOf } from './task-place.js';
import { verifierResults } from './verifier.js';

function verifier(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
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
  return { status: 200, tree: verifierResults(site, ticket, status) };
}

/** Registers the reads of steps, tasks, fields and verifier results. */
export function stepRoutes(front: Front): void {
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
  front.route('get', `${task}/fields/:fieldId/related_rules`, (exchange) => {
    fieldOf(exchange, taskOf(exchange).task);
    return { status: 200, tree: { related_rules: { access_requests: { access_request: [] } } } };
  });
  front.route('get', `${task}/multi_access_request/:requestId/verifier`, verifier);
}
