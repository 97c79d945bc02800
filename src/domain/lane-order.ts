/** What a lane does next: which push it starts, with which members, and what it saves ahead. */
import { automaticNow } from './automatic-push.js';
import { conflictsBefore } from './conflicts.js';
import { EMERGENCY_PRIORITY } from './emergency.js';
import type { Enrolment, EnrolmentWindow, LaneState, QueuedEnrolment, Rest } from './lane.js';
import { hindrancesOf } from './ledger.js';
import { heldBackBy } from './partial-failure.js';
import type { PushKind } from './push.js';
import { inScope, type DevicePath } from './scope.js';
import { expectedPushMs, expectedSaveMs } from './usual-lengths.js';
import { judgeWindow, lastStartMs, type WindowVerdict } from './window.js';

export const HINDRANCE_CHECK_MS = 5 * 60_000;

/** A save ahead of the window must end this long before the window opens. */
const SAVE_MARGIN_MS = 5 * 60_000;

export interface PlannedPush {
  readonly kind: PushKind;
  readonly target: string;
  readonly targetName: string;
  readonly path: DevicePath;
  readonly members: readonly QueuedEnrolment[];
}

export type LaneStep =
  | { readonly kind: 'start'; readonly push: PlannedPush }
  /** The windows of this place are over: the ticket must enrol again. */
  | { readonly kind: 'missed'; readonly enrolment: QueuedEnrolment }
  /** Nothing can start before this instant. */
  | { readonly kind: 'sleep'; readonly untilMs: number }
  | { readonly kind: 'rest' };

/** The lane starts nothing now: it waits for an instant, or for a message. */
export type Resting = Extract<LaneStep, { kind: 'sleep' | 'rest' }>;

/** The queue in its order: by priority, then by place. */
export function inOrder(state: LaneState): readonly QueuedEnrolment[] {
  return [...state.queue].sort((a, b) => a.priority - b.priority || a.seq - b.seq);
}

/** What the lane should do now. A hindered target does not hold up the other targets. */
export function nextStep(state: LaneState, nowMs: number): LaneStep {
  if (state.push || state.queue.length === 0) return { kind: 'rest' };
  const ordered = inOrder(state);
  const missed = ordered.find((place) => verdictOf(place, nowMs).kind === 'noneLeft');
  if (missed) return { kind: 'missed', enrolment: missed };
  // The lane must notice the end of the last window, whatever else it waits for.
  const wakes = ordered.flatMap((place) => lastStartMs(needed(place, nowMs)) ?? []);
  const untilFirst = (): LaneStep => ({ kind: 'sleep', untilMs: Math.min(...wakes) });
  if (state.paused) return untilFirst();
  const laneRest = restOf(state, null, nowMs);
  if (laneRest !== null) return { kind: 'sleep', untilMs: laneRest.untilMs };
  const automatic = automaticNow(state, nowMs);
  if (automatic !== null) {
    wakes.push(automatic.untilMs);
    return untilFirst();
  }
  const tried = new Set<string>();
  const mayBeSaved = mayBeSavedAt(state);
  for (const enrolment of ordered) {
    const verdict = verdictOf(enrolment, nowMs);
    // The others are looked at again when they leave or are pushed: each wakes the lane.
    if (conflictsBefore(state, enrolment, ordered).length > 0) continue;
    // Its ticket enrols it again when it may go on.
    if (heldBackBy(state, enrolment) !== null) continue;
    if (verdict.kind === 'open') {
      if (tried.has(enrolment.target) || hasFailed(state, enrolment)) continue;
      tried.add(enrolment.target);
      const rest = restOf(state, enrolment.target, nowMs);
      if (rest !== null) {
        wakes.push(rest.untilMs);
        continue;
      }
      const push = pushFor(state, ordered, enrolment, nowMs);
      const hindered =
        push.kind === 'commit' && hindrancesOf(state, push.path, push.members, nowMs).length > 0;
      if (!hindered) return { kind: 'start', push };
      wakes.push(nowMs + HINDRANCE_CHECK_MS);
      continue;
    }
    if (verdict.kind !== 'opensLater') continue;
    const wantedAtMs = saveTimeOf(state, enrolment, verdict.opensAtMs, nowMs, mayBeSaved);
    const restsUntilMs = restOf(state, enrolment.target, nowMs)?.untilMs ?? 0;
    const saveAtMs = wantedAtMs === null ? null : Math.max(wantedAtMs, restsUntilMs);
    if (saveAtMs !== null && saveAtMs <= nowMs)
      return { kind: 'start', push: { ...targetOf(enrolment), kind: 'save', members: [enrolment] } };
    wakes.push(saveAtMs ?? verdict.opensAtMs);
  }
  return untilFirst();
}

/** The present rest of a target or of the whole lane. */
export function restOf(
  { rests, version, nextSeq }: LaneState,
  target: string | null,
  nowMs: number,
): Rest | null {
  const rest = rests.find((one) => one.target === target && one.untilMs > nowMs);
  if (rest === undefined) return null;
  const changed = rest.version !== version || rest.nextSeq !== nextSeq;
  return rest.cause === 'hindered' && changed ? null : rest;
}

