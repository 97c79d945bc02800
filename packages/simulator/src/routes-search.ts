import { badRequest, tooManyCalls } from './api-error.js';
import { countParameter, paging, query, type Exchange, type Handler, type Reply } from './exchange.js';
import type { JsonObject } from './json.js';
import { TASK_STATUSES, TICKET_STATUSES, type Ticket } from './model.js';
import { currentStep } from './records.js';
import { API, renderLifecycle, renderSearchRow, renderTicket } from './render-ticket.js';
import { viewOf } from './routes-tickets.js';
import type { Front } from './server.js';

/** The statuses of a comma list. Throws 400 for one that no ticket can have. */
function statuses(given: string | undefined): string[] | undefined {
  const wanted = given?.split(',').map((status) => status.trim());
  const unknown = wanted?.find((status) => !(TICKET_STATUSES as readonly string[]).includes(status));
  if (unknown === undefined) return wanted;
  throw badRequest(`Status ${unknown} is not one of ${TICKET_STATUSES.join(', ')}`);
}

function list(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const { start, count } = paging(exchange);
  const wanted = statuses(query(exchange, 'status'));
  const descending = query(exchange, 'desc') === 'true';
  const found = site.tickets.all().filter((ticket) => wanted?.includes(ticket.status) ?? true);
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

function search(exchange: Exchange, among?: (ticket: Ticket) => boolean): Reply {
  const { site } = exchange.simulation;
  const like = (name: string, value: string | undefined): boolean => {
    const wanted = query(exchange, name);
    return wanted === undefined || (value ?? '').toLowerCase().includes(wanted.toLowerCase());
  };
  // Clients of the older search send a task's status as `status`.
  const either = query(exchange, 'ticket_status') ?? query(exchange, 'status');
  const ofTask = TASK_STATUSES.find((one) => one === either);
  const status = ofTask === undefined ? statuses(either) : undefined;
  const free = query(exchange, 'parameter')?.toLowerCase();
  const taskStatus = query(exchange, 'task_status') ?? ofTask;
  const workflow = query(exchange, 'workflow_name');
  const rows = site.tickets.all().filter((ticket) => {
    const step = currentStep(ticket);
    const id = query(exchange, 'id');
    return (
      (among?.(ticket) ?? true) &&
      (status?.includes(ticket.status) ?? true) &&
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
  const start = countParameter(exchange, 'start') ?? 0;
  const count = countParameter(exchange, 'count') ?? 0;
  const page = count === 0 ? rows.slice(start) : rows.slice(start, start + count);
  const idsOnly = query(exchange, 'ids_only') === 'true';
  const result = page.map((ticket) => (idsOnly ? { id: ticket.id } : renderSearchRow(ticket)));
  const lists = /search_by\//.test(exchange.path) ? 'arrays' : 'objects';
  return { status: 200, tree: { tickets_search_results: { ticket_result: result } }, lists };
}

/** The feed's call with its limit of calls at once. */
function lifecycle(): Handler {
  let under = 0;
  return async (exchange) => {
    if (under >= exchange.simulation.site.switches.maxLifecycleCalls) {
      throw tooManyCalls();
    }
    under += 1;
    try {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return lifecyclePage(exchange);
    } finally {
      under -= 1;
    }
  };
}

function lifecyclePage(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const visible = site.now() - site.switches.lifecycleEventDelayMs;
  const from = Date.parse(query(exchange, 'date_from') ?? '');
  const to = Date.parse(query(exchange, 'date_to') ?? '');
  const equal = (name: string, value: string | number | undefined): boolean => {
    const wanted = query(exchange, name);
    return wanted === undefined || wanted.split(',').includes(String(value ?? ''));
  };
  const found = site.lifecycle
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
  const start = countParameter(exchange, 'start') ?? 0;
  const count = countParameter(exchange, 'count') ?? 1000;
  const page = found.reverse().slice(start, start + count);
  const total = query(exchange, 'get_total') === 'true' ? { total: found.length } : {};
  const events = page.map((event) => renderLifecycle(site, event));
  return {
    status: 200,
    tree: { ticket_events: { count: page.length, ...total, ticket_event: events } },
    lists: 'arrays',
  };
}

/** The open tickets of a group and of its members. */
function searchGroup(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const id = query(exchange, 'group_id') ?? '';
  const group = site.users.all().find((user) => user.kind === 'group' && String(user.id) === id);
  if (!group) throw badRequest(`Group ID ${id} was not found.`);
  const logins = [
    group.login,
    ...site.users
      .all()
      .filter((user) => user.memberOf.includes(group.login))
      .map((user) => user.login),
  ];
  return search(exchange, (ticket) =>
    (currentStep(ticket)?.tasks ?? []).some(
      (task) => logins.includes(task.participant) || logins.includes(task.assignee ?? ''),
    ),
  );
}

/** The simulator has no saved searches. */
function searchQuery(exchange: Exchange): Reply {
  throw badRequest(`Query ID ${query(exchange, 'query_id') ?? ''} was not found.`);
}

/** Registers the calls that list and search tickets. Must stand before the calls on one ticket. */
export function searchRoutes(front: Front): void {
  const tickets = `${API}/tickets`;
  front.route('get', tickets, list);
  front.route('get', `${tickets}/lifecycle_events`, lifecycle());
  front.route('post', `${tickets}/lifecycle_events/historical_events`, () => ({ status: 202 }));
  front.route('get', `${tickets}/lifecycle_events/historical_events_status`, () => ({
    status: 200,
    tree: { ticket_events_created_history_status: { run_status: 'NOT_RUNNING' } },
  }));
  for (const name of ['search', 'search_by/details', 'search_by/free_text', 'free_text_search']) {
    front.route('get', `${tickets}/${name}`, (exchange) => search(exchange));
  }
  front.route('get', `${tickets}/search_by/group`, searchGroup);
  front.route('get', `${tickets}/search_by/query`, searchQuery);
}
