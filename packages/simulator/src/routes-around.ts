import { ApiError, badRequest, illegalArgument, notFound } from './api-error.js';
import { asList, asNumber, asText, isObject, objectsOf, type JsonObject } from './json.js';
import { TRIGGER_EVENTS, type TriggerRecord } from './model.js';
import { API } from './render-ticket.js';
import type { ScenarioUser, ScenarioWorkflow } from './scenario.js';
import { bodyOf, need, numberParameter, query, type Exchange, type Reply } from './exchange.js';
import type { Front } from './server.js';

function renderUser(exchange: Exchange, user: ScenarioUser): JsonObject {
  const { site } = exchange.simulation;
  const href = (id: number): JsonObject => ({ '@href': `${exchange.base}${API}/users/${String(id)}` });
  const groups = site.users.all().filter((one) => user.memberOf.includes(one.login));
  const members = site.users.all().filter((one) => one.memberOf.includes(user.login));
  const brief = (one: ScenarioUser): JsonObject => ({
    '@xsi.type': one.kind,
    id: one.id,
    type: one.kind,
    name: one.login,
    link: href(one.id),
  });
  const common: JsonObject = {
    '@xsi.type': user.kind,
    id: user.id,
    type: user.kind,
    name: user.login,
    display_name: user.displayName ?? user.login,
    origin_type: 'Local',
    roles: { role: user.roles.map((name, at) => ({ id: 3 + at, name })) },
  };
  if (user.kind === 'group') return { ...common, members: { user: members.map(brief) } };
  return {
    ...common,
    first_name: (user.displayName ?? user.login).split(' ')[0] ?? '',
    last_name: (user.displayName ?? '').split(' ').slice(1).join(' '),
    email: user.email ?? `${user.login}@example.org`,
    send_email: true,
    member_of: { user: groups.map(brief) },
    authentication_method: 'Local',
  };
}

function users(exchange: Exchange): Reply {
  const name = query(exchange, 'user_name');
  const email = query(exchange, 'email');
  const exact = query(exchange, 'exact_name') === 'true';
  const found = exchange.simulation.site.users.all().filter((user) => {
    const matches = (value: string, wanted: string): boolean =>
      exact ? value === wanted : value.toLowerCase().includes(wanted.toLowerCase());
    return (
      (name === undefined || matches(user.login, name)) &&
      (email === undefined || matches(user.email ?? `${user.login}@example.org`, email))
    );
  });
  const { usersNotFound } = exchange.simulation.site.switches;
  if (found.length === 0 && usersNotFound === 'emptyBody') return { status: 200 };
  return {
    status: 200,
    tree: { users: { user: found.map((user) => renderUser(exchange, user)) } },
    lists: 'arrays',
  };
}

function user(exchange: Exchange): Reply {
  const found = exchange.simulation.site.users.get(numberParameter(exchange, 'userId'));
  if (!found) throw notFound();
  const { '@xsi.type': _type, ...rendered } = renderUser(exchange, found);
  // Recorded so: a list for a user, an object for a group.
  const tree = found.kind === 'user' ? { user: [rendered] } : { group: rendered };
  return { status: 200, tree, lists: 'arrays' };
}

function createUser(exchange: Exchange): Reply {
  need(exchange, 'admin');
  const { site } = exchange.simulation;
  const body = bodyOf(exchange);
  const root = isObject(body['user']) ? body['user'] : isObject(body['group']) ? body['group'] : {};
  const login = asText(root['name']) ?? asText(root['user_name']) ?? '';
  if (login === '') throw illegalArgument('The user has no name');
  if (site.user(login)) throw new ApiError(409, 'BAD_REQUEST_ERROR', `User ${login} already exists`);
  const id = site.store.change(() => {
    const next = Math.max(0, ...site.users.all().map((one) => one.id)) + 1;
    const created: ScenarioUser = {
      id: next,
      login,
      password: asText(root['password']) ?? login,
      kind: exchange.path.endsWith('/group') || isObject(body['group']) ? 'group' : 'user',
      memberOf: [],
      roles: [],
      permissions: ['viewAllTickets', 'createTickets', 'handleTickets'],
    };
    site.users.put(next, created);
    exchange.applied();
    return next;
  });
  return { status: 201, location: `${exchange.base}${API}/users/${String(id)}` };
}