function hasFailed({ failures }: LaneState, { target }: QueuedEnrolment): boolean {
  return failures.some((failure) => failure.target === target);
}

export function verdictOf(place: QueuedEnrolment, nowMs: number): WindowVerdict {
  const { intervals, minimumRemainingMs } = needed(place, nowMs);
  return judgeWindow(intervals, nowMs, minimumRemainingMs);
}

/** Its openings, and how much of one it needs: nothing where its ticket has begun in it and finishes. */
function needed({ window, finishUntilMs = 0 }: QueuedEnrolment, nowMs: number): EnrolmentWindow {
  return nowMs < finishUntilMs ? { ...window, minimumRemainingMs: 0 } : window;
}

function targetOf({ target, targetName, path }: Enrolment): Omit<PlannedPush, 'kind' | 'members'> {
  return { target, targetName, path };
}

/** The push for the target of `first`. Its members are the places whose window is open for the expected length. */
function pushFor(
  state: LaneState,
  ordered: readonly QueuedEnrolment[],
  first: QueuedEnrolment,
  nowMs: number,
): PlannedPush {
  const place = targetOf(first);
  if (first.kind === 'enforcingUpdate') return { ...place, kind: 'enforcingUpdate', members: [first] };
  if (first.wants === 'saved') return { ...place, kind: 'save', members: [first] };
  const own = verdictOf(first, nowMs);
  const closesAtMs = own.kind === 'open' ? own.closesAtMs : nowMs;
  // A member whose window closes with that of `first`, or later, does not shorten the push.
  const untilMs = Math.min(nowMs + expectedPushMs(state), closesAtMs);
  const mayRide = (other: QueuedEnrolment): boolean => {
    const verdict = verdictOf(other, nowMs);
    if (verdict.kind !== 'open' || heldBackBy(state, other) !== null) return false;
    if (other === first) return true;
    return verdict.closesAtMs >= untilMs && conflictsBefore(state, other, ordered).length === 0;
  };
  const candidates = ordered.filter(
    (other) =>
      other.kind === 'commit' && other.wants === 'live' && other.target === first.target && mayRide(other),
  );
  const most = state.manager.commit === 'each' ? 1 : state.manager.maxMembers;
  // The Commit makes every saved change live: a saved place that is left out would hinder it.
  const saved = candidates.filter((other) => other.saved);
  // Nothing is saved for others in a push that goes ahead of the queue.
  const unsaved = candidates.filter(
    (other) => !other.saved && (first.priority !== EMERGENCY_PRIORITY || other.priority === first.priority),
  );
  const free = Math.max(0, most - saved.length);
  const members = [...saved, ...unsaved.slice(0, free)];
  return { ...place, kind: 'commit', members: members.length > 0 ? members : [first] };
}

/** When the Update may be saved ahead of the window; null when it is saved in the window. */
function saveTimeOf(
  state: LaneState,
  enrolment: QueuedEnrolment,
  opensAtMs: number,
  nowMs: number,
  mayBeSaved: ReturnType<typeof mayBeSavedAt>,
): number | null {
  if (enrolment.saved || enrolment.kind !== 'commit' || enrolment.saves === 'inWindow') return null;
  if (state.manager.commit === 'each') return null;
  if (enrolment.saves === 'early' && !state.manager.exclusive) return null;
  const needsMs = expectedSaveMs(state) + SAVE_MARGIN_MS;
  const atMs = enrolment.saves === 'early' ? nowMs : Math.max(nowMs, opensAtMs - enrolment.saves.aheadMs);
  if (atMs > opensAtMs - needsMs) return null;
  return mayBeSaved(enrolment, opensAtMs) ? atMs : null;
}

/**
 * Whether all in the scope of a place wait for its window, and no Commit would be hindered by what it saves. The answer is the
 * same for all of one target and window, so that a lane with hundreds of places looks once for each.
 */
function mayBeSavedAt(state: LaneState): (enrolment: QueuedEnrolment, opensAtMs: number) => boolean {
  const known = new Map<string, boolean>();
  const look = ({ path, window, secureTrack }: QueuedEnrolment, opensAtMs: number): boolean => {
    const others = [...state.queue, ...(state.push?.members ?? [])].filter((other) =>
      inScope(path, other.path),
    );
    const sameWindow = others.every(
      (other) => other.window.calendar === window.calendar && other.window.ruleVersion === window.ruleVersion,
    );
    // SecureTrack commits whatever is saved: what waits for the same window is no hindrance, for another it is.
    const ledger =
      secureTrack === true
        ? state.ledger.filter((entry) => entry.secureTrackCalendar !== window.calendar || entry.left !== null)
        : state.ledger;
    return sameWindow && hindrancesOf({ ...state, ledger }, path, others, opensAtMs).length === 0;
  };
  return (enrolment, opensAtMs) => {
    const { calendar, ruleVersion } = enrolment.window;
    const key = JSON.stringify([enrolment.target, calendar, ruleVersion, opensAtMs, enrolment.secureTrack]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const may = look(enrolment, opensAtMs);
    known.set(key, may);
    return may;
  };
}
