import { badRequest, notFound } from './api-error.js';
import {
  countParameter,
  numberParameter,
  parameter,
  query,
  type Exchange,
  type Handler,
  type Reply,
} from './exchange.js';
import type { JsonObject } from './json.js';
import type { Device } from './model.js';
import type { Scenario } from './scenario.js';
import type { Front } from './server.js';

const TRACK = '/securetrack/api';

/** A page of a SecureTrack list: `start` and `count` only together, `total` on request. */
export function pageOf<T>(exchange: Exchange, all: T[]): { page: T[]; head: JsonObject } {
  const start = countParameter(exchange, 'start');
  const count = countParameter(exchange, 'count');
  if ((start === undefined) !== (count === undefined)) {
    throw badRequest('For correct pagination provide a value for the start and count parameters');
  }
  const page = start === undefined ? all : all.slice(start, start + (count ?? 0));
  const total = start === undefined || query(exchange, 'get_total') === 'true' ? { total: all.length } : {};
  return { page, head: { count: page.length, ...total } };
}

/** The device a path names. */
export function deviceOf(exchange: Exchange): Device {
  const device = exchange.simulation.site.devices.get(numberParameter(exchange, 'deviceId'));
  if (!device) throw notFound();
  return device;
}

/** A path of something the simulator has none of, and how its empty list is written. */
interface EmptyList {
  path: string;
  wrapper: string;
  entry: string;
  /** `page`: with `count` and `total`, the usual; `plain`: without; `bare`: JSON has the entries at the top. */
  form?: 'page' | 'plain' | 'bare';
}

/** What hangs below a device as well as below one of its revisions. */
const ofDevice = (path: string, wrapper: string, entry: string, form?: EmptyList['form']): EmptyList[] =>
  ['devices/:deviceId', 'revisions/:revisionId'].map((owner) => ({
    path: `${owner}/${path}`,
    wrapper,
    entry,
    ...(form === undefined ? {} : { form }),
  }));

const EMPTY_LISTS: EmptyList[] = [
  ...ofDevice('rules', 'rules', 'rule'),
  ...ofDevice('network_objects', 'network_objects', 'network_object'),
  ...ofDevice('services', 'services', 'service'),
  ...ofDevice('applications', 'applications', 'application'),
  ...ofDevice('time_objects', 'time_objects', 'time_object', 'bare'),
  ...ofDevice('zones', 'zones', 'zone', 'plain'),
  { path: 'devices/:deviceId/interfaces', wrapper: 'interfaces', entry: 'interface', form: 'plain' },
  { path: 'devices/:deviceId/bindings', wrapper: 'bindings', entry: 'binding', form: 'plain' },
  {
    path: 'devices/:deviceId/bindable_objects',
    wrapper: 'bindable_objects',
    entry: 'bindable_object',
    form: 'plain',
  },
  { path: 'devices/:deviceId/nat_rules/bindings', wrapper: 'nat_rules', entry: 'nat_rule', form: 'bare' },
  { path: 'cleanups', wrapper: 'cleanups', entry: 'cleanup' },
  { path: 'generic_devices', wrapper: 'generic_devices', entry: 'device', form: 'plain' },
  { path: 'services/search', wrapper: 'services', entry: 'service' },
  { path: 'services/:serviceId/groups', wrapper: 'services', entry: 'service' },
  { path: 'services/:serviceId/rules', wrapper: 'rules', entry: 'rule' },
  { path: 'rule_search/:deviceId', wrapper: 'rules', entry: 'rule' },
  {
    path: 'rule_last_usage/find_all/:deviceId',
    wrapper: 'rule_last_usages',
    entry: 'rule_last_usage',
    form: 'bare',
  },
  { path: 'zones', wrapper: 'zones', entry: 'zone' },
  { path: 'licenses', wrapper: 'licenses', entry: 'license', form: 'plain' },
  { path: 'topology/clouds', wrapper: 'topology_clouds', entry: 'topology_cloud' },
  { path: 'topology/cloud_suggestions', wrapper: 'suggested_clouds', entry: 'cloud' },
  { path: 'topology/subnets', wrapper: 'topology_subnets', entry: 'subnets' },
  {
    path: 'security_policies/exceptions',
    wrapper: 'security_policy_exceptions',
    entry: 'security_policy_exception',
  },
];

