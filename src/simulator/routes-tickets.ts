import { ApiError, forbidden, illegalArgument, notFound } from './api-error.js';
import { asText, isObject, type JsonObject } from './json.js';
import type { Ticket, TicketStatus } from './model.js';
import { currentStep, record, touch } from './records.js';
import {
  API,
  renderHistory,
  renderLifecycle,
  renderSearchRow,
  renderTicket,
  type View,
} from './render-ticket.js';
import type { ScenarioUser } from './scenario.js';
import {
  bodyOf,
  holds,
  need,
  numberParameter,
  paging,
  query,
  type Exchange,
  type Front,
  type Reply,
} from './server.js';
import { createTicket, endTicket } from './tickets.js';

/** The ticket a path names. Throws 404, or 403 when the caller may not see it. */
export function ticketOf(exchange: Exchange): Ticket {
  const ticket = exchange.simulation.world.tickets.get(numberParameter(exchange, 'id'));
  if (!ticket) throw notFound();
  const involved =
    ticket.requester === exchange.user.login ||
    ticket.steps.some((step) => step.tasks.some((task) => task.assignee === exchange.user.login));
  if (!involved && !holds(exchange.user, 'viewAllTickets')) throw forbidden('Access is denied');
  return ticket;
}

/** What the renderers need from a request. */
export function viewOf(exchange: Exchange): View {
  return { world: exchange.simulation.world, base: exchange.base };
}

/** The person a write is made as: the caller, or somebody else by id or login, which needs the on-behalf permission. */
export function actingUser(exchange: Exchange, id: string | undefined, login?: string): ScenarioUser {
  const { world } = exchange.simulation;
  if (id === undefined && (login === undefined || login === '')) return exchange.user;
  const user = id === undefined ? world.user(login ?? '') : world.users.get(id);
  if (!user) throw illegalArgument(`User ${id ?? login ?? ''} does not exist`);
  if (user.login !== exchange.user.login) need(exchange, 'onBehalf');
  return user;
}

/** The comment inside a body's root element, such as `reject_comment.comment`. */
export function commentIn(body: JsonObject, root: string): string {
  const inside = body[root];
  return isObject(inside) ? (asText(inside['comment']) ?? '') : '';
}

function openTicket(ticket: Ticket): void {
  if (ticket.status !== 'In Progress' && ticket.status !== 'Ticket Resolved') {
    throw illegalArgument(`Ticket ${String(ticket.id)} is already ${ticket.status}`);
  }
}

function create(exchange: Exchange): Reply {
  need(exchange, 'createTickets');
  const { simulation } = exchange;
  const root = bodyOf(exchange)['ticket'];
  if (!isObject(root)) throw illegalArgument('The body has no ticket');
  const id = asText(root['requester_id']);
  const requester = actingUser(exchange, id === '' ? undefined : id, asText(root['requester']));
  const ticket = simulation.world.store.change(() => {
    const created = createTicket(simulation, root, requester);
    exchange.applied();
    return created;
  });
  return { status: 201, location: `${exchange.base}${API}/tickets/${String(ticket.id)}` };
}

function list(exchange: Exchange): Reply {
  const { world } = exchange.simulation;
  const { start, count } = paging(exchange);
  const wanted = query(exchange, 'status')
    ?.split(',')
    .map((status) => status.trim());
  const descending = query(exchange, 'desc') === 'true';
  const found = world.tickets.all().filter((ticket) => wanted?.includes(ticket.status) ?? true);
  found.sort((left, right) => (descending ? right.id - left.id : left.id - right.id));
  const page = found.slice(start, start + count);
  const href = (from: number): JsonObject => {
    const search = new URLSearchParams({
      ...(wanted ? { status: wanted.join(',') } : {}),
      ...(descending ? { desc: 'true' } : {}),
      start: String(from),
      count: String(count),
    });
    return { '@href': `${exchange.base}${API}/tickets?${search.toString().replaceAll('+', '%20')}` };
  };
  const tree: JsonObject = {
    ...(start + count < found.length ? { next: href(start + count) } : {}),
    ...(start > 0 ? { previous: href(Math.max(0, start - count)) } : {}),
    ticket: page.map((ticket) => renderTicket(viewOf(exchange), ticket)),
  };
  return { status: 200, tree: { tickets: tree } };
}

