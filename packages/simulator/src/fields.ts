import { fieldInvalid, illegalArgument } from './api-error.js';
import { asBoolean, asNumber, asText, isObject, objectsOf, type JsonObject } from './json.js';
import type { Field, Step, Task, Ticket } from './model.js';
import type { ScenarioField } from './scenario.js';
import type { Site } from './site.js';

const META = new Set(['@xsi.type', 'id', 'name', 'read_only']);
const REQUEST_LISTS: Record<string, string> = {
  multi_access_request: 'access_request',
  multi_group_change: 'group_change',
  multi_server_decommission_request: 'server_decommission_request',
};
const ENTRY_PREFIX: Record<string, string> = { access_request: 'AR', server_decommission_request: 'DR' };
const RESULTS = ['risk_analysis_result', 'verifier_result', 'designer_result', 'impact_analysis_result'];

/** The name of the list a request field holds (`access_request`, …), or undefined for a plain field. */
export function requestListOf(field: Field): string | undefined {
  return REQUEST_LISTS[field.type];
}

/** True for the field types Designer, Update and Commit work on. */
export function isRequestField(field: Field): boolean {
  return requestListOf(field) !== undefined;
}

/** The requests inside a request field; empty for other fields. */
export function requestsOf(field: Field): JsonObject[] {
  const list = requestListOf(field);
  return list === undefined ? [] : objectsOf(field.body[list]);
}

function objectId(site: Site): number {
  return site.nextId('object', 90_101);
}

function freshFieldId(site: Site): number {
  return site.nextId('field', 81_001);
}

function emptyBody(field: ScenarioField): JsonObject {
  const list = REQUEST_LISTS[field.type];
  if (list !== undefined) return { [list]: [] };
  if (field.type === 'approve_reject') return { reason: '' };
  if (field.type === 'checkbox') return { value: false };
  if (field.type === 'date' || field.type === 'time') return {};
  if (field.type === 'drop_down_list') {
    return { options: { option: (field.options ?? []).map((value) => ({ value })) }, selection: '' };
  }
  if (field.type === 'hyperlink') return { url: '' };
  return field.type.startsWith('multi') ? {} : { text: '' };
}

const ACCESS_REQUEST_DEFAULTS: JsonObject = {
  risk_analysis_result: { status: 'not run' },
  verifier_result: { status: 'not run' },
  use_topology: true,
  targets: { target: [{ '@type': 'ANY' }] },
  users: { user: ['Any'] },
  source_domain: 'Default',
  destination_domain: 'Default',
};

/** Gives every request and every entry in its lists a fresh id, and the members the vendor always shows. */
function numbered(site: Site, request: JsonObject, list: string, position: number): JsonObject {
  const filled = Object.entries(request).filter(([, value]) => value !== '' && value !== undefined);
  const given: JsonObject = Object.fromEntries(filled);
  const id = objectId(site);
  const order = asText(given['order']) ?? `${ENTRY_PREFIX[list] ?? 'GC'}${String(position + 1)}`;
  const access = list === 'access_request';
  const merged: JsonObject = {
    ...{ id, order },
    ...(access ? ACCESS_REQUEST_DEFAULTS : {}),
    ...given,
    ...{ id, order },
  };
  if (access) merged['labels'] = given['labels'] ?? { label: [] };
  for (const [key, value] of Object.entries(merged)) {
    if (!isObject(value)) continue;
    const entries = Object.entries(value).map(([entry, inner]) => [
      entry,
      Array.isArray(inner) ? inner.map((one) => (isObject(one) ? withId(site, one) : one)) : inner,
    ]);
    merged[key] = Object.fromEntries(entries) as JsonObject;
  }
  return merged;
}

function maskOf(cidr: number): string {
  const bits = cidr === 0 ? 0 : (0xffffffff << (32 - cidr)) >>> 0;
  return [24, 16, 8, 0].map((shift) => String((bits >>> shift) & 255)).join('.');
}

function cidrOf(netmask: string): number {
  return netmask
    .split('.')
    .reduce((sum, part) => sum + Number(part).toString(2).replaceAll('0', '').length, 0);
}

/** Adds what the vendor fills in: netmask and cidr from one another, the names behind a management id and back. */
function completed(site: Site, entry: JsonObject): JsonObject {
  const [cidr, netmask] = [asNumber(entry['cidr']), asText(entry['netmask'])];
  if (entry['@type'] === 'IP' && cidr !== undefined && !netmask) return { ...entry, netmask: maskOf(cidr) };
  if (entry['@type'] === 'IP' && cidr === undefined && netmask) return { ...entry, cidr: cidrOf(netmask) };
  if (entry['@type'] !== 'Object') return entry;
  const name = asText(entry['management_name']) ?? asText(entry['object_name']);
  const id = asNumber(entry['management_id']);
  const device = site.devices.all().find((one) => (id === undefined ? one.name === name : one.id === id));
  if (!device) return entry;
  const known = { management_id: device.id, management_name: device.name };
  const target = { object_name: device.name, object_type: 'firewall', object_details: device.ip ?? '' };
  return entry['object_name'] === undefined || entry['object_name'] === device.name
    ? { ...target, ...known, ...entry }
    : { ...entry, ...known };
}

function withId(site: Site, input: JsonObject): JsonObject {
  const { '@type': type, id: _old, ...rest } = completed(site, input);
  return { ...(type === undefined ? {} : { '@type': type }), id: objectId(site), ...rest };
}

