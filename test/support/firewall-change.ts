import type { IntegrationPoint, PhaseRule, ProcessDefinition } from '../../src/domain/process.js';
import type { DeviceDesign } from '../../src/domain/provisioning.js';

export const STEPS = ['Open Request', 'Design and Risk', 'Approval', 'Implementation', 'Verification'];

function point(
  name: string,
  when: IntegrationPoint['when'],
  action: IntegrationPoint['action'],
  more: Partial<IntegrationPoint> = {},
): IntegrationPoint {
  return {
    name,
    enabled: true,
    when,
    server: 'servicenow',
    action,
    blocking: false,
    body: { text: name },
    ...more,
  };
}

export const POINTS: readonly IntegrationPoint[] = [
  point('create-change', { kind: 'inbound', step: 'Approval' }, 'create'),
  point('implementation-started', { kind: 'inbound', step: 'Implementation' }, 'update'),
  point('close-change', { kind: 'event', event: 'CLOSE', step: null }, 'close'),
  point('ticket-cancelled', { kind: 'event', event: 'CANCEL', step: null }, 'update'),
  point('ticket-rejected', { kind: 'event', event: 'REJECT', step: null }, 'update'),
];

/** The process that ships for "Firewall change", driven by us. */
export function firewallChange(part: Partial<ProcessDefinition> = {}): ProcessDefinition {
  return {
    name: 'firewall-change',
    version: '0123456789ab',
    workflow: 'Firewall change',
    mode: 'drive',
    driveSinceMs: 0,
    workflowType: 'ACCESS_REQUEST',
    requestField: 'Required Access',
    taskAccess: 'accept',
    commitBy: 'orchestrator',
    commentPushes: false,
    risk: { requests: 'all', approvalFrom: 'medium', blockFrom: 'critical' },
    approvals: [
      {
        name: 'approval',
        step: 'Approval',
        field: 'Approve Access Request',
        covers: 'requestAndDesign',
        needed: 'byRisk',
        roles: [],
        onReject: 'park',
        requesterMayApprove: false,
      },
    ],
    window: {
      calendar: 'nightly',
      perTarget: {},
      minimumRemainingMs: 60_000,
      whenWindowCloses: 'stopBeforeNextTarget',
      openingJitterMs: 0,
      plannedDates: null,
      horizonDays: 60,
    },
    saveUpdates: { aheadMs: 24 * 3_600_000 },
    steps: {
      'Open Request': { phases: [] },
      'Design and Risk': {
        phases: [
          { phase: 'design', by: 'orchestrator' },
          { phase: 'riskCheck', by: 'orchestrator' },
          { phase: 'advance', by: 'orchestrator' },
        ],
      },
      Approval: { phases: [{ phase: 'approval', by: 'orchestrator' }] },
      Implementation: {
        phases: [
          { phase: 'update', by: 'orchestrator' },
          { phase: 'changeWindow', by: 'orchestrator' },
          { phase: 'commit', by: 'orchestrator' },
          { phase: 'advance', by: 'orchestrator' },
        ],
      },
      Verification: {
        phases: [
          { phase: 'verify', by: 'orchestrator' },
          { phase: 'advance', by: 'orchestrator' },
        ],
      },
    },
    integrationPoints: POINTS,
    ...part,
  };
}

function device(name: string, part: Partial<DeviceDesign>): DeviceDesign {
  return {
    managementId: `m-${name}`,
    name,
    vendor: 'vendor',
    model: null,
    laneKey: `manager-of-${name}`,
    laneName: `manager of ${name}`,
    path: [part.laneKey ?? `manager-of-${name}`, `m-${name}`],
    capability: { update: 'automatic', commit: 'automatic', enforcedBy: 'commit' },
    design: 'computed',
    designMessage: null,
    instructions: 1,
    instructionDigest: `instructions for ${name}`,
    newRevisionArrived: false,
    offline: false,
    update: 'none',
    updateMessage: null,
    commit: { state: 'none', reportStart: null, message: null },
    ...part,
  };
}

/** A manager: its Update saves, its Commit makes the change live. */
export function manager(name: string, part: Partial<DeviceDesign> = {}): DeviceDesign {
  return device(name, part);
}

/** A firewall without a manager: its Update is live at once. */
export function directFirewall(name: string, part: Partial<DeviceDesign> = {}): DeviceDesign {
  return device(name, {
    capability: { update: 'automatic', commit: 'none', enforcedBy: 'update' },
    ...part,
  });
}

/** The shipped process with other phases in one step. */
export function withPhases(step: string, phases: readonly PhaseRule[]): ProcessDefinition {
  const definition = firewallChange();
  return { ...definition, steps: { ...definition.steps, [step]: { phases } } };
}
