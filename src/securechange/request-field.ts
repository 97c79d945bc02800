import { worstSeverity } from '../domain/risk.js';
import type { DesignerStatus, RequestField, RequestRisk, Severity } from '../domain/ticket.js';
import { canonicalText, digestOf } from './canonical.js';
import { clip, MESSAGE_LENGTH, NAME_LENGTH, toList, toObject, toText, toWrappedList } from './normalise.js';
import type { WireField } from './wire.js';
import { UnknownVendorWord } from './words.js';

/** Field types that carry a request, and the member that lists its parts; null where the field itself is the request. */
const REQUEST_TYPES: ReadonlyMap<string, string | null> = new Map([
  ['multi_access_request', 'access_request'],
  ['multi_group_change', 'group_change'],
  ['multi_server_decommission_request', 'server_decommission_request'],
  ['clone_server_policy_request', null],
  ['rule_decommission', null],
  ['rule_modification_field', null],
  ['rule_recertification', null],
]);

/** The field's type without a namespace prefix. */
export function fieldType(field: WireField): string {
  return (toText(field['@xsi.type']) ?? toText(field['@type']) ?? '').replace(/^.*:/, '');
}

export function isRequestField(field: WireField): boolean {
  return REQUEST_TYPES.has(fieldType(field));
}

/** The requests of a field: access requests, group changes, decommissions. One that cannot be read is there, and empty. */
export function requestsOf(field: WireField): readonly Readonly<Record<string, unknown>>[] {
  const list = REQUEST_TYPES.get(fieldType(field)) ?? null;
  if (list === null) return [];
  return toList(field[list]).map((request) => toObject(request) ?? {});
}

/** Everything later phases want to know of the field that carries the request; results never enter `requestDigest`. */
export function toRequestField(field: WireField): RequestField {
  const designer = toObject(field['designer_result']);
  const reason = toText(designer?.['cannot_compute_reason']);
  const type = fieldType(field);
  const requests = requestsOf(field);
  if (field.id === null) {
    throw new UnknownVendorWord('field_without_id', 'the field that carries the request has no id');
  }
  return {
    id: field.id,
    name: clip(field.name ?? '', NAME_LENGTH),
    type,
    designerStatus: toDesignerStatus(toText(designer?.['status'])),
    cannotComputeReason: reason === null ? null : clip(reason, MESSAGE_LENGTH),
    requestDigest: requestDigest(field),
    riskDigest: digestOf(
      JSON.stringify(
        requests.map((request) => [
          toText(request['order']),
          canonicalText(request['risk_analysis_result'], { leaveOut: isIdOrLink, keepOrder: false }),
        ]),
      ),
    ),
    risks: type === 'multi_access_request' ? requests.map(toRisk) : [],
    verifier: toVerifierState(
      requests.map((request) => toText(toObject(request['verifier_result'])?.['status'])),
    ),
  };
}

/** SHA-256 over what is asked: equal in every step and for every form of the same JSON. */
export function requestDigest(field: WireField): string {
  const list = REQUEST_TYPES.get(fieldType(field)) ?? null;
  const asked = list === null ? field : field[list];
  return digestOf(canonicalText(asked, { leaveOut: isNotAsked }));
}

const FREE_TEXT = new Set(['comment', 'labels']);
const FIELD_HEAD = new Set(['read_only', 'designer_verifier_advanced_option']);

/** Unknown members count as asked: a change we cannot read must not pass for "unchanged". */
function isNotAsked(key: string): boolean {
  return (
    isIdOrLink(key) ||
    key === '@xsi.type' ||
    key.endsWith('_result') ||
    key.endsWith('implementation_status') ||
    FREE_TEXT.has(key) ||
    FIELD_HEAD.has(key)
  );
}

function isIdOrLink(key: string): boolean {
  return key === 'id' || key === '@href';
}

const DESIGNER_STATUSES: readonly DesignerStatus[] = [
  'not run',
  'designer running',
  'designer success',
  'designer cannot compute',
  'designer fully implement',
  'implementation running',
  'implementation success',
  'implementation failure',
  'commit running',
  'commit success',
  'commit failure',
];

function toDesignerStatus(text: string | null): DesignerStatus {
  if (text === null) return 'not run';
  const status = text.trim().toLowerCase();
  // Older servers said so before the separate implementation states existed.
  if (status === 'implemented') return 'implementation success';
  return DESIGNER_STATUSES.find((one) => one === status) ?? 'unknown';
}

const RISK_STATUSES: ReadonlyMap<string, RequestRisk['status']> = new Map([
  ['not run', 'notRun'],
  ['no risk', 'noRisk'],
  ['has risk', 'hasRisk'],
  ['manually disregarded', 'disregarded'],
  ['not available', 'notAvailable'],
]);

function toRisk(request: Readonly<Record<string, unknown>>): RequestRisk {
  const result = toObject(request['risk_analysis_result']);
  const text = toText(result?.['status'])?.trim().toLowerCase();
  const external = toObject(result?.['external_risk_analysis']);
  const externalRisk = /^has[ _]risk$/i.test(toText(external?.['status']) ?? '');
  const violations = toWrappedList(result?.['security_policy_violations'], 'security_policy_violation');
  const severities = violations.map((violation) => {
    const object = toObject(violation);
    return object === undefined ? 'critical' : toSeverity(object['severity']);
  });
  const status = text === undefined ? 'notRun' : (RISK_STATUSES.get(text) ?? 'notAvailable');
  return {
    order: toText(request['order']) ?? '',
    status: externalRisk && status === 'noRisk' ? 'hasRisk' : status,
    severity: worstSeverity([...severities, toSeverity(external?.['severity'])]),
  };
}

/** An unknown severity word counts as the worst: what we cannot read must not pass. */
function toSeverity(value: unknown): Severity | null {
  const text = toText(value)?.trim().toLowerCase() ?? '';
  if (text === '' || text === 'none' || text === 'na' || text === 'n/a') return null;
  return text === 'low' || text === 'medium' || text === 'high' ? text : 'critical';
}

function toVerifierState(statuses: readonly (string | null)[]): RequestField['verifier'] {
  const words = statuses.map((status) => status?.trim().toLowerCase() ?? 'not run');
  if (words.includes('not implemented')) return 'notImplemented';
  if (words.length > 0 && words.every((word) => word === 'implemented' || word === 'verified'))
    return 'implemented';
  return words.some((word) => word !== 'not run') ? 'notAvailable' : 'notRun';
}
