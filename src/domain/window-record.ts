/** What a lane keeps of change windows for the report on them: what went live in which window, and which opening was missed. */
import { durationText } from './duration-text.js';
import type { LaneState, QueuedEnrolment } from './lane.js';
import { hindrancesOf, hindranceText } from './ledger.js';
import type { OverrideSpan } from './override.js';
import { memberKey, type PushKind } from './push.js';
import type { Interval } from './window.js';

const KEPT = 100;

/** An opening, as the gate judged by it immediately before a call. */
export interface JudgedWindow extends Interval {
  readonly calendar: string;
  readonly ruleVersion: string;
  readonly tzdataVersion: string;
  /** `calendar/window` of each window that makes it, at most 5. */
  readonly windows: readonly string[];
  /** No window: two persons let it be pushed. */
  readonly override?: JudgedOverride;
}

export type JudgedOverride = Pick<OverrideSpan, 'key' | 'by' | 'confirmedBy' | 'reason'>;

/** A call that made changes live. */
export interface Enforced {
  readonly atMs: number;
  /** It was made in the opening of each change. */
  readonly inside: boolean;
  /** Of the changes that it made live, without repetition: the 3 that close first. */
  readonly windows: readonly JudgedWindow[];
  /** Saved changes of tickets without a place that named persons allowed to go live with it. */
  readonly accepted: readonly Accepted[];
  /** Overrides that it was made under; absent when there was none. */
  readonly overridden?: readonly JudgedOverride[];
}

export interface Accepted {
  readonly ticketId: string;
  readonly by: string;
  readonly reason: string;
}

/** A change of ours that others made live: a person, a SecureTrack window, another tool. */
export interface LiveByOthers {
  readonly ticketId: string;
  readonly targetName: string;
  /** Who or what made it live, in one clause. */
  readonly what: string;
  /** It went live between these instants, which are the same where its time is known exactly. */
  readonly afterMs: number;
  readonly seenAtMs: number;
  /** The opening that holds this whole time; null when none does. */
  readonly opening: Interval | null;
  /** null: no windows are known of it. */
  readonly calendar: string | null;
}

/** An opening in which a place waited and no push served it. */
export interface MissedOpening extends Interval {
  readonly ticketId: string;
  readonly target: string;
  readonly targetName: string;
  readonly calendar: string;
  readonly why: string;
}

/** What one lane knows of it: of its last 100 pushes, changes of others and missed openings. */
export interface LaneWindows {
  readonly key: string;
  readonly name: string;
  readonly pushes: readonly LanePush[];
  readonly liveByOthers: readonly LiveByOthers[];
  readonly missed: readonly MissedOpening[];
}

export interface LanePush {
  readonly n: number;
  readonly kind: PushKind;
  readonly target: string;
  readonly tickets: readonly string[];
  readonly result: string;
  readonly enforced: Enforced;
}

export function laneWindowsOf({ key, name, past, liveByOthers, missed }: LaneState): LaneWindows {
  const pushes = past.flatMap(({ n, kind, targetName: target, tickets, result, enforced }) =>
    enforced === undefined ? [] : [{ n, kind, target, tickets, result, enforced }],
  );
  return { key, name, pushes, liveByOthers, missed };
}

/** The windows of a call without repetition, the one that closes first first: members that share a calendar share the opening. */
export function distinctWindows(windows: readonly JudgedWindow[]): readonly JudgedWindow[] {
  const keyOf = (one: JudgedWindow): string => JSON.stringify(one);
  return [...new Map(windows.map((one) => [keyOf(one), one])).values()]
    .sort((a, b) => a.closesAtMs - b.closesAtMs)
    .slice(0, 20);
}

/** What the enforcing call of the running push made live; null while it made none. */
export function enforcedBy({ push, ledger }: LaneState): Enforced | null {
  const call = push?.begun.find((begun) => begun.windows !== undefined);
  if (call?.windows === undefined) return null;
  const accepted = ledger.flatMap((entry) => {
    if (entry.accepted === null || !call.accepted.includes(memberKey(entry))) return [];
    const { by, reason } = entry.accepted;
    return [{ ticketId: entry.ticketId, by, reason: reason.slice(0, 200) }];
  });
  const { atMs, windows } = call;
  const inside = windows.length > 0 && windows.every((one) => one.opensAtMs <= atMs && atMs < one.closesAtMs);
  const overridden = windows.flatMap(({ override }) => (override === undefined ? [] : [override]));
  return {
    atMs,
    inside,
    windows: windows.slice(0, 3),
    accepted: accepted.slice(0, 10),
    ...(overridden.length > 0 && { overridden: overridden.slice(0, 5) }),
  };
}

