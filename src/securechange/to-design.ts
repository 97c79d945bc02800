import { ANY_RULE, touchesOf } from '../domain/conflicts.js';
import { capabilityOf, type AskedAction, type CapabilityMatrix } from '../domain/capabilities.js';
import { ACTION_OF_FIELD } from '../domain/workflow-types.js';
import type { CommitEvidence, DesignFacts, DeviceDesign } from '../domain/provisioning.js';
import { canonicalText, digestOf } from './canonical.js';
import { laneOf, pathOf, type Devices } from './device-tree.js';
import { clip, toText } from './normalise.js';
import { fieldType, requestsOf, toRequestField } from './request-field.js';
import { asShown, whyNotShown } from './shown-devices.js';
import type { WireField, WireSuggestion } from './wire.js';

/** Two hundred devices must stay well below what an activity may return. */
const NAME_LENGTH = 64;
const MESSAGE_LENGTH = 100;

export interface DesignSource {
  readonly field: WireField;
  readonly suggestions: readonly WireSuggestion[];
  readonly devices: Devices;
  readonly capabilities: CapabilityMatrix;
  /** By management id; absent = no Commit shown. */
  readonly commits: ReadonlyMap<string, CommitEvidence>;
}

/** The Designer's results with what SecureTrack and the capability matrix say of each device. Instruction texts stay out. */
export function toDesign(source: DesignSource): DesignFacts {
  const { field, suggestions, commits } = source;
  const { designerStatus, cannotComputeReason } = toRequestField(field);
  const actions = actionsOf(field);
  const allImplemented = designerStatus === 'designer fully implement';
  const designs = suggestions.map((suggestion) =>
    toDevice(suggestion, actions, source, commits.get(suggestion.management_id), allImplemented),
  );
  const digests = designs.map((design) => [design.managementId, design.instructionDigest]);
  return {
    designerStatus,
    cannotComputeReason,
    devices: designs,
    designDigest: digestOf(JSON.stringify(digests.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)))),
  };
}

/** What the request asks of its devices; an access request that removes counts apart from those that add. */
export function actionsOf(field: WireField): readonly AskedAction[] {
  const type = fieldType(field);
  if (type !== 'multi_access_request') return [ACTION_OF_FIELD.get(type) ?? 'unknown'];
  const actions = requestsOf(field).map((request): AskedAction => {
    const action = toText(request['action'])?.trim().toLowerCase();
    if (action === 'remove') return 'removeAccess';
    return action === 'accept' || action === 'drop' ? 'addAccess' : 'unknown';
  });
  return [...new Set(actions)];
}

function toDevice(
  suggestion: WireSuggestion,
  actions: readonly AskedAction[],
  { devices, capabilities }: DesignSource,
  commit: CommitEvidence | undefined,
  allImplemented: boolean,
): DeviceDesign {
  const id = suggestion.management_id;
  const device = devices.get(id);
  const name = suggestion.management_name ?? device?.name ?? id;
  const ancestor = { id: suggestion.ancestor_management_id, name: suggestion.ancestor_management_name };
  const vendor = suggestion.vendor_name ?? device?.vendor ?? null;
  const lane = laneOf(devices, { id, name }, ancestor);
  const instructions = suggestion.suggestions_per_binding.flatMap((binding) => binding.instructions);
  const failed = instructions.find((one) => isStatus(one.status, 'DESIGN_FAILED'));
  return {
    managementId: id,
    name: clip(name, NAME_LENGTH),
    vendor: clip(vendor ?? '', 40),
    model: device?.model == null ? null : clip(device.model, 60),
    laneKey: lane.key,
    laneName: clip(lane.name, NAME_LENGTH),
    path: pathOf(devices, id, lane.key),
    ...(device?.domain_name == null ? {} : { domain: clip(device.domain_name, NAME_LENGTH) }),
    capability: asShown(
      capabilityOf(capabilities, { vendor, model: device?.model ?? null }, actions),
      whyNotShown(devices, id),
    ),
    ...judgeDesign(instructions, failed, allImplemented),
    instructions: instructions.length,
    instructionDigest: digestOf(
      canonicalText(suggestion.suggestions_per_binding, { leaveOut: isNotInstructed }),
    ),
    ...policiesOf(suggestion),
    ...touchedBy(instructions),
    newRevisionArrived: suggestion.new_revision_arrived ?? false,
    offline: suggestion.offline_device ?? false,
    ...judgeUpdate(suggestion),
    commit: commit ?? { state: 'none', reportStart: null, message: null },
  };
}

