import type { Ability, Capability } from '../domain/provisioning.js';

export const ACTIONS = [
  'addAccess',
  'removeAccess',
  'modifyGroup',
  'decommission',
  'clonePolicy',
  'ruleDecommission',
  'ruleModification',
  'unknown',
] as const;
export type Action = (typeof ACTIONS)[number];

/** What a kind of device can do: one row of the vendor's matrix. */
interface Family {
  readonly name: string;
  readonly models: RegExp;
  readonly enforcedBy: Capability['enforcedBy'];
  /** Update and Commit per action; an action that is not listed is unknown. */
  readonly can: Partial<Readonly<Record<Action, readonly [update: Ability, commit: Ability]>>>;
  readonly source: string;
}

const SAVE_THEN_COMMIT: readonly [Ability, Ability] = ['automatic', 'automatic'];
/** The Update is saved, its Commit is left to a person: the vendor's matrix names none for this action. */
const SAVE_ONLY: readonly [Ability, Ability] = ['automatic', 'manual'];
const BY_HAND: readonly [Ability, Ability] = ['manual', 'manual'];
const ENFORCE: readonly [Ability, Ability] = ['automatic', 'none'];
const ENFORCE_BY_HAND: readonly [Ability, Ability] = ['manual', 'none'];

const MANAGER_ACTIONS: Family['can'] = {
  addAccess: SAVE_THEN_COMMIT,
  modifyGroup: SAVE_THEN_COMMIT,
  removeAccess: SAVE_ONLY,
  decommission: BY_HAND,
  clonePolicy: BY_HAND,
};

/**
 * Read from the vendor's Knowledge Center pages (Check Point, Palo Alto, Fortinet) and, for direct firewalls, from the
 * rule of the change process page. "First match wins"; whatever is not here asks a person.
 */
export const FAMILIES: readonly Family[] = [
  {
    name: 'Check Point CMA, MDS, SmartCenter',
    models: /^(cp_domain_r80plus|cp_mds_r80plus|cp_smc_r80plus)$/,
    enforcedBy: 'commit',
    can: MANAGER_ACTIONS,
    source: 'vendor page; rule actions cut off there',
  },
  {
    name: 'Panorama Advanced',
    models: /^(Panorama_device_group|Panorama_ng)$/,
    enforcedBy: 'commit',
    can: { ...MANAGER_ACTIONS, ruleDecommission: SAVE_THEN_COMMIT, ruleModification: SAVE_THEN_COMMIT },
    source: 'vendor page',
  },
  {
    name: 'FortiManager Advanced',
    models: /^(fmg_adom|fortimanager)$/,
    enforcedBy: 'commit',
    can: { ...MANAGER_ACTIONS, ruleDecommission: SAVE_THEN_COMMIT, ruleModification: SAVE_THEN_COMMIT },
    source: 'vendor page',
  },
  {
    name: 'Check Point firewall under a manager',
    models: /^(module|module_cluster)$/,
    // The page names an Update and no Commit, and does not say what makes it live.
    enforcedBy: 'unknown',
    can: { addAccess: ENFORCE, removeAccess: ENFORCE, decommission: ENFORCE_BY_HAND },
    source: 'vendor page',
  },
  {
    name: 'FortiGate without a manager',
    models: /^fortigate$/,
    enforcedBy: 'update',
    can: {
      addAccess: ENFORCE_BY_HAND,
      removeAccess: ENFORCE_BY_HAND,
      modifyGroup: ENFORCE_BY_HAND,
      decommission: ENFORCE_BY_HAND,
    },
    source: 'vendor page: Designer and verifier only',
  },
  {
    name: 'direct firewall or cloud security group',
    models: /^(asa|router|junos|PaloAltoFW|nexus|netscreen|nsx_.+|aws_.+|azure_.+|gcp_vpc)$/,
    enforcedBy: 'update',
    can: { addAccess: ENFORCE, removeAccess: ENFORCE, modifyGroup: ENFORCE },
    source: 'change process page: for firewalls and security groups Update alone enforces',
  },
];

const UNKNOWN: Capability = { update: 'unknown', commit: 'unknown', enforcedBy: 'unknown' };

/** What may be done to a device of this model for these actions; of several actions the least able decides. */
export function capabilityOf(model: string | null, actions: readonly Action[]): Capability {
  const family = FAMILIES.find((one) => model !== null && one.models.test(model));
  if (family === undefined || actions.length === 0) return UNKNOWN;
  const abilities = actions.map((action) => family.can[action] ?? (['unknown', 'unknown'] as const));
  return {
    update: least(abilities.map(([update]) => update)),
    commit: least(abilities.map(([, commit]) => commit)),
    enforcedBy: family.enforcedBy,
  };
}

const FROM_LEAST: readonly Ability[] = ['unknown', 'manual', 'automatic', 'none'];

function least(abilities: readonly Ability[]): Ability {
  return FROM_LEAST.find((ability) => abilities.includes(ability)) ?? 'unknown';
}