function search(exchange: Exchange): Reply {
  const { world } = exchange.simulation;
  const like = (name: string, value: string | undefined): boolean => {
    const wanted = query(exchange, name);
    return wanted === undefined || (value ?? '').toLowerCase().includes(wanted.toLowerCase());
  };
  const status = query(exchange, 'ticket_status') ?? query(exchange, 'status');
  const free = query(exchange, 'parameter')?.toLowerCase();
  const taskStatus = query(exchange, 'task_status');
  const workflow = query(exchange, 'workflow_name');
  const rows = world.tickets.all().filter((ticket) => {
    const step = currentStep(ticket);
    const id = query(exchange, 'id');
    return (
      (status === undefined || status.split(',').some((one) => one.trim() === ticket.status)) &&
      (id === undefined || id === String(ticket.id)) &&
      (workflow === undefined || workflow === ticket.workflowName) &&
      (taskStatus === undefined || (step?.tasks.some((task) => task.status === taskStatus) ?? false)) &&
      (free === undefined || JSON.stringify(ticket).toLowerCase().includes(free)) &&
      like('subject', ticket.subject) &&
      like('requester', ticket.requester) &&
      like('assigned_to', step?.tasks[0]?.assignee ?? undefined) &&
      like('priority', ticket.priority) &&
      like('current_step', step?.name) &&
      like('domain_name', ticket.domainName)
    );
  });
  const start = Number(query(exchange, 'start') ?? 0);
  const count = Number(query(exchange, 'count') ?? 0);
  const page = count === 0 ? rows.slice(start) : rows.slice(start, start + count);
  const idsOnly = query(exchange, 'ids_only') === 'true';
  const result = page.map((ticket) => (idsOnly ? { id: ticket.id } : renderSearchRow(ticket)));
  const lists = /search_by\/(details|free_text)$/.test(exchange.path) ? 'arrays' : 'objects';
  return { status: 200, tree: { tickets_search_results: { ticket_result: result } }, lists };
}

let lifecycleCalls = 0;

async function lifecycle(exchange: Exchange): Promise<Reply> {
  const { world } = exchange.simulation;
  if (lifecycleCalls >= world.switches.maxLifecycleCalls) {
    throw new ApiError(500, 'GENERAL_ERROR', 'Reached max concurrent attempts');
  }
  lifecycleCalls += 1;
  try {
    await new Promise((resolve) => setImmediate(resolve));
    return lifecyclePage(exchange);
  } finally {
    lifecycleCalls -= 1;
  }
}

function lifecyclePage(exchange: Exchange): Reply {
  const { world } = exchange.simulation;
  const visible = world.now() - world.switches.lifecycleEventDelayMs;
  const from = Date.parse(query(exchange, 'date_from') ?? '');
  const to = Date.parse(query(exchange, 'date_to') ?? '');
  const equal = (name: string, value: string | number | undefined): boolean => {
    const wanted = query(exchange, name);
    return wanted === undefined || wanted.split(',').includes(String(value ?? ''));
  };
  const found = world.lifecycle
    .all()
    .filter(
      (event) =>
        event.atMs <= visible &&
        !(event.atMs < from) &&
        !(event.atMs > to) &&
        equal('type', event.type) &&
        equal('ticket_id', event.ticketId) &&
        equal('workflow_name', event.workflowName) &&
        equal('step_name', event.step?.name) &&
        equal('assignee_name', event.task?.assignee ?? undefined),
    );
  const start = Number(query(exchange, 'start') ?? 0);
  const count = Number(query(exchange, 'count') ?? 1000);
  const page = found.reverse().slice(start, start + count);
  const total = query(exchange, 'get_total') === 'true' ? { total: found.length } : {};
  const events = page.map((event) => renderLifecycle(world, event));
  return {
    status: 200,
    tree: { ticket_events: { count: page.length, ...total, ticket_event: events } },
    lists: 'arrays',
  };
}

function ending(
  status: TicketStatus,
  event: 'CANCEL' | 'REJECT' | 'CLOSE',
  parameter: string,
  description: string,
  root: string,
  confirms = false,
) {
  return (exchange: Exchange): Reply => {
    const { simulation } = exchange;
    const ticket = ticketOf(exchange);
    const user = actingUser(exchange, query(exchange, parameter) ?? query(exchange, 'requester_id'));
    openTicket(ticket);
    if (confirms && ticket.status !== 'Ticket Resolved') {
      throw illegalArgument(`Ticket ${String(ticket.id)} is not resolved`);
    }
    const comment = commentIn(bodyOf(exchange), root);
    simulation.world.store.change(() => {
      const step = currentStep(ticket) ?? ticket.steps.at(-1);
      endTicket(simulation, ticket, status, event, user.login, description, step, comment);
      exchange.applied();
    });
    return { status: 200 };
  };
}