function deleteUser(exchange: Exchange): Reply {
  need(exchange, 'admin');
  const { site } = exchange.simulation;
  const id = numberParameter(exchange, 'userId');
  if (!site.users.get(id)) throw notFound();
  site.store.change(() => {
    site.users.delete(id);
    exchange.applied();
  });
  return { status: 200 };
}

function briefWorkflow(workflow: ScenarioWorkflow): JsonObject {
  const { id, name, description, type } = workflow;
  return { id, name, description, type };
}

function workflowDetails(workflow: ScenarioWorkflow): JsonObject {
  const steps = workflow.steps.map((step) => ({
    name: step.name,
    is_active: true,
    step_mode: step.mode.toUpperCase(),
    fields: {
      field: step.fields.map((field) => ({
        '@xsi.type': field.type,
        name: field.name,
        read_only: field.readOnly,
      })),
    },
  }));
  return { ...briefWorkflow(workflow), is_active: true, steps: { step: steps } };
}

function workflow(exchange: Exchange): Reply {
  const id = asNumber(query(exchange, 'id'));
  const name = query(exchange, 'name');
  if (id === undefined && name === undefined) throw badRequest('A workflow id or name is needed');
  const found = exchange.simulation.site.scenario.workflows.find((one) =>
    id === undefined ? one.name === name : one.id === id,
  );
  if (!found) throw notFound(`Workflow ${name ?? String(id)} was not found`);
  // The root varies with the type: Tufin's pytos2 reads this one for access requests and any single one else.
  const root = found.type === 'ACCESS_REQUEST' ? 'access_request_workflow' : 'workflow';
  return { status: 200, tree: { [root]: workflowDetails(found) } };
}

function activeWorkflows(exchange: Exchange): Reply {
  const type = query(exchange, 'type');
  const found = exchange.simulation.site.scenario.workflows.filter(
    (one) => type === undefined || one.type === type,
  );
  return { status: 200, tree: { workflows: { workflow: found.map(briefWorkflow) } } };
}

function renderTrigger(trigger: TriggerRecord): JsonObject {
  return {
    id: trigger.id,
    name: trigger.name,
    executer: { '@xsi.type': 'ScriptDTO', path: trigger.path, arguments: trigger.arguments },
    triggers: trigger.groups.map((group) => ({
      name: group.name,
      workflow: {
        name: group.workflow,
        ...(group.workflowId === null ? {} : { parent_workflow_id: group.workflowId }),
      },
      events: group.events,
    })),
  };
}

function listTriggers(exchange: Exchange): Reply {
  const id = query(exchange, 'id');
  const name = query(exchange, 'name');
  const found = exchange.simulation.site.triggers
    .all()
    .filter(
      (one) => (id === undefined || String(one.id) === id) && (name === undefined || one.name === name),
    );
  const tree = { workflow_triggers: { workflow_trigger: found.map(renderTrigger) } };
  return { status: 200, tree, lists: 'arrays' };
}

/** Entries of a list that XML may nest a second time (`<triggers><trigger>…`). */
function unnested(value: JsonObject[string], entry: string): JsonObject[] {
  return objectsOf(value).flatMap((one) => (one[entry] === undefined ? [one] : objectsOf(one[entry])));
}

