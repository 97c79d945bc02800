/** What a lane does next: who goes first, who rides along, who saves ahead, and why a place still waits. */
import type { Enrolment, LaneState, QueuedEnrolment, Rest } from './lane.js';
import { hindrancesOf, hindranceText } from './ledger.js';
import type { PushKind } from './push.js';
import { inScope, type DevicePath } from './scope.js';
import { judgeWindow, lastStartMs } from './window.js';

export const REST_LOOK_MS = 5 * 60_000;

/** A save before the window must leave this much time on top of what saves usually take. */
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
  /** Its windows are over: the ticket must plan again. */
  | { readonly kind: 'missed'; readonly enrolment: QueuedEnrolment }
  /** Something may start at this instant at the earliest. */
  | { readonly kind: 'sleep'; readonly untilMs: number }
  | { readonly kind: 'rest' };

/** Who stands before whom: priority, then place. */
export function inOrder(state: LaneState): readonly QueuedEnrolment[] {
  return [...state.queue].sort((a, b) => a.priority - b.priority || a.seq - b.seq);
}

/** What the lane should do now. A group that is hindered is passed over; the rest goes on. */
export function nextStep(state: LaneState, nowMs: number): LaneStep {
  if (state.push || state.queue.length === 0) return { kind: 'rest' };
  const ordered = inOrder(state);
  const missed = ordered.find(
    ({ window }) => judgeWindow(window.intervals, nowMs, window.minimumRemainingMs).kind === 'noneLeft',
  );
  if (missed) return { kind: 'missed', enrolment: missed };
  // Whatever the lane waits for, it notices a window that closes for the last time.
  const wakes = ordered.flatMap(({ window }) => lastStartMs(window) ?? []);
  const untilFirst = (): LaneStep => ({ kind: 'sleep', untilMs: Math.min(...wakes) });
  if (state.paused) return untilFirst();
  const laneRest = restOf(state, null, nowMs);
  if (laneRest !== null) return { kind: 'sleep', untilMs: laneRest.untilMs };
  const tried = new Set<string>();
  for (const enrolment of ordered) {
    const verdict = verdictOf(enrolment, nowMs);
    if (verdict.kind === 'open') {
      if (tried.has(enrolment.target) || hasFailed(state, enrolment)) continue;
      tried.add(enrolment.target);
      const rest = restOf(state, enrolment.target, nowMs);
      if (rest !== null) {
        wakes.push(rest.untilMs);
        continue;
      }
      const push = visitFor(state, ordered, enrolment, nowMs);
      const hindered =
        push.kind === 'commit' && hindrancesOf(state, push.path, push.members, nowMs).length > 0;
      if (!hindered) return { kind: 'start', push };
      wakes.push(nowMs + REST_LOOK_MS);
      continue;
    }
    if (verdict.kind !== 'opensLater') continue;
    const wantedAtMs = saveTimeOf(state, enrolment, verdict.opensAtMs, nowMs);
    const restsUntilMs = restOf(state, enrolment.target, nowMs)?.untilMs ?? 0;
    const saveAtMs = wantedAtMs === null ? null : Math.max(wantedAtMs, restsUntilMs);
    if (saveAtMs !== null && saveAtMs <= nowMs)
      return { kind: 'start', push: { ...placeOf(enrolment), kind: 'save', members: [enrolment] } };
    wakes.push(saveAtMs ?? verdict.opensAtMs);
  }
  return untilFirst();
}

/** The rest of a target, or of the whole lane, that still lasts. */
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

function verdictOf({ window }: QueuedEnrolment, nowMs: number): ReturnType<typeof judgeWindow> {
  return judgeWindow(window.intervals, nowMs, window.minimumRemainingMs);
}

function placeOf({ target, targetName, path }: Enrolment): Omit<PlannedPush, 'kind' | 'members'> {
  return { target, targetName, path };
}

/** Everybody whose window is open and stays open for the expected length rides with the first of a target. */
function visitFor(
  state: LaneState,
  ordered: readonly QueuedEnrolment[],
  first: QueuedEnrolment,
  nowMs: number,
): PlannedPush {
  const place = placeOf(first);
  if (first.kind === 'enforcingUpdate') return { ...place, kind: 'enforcingUpdate', members: [first] };
  if (first.wants === 'saved') return { ...place, kind: 'save', members: [first] };
  const own = verdictOf(first, nowMs);
  const closesAtMs = own.kind === 'open' ? own.closesAtMs : nowMs;
  // Whose window stays open as long as that of the first shortens nothing.
  const untilMs = Math.min(nowMs + expectedPushMs(state), closesAtMs);
  const mayRide = (other: QueuedEnrolment): boolean => {
    const verdict = verdictOf(other, nowMs);
    return verdict.kind === 'open' && (other === first || verdict.closesAtMs >= untilMs);
  };
  const atHand = ordered.filter(
    (other) =>
      other.kind === 'commit' && other.wants === 'live' && other.target === first.target && mayRide(other),
  );
  const most = state.manager.commit === 'each' ? 1 : state.manager.maxMembers;
  // What is saved goes live with the Commit in any case: leaving it out would only hinder it.
  const saved = atHand.filter((other) => other.saved);
  const unsaved = atHand.filter((other) => !other.saved);
  const room = Math.max(0, most - saved.length);
  const members = [...saved, ...unsaved.slice(0, room)];
  return { ...place, kind: 'commit', members: members.length > 0 ? members : [first] };
}

