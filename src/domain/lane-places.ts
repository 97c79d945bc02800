/** Places in a lane: taken long before the opening, renewed when a calendar is edited, given up with an answer. */
import type {
  Enrolment,
  EnrolmentWindow,
  LaneState,
  LedgerEntry,
  LeftBecause,
  QueuedEnrolment,
} from './lane.js';
import { markLeft, noteSaved, ridesWith } from './ledger.js';
import { memberKey } from './push.js';

/** Takes a place, or renews the one that is there. A target that rides a push keeps what it rode with. */
export function enrol(state: LaneState, enrolment: Enrolment, nowMs: number): void {
  if (ridesWith(state, enrolment)) return;
  const known = state.queue.find((queued) => memberKey(queued) === memberKey(enrolment));
  const place = known ?? { enrolledAtMs: nowMs, seq: state.nextSeq++ };
  // Its ticket may not have heard yet what its Update inside a push left behind.
  const sameChange =
    known !== undefined && known.claim.instructionDigest === enrolment.claim.instructionDigest;
  const commitBaseline = enrolment.claim.commitBaseline ?? (sameChange ? known.claim.commitBaseline : null);
  const queued = {
    ...enrolment,
    claim: { ...enrolment.claim, commitBaseline },
    enrolledAtMs: place.enrolledAtMs,
    seq: place.seq,
  };
  state.queue = [...state.queue.filter((other) => other !== known), queued];
  const { ticketId, epoch, target, targetName, path, claim } = enrolment;
  const { instructionDigest } = claim;
  const noted = state.ledger.some((entry) => comesBack(entry, enrolment));
  if (enrolment.hasSaved && !noted)
    noteSaved(state, { ticketId, epoch, target, targetName, path, instructionDigest, state: 'saved' }, nowMs);
  state.ledger = state.ledger.map((entry) =>
    comesBack(entry, enrolment) ? { ...entry, left: null } : entry,
  );
  // A place without a saved change concerns no push that is being judged.
  if (state.ledger.some((entry) => memberKey(entry) === memberKey(enrolment))) state.version += 1;
}

/** Back in the queue with the very change that it saved: a hold that was resumed, a gate that was repaired. */
function comesBack(entry: LedgerEntry, enrolment: Enrolment): boolean {
  return (
    memberKey(entry) === memberKey(enrolment) &&
    entry.epoch === enrolment.epoch &&
    entry.instructionDigest === enrolment.claim.instructionDigest
  );
}

export type Leaving =
  | { readonly kind: 'out' }
  /** A call that may carry its change is begun: its result comes with push `n`. */
  | { readonly kind: 'rides'; readonly n: number; readonly targets: readonly string[] };

/** Gives up the places of a ticket, of one target or all. What it saved stays in the ledger, marked. */
export function leave(
  state: LaneState,
  { ticketId, target, because }: { ticketId: string; target: string | null; because: LeftBecause },
  nowMs: number,
): Leaving {
  const mine = (place: { ticketId: string; target: string }): boolean =>
    place.ticketId === ticketId && (target === null || place.target === target);
  const { push } = state;
  const calls = push?.begun.filter(({ ended }) => !ended) ?? [];
  const begun = new Set(calls.flatMap(({ members, passengers }) => [...members, ...passengers]));
  const riding = [...(push?.members ?? []), ...state.queue].filter(
    (place) => mine(place) && begun.has(memberKey(place)),
  );
  state.version += 1;
  if (push !== null) {
    const leaving = riding.map((member) => ({ key: memberKey(member), because }));
    const stays = (member: QueuedEnrolment): boolean => !mine(member) || riding.includes(member);
    state.push = { ...push, members: push.members.filter(stays), leaving: [...push.leaving, ...leaving] };
  }
  state.queue = state.queue.filter((queued) => !mine(queued));
  markLeft(state, (entry) => mine(entry) && !begun.has(memberKey(entry)), because, nowMs);
  return push === null || riding.length === 0
    ? { kind: 'out' }
    : { kind: 'rides', n: push.n, targets: riding.map((member) => member.target) };
}

/** A calendar as it is now. */
export type Replan = Pick<EnrolmentWindow, 'calendar' | 'ruleVersion' | 'intervals'>;

/** People edit calendars while tickets wait: renews the windows of everybody in the queue; returns whose changed. */
export function replan(state: LaneState, plans: readonly Replan[]): QueuedEnrolment[] {
  const changed: QueuedEnrolment[] = [];
  state.queue = state.queue.map((queued) => {
    const plan = plans.find((candidate) => candidate.calendar === queued.window.calendar);
    if (!plan || plan.ruleVersion === queued.window.ruleVersion) return queued;
    const { calendar, ruleVersion, intervals } = plan;
    const renewed = { ...queued, window: { ...queued.window, calendar, ruleVersion, intervals } };
    changed.push(renewed);
    return renewed;
  });
  if (changed.length > 0) state.version += 1;
  return changed;
}

/** The calendars the queue waits by, each as `name@ruleVersion`: what an edited calendar is compared with. */
export function plansOf({ queue }: LaneState): readonly string[] {
  return [...new Set(queue.map(({ window }) => planKey(window)))].sort();
}

/** True when the lane waits by another version of this calendar. Names of calendars have no `@`. */
export function isBehind(plans: readonly string[], plan: Replan): boolean {
  return plans.some((known) => known.startsWith(`${plan.calendar}@`) && known !== planKey(plan));
}

function planKey({ calendar, ruleVersion }: Replan): string {
  return `${calendar}@${ruleVersion}`;
}