export function noteLiveByOthers(
  state: LaneState,
  place: { readonly ticketId: string; readonly target: string; readonly targetName: string },
  what: string,
  nowMs: number,
  liveSinceMs?: number,
  judged?: Pick<LiveByOthers, 'calendar' | 'opening'>,
): void {
  const { ticketId, targetName } = place;
  const places = [...(state.push?.members ?? []), ...state.queue];
  const known = places.find((one) => memberKey(one) === memberKey(place));
  const saved = state.ledger.find((entry) => memberKey(entry) === memberKey(place));
  const afterMs = liveSinceMs ?? saved?.savedAtMs ?? known?.enrolledAtMs ?? nowMs;
  const seenAtMs = liveSinceMs ?? nowMs;
  const opening = known?.window.intervals.find(
    ({ opensAtMs, closesAtMs }) => opensAtMs <= afterMs && seenAtMs < closesAtMs,
  );
  const one: LiveByOthers = {
    ticketId,
    targetName,
    what: what.slice(0, 300),
    afterMs,
    seenAtMs,
    opening: opening === undefined ? null : { ...opening },
    calendar: known?.window.calendar ?? null,
    ...(judged !== undefined && { opening: judged.opening, calendar: judged.calendar }),
  };
  state.liveByOthers = [...state.liveByOthers, one].slice(-KEPT);
}

/**
 * Notes each opening that has ended while a place waited, and returns how many it had not noted before. To be called before the
 * windows of a place change, and before it leaves.
 */
export function noteMissed(state: LaneState, nowMs: number): number {
  let noted = 0;
  for (const place of state.queue) {
    const { ticketId, target, targetName, window } = place;
    for (const { opensAtMs, closesAtMs } of window.intervals) {
      const isTooShort = closesAtMs - opensAtMs <= window.minimumRemainingMs;
      const lastStart = isTooShort ? closesAtMs : closesAtMs - window.minimumRemainingMs;
      if (closesAtMs > nowMs || lastStart <= place.enrolledAtMs) continue;
      const isNoted = state.missed.some(
        (known) => memberKey(known) === memberKey(place) && known.closesAtMs === closesAtMs,
      );
      if (isNoted) continue;
      const why = whyMissed(state, place, { opensAtMs, closesAtMs });
      const { calendar } = window;
      const one = { ticketId, target, targetName, calendar, opensAtMs, closesAtMs, why: why.slice(0, 300) };
      state.missed = [...state.missed, one].slice(-KEPT);
      noted += 1;
    }
  }
  return noted;
}

function whyMissed(state: LaneState, place: QueuedEnrolment, opening: Interval): string {
  const { opensAtMs, closesAtMs } = opening;
  const { minimumRemainingMs } = place.window;
  if (closesAtMs - opensAtMs <= minimumRemainingMs)
    return `it is not longer than the ${durationText(minimumRemainingMs)} that must remain of a window`;
  const { paused, failures, push, rests } = state;
  if (paused !== null) return `the lane is paused by ${paused.by}: ${paused.reason}`;
  const failure = failures.find(({ target }) => target === place.target);
  if (failure !== undefined) return `push ${failure.n} failed and waits for an operator: ${failure.message}`;
  const rest = rests.find(
    ({ target, cause, untilMs }) =>
      (target === null || target === place.target) && cause !== 'afterPush' && untilMs > opensAtMs,
  );
  if (rest !== undefined) return rest.why;
  if (push !== null) return `push ${push.n} of ${push.targetName} ran`;
  const sameTarget = state.queue.filter(({ target }) => target === place.target);
  const hindrances =
    place.kind === 'commit' ? hindrancesOf(state, place.path, sameTarget, closesAtMs - 1) : [];
  if (hindrances.length > 0) return hindranceText(hindrances);
  return 'no push began in it';
}
