import type { Enrolment, EnrolmentWindow, LaneState } from '../../src/domain/lane.js';
import { leave, type Leave, type Leaving } from '../../src/domain/lane-places.js';
import type { Claim } from '../../src/domain/push.js';

const CLAIM: Claim = {
  stepInstance: 'Implementation#1',
  stepName: 'Implementation',
  requestField: 'Required Access',
  taskAccess: 'accept',
  adopted: false,
  instructionDigest: 'as designed',
  requestDigest: 'request',
  riskDigest: 'risk',
  designDigest: 'design',
  approvals: [],
  commitBaseline: null,
};

export function windowOf(opensAtMs: number, closesAtMs: number, calendar = 'nightly'): EnrolmentWindow {
  return { calendar, ruleVersion: 'r1', intervals: [{ opensAtMs, closesAtMs }], minimumRemainingMs: 2 };
}

/** Later than all times of the fake environment: the lanes there accept it. */
let lastNumber = 2_000_000_000_000;

/** A place for a managed device group `DG` below manager `M`, its window always open, its Update not saved; newer than every one before. */
export function enrolment(
  part: Partial<Omit<Enrolment, 'claim'>> & { claim?: Partial<Claim> } = {},
): Enrolment {
  const target = part.target ?? 'DG';
  lastNumber += 1;
  return {
    ticketId: '1',
    epoch: 1,
    target,
    targetName: target,
    path: ['M', target],
    saved: false,
    hasSaved: false,
    mayLead: true,
    kind: 'commit',
    wants: 'live',
    saves: 'inWindow',
    windowFor: { workflow: 'Firewall change', vendor: 'Panorama', domain: null, planned: null },
    priority: 3,
    placeNumber: lastNumber,
    window: windowOf(0, 1_000_000_000),
    ...part,
    claim: { ...CLAIM, ...part.claim },
  };
}

/** The same place after its Update was saved. */
export function savedEnrolment(part: Parameters<typeof enrolment>[0] = {}): Enrolment {
  return enrolment({ saved: true, hasSaved: true, ...part });
}

/** The ticket leaves with all places that it took so far. */
export function leaveLane(state: LaneState, left: Omit<Leave, 'upTo'>, nowMs: number): Leaving {
  return leave(state, { ...left, upTo: lastNumber }, nowMs);
}