function emptyList({ wrapper, entry, form = 'page' }: EmptyList): Handler {
  return (exchange) => {
    // A list of a device or revision that does not exist is not an empty one.
    if (exchange.request.params['deviceId'] !== undefined) deviceOf(exchange);
    if (exchange.request.params['revisionId'] !== undefined) revisionOf(exchange);
    const head = form === 'page' ? pageOf(exchange, []).head : {};
    const tree = { [wrapper]: { ...head, [entry]: [] } };
    // Kept, because clients of these reads index the entries without looking.
    return { status: 200, tree, ...(form === 'bare' ? { jsonTree: { [entry]: [] } } : {}), lists: 'arrays' };
  };
}

type NetworkObject = Scenario['networkObjects'][number];

/** By uid on every device, or by text in the name; `device_id` limits both. */
function searchObjects(exchange: Exchange): Reply {
  const [uid, name, device] = ['uid', 'name', 'device_id'].map((key) => query(exchange, key));
  const byUid = query(exchange, 'filter') === 'uid';
  const exact = query(exchange, 'exact_match') === 'true';
  const found = exchange.simulation.site.scenario.networkObjects.filter((object) => {
    if (device !== undefined && String(object.device_id) !== device) return false;
    if (byUid) return object.uid === uid;
    return exact ? object.name === name : object.name.includes(name ?? '');
  });
  const { page, head } = pageOf(exchange, found);
  const list = page.map(({ id, uid: of, name: called, device_id }) => ({
    '@xsi.type': 'networkObjectGroupDTO',
    id,
    uid: of,
    name: called,
    display_name: called,
    type: 'group',
    device_id,
  }));
  return { status: 200, tree: { network_objects: { ...head, network_object: list } }, lists: 'arrays' };
}

function objectOf(exchange: Exchange): NetworkObject | undefined {
  const id = numberParameter(exchange, 'objectId');
  return exchange.simulation.site.scenario.networkObjects.find((object) => object.id === id);
}

function groupsOf(exchange: Exchange): Reply {
  const groups = objectOf(exchange)?.groups ?? [];
  const { page, head } = pageOf(exchange, groups);
  const list = page.map((name, at) => ({ id: 90_000 + at, name, display_name: name, type: 'group' }));
  return { status: 200, tree: { network_objects: { ...head, network_object: list } }, lists: 'arrays' };
}

function rulesOf(exchange: Exchange): Reply {
  const { page, head } = pageOf(exchange, objectOf(exchange)?.rules ?? []);
  const list = page.map(({ name, number, policy }) => ({
    '@xsi.type': 'securityRuleDTO',
    id: number,
    name,
    order: number,
    rule_number: number,
    binding: { policy: { name: policy } },
  }));
  return { status: 200, tree: { rules: { ...head, rule: list } }, lists: 'arrays' };
}

function revisionOf(exchange: Exchange): Device {
  const id = numberParameter(exchange, 'revisionId');
  const found = exchange.simulation.site.devices
    .all()
    .find((one) => one.revisions.some((rev) => rev.id === id));
  if (!found) throw notFound();
  return found;
}

/** The one rule base every simulated device has. */
function policies(device: Device): Reply {
  const policy = {
    id: device.id,
    name: 'Standard',
    itg_id: device.id,
    itg: 'ALL',
    unique_active_in_itg: true,
  };
  const tree = { policies: { policy: [policy] } };
  return { status: 200, tree, jsonTree: { policies: [{ ...policy, policyTargets: [] }] }, lists: 'arrays' };
}

function ruleSearch(exchange: Exchange): Reply {
  const wanted = query(exchange, 'devices')?.split(',');
  const found = exchange.simulation.site.devices
    .all()
    .filter((device) => wanted?.includes(String(device.id)) ?? true)
    .map((device) => ({ device_id: device.id, revision_id: device.latest_revision ?? 0, rule_count: 0 }));
  return { status: 200, tree: { device_list: { device: found } }, lists: 'arrays' };
}

/** What the clean-up C01, fully shadowed rules, finds where there are no rules. */
const NO_SHADOWED_RULES: JsonObject = {
  cleanup_set: { shadowed_rules_cleanup: { shadowed_rules: { shadowed_rule: [] } } },
};

const DOMAIN = { id: '1', name: 'Default' };

function one(root: string, tree: JsonObject): Handler {
  return () => ({ status: 200, tree: { [root]: tree }, lists: 'arrays' });
}