function changeRequester(exchange: Exchange): Reply {
  const { world } = exchange.simulation;
  const ticket = ticketOf(exchange);
  const user = world.users.get(numberParameter(exchange, 'userId'));
  if (!user) throw notFound();
  if (currentStep(ticket)?.tasks.some((task) => task.status === 'PENDING') === true) {
    throw illegalArgument('The requester cannot be changed while a task is pending');
  }
  world.store.change(() => {
    ticket.requester = user.login;
    ticket.requesterId = user.id;
    record(world, ticket, exchange.user.login, `Requester changed to ${user.login}`, currentStep(ticket));
    touch(world, ticket);
    exchange.applied();
  });
  return { status: 200 };
}

function putProperties(exchange: Exchange): Reply {
  const { world } = exchange.simulation;
  const ticket = ticketOf(exchange);
  const body = bodyOf(exchange);
  const root = isObject(body['ticket'])
    ? body['ticket']
    : isObject(body['ticket_properties'])
      ? body['ticket_properties']
      : body;
  world.store.change(() => {
    ticket.subject = asText(root['subject']) ?? ticket.subject;
    ticket.priority = asText(root['priority']) ?? ticket.priority;
    if (isObject(root['external_data'])) ticket.externalData = root['external_data'];
    touch(world, ticket);
    exchange.applied();
  });
  return { status: 200 };
}

function mapRules(exchange: Exchange): Reply {
  const { world, operations } = exchange.simulation;
  const ticket = ticketOf(exchange);
  if (ticket.status !== 'Ticket Closed') {
    throw new ApiError(412, 'BAD_REQUEST_ERROR', `Ticket ${String(ticket.id)} is not closed`);
  }
  world.store.change(() => {
    operations.start('mapRules', world.timings.mapRulesMs, exchange.user.login, { ticket });
    exchange.applied();
  });
  return { status: 201, location: `${exchange.base}${API}/tickets/${String(ticket.id)}/history` };
}

function history(exchange: Exchange): Reply {
  const { world } = exchange.simulation;
  const ticket = ticketOf(exchange);
  const entries = [...world.historyOf(ticket.id)].reverse().map((entry) => renderHistory(world, entry));
  const tree = { ticket_history_activities: { ticket_id: ticket.id, ticket_history_activity: entries } };
  return { status: 200, tree };
}

function deleteComment(exchange: Exchange): Reply {
  const { world } = exchange.simulation;
  const ticket = ticketOf(exchange);
  const id = numberParameter(exchange, 'commentId');
  if (!ticket.comments.some((comment) => comment.id === id)) throw notFound();
  world.store.change(() => {
    ticket.comments = ticket.comments.filter((comment) => comment.id !== id);
    touch(world, ticket);
    exchange.applied();
  });
  return { status: 200 };
}

/** Registers the calls on whole tickets. */
export function ticketRoutes(front: Front): void {
  const tickets = `${API}/tickets`;
  front.route('post', tickets, create);
  front.route('get', tickets, list);
  front.route('get', `${tickets}/lifecycle_events`, lifecycle);
  front.route('post', `${tickets}/lifecycle_events/historical_events`, () => ({ status: 202 }));
  front.route('get', `${tickets}/lifecycle_events/historical_events_status`, () => ({
    status: 200,
    tree: { historical_events_status: { status: 'NOT_RUNNING' } },
  }));
  for (const name of ['search', 'search_by/details', 'search_by/free_text', 'free_text_search']) {
    front.route('get', `${tickets}/${name}`, search);
  }
  front.route('get', `${tickets}/:id`, (exchange) => ({
    status: 200,
    tree: { ticket: renderTicket(viewOf(exchange), ticketOf(exchange)) },
  }));
  front.route('get', `${tickets}/:id/history`, history);
  front.route('put', `${tickets}/:id/ticket_properties`, putProperties);
  front.route(
    'put',
    `${tickets}/:id/cancel`,
    ending('Ticket Cancelled', 'CANCEL', 'requester_id', 'Cancel request', 'cancel_comment'),
  );
  front.route(
    'put',
    `${tickets}/:id/reject`,
    ending('Ticket Rejected', 'REJECT', 'handler_id', 'Reject request', 'reject_comment'),
  );
  front.route(
    'put',
    `${tickets}/:id/confirm`,
    ending('Ticket Closed', 'CLOSE', 'requester_id', 'Close request', 'confirm_comment', true),
  );
  front.route('put', `${tickets}/:id/change_requester/:userId`, changeRequester);
  front.route('post', `${tickets}/:id/map_rules`, mapRules);
  front.route('put', `${tickets}/:id/pause_sla`, (exchange) => ({ status: ticketOf(exchange) ? 200 : 404 }));
  front.route('put', `${tickets}/:id/resume_sla`, (exchange) => ({ status: ticketOf(exchange) ? 200 : 404 }));
  front.route('delete', `${tickets}/:id/comments/:commentId`, deleteComment);
}
