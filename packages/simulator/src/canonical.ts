import { asBoolean, asList, asNumber, isObject, type Json, type JsonObject } from './json.js';

/** List wrappers of the API and the entry each holds. */
const WRAPPERS: Record<string, string> = {
  steps: 'step',
  tasks: 'task',
  fields: 'field',
  targets: 'target',
  users: 'user',
  sources: 'source',
  destinations: 'destination',
  services: 'service',
  labels: 'label',
  members: 'member',
  servers: 'server',
  options: 'option',
  selected_options: 'selected_option',
  attachments: 'attachment',
  comments: 'comment',
};

/** Lists that stand in their parent without a wrapper. */
const BARE_LISTS = new Set([
  'access_request',
  'group_change',
  'server_decommission_request',
  'network_object',
  'hyperlink',
  'workflow_trigger',
]);

const NUMBERS = new Set([
  'id',
  'management_id',
  'cidr',
  'port',
  'requester_id',
  'assignee_id',
  'parent_workflow_id',
]);
const TRUTHS = new Set(['read_only', 'use_topology', 'uses_topology', 'approved', 'redone', 'skipped']);

function scalar(key: string, value: Json | undefined): Json | undefined {
  if (NUMBERS.has(key)) return asNumber(value) ?? value;
  if (TRUTHS.has(key)) return asBoolean(value) ?? value;
  return value;
}

function member(key: string, value: Json | undefined): Json | undefined {
  const entry = WRAPPERS[key];
  if (entry !== undefined && !Array.isArray(value)) {
    const inside = isObject(value) ? value : {};
    return { ...inside, [entry]: asList(inside[entry]).map(canonical) };
  }
  if (BARE_LISTS.has(key)) return asList(value).map(canonical);
  if (isObject(value) || Array.isArray(value)) return canonical(value);
  return scalar(key, value);
}

function canonical(value: Json): Json {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) result[key] = member(key, inner);
  return result;
}

/**
 * A request body in the form that the simulator stores: every list an array below its wrapper, ids numbers, flags booleans,
 * whichever of the accepted shapes (one entry as object, `""` for empty, XML text) it arrived in.
 */
export function canonicalBody(body: JsonObject): JsonObject {
  const result = canonical(body);
  return isObject(result) ? result : {};
}
