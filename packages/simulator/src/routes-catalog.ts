import { notFound } from './api-error.js';
import { asList, asNumber, asText, isObject, objectsOf, type JsonObject } from './json.js';
import { bodyOf, need, numberParameter, query, type Exchange, type Reply } from './exchange.js';
import { currentStep } from './records.js';
import { API } from './render-ticket.js';
import type { ScenarioUser } from './scenario.js';
import type { Front } from './server.js';

const SECURE_APP = '/securechangeworkflow/api/secureapp/repository';

const DOMAIN = { id: 1, name: 'Default', description: '' };

const ROLES = [
  { id: 3, name: 'System Administrator', description: 'Configures everything' },
  { id: 4, name: 'Security Administrator', description: 'Handles access requests' },
  { id: 5, name: 'Requester', description: 'Opens requests' },
];

/** Never empty: Tufin's SDK cannot read an empty list here. */
const EXTENSIONS = [
  {
    appId: 'rlm',
    name: 'Rule Lifecycle Management',
    url: '/apps/rlm',
    description: '',
    version: '',
    installed: false,
  },
];

function role(exchange: Exchange): Reply {
  const found = ROLES.find((one) => one.id === numberParameter(exchange, 'roleId'));
  if (!found) throw notFound();
  const permissions = { permission: [{ key: 'CREATE_TICKETS', name: 'Create tickets', value: true }] };
  return { status: 200, tree: { role: { '@xsi.type': 'RoleDTO', ...found, permissions } }, lists: 'arrays' };
}

function userOf(exchange: Exchange, kind: ScenarioUser['kind']): ScenarioUser {
  const found = exchange.simulation.site.users.get(numberParameter(exchange, 'userId'));
  if (found?.kind !== kind) throw notFound();
  return found;
}

function putRoles(exchange: Exchange): Reply {
  need(exchange, 'admin');
  const { site } = exchange.simulation;
  const found = userOf(exchange, 'user');
  const roles = isObject(bodyOf(exchange)['roles']) ? bodyOf(exchange)['roles'] : {};
  const names = objectsOf(isObject(roles) ? roles['role'] : []).flatMap((one) => asText(one['name']) ?? []);
  site.store.change(() => {
    // As documented: every user stays a requester.
    site.users.put(found.id, { ...found, roles: [...new Set([...names, 'Requester'])] });
    exchange.applied();
  });
  return { status: 200 };
}

function putGroup(exchange: Exchange): Reply {
  need(exchange, 'admin');
  const { site } = exchange.simulation;
  const group = userOf(exchange, 'group');
  const [change] = objectsOf(bodyOf(exchange)['group_change']);
  const ids = (name: string): ScenarioUser[] =>
    asList(change?.[name]).map((given) => {
      const id = asNumber(isObject(given) ? (given['member_id'] ?? given['id']) : given);
      const user = id === undefined ? undefined : site.users.get(id);
      if (!user) throw notFound();
      return user;
    });
  const joining = ids('member_ids_to_add');
  const leaving = ids('member_ids_to_remove');
  site.store.change(() => {
    for (const user of leaving) {
      const memberOf = user.memberOf.filter((login) => login !== group.login);
      site.users.put(user.id, { ...user, memberOf });
    }
    for (const user of joining) {
      site.users.put(user.id, { ...user, memberOf: [...new Set([...user.memberOf, group.login])] });
    }
    exchange.applied();
  });
  return { status: 200 };
}

/** Rows of the requests page, which shows tickets in another form than the ticket calls. */
function requests(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const id = query(exchange, 'ticketId') ?? query(exchange, 'requestId');
  const mine = query(exchange, 'view') === 'MY_REQUESTS';
  const rows = site.tickets
    .all()
    .filter(
      (ticket) =>
        (id === undefined || String(ticket.id) === id) && (!mine || ticket.requester === exchange.user.login),
    )
    .map((ticket): JsonObject => {
      const step = currentStep(ticket);
      return {
        type: 'TICKET',
        id: ticket.id,
        ticket_id: ticket.id,
        subject: ticket.subject,
        requester: { id: ticket.requesterId, user: ticket.requester, type: 'LOCAL_USER', memberships: [] },
        priority: ticket.priority,
        status: ticket.status.replace('Ticket ', '').replaceAll(' ', '_').toUpperCase(),
        domain: DOMAIN,
        workflow: { id: ticket.workflowId, name: ticket.workflowName },
        ...(step
          ? { current_step: { id: step.id, name: step.name, order: ticket.steps.length, tasks: [] } }
          : {}),
      };
    });
  return {
    status: 200,
    tree: { requests: { request: rows } },
    jsonTree: { requests: rows },
    lists: 'arrays',
  };
}

function devices(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const found = site.devices
    .all()
    .filter((one) => !site.excludedDevices.includes(one.id))
    .map(({ id, name, vendor, model }) => ({ id, name, vendor, model }));
  return { status: 200, tree: { devices: { device: found } }, lists: 'arrays' };
}

/** Registers what a SecureChange has besides tickets: domains, roles, groups, saved searches, extensions, the requests page. */
export function catalogRoutes(front: Front): void {
  front.route('get', `${API}/domains`, () => ({
    status: 200,
    tree: { domains: { domain: [DOMAIN] } },
    lists: 'arrays',
  }));
  front.route('get', `${API}/domains/:domainId`, (exchange) => {
    if (numberParameter(exchange, 'domainId') !== DOMAIN.id) throw notFound();
    return { status: 200, tree: { domain: DOMAIN } };
  });
  front.route('get', `${API}/roles`, () => ({
    status: 200,
    tree: { roles: { role: ROLES } },
    lists: 'arrays',
  }));
  front.route('get', `${API}/roles/:roleId`, role);
  front.route('put', `${API}/users/group/:userId`, putGroup);
  front.route('put', `${API}/users/:userId/roles`, putRoles);
  front.route('get', `${API}/queries`, () => ({
    status: 200,
    tree: { queries: { query: [] } },
    lists: 'arrays',
  }));
  front.route('get', `${API}/extensions`, () => ({
    status: 200,
    tree: { extensions: { extension: EXTENSIONS } },
    jsonTree: { extensions: EXTENSIONS },
    lists: 'arrays',
  }));
  front.route('get', `${SECURE_APP}/applications`, () => ({
    status: 200,
    tree: { applications: { application: [] } },
    lists: 'arrays',
  }));
  front.route('get', `${API}/requests/search`, requests);
  front.route('get', `${API}/devices`, devices);
}
