/** Requests of a ticket as a person reads them. Total: what cannot be read is named by its kind. */
import type { Json } from '../domain/ticket-content.js';
import { toList, toObject, toText, toWrappedList } from './normalise.js';

type Row = Readonly<Record<string, unknown>>;

/** `AR1: Accept from 10.20.4.15/32 to billing-net, service TCP 8443, targets DG-B`. */
export function accessRequestText(request: Row): string {
  const targets = targetNames(request);
  const action = toText(request['action']) ?? 'Accept';
  const comment = toText(request['comment']);
  return [
    `${toText(request['order']) ?? 'AR'}: ${action} from ${sidesOf(request, 'source')} to ${sidesOf(request, 'destination')}`,
    `service ${list(toWrappedList(request['services'], 'service').map(serviceText))}`,
    `targets ${list(targets)}`,
    ...(comment === null ? [] : [`comment ${comment}`]),
  ].join(', ');
}

/** The devices of an access request: `device`, `manager/device`, or `Any`. */
export function targetNames(request: Row): string[] {
  return toWrappedList(request['targets'], 'target').map((entry) => {
    const target = toObject(entry);
    const name = toText(target?.['object_name']);
    const manager = toText(target?.['management_name']);
    if (target === undefined || name === null) return toText(entry) ?? 'Any';
    return manager === null || manager === name ? name : `${manager}/${name}`;
  });
}

/** `Web servers: CREATE with web-1 (ADDED), web-2 (DELETED)`. */
export function groupChangeText(change: Row): string {
  const members = toWrappedList(change['members'], 'member').map((entry) => {
    const member = toObject(entry);
    const status = toText(member?.['status']);
    return `${partyText(entry)}${status === null ? '' : ` (${status})`}`;
  });
  const action = toText(change['change_action']) ?? 'change';
  return `${toText(change['name']) ?? 'group'}: ${action} with ${list(members)}`;
}

/** What the risk analysis found, per violation. */
export function violationsOf(request: Row): Json[] {
  const result = toObject(request['risk_analysis_result']);
  return toWrappedList(result?.['security_policy_violations'], 'security_policy_violation').map((entry) => {
    const violation = toObject(entry) ?? {};
    const cell = toObject(violation['matrix_cell_violation']) ?? {};
    const names = (wrapper: string, item: string): Json =>
      toWrappedList(cell[wrapper], item).map((one) => violationPartText(toObject(one) ?? {}));
    return {
      severity: toText(violation['severity']),
      policy: toText(toObject(violation['security_zone_matrix'])?.['name']),
      from_zone: toText(cell['from_zone']),
      to_zone: toText(cell['to_zone']),
      sources: names('sources', 'source'),
      destinations: names('destinations', 'destination'),
      violating_services: names('not_allowed_services', 'not_allowed_service'),
      allowed_services: names('allowed_services', 'allowed_service'),
    };
  });
}

function violationPartText(part: Row): string {
  const name = toText(part['name']) ?? toText(part['ip']);
  return name ?? toText(part['@xsi.type']) ?? 'unknown';
}

function sidesOf(request: Row, side: 'source' | 'destination'): string {
  return list(toWrappedList(request[`${side}s`], side).map(partyText));
}

function partyText(entry: unknown): string {
  const party = toObject(entry);
  if (party === undefined) return toText(entry) ?? 'unknown';
  const ip = toText(party['ip_address']);
  const cidr = toText(party['cidr']);
  if (ip !== null) return cidr === null ? ip : `${ip}/${cidr}`;
  const [first, last] = [toText(party['range_first_ip']), toText(party['range_last_ip'])];
  if (first !== null && last !== null) return `${first}-${last}`;
  const named = ['object_name', 'host_name', 'name', 'user_name', '@type'].map((key) => toText(party[key]));
  const name = named.find((text) => text !== null) ?? 'unknown';
  return name.toUpperCase() === 'ANY' ? 'Any' : name;
}

function serviceText(entry: unknown): string {
  const service = toObject(entry);
  if (service === undefined) return toText(entry) ?? 'unknown';
  const named = ['predefined_name', 'object_name'].map((key) => toText(service[key]));
  const name = named.find((text) => text !== null) ?? null;
  if (name !== null) return name;
  const protocol = toText(service['protocol']);
  const port = toText(service['port']);
  if (protocol !== null) return port === null ? protocol : `${protocol} ${port}`;
  const type = toText(service['@type']) ?? 'unknown';
  return type.toUpperCase() === 'ANY' ? 'Any' : type;
}

function list(texts: readonly string[]): string {
  return toList(texts).length === 0 ? 'Any' : texts.join(', ');
}