/** Registers the reads of SecureTrack that clients begin with: rules, objects, services, zones, policies, domains. */
export function secureTrackReadRoutes(front: Front): void {
  front.route('get', `${TRACK}/devices/topology_interfaces`, () => ({
    status: 200,
    tree: { interfaces: { interface: [] } },
    jsonTree: { interface: [] },
    lists: 'arrays',
  }));
  front.route('get', `${TRACK}/network_objects/search`, searchObjects);
  front.route('get', `${TRACK}/network_objects/:objectId/groups`, groupsOf);
  front.route('get', `${TRACK}/network_objects/:objectId/rules`, rulesOf);
  for (const list of EMPTY_LISTS) front.route('get', `${TRACK}/${list.path}`, emptyList(list));
  front.route('get', `${TRACK}/devices/:deviceId/policies`, (exchange) => policies(deviceOf(exchange)));
  front.route('get', `${TRACK}/revisions/:revisionId/policies`, (exchange) => policies(revisionOf(exchange)));
  front.route('get', `${TRACK}/devices/:deviceId/config`, (exchange) => ({
    status: 200,
    text: {
      type: 'text/plain',
      body: `! ${deviceOf(exchange).name}: the simulator keeps no configuration\n`,
    },
  }));
  front.route('get', `${TRACK}/devices/topology_routes`, one('routes', { route: [] }));
  front.route(
    'get',
    `${TRACK}/policy_analysis/query/matching_rules`,
    one('policy_analysis_query_result', { devices_and_bindings: { device_and_bindings: [] } }),
  );
  front.route('get', `${TRACK}/devices/:deviceId/cleanups`, (exchange) => {
    deviceOf(exchange);
    if (query(exchange, 'code') === 'C01') return { status: 200, tree: NO_SHADOWED_RULES, lists: 'arrays' };
    const { head } = pageOf(exchange, []);
    return { status: 200, tree: { cleanups: { ...head, cleanup: [] } }, lists: 'arrays' };
  });
  front.route('get', `${TRACK}/devices/:deviceId/shadowing_rules`, (exchange) => {
    deviceOf(exchange);
    return { status: 200, tree: NO_SHADOWED_RULES, lists: 'arrays' };
  });
  front.route('get', `${TRACK}/rule_search`, ruleSearch);
  front.route('get', `${TRACK}/domains`, () => ({
    status: 200,
    tree: { domains: { domain: [DOMAIN] } },
    jsonTree: { domain: [DOMAIN] },
    lists: 'arrays',
  }));
  front.route('get', `${TRACK}/domains/:domainId`, (exchange) => {
    if (parameter(exchange, 'domainId') !== DOMAIN.id) throw notFound();
    return { status: 200, tree: { domain: { ...DOMAIN, address: '', description: '' } } };
  });
  for (const path of ['security_policies', 'security_policies/global']) {
    front.route(
      'get',
      `${TRACK}/${path}`,
      one('SecurityPolicyList', { securityPolicies: { securityPolicy: [] } }),
    );
  }
  front.route('get', `${TRACK}/properties`, () => ({
    status: 200,
    tree: {
      properties: {
        secure_change_addresses: { secure_change_address: [{ ip_address: '127.0.0.1', type: 'external' }] },
        general_properties: { property: [] },
      },
    },
    lists: 'arrays',
  }));
  front.route('get', `${TRACK}/topology/synchronize/status`, one('status', { percentage: 100 }));
  front.route('get', `${TRACK}/topology/path`, (exchange) => {
    for (const name of ['src', 'dst'])
      if (query(exchange, name) === undefined) throw badRequest(`No ${name} given`);
    // Without a topology there is no path, and without a path nothing is let through.
    return {
      status: 200,
      tree: { path_calc_results: { traffic_allowed: false, device_info: [] } },
      lists: 'arrays',
    };
  });
  front.route('get', `${TRACK}/violating_rules/:deviceId/count`, (exchange) => {
    deviceOf(exchange);
    return { status: 200, tree: { count: { count: 0 } } };
  });
  front.route('get', `${TRACK}/violating_rules/:deviceId/device_violations`, (exchange) => ({
    status: 200,
    tree: {
      security_policy_device_violations: {
        device_name: deviceOf(exchange).name,
        severity: query(exchange, 'severity') ?? 'CRITICAL',
        violating_rules_count: 0,
        violating_rules: { violating_rule: [] },
      },
    },
    lists: 'arrays',
  }));
}