function parseTrigger(exchange: Exchange, input: JsonObject): Omit<TriggerRecord, 'id'> {
  const { site } = exchange.simulation;
  const executer = isObject(input['executer']) ? input['executer'] : {};
  const name = asText(input['name']) ?? '';
  const path = asText(executer['path']) ?? '';
  if (name === '' || path === '') throw new ApiError(406, 'BAD_REQUEST_ERROR', 'Must not be empty.');
  const folder = site.switches.scriptFolder;
  if (folder !== '' && (!path.startsWith(folder) || path.includes('/../')))
    throw badRequest('Path location is not valid.');
  const groups = unnested(input['triggers'], 'trigger').map((group) => {
    const about = isObject(group['workflow']) ? group['workflow'] : {};
    const id = asNumber(about['parent_workflow_id']);
    const known = site.scenario.workflows.find((one) => one.name === asText(about['name']) || one.id === id);
    if (!known) throw badRequest(`Workflow ${asText(about['name']) ?? String(id)} was not found`);
    const events = asList(group['events']).flatMap((one) => (isObject(one) ? asList(one['event']) : [one]));
    const names = events.map((event) => asText(event) ?? '');
    const unknown = names.find((event) => !(TRIGGER_EVENTS as readonly string[]).includes(event));
    if (unknown !== undefined)
      throw badRequest(`Event ${unknown} is not one of ${TRIGGER_EVENTS.join(', ')}`);
    if (names.length === 0) throw new ApiError(406, 'BAD_REQUEST_ERROR', 'Must not be empty.');
    return { name: asText(group['name']) ?? '', workflow: known.name, workflowId: known.id, events: names };
  });
  if (groups.length === 0) throw new ApiError(406, 'BAD_REQUEST_ERROR', 'Must not be empty.');
  return { name, path, arguments: asText(executer['arguments']) ?? '', groups };
}

function createTriggers(exchange: Exchange): Reply {
  need(exchange, 'admin');
  const { site } = exchange.simulation;
  const root = bodyOf(exchange)['workflow_triggers'];
  const inputs = isObject(root) ? objectsOf(root['workflow_trigger']) : [];
  if (inputs.length === 0) throw new ApiError(406, 'BAD_REQUEST_ERROR', 'Must not be empty.');
  const parsed = inputs.map((input) => parseTrigger(exchange, input));
  const taken = parsed.find((one) => site.triggers.all().some((known) => known.name === one.name));
  if (taken) throw badRequest(`Trigger ${taken.name} already exists`);
  const ids = site.store.change(() => {
    const created = parsed.map((one) => {
      const id = site.nextId('trigger', 1);
      site.triggers.put(id, { id, ...one });
      return id;
    });
    exchange.applied();
    return created;
  });
  return { status: 201, location: `${exchange.base}${API}/triggers/${ids.join(',')}` };
}

function deleteTrigger(exchange: Exchange): Reply {
  need(exchange, 'admin');
  const { site } = exchange.simulation;
  const id = numberParameter(exchange, 'triggerId');
  if (!site.triggers.get(id)) throw notFound();
  site.store.change(() => {
    site.triggers.delete(id);
    exchange.applied();
  });
  return { status: 200 };
}

function excludeDevices(exchange: Exchange): Reply {
  need(exchange, 'admin');
  const root = bodyOf(exchange)['device_ids'];
  const ids = isObject(root) ? asList(root['id']).map((id) => asNumber(id) ?? 0) : [];
  exchange.simulation.site.store.change(() => {
    exchange.simulation.site.excludedDevices = ids;
    exchange.applied();
  });
  return { status: 200 };
}

/** Registers the calls around tickets: users, workflows, triggers, excluded devices. */
export function aroundRoutes(front: Front): void {
  front.route('get', `${API}/users`, users);
  front.route('post', `${API}/users`, createUser);
  front.route('post', `${API}/users/group`, createUser);
  front.route('get', `${API}/users/:userId`, user);
  front.route('delete', `${API}/users/:userId`, deleteUser);
  front.route('get', `${API}/workflows`, workflow);
  front.route('get', `${API}/workflows/active_workflows`, activeWorkflows);
  front.route('get', `${API}/triggers`, listTriggers);
  front.route('post', `${API}/triggers`, createTriggers);
  front.route('delete', `${API}/triggers/:triggerId`, deleteTrigger);
  front.route('get', `${API}/devices/excluded`, ({ simulation }) => ({
    status: 200,
    tree: { device_ids: { id: simulation.site.excludedDevices } },
  }));
  front.route('put', `${API}/devices/excluded`, excludeDevices);
}