function numberedBody(site: Site, type: string, body: JsonObject): JsonObject {
  const list = REQUEST_LISTS[type];
  if (list === undefined) return body;
  const requests = objectsOf(body[list]).map((request, position) => numbered(site, request, list, position));
  return { ...body, [list]: requests };
}

/** The latest field of that name and type before a step is entered. */
function carried(steps: Step[], wanted: ScenarioField): Field | undefined {
  for (const step of [...steps].reverse()) {
    for (const task of step.tasks) {
      const found = task.fields.find((field) => field.name === wanted.name && field.type === wanted.type);
      if (found) return found;
    }
  }
  return undefined;
}

/**
 * A step's fields as they are when it is entered: values of earlier steps carried over under fresh ids, approvals
 * empty. `reuse` is the same task of an earlier pass: its field ids are taken again.
 */
export function fieldsForTask(
  site: Site,
  ticket: Ticket,
  definitions: readonly ScenarioField[],
  reuse: Task | undefined,
): Field[] {
  return definitions.map((definition) => {
    const known = reuse?.fields.find(
      (field) => field.name === definition.name && field.type === definition.type,
    );
    const approval = definition.type === 'approve_reject';
    const earlier = approval ? undefined : carried(ticket.steps, definition);
    let body = earlier ? structuredClone(earlier.body) : emptyBody(definition);
    if (approval && known && site.switches.redoApprovals === 'keep') body = structuredClone(known.body);
    body = numberedBody(site, definition.type, body);
    const { name, type, readOnly } = definition;
    return { id: known?.id ?? freshFieldId(site), name, type, readOnly, body };
  });
}

/** The fields of a first step: the workflow's own, filled with what was posted, plus unknown ones if allowed. */
export function fieldsFromPost(
  site: Site,
  definitions: readonly ScenarioField[],
  posted: JsonObject[],
): Field[] {
  const left = [...posted];
  const take = (matches: (field: JsonObject) => boolean): JsonObject | undefined => {
    const at = left.findIndex(matches);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
  const byName = definitions.map((definition) => take((field) => asText(field['name']) === definition.name));
  const fields = definitions.map((definition, position) => {
    const input =
      byName[position] ??
      (definition.type in REQUEST_LISTS
        ? take((field) => field['@xsi.type'] === definition.type)
        : undefined);
    if (input === undefined && definition.mandatory) {
      throw fieldInvalid(`Field ${definition.name}: mandatory value is missing`);
    }
    const body = { ...emptyBody(definition), ...(input ? bodyOf(input) : {}) };
    const { name, type, readOnly } = definition;
    return { id: freshFieldId(site), name, type, readOnly, body: numberedBody(site, type, body) };
  });
  for (const input of left) {
    const name = asText(input['name']) ?? '';
    if (site.switches.unknownFieldsOnCreate === 'refuse') throw fieldInvalid(`Field ${name} does not exist`);
    const type = asText(input['@xsi.type']) ?? 'text_field';
    const body = numberedBody(site, type, bodyOf(input));
    fields.push({ id: freshFieldId(site), name, type, readOnly: false, body });
  }
  return fields;
}

function bodyOf(input: JsonObject): JsonObject {
  const entries = Object.entries(input).filter(([key, value]) => !META.has(key) && value !== undefined);
  return Object.fromEntries(entries);
}

/** Finds the task field an input field means: by id when it carries one, else by name. */
export function matchField(task: Task, input: JsonObject): Field {
  const id = asNumber(input['id']);
  const name = asText(input['name']);
  const found = task.fields.find((field) => (id === undefined ? field.name === name : field.id === id));
  if (found) return found;
  throw illegalArgument(
    `Field ${id === undefined ? (name ?? '') : String(id)} does not belong to task ${String(task.id)}`,
  );
}

/** Checks that an input may be written to a field, before anything is changed. */
export function checkFieldInput(field: Field, input: JsonObject): void {
  const type = asText(input['@xsi.type']);
  if (type !== undefined && type !== field.type) {
    throw fieldInvalid(`Field ${field.name}: type ${type} does not match ${field.type}`);
  }
  if (field.readOnly) throw fieldInvalid(`Field ${field.name} is read-only`);
}

/** Writes an input into a field. Results (Designer, risk, verifier) stay as they are; requests keep id and results. */
export function writeField(site: Site, field: Field, input: JsonObject): void {
  const { designer_result: _designer, related_rules_result: _rules, ...body } = bodyOf(input);
  const list = requestListOf(field);
  if (field.type === 'approve_reject' && body['approved'] !== undefined) {
    const approved = asBoolean(body['approved']);
    if (approved === undefined) delete body['approved'];
    else body['approved'] = approved;
  }
  if (field.type === 'checkbox') body['value'] = asBoolean(body['value']) ?? false;
  if (list !== undefined && body[list] !== undefined) body[list] = mergedRequests(site, field, list, body);
  field.body = { ...field.body, ...body };
}

function mergedRequests(site: Site, field: Field, list: string, body: JsonObject): JsonObject[] {
  const known = requestsOf(field);
  return objectsOf(body[list]).map((input, position) => {
    const order = asText(input['order']);
    const id = asNumber(input['id']);
    const match =
      known.find((request) => request['id'] === id) ?? known.find((request) => request['order'] === order);
    if (!match) return numbered(site, input, list, position);
    const results = Object.fromEntries(RESULTS.filter((key) => key in match).map((key) => [key, match[key]]));
    return { ...match, ...input, ...results, id: match['id'], order: match['order'] };
  });
}
