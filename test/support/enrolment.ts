import type { Enrolment, EnrolmentWindow } from '../../src/domain/lane.js';
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
  approval: null,
  commitBaseline: null,
  calendar: 'nightly',
};

export function windowOf(opensAtMs: number, closesAtMs: number, calendar = 'nightly'): EnrolmentWindow {
  return { calendar, ruleVersion: 'r1', intervals: [{ opensAtMs, closesAtMs }], minimumRemainingMs: 2 };
}

/** A place for a managed device group `DG` below manager `M`, its window always open, its Update not saved. */
export function enrolment(
  part: Partial<Omit<Enrolment, 'claim'>> & { claim?: Partial<Claim> } = {},
): Enrolment {
  const target = part.target ?? 'DG';
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
    priority: 3,
    window: windowOf(0, 1_000_000_000),
    ...part,
    claim: { ...CLAIM, ...part.claim },
  };
}

/** The same place after its Update was saved. */
export function savedEnrolment(part: Parameters<typeof enrolment>[0] = {}): Enrolment {
  return enrolment({ saved: true, hasSaved: true, ...part });
}
