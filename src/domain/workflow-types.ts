import type { Action } from './capabilities.js';

/** What a ticket of one type of SecureChange workflow can ask for, and what we do with it. */
export interface WorkflowType {
  /** The kinds of request a ticket can hold; what may be done for each is in the capability matrix. */
  readonly actions: readonly Action[];
  /** Whether its requests carry risk results. */
  readonly risk: boolean;
}

/**
 * One row for each type. Without an action nothing can be designed, saved or made live: its targets enter no lane, and
 * what it asks for is done by the persons of its steps.
 */
export const WORKFLOW_TYPES = {
  ACCESS_REQUEST: { actions: ['addAccess', 'removeAccess'], risk: true },
  ACCESS_REQUEST_AND_MODIFY_GROUP: { actions: ['addAccess', 'removeAccess', 'modifyGroup'], risk: true },
  MODIFY_GROUP: { actions: ['modifyGroup'], risk: false },
  DECOMMISSION_NETWORK_OBJECT: { actions: ['decommission'], risk: false },
  RULE_DECOMMISSION: { actions: ['ruleDecommission'], risk: false },
  // Its rules are confirmed or given an end date in SecureTrack; no device changes.
  RULE_RECERTIFICATION: { actions: [], risk: false },
  // Where it shows results is not known: without them its risk is unknown, and a person is asked.
  RULE_MODIFICATION: { actions: ['ruleModification'], risk: true },
  CLONE_NETWORK_OBJECT_POLICY: { actions: ['clonePolicy'], risk: false },
  GENERIC: { actions: [], risk: false },
} as const satisfies Readonly<Record<string, WorkflowType>>;

export type WorkflowTypeName = keyof typeof WORKFLOW_TYPES;

/** Of the type of the field that carries the request; an access request says itself whether it adds or removes. */
export const ACTION_OF_FIELD: ReadonlyMap<string, Action> = new Map([
  ['multi_group_change', 'modifyGroup'],
  ['multi_server_decommission_request', 'decommission'],
  ['clone_server_policy_request', 'clonePolicy'],
  ['rule_decommission', 'ruleDecommission'],
  ['rule_modification_field', 'ruleModification'],
]);

/** false for a type that we do not know as well: what it carries is then missing, never "no risk". */
export function carriesNoRisk(workflowType: string): boolean {
  const found: WorkflowType | undefined = Object.hasOwn(WORKFLOW_TYPES, workflowType)
    ? WORKFLOW_TYPES[workflowType as WorkflowTypeName]
    : undefined;
  return found !== undefined && !found.risk;
}
