import type { Target } from '../../src/domain/provisioning.js';
import type { TargetView, TicketView } from '../../src/domain/view.js';

/** A ticket of which nothing is known yet, but for what the test says. */
export function ticketViewOf(part: Partial<TicketView> = {}): TicketView {
  return {
    ticketId: '4711',
    subject: 'Web shop',
    requester: 'j.meier',
    workflow: 'Firewall change',
    process: null,
    mode: 'drive',
    modeReason: null,
    status: 'inProgress',
    step: null,
    epoch: 1,
    phase: null,
    donePhases: [],
    waiting: null,
    held: null,
    targets: [],
    moreTargets: 0,
    risk: null,
    approval: null,
    approvals: [],
    window: null,
    overrides: [],
    savedNotPushed: [],
    itsm: null,
    outbox: [],
    delivered: [],
    parkings: part.needsAttention ? [part.needsAttention] : [],
    moreParkings: 0,
    needsAttention: part.parkings?.[0] ?? null,
    proposals: [],
    outcome: null,
    lastEvents: [],
    timeline: [],
    commands: [],
    ...part,
  };
}

/** A device group whose Update is saved and whose Commit is not begun, but for what the test says. */
export function targetOf(part: Partial<Target> = {}): Target {
  return {
    managementId: '21',
    name: 'DG-B',
    vendor: 'PaloAltoNetworks',
    laneKey: '20',
    laneName: 'PANO-8',
    path: ['20', '21'],
    push: null,
    enforcedBy: 'commit',
    updateBy: 'automatic',
    commitBy: 'automatic',
    instructionDigest: 'd',
    update: 'done',
    commit: 'todo',
    commitBaseline: null,
    manualEvidence: null,
    message: null,
    ...part,
  };
}

export function targetViewOf({
  done = false,
  waiting = null,
  ...part
}: Partial<TargetView> = {}): TargetView {
  return { ...targetOf(part), done, waiting };
}
