/** Places in a lane: a target enrols long before its window, gets new windows when a calendar is edited, and leaves. */
import type {
  Enrolment,
  EnrolmentWindow,
  LaneState,
  LedgerEntry,
  LeftBecause,
  QueuedEnrolment,
  WindowFor,
} from './lane.js';
import { acceptNamed } from './emergency.js';
import { watchFrom } from './foreign.js';
import { endAcceptances, forget, markLeft, noteSaved, ridesWith } from './ledger.js';
import { noteOverride } from './lane-overrides.js';
import { forgetNoted, unreadFailure } from './partial-failure.js';
import { hasNewer, isGivenUp, noteNumber } from './place-numbers.js';
import { memberKey } from './push.js';
import type { Interval, WindowQuestion } from './window.js';
import { noteLiveByOthers } from './window-record.js';

/**
 * Enrols a target, or renews its place. The member of a running push keeps the enrolment that the push started with. False
 * when the ticket has no place, because it has given up the one of this enrolment.
 */
export function enrol(state: LaneState, enrolment: Enrolment, nowMs: number): boolean {
  if (ridesWith(state, enrolment)) return true;
  const known = state.queue.find((queued) => memberKey(queued) === memberKey(enrolment));
  // A place that is there already needs no repetition: an edited calendar reaches it in another way.
  if (isGivenUp(state, enrolment, enrolment.placeNumber)) return known !== undefined;
  const place = known ?? { enrolledAtMs: nowMs, seq: state.nextSeq++ };
  // The ticket may not have the result of its Update inside a push yet.
  const sameChange =
    known !== undefined && known.claim.instructionDigest === enrolment.claim.instructionDigest;
  const commitBaseline = enrolment.claim.commitBaseline ?? (sameChange ? known.claim.commitBaseline : null);
  const failed = enrolment.failed ?? unreadFailure(state, enrolment);
  const queued = {
    ...enrolment,
    ...(failed !== null && { failed }),
    ...(known?.finishUntilMs !== undefined && { finishUntilMs: known.finishUntilMs }),
    claim: { ...enrolment.claim, commitBaseline },
    enrolledAtMs: place.enrolledAtMs,
    seq: place.seq,
  };
  state.queue = [...state.queue.filter((other) => other !== known), queued];
  noteOverride(state, queued, nowMs);
  acceptNamed(state, queued, nowMs);
  noteNumber(state, enrolment, enrolment.placeNumber);
  const { ticketId, epoch, target, targetName, path, claim } = enrolment;
  const { instructionDigest } = claim;
  watchFrom(state, target, enrolment.revisions);
  const noted = state.ledger.some((entry) => comesBack(entry, enrolment));
  if (enrolment.hasSaved && !noted)
    noteSaved(state, { ticketId, epoch, target, targetName, path, instructionDigest, state: 'saved' }, nowMs);
  state.ledger = state.ledger.map((entry) =>
    comesBack(entry, enrolment) ? { ...entry, left: null } : entry,
  );
  // A place without a saved change does not affect the push that is judged.
  if (state.ledger.some((entry) => memberKey(entry) === memberKey(enrolment))) state.version += 1;
  return true;
}

/** In the queue again with the change that it saved: the hold was resumed, or the gate was repaired. */
function comesBack(entry: LedgerEntry, enrolment: Enrolment): boolean {
  return (
    memberKey(entry) === memberKey(enrolment) &&
    entry.epoch === enrolment.epoch &&
    entry.instructionDigest === enrolment.claim.instructionDigest
  );
}

export interface Leaving {
  /** A call that may save its change or make it live was begun: the result comes with push `n`. The other places are out. */
  readonly rides: readonly { readonly target: string; readonly n: number }[];
}

/** A ticket gives up its places, of one target or of all. */
export interface Leave {
  readonly ticketId: string;
  readonly target: string | null;
  readonly because: LeftBecause;
  /** The number of the ticket's last place: a newer one stays. */
  readonly upTo: number;
  /** With `doneByHand`: who made it live. */
  readonly by?: string;
  /** With `doneByHand`: when, and in which opening of which calendar, where that is known. */
  readonly live?: { readonly atMs: number; readonly calendar: string; readonly opening: Interval | null };
}

/** Removes the places of a ticket, of one target or of all. A saved change stays in the ledger, marked as left, if it is not known to be live. */
export function leave(
  state: LaneState,
  { ticketId, target, because, upTo, by, live }: Leave,
  nowMs: number,
): Leaving {
  const mine = (place: { ticketId: string; target: string }): boolean =>
    place.ticketId === ticketId &&
    (target === null || place.target === target) &&
    !hasNewer(state, place, upTo);
  const { push } = state;
  const calls = push?.begun.filter(({ ended }) => !ended) ?? [];
  const begun = new Set(calls.flatMap(({ members, alsoLive }) => [...members, ...alsoLive]));
  const riding = [...(push?.members ?? []), ...state.queue].filter(
    (place) => mine(place) && begun.has(memberKey(place)),
  );
  if (because === 'doneByHand') forgetNoted(state, mine);
  if (because === 'doneByHand')
    for (const entry of state.ledger.filter(mine))
      noteLiveByOthers(state, entry, `made live by ${by ?? 'others'}`, nowMs, live?.atMs, live);
  state.version += 1;
  if (push !== null) {
    const leaving = riding.map((member) => ({ key: memberKey(member), because }));
    const stays = (member: QueuedEnrolment): boolean => !mine(member) || riding.includes(member);
    state.push = { ...push, members: push.members.filter(stays), leaving: [...push.leaving, ...leaving] };
  }
  state.queue = state.queue.filter((queued) => !mine(queued));
  noteNumber(state, { ticketId, target: target ?? '' }, upTo);
  const out = (entry: LedgerEntry): boolean => mine(entry) && !begun.has(memberKey(entry));
  if (because === 'doneByHand') forget(state, state.ledger.filter(out).map(memberKey));
  else {
    markLeft(state, out, because, nowMs);
    const carried = new Set(calls.flatMap(({ accepted }) => accepted));
    if (DECIDED.includes(because))
      endAcceptances(state, (entry) => out(entry) && !carried.has(memberKey(entry)));
  }
  const rides = riding.flatMap(({ target: of }) => (push === null ? [] : { target: of, n: push.n }));
  // Of a push that has ended: the ticket has not been signalled yet.
  const owed = state.undelivered.filter(
    (kept) => mine(kept) && !rides.some((one) => one.target === kept.target),
  );
  return { rides: [...rides, ...owed.map(({ target: of, n }) => ({ target: of, n }))] };
}

