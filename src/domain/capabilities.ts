import type { Ability, Capability } from './provisioning.js';

/** The capability matrix: what may be done to which device, for which action, and who says so. */

/** What a request asks of a device. */
export const ACTIONS = [
  'addAccess',
  'removeAccess',
  'modifyGroup',
  'decommission',
  'clonePolicy',
  'ruleDecommission',
  'ruleModification',
] as const;
export type Action = (typeof ACTIONS)[number];
/** `unknown`: of a request that no row of the matrix can be about. */
export type AskedAction = Action | 'unknown';

/** Name of the operators' file, for messages. */
export const CAPABILITIES_FILE = 'config/capabilities.yaml';

export interface CapabilityRow {
  readonly update: Ability;
  readonly commit: Ability;
  /** Where it differs from that of the family. */
  readonly source?: string;
  /** Login or team that does it by hand. */
  readonly person?: string;
}

/** Devices that can do the same. */
export interface DeviceFamily {
  readonly name: string;
  /** As SecureTrack names the vendor; without case. null: any. */
  readonly vendor: string | null;
  /** Models of SecureTrack; `aws_*` is every model that begins so. */
  readonly models: readonly string[];
  readonly enforcedBy: Capability['enforcedBy'];
  /** Who says so: the page of the vendor, a test of one's own. */
  readonly source: string;
  readonly person?: string;
  readonly actions: Partial<Readonly<Record<Action, CapabilityRow>>>;
}

export interface CapabilityMatrix {
  /** Of the content, for explanations; null when there is no file. */
  readonly version: string | null;
  readonly families: readonly DeviceFamily[];
}

export const NO_CAPABILITIES: CapabilityMatrix = { version: null, families: [] };

export interface DeviceKind {
  readonly vendor: string | null;
  readonly model: string | null;
}

export function familyOf(matrix: CapabilityMatrix, device: DeviceKind): DeviceFamily | null {
  const { model } = device;
  if (model === null) return null;
  const vendor = device.vendor?.toLowerCase() ?? null;
  const found = matrix.families.find(
    (family) =>
      family.models.some((pattern) => coversModel(pattern, model)) &&
      (family.vendor === null || vendor === null || vendor === '' || vendor === family.vendor.toLowerCase()),
  );
  return found ?? null;
}

export function coversModel(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : pattern === model;
}

/** What may be done to a device for these actions; of several actions the least able decides. What is in no row asks a person. */
export function capabilityOf(
  matrix: CapabilityMatrix,
  device: DeviceKind,
  actions: readonly AskedAction[],
): Capability {
  const family = familyOf(matrix, device);
  const rows = actions.length === 0 ? [ruleFor(matrix, family, device, 'unknown')] : [];
  rows.push(...actions.map((action) => ruleFor(matrix, family, device, action)));
  const [update, commit] = [least(rows.map((row) => row.update)), least(rows.map((row) => row.commit))];
  const deciding = rows.find((row) => row.update === update && row.commit === commit) ?? rows[0];
  const person = deciding?.person;
  return {
    update,
    commit,
    enforcedBy: family?.enforcedBy ?? 'unknown',
    ...(deciding !== undefined && { reason: deciding.reason }),
    ...(person !== undefined && { person }),
  };
}

interface Rule extends CapabilityRow {
  readonly reason: string;
}

const UNKNOWN = { update: 'unknown', commit: 'unknown' } as const;
const REASON_LENGTH = 120;

function ruleFor(
  matrix: CapabilityMatrix,
  family: DeviceFamily | null,
  { vendor, model }: DeviceKind,
  action: AskedAction,
): Rule {
  const reason = (text: string): string => text.slice(0, REASON_LENGTH);
  if (matrix.version === null) return { ...UNKNOWN, reason: `there is no ${CAPABILITIES_FILE}` };
  if (family === null) {
    const of = vendor === null || vendor === '' ? '' : ` of ${vendor}`;
    const device = model === null ? 'a device without a model in SecureTrack' : `model ${model}${of}`;
    return { ...UNKNOWN, reason: reason(`${CAPABILITIES_FILE} has no family for ${device}`) };
  }
  const row = action === 'unknown' ? undefined : family.actions[action];
  if (row === undefined)
    return { ...UNKNOWN, reason: reason(`${CAPABILITIES_FILE}: ${family.name} has no row for ${action}`) };
  const person = row.person ?? family.person;
  return {
    ...row,
    ...(person !== undefined && { person }),
    reason: reason(`${CAPABILITIES_FILE}: ${family.name}, ${action}: ${row.source ?? family.source}`),
  };
}

const FROM_LEAST: readonly Ability[] = ['refused', 'unknown', 'manual', 'automatic', 'none'];

function least(abilities: readonly Ability[]): Ability {
  return FROM_LEAST.find((ability) => abilities.includes(ability)) ?? 'unknown';
}

/** What would be done, for a person: `Update and Commit by us`. */
export function describeCapability({
  update,
  commit,
  person,
}: Pick<Capability, 'update' | 'commit' | 'person'>): string {
  if (update === 'refused') return 'refused';
  const named = person === undefined ? 'a person' : person;
  const by = (ability: Ability): string => (ability === 'automatic' ? 'automatic' : `by ${named}`);
  if (update === 'unknown') return `not known: asks ${named}`;
  if (commit === 'none') return `Update ${by(update)}`;
  if (update === commit) return `Update and Commit ${by(update)}`;
  return `Update ${by(update)}, Commit ${by(commit)}`;
}