/** When the Update may be saved before the window: null when it is saved in it. */
function saveTimeOf(
  state: LaneState,
  enrolment: QueuedEnrolment,
  opensAtMs: number,
  nowMs: number,
): number | null {
  if (enrolment.saved || enrolment.kind !== 'commit' || enrolment.saves === 'inWindow') return null;
  if (state.manager.commit === 'each') return null;
  if (enrolment.saves === 'early' && !state.manager.exclusive) return null;
  const needsMs = expectedSaveMs(state) + SAVE_MARGIN_MS;
  const atMs = enrolment.saves === 'early' ? nowMs : Math.max(nowMs, opensAtMs - enrolment.saves.aheadMs);
  if (atMs > opensAtMs - needsMs) return null;
  const others = [...state.queue, ...(state.push?.members ?? [])].filter((other) =>
    inScope(enrolment.path, other.path),
  );
  const sameWindow = others.every(
    (other) =>
      other.window.calendar === enrolment.window.calendar &&
      other.window.ruleVersion === enrolment.window.ruleVersion,
  );
  const hindered = hindrancesOf(state, enrolment.path, others, opensAtMs).length > 0;
  return sameWindow && !hindered ? atMs : null;
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

function usualMs(state: LaneState, saves: boolean, before: number): number {
  const seen = state.past.filter((past) => past.sent && (past.kind === 'save') === saves).slice(-20);
  return median(seen.map((past) => past.endedAtMs - past.startedAtMs)) ?? before;
}

/** How long a push of this manager usually takes: the median of the last 20, before that what the operator wrote. */
export function expectedPushMs(state: LaneState): number {
  return usualMs(state, false, state.manager.expectedPushMs);
}

export function expectedSaveMs(state: LaneState): number {
  return usualMs(state, true, state.manager.expectedSaveMs);
}

export interface LaneNotice {
  readonly kind: 'hindered' | 'failed' | 'stopped' | 'paused' | 'locked' | 'busy' | 'noLeader';
  readonly message: string;
  /** How often in a row nothing was sent for it. */
  readonly tries: number;
}

/** Why a place waits, for its ticket and for people; null where only its window is awaited. */
export function noticeFor(state: LaneState, place: QueuedEnrolment, nowMs: number): LaneNotice | null {
  const failure = state.failures.find(({ target }) => target === place.target);
  if (failure !== undefined) {
    const message = `push ${failure.n} failed: ${failure.message}`;
    return { kind: 'failed', message, tries: 0 };
  }
  // Also one that is just over: the push that tries again has not ended otherwise yet.
  const rest = state.rests.find(
    ({ target, cause, untilMs }) =>
      (target === null || target === place.target) &&
      RESTS_SHOWN.includes(cause) &&
      untilMs + REST_LOOK_MS > nowMs,
  );
  if (rest !== undefined && isOpen(place, nowMs))
    return { kind: rest.cause, message: rest.why, tries: rest.tries } as LaneNotice;
  if (place.kind !== 'commit' || place.wants !== 'live') return null;
  const riders = state.queue.filter((other) => other.target === place.target && other.kind === 'commit');
  const hindrances = hindrancesOf(state, place.path, riders, nowMs).filter(
    ({ why }) => why === 'left' || why === 'unknown' || why === 'notEnrolled' || why === 'otherChange',
  );
  if (hindrances.length === 0) return null;
  return { kind: 'hindered', message: hindranceText(hindrances), tries: 0 };
}

/** A lock that outlasts this many tries is for a person to look at. */
export const MOST_QUIET_TRIES = 20;

/** Causes that pass by themselves or by what somebody does elsewhere: the ticket says so while its window is open. */
const RESTS_SHOWN: readonly string[] = ['stopped', 'paused', 'locked', 'busy', 'noLeader'];

function isOpen({ window }: QueuedEnrolment, nowMs: number): boolean {
  return judgeWindow(window.intervals, nowMs, window.minimumRemainingMs).kind === 'open';
}