/** A person, or SecureChange, decided so about the ticket after its change had been accepted. */
const DECIDED: readonly LeftBecause[] = ['held', 'redone', 'rejected', 'cancelled', 'aborted', 'skipped'];

/** Windows that were computed again, for all places of a workflow's tickets on one target. */
export interface Replan extends Omit<EnrolmentWindow, 'basis'> {
  readonly workflow: string;
  readonly target: string;
  readonly planned: Interval | null;
  /** Key of the override that its windows were computed with. */
  readonly override?: string;
  readonly zone: string;
}

/** The configuration of a basis, and the windows with it of every place that had those of another one, changed or not. */
export interface Replanned {
  /** null: the message only starts the lane. */
  readonly basis: string | null;
  readonly plans: readonly Replan[];
}

/**
 * Operators edit calendars, and which calendar counts, while tickets wait. Renews the windows of all places, also of those
 * that ride a push; returns the places whose windows changed, with their plan.
 */
export function replan(
  state: LaneState,
  { basis, plans }: Replanned,
): { readonly place: QueuedEnrolment; readonly plan: Replan; readonly before: string }[] {
  const changed: ReturnType<typeof replan> = [];
  const planOf = new Map(plans.map((plan) => [questionKey(plan.target, plan, plan.override), plan]));
  const renew = (place: QueuedEnrolment): QueuedEnrolment => {
    const { window } = place;
    const plan = planOf.get(questionKey(place.target, place.windowFor, place.claim.override?.ask.key));
    // It may have enrolled after the lane was read, with windows from before the edit: it is planned with the next message.
    if (plan === undefined) return place;
    if (isSamePlan(plan, window))
      return basis === null || window.basis === basis ? place : { ...place, window: { ...window, basis } };
    const { calendar, ruleVersion, intervals, minimumRemainingMs, finish } = plan;
    const renewed = {
      ...place,
      window: {
        ...window,
        calendar,
        ruleVersion,
        intervals,
        minimumRemainingMs,
        finish: finish === true,
        ...(basis !== null && { basis }),
      },
    };
    changed.push({ place: renewed, plan, before: window.calendar });
    return renewed;
  };
  state.queue = state.queue.map(renew);
  if (state.push !== null) state.push = { ...state.push, members: state.push.members.map(renew) };
  if (changed.length > 0) state.version += 1;
  return changed;
}

/** Equal for places that have the same windows. */
function questionKey(
  target: string,
  of: Pick<WindowFor, 'workflow' | 'planned'> | undefined,
  override: string | undefined,
): string {
  return JSON.stringify([target, of?.workflow, of?.planned?.opensAtMs, of?.planned?.closesAtMs, override]);
}

type Version = Pick<EnrolmentWindow, 'calendar' | 'ruleVersion' | 'minimumRemainingMs' | 'finish'>;

function isSamePlan(one: Version, other: Version): boolean {
  return (
    (one.finish === true) === (other.finish === true) &&
    (['calendar', 'ruleVersion', 'minimumRemainingMs'] as const).every((key) => one[key] === other[key])
  );
}

/** Whose windows are to be computed again: of each place that has those of another basis. */
export function questionsToPlan(state: LaneState, basis: string): readonly WindowQuestion[] {
  const { key: laneKey, name: laneName } = state;
  const listed = new Map<string, WindowQuestion>();
  for (const { target: id, targetName: name, path, windowFor, window, claim, ticketId } of placesOf(state)) {
    if (windowFor === undefined || window.basis === basis) continue;
    const grant = claim.override;
    const { workflow, vendor, domain, planned } = windowFor;
    const target = { id, name, path, vendor, domain, laneKey, laneName };
    listed.set(questionKey(id, windowFor, grant?.ask.key), {
      workflow,
      target,
      planned,
      ...(grant !== undefined && { overriddenBy: { ticketId, grant } }),
    });
  }
  return [...listed.values()];
}

/** The bases of the windows of all places, to compare with the configuration in use. */
export function basesOf(state: LaneState): readonly string[] {
  return [...new Set(placesOf(state).map(({ window }) => window.basis ?? ''))].sort();
}

function placesOf({ queue, push }: LaneState): readonly QueuedEnrolment[] {
  return [...queue, ...(push?.members ?? [])];
}
