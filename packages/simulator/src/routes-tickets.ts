import { ApiError, forbidden, illegalArgument, notFound } from './api-error.js';
import { asText, isObject, type JsonObject } from './json.js';
import type { Ticket, TicketStatus } from './model.js';
import { currentStep, record, touch } from './records.js';
import { API, renderHistory, renderTicket, type View } from './render-ticket.js';
import type { ScenarioUser } from './scenario.js';
import { bodyOf, holds, need, numberParameter, query, type Exchange, type Reply } from './exchange.js';
import type { Front } from './server.js';
import { createTicket, endTicket } from './tickets.js';

/** The ticket a path names. Throws 404, or 403 when the caller may not see it. */
export function ticketOf(exchange: Exchange): Ticket {
  const ticket = exchange.simulation.site.tickets.get(numberParameter(exchange, 'id'));
  if (!ticket) throw notFound();
  const involved =
    ticket.requester === exchange.user.login ||
    ticket.steps.some((step) => step.tasks.some((task) => task.assignee === exchange.user.login));
  if (!involved && !holds(exchange.user, 'viewAllTickets')) throw forbidden('Access is denied');
  return ticket;
}

/** What the renderers need from a request. */
export function viewOf(exchange: Exchange): View {
  return { site: exchange.simulation.site, base: exchange.base };
}

/** The person a write is made as: the caller, or another user by id or login, which needs the on-behalf permission. */
export function actingUser(exchange: Exchange, id: string | undefined, login?: string): ScenarioUser {
  const { site } = exchange.simulation;
  if (id === undefined && (login === undefined || login === '')) return exchange.user;
  const user = id === undefined ? site.user(login ?? '') : site.users.get(id);
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
  const ticket = simulation.site.store.change(() => {
    const created = createTicket(simulation, root, requester);
    exchange.applied(created.id);
    return created;
  });
  return { status: 201, location: `${exchange.base}${API}/tickets/${String(ticket.id)}` };
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
    const holders = currentStep(ticket)?.tasks.map((task) => task.assignee) ?? [];
    const own = parameter === 'requester_id' ? ticket.requester === user.login : holders.includes(user.login);
    if (!own) need(exchange, 'onBehalf');
    openTicket(ticket);
    if (confirms && ticket.status !== 'Ticket Resolved') {
      throw illegalArgument(`Ticket ${String(ticket.id)} is not resolved`);
    }
    const comment = commentIn(bodyOf(exchange), root);
    simulation.site.store.change(() => {
      const step = currentStep(ticket) ?? ticket.steps.at(-1);
      endTicket(simulation, ticket, status, event, user.login, description, step, comment);
      exchange.applied();
    });
    return { status: 200 };
  };
}

function changeRequester(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const ticket = ticketOf(exchange);
  const user = site.users.get(numberParameter(exchange, 'userId'));
  if (!user) throw notFound();
  if (currentStep(ticket)?.tasks.some((task) => task.status === 'PENDING') === true) {
    throw illegalArgument('The requester cannot be changed while a task is pending');
  }
  site.store.change(() => {
    ticket.requester = user.login;
    ticket.requesterId = user.id;
    record(site, ticket, exchange.user.login, `Requester changed to ${user.login}`, currentStep(ticket));
    touch(site, ticket);
    exchange.applied();
  });
  return { status: 200 };
}

function putProperties(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const ticket = ticketOf(exchange);
  const body = bodyOf(exchange);
  const root = isObject(body['ticket'])
    ? body['ticket']
    : isObject(body['ticket_properties'])
      ? body['ticket_properties']
      : body;
  site.store.change(() => {
    ticket.subject = asText(root['subject']) ?? ticket.subject;
    ticket.priority = asText(root['priority']) ?? ticket.priority;
    if (isObject(root['external_data'])) ticket.externalData = root['external_data'];
    touch(site, ticket);
    exchange.applied();
  });
  return { status: 200 };
}

function mapRules(exchange: Exchange): Reply {
  const { site, operations } = exchange.simulation;
  const ticket = ticketOf(exchange);
  if (ticket.status !== 'Ticket Closed') {
    throw new ApiError(412, 'BAD_REQUEST_ERROR', `Ticket ${String(ticket.id)} is not closed`);
  }
  site.store.change(() => {
    operations.start('mapRules', site.timings.mapRulesMs, exchange.user.login, { ticket });
    exchange.applied();
  });
  return { status: 201, location: `${exchange.base}${API}/tickets/${String(ticket.id)}/history` };
}

function history(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const ticket = ticketOf(exchange);
  const entries = [...site.historyOf(ticket.id)].reverse().map((entry) => renderHistory(site, entry));
  const tree = { ticket_history_activities: { ticket_id: ticket.id, ticket_history_activity: entries } };
  return { status: 200, tree };
}

function sla(exchange: Exchange): Reply {
  ticketOf(exchange);
  exchange.applied();
  return { status: 200 };
}

function deleteComment(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const ticket = ticketOf(exchange);
  const id = numberParameter(exchange, 'commentId');
  if (!ticket.comments.some((comment) => comment.id === id)) throw notFound();
  site.store.change(() => {
    ticket.comments = ticket.comments.filter((comment) => comment.id !== id);
    touch(site, ticket);
    exchange.applied();
  });
  return { status: 200 };
}

/** Registers the calls on whole tickets. */
export function ticketRoutes(front: Front): void {
  const tickets = `${API}/tickets`;
  front.route('post', tickets, create);
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
  front.route('put', `${tickets}/:id/pause_sla`, sla);
  front.route('put', `${tickets}/:id/resume_sla`, sla);
  front.route('delete', `${tickets}/:id/comments/:commentId`, deleteComment);
}