const MOST_POLICIES = 5;

/** With more than a few of them every policy of the device may be changed. */
function policiesOf({ suggestions_per_binding: bindings }: WireSuggestion): { policies?: string[] } {
  const names = new Set(bindings.flatMap(({ binding_name: name }) => (name === null ? [] : [name])));
  const known = bindings.every(({ binding_name: name }) => name !== null) && names.size <= MOST_POLICIES;
  return known && names.size > 0 ? { policies: [...names].map((name) => clip(name, NAME_LENGTH)) } : {};
}

/** What the instructions change of what is there: names of rules and objects that are only added are of no other ticket. */
function touchedBy(instructions: readonly Instruction[]): Pick<DeviceDesign, 'touches'> {
  const names = instructions.flatMap((one) => {
    if (isStatus(one.status, 'DESIGN_FULLY_IMPLEMENTED')) return [];
    switch (one.instruction_type?.trim().toUpperCase()) {
      case 'UPDATE_RULE':
      case 'REMOVE_RULE':
      case 'RULE_REPLACE':
        return [nameOf('rule', one['rule'])];
      case 'UPDATE_GROUP':
        return [nameOf('group', { uid: one['modified_object_uid'], name: one['modified_object_name'] })];
      default:
        return [];
    }
  });
  return names.length === 0 ? {} : { touches: touchesOf(names) };
}

/** Where neither name nor uid is there, it may be any. */
function nameOf(kind: string, found: unknown): string {
  const known = typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
  const name = ['uid', 'name', 'rule_number']
    .map((key) => toText(known[key]))
    .find((text) => text != null && text !== '');
  return name === undefined ? ANY_RULE : `${kind} ${name}`;
}

type Instruction = WireSuggestion['suggestions_per_binding'][number]['instructions'][number];

function judgeDesign(
  instructions: readonly Instruction[],
  failed: Instruction | undefined,
  allImplemented: boolean,
): Pick<DeviceDesign, 'design' | 'designMessage'> {
  if (failed !== undefined) {
    return {
      design: 'failed',
      designMessage: short(failed.error_message) ?? 'the Designer could not compute it',
    };
  }
  if (instructions.length === 0 && !allImplemented) {
    return { design: 'failed', designMessage: 'the Designer gives no instruction for this device' };
  }
  const implemented = instructions.every((one) => isStatus(one.status, 'DESIGN_FULLY_IMPLEMENTED'));
  return { design: implemented ? 'fullyImplemented' : 'computed', designMessage: null };
}

function isStatus(status: string | null, wanted: string): boolean {
  return status?.trim().toUpperCase() === wanted;
}

/** Only texts that clearly say so count: of `push_status` the vendor publishes the successful one alone. */
function judgeUpdate({
  push_status: status,
  push_status_reason: reason,
}: WireSuggestion): Pick<DeviceDesign, 'update' | 'updateMessage'> {
  const text = status ?? '';
  const message = short(reason);
  if (/fail|error|abort|reject|partial|\bnot\b/i.test(text)) {
    return { update: 'failed', updateMessage: message ?? short(text) };
  }
  if (/succe/i.test(text)) return { update: 'updated', updateMessage: message };
  return { update: 'none', updateMessage: message ?? short(status) };
}

function short(text: string | null): string | null {
  return text === null ? null : clip(text.replace(/\s+/g, ' ').trim(), MESSAGE_LENGTH);
}

const STATES = new Set(['id', '@href', 'status', 'error_message', 'warning_message', 'comment']);

/** Ids and states; the uids of objects that do not exist yet are negative numbers, new in every run. */
function isNotInstructed(key: string, value: unknown): boolean {
  return STATES.has(key) || (key.endsWith('uid') && /^-\d+$/.test(toText(value) ?? ''));
}
