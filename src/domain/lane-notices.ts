/** Why a place in a lane waits, besides its window. */
import { automaticNow, automaticText } from './automatic-push.js';
import { blockedForeign, codeOf, judgeForeign } from './foreign.js';
import { instantText } from './instant-text.js';
import type { LaneState, QueuedEnrolment, Rest } from './lane.js';
import { conflictsBefore, conflictText, type Conflict } from './conflicts.js';
import { HINDRANCE_CHECK_MS, inOrder, verdictOf } from './lane-order.js';
import { hindrancesByTarget, hindranceText, ridesWith } from './ledger.js';
import { heldBackBy, heldBackText } from './partial-failure.js';
import { expectedPushMs } from './usual-lengths.js';

export interface LaneNotice {
  readonly kind:
    | 'hindered'
    | 'foreign'
    | 'failed'
    | 'stopped'
    | 'paused'
    | 'locked'
    | 'busy'
    | 'conflict'
    | 'heldBack'
    | 'noLeader'
    | 'clockDiffers'
    | 'wentBack';
  readonly message: string;
  /** How many pushes in a row sent nothing for this cause. */
  readonly tries: number;
  /** A lock that is held longer than its manager allows: a person is asked. */
  readonly isLong?: boolean;
  /** Names the reading of saved changes of others that a person may accept. */
  readonly seen?: string;
  /** Held back by this target of the ticket, whose push failed; absent: by an earlier wave. */
  readonly failed?: string;
}

/** Why each place waits, for its ticket and for operators; null when it waits for its window only. */
export function noticesAt(state: LaneState, nowMs: number): (place: QueuedEnrolment) => LaneNotice | null {
  const hindrancesFor = hindrancesByTarget(state, nowMs);
  const long = longPush(state, nowMs);
  const ordered = inOrder(state);
  const conflictsFor = (place: QueuedEnrolment): readonly Conflict[] =>
    conflictsBefore(state, place, ordered);
  return (place) => noticeFor(state, place, nowMs, { hindrancesFor, conflictsFor, long });
}

function noticeFor(
  state: LaneState,
  place: QueuedEnrolment,
  nowMs: number,
  {
    hindrancesFor,
    conflictsFor,
    long,
  }: {
    hindrancesFor: ReturnType<typeof hindrancesByTarget>;
    conflictsFor: (place: QueuedEnrolment) => readonly Conflict[];
    long: LaneNotice | null;
  },
): LaneNotice | null {
  const failure = state.failures.find(({ target }) => target === place.target);
  if (failure !== undefined) {
    const message = `push ${failure.n} failed: ${failure.message}`;
    return { kind: 'failed', message, tries: 0 };
  }
  const held = heldBackBy(state, place);
  if (held !== null) {
    const failed = held.by === 'failed' ? { failed: held.target } : {};
    return { kind: 'heldBack', message: heldBackText(held), tries: 0, ...failed };
  }
  const conflicts = conflictsFor(place);
  if (conflicts.length > 0)
    return { kind: 'conflict', message: `${conflictText(conflicts)} goes first`, tries: 0 };
  if (state.paused?.wentBack === true) return { kind: 'wentBack', message: state.paused.reason, tries: 0 };
  // Also one that has just ended: the push that tries again has no other result yet.
  const rest = state.rests.find(
    ({ target, cause, untilMs }) =>
      (target === null || target === place.target) &&
      RESTS_SHOWN.includes(cause) &&
      untilMs + HINDRANCE_CHECK_MS > nowMs,
  );
  if (rest !== undefined && isOpen(place, nowMs)) return noticeOfRest(state, rest, nowMs);
  if (long !== null && hasOpened(place, nowMs)) return long;
  const automatic = automaticNow(state, nowMs);
  if (automatic !== null)
    return isOpen(place, nowMs) ? { kind: 'busy', message: automaticText(automatic), tries: 0 } : null;
  if (place.kind !== 'commit' || place.wants !== 'live') return null;
  const hindrances = hindrancesFor(place).filter(
    (hindrance) =>
      // What a running push has saved is known when it ends; until then no other push starts.
      !ridesWith(state, hindrance) && hindrance.why !== 'windowShut',
  );
  if (hindrances.length > 0) return { kind: 'hindered', message: hindranceText(hindrances), tries: 0 };
  const foreign = blockedForeign(state, place.target, nowMs);
  if (foreign === null) return null;
  const { text } = judgeForeign(foreign.check, foreign.accepted, nowMs);
  return { kind: 'foreign', message: text, tries: 0, seen: codeOf(foreign.check.seen) };
}

function noticeOfRest({ manager }: LaneState, rest: Rest, nowMs: number): LaneNotice {
  const { cause: kind, why: message, tries, sinceMs = nowMs } = rest;
  const { lockAlarmMs = LOCK_ALARM_MS } = manager;
  if (kind !== 'locked' || nowMs - sinceMs < lockAlarmMs) return { kind, message, tries } as LaneNotice;
  return { kind, message: `${message} (since ${instantText(sinceMs)})`, tries, isLong: true };
}

/** A push runs longer than usual: a place whose window has opened may wait for an operator. */
function longPush(state: LaneState, nowMs: number): LaneNotice | null {
  const { push } = state;
  if (push === null || nowMs - push.startedAtMs <= expectedPushMs(state)) return null;
  const tickets = push.members.map(({ ticketId }) => ticketId).slice(0, 5);
  const message = `push ${push.n} of ${push.targetName} (ticket ${tickets.join(', ')}) runs longer than usual`;
  return { kind: 'busy', message, tries: 0 };
}

/** Where the manager says nothing else. */
const LOCK_ALARM_MS = 15 * 60_000;

/** Causes of a rest that the ticket shows while its window is open. */
const RESTS_SHOWN: readonly string[] = ['stopped', 'paused', 'locked', 'busy', 'noLeader', 'clockDiffers'];

function hasOpened({ window }: QueuedEnrolment, nowMs: number): boolean {
  return window.intervals.some(({ opensAtMs }) => opensAtMs <= nowMs);
}

function isOpen(place: QueuedEnrolment, nowMs: number): boolean {
  return verdictOf(place, nowMs).kind === 'open';
}
