/** Windows as workflows and gates see them: UTC intervals that an activity computed. Half-open: [opens, closes). */

import type { OverrideGrant, OverrideSpan } from './override.js';
import type { WindowPolicy } from './process.js';

export interface Interval {
  readonly opensAtMs: number;
  readonly closesAtMs: number;
}

/** Of a target, what rules of a calendar can be limited to. */
export interface WindowTarget {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  /** Its topmost manager. */
  readonly laneKey: string;
  readonly laneName: string;
  /** From the topmost manager down to the device itself. */
  readonly path: readonly string[];
  /** Of SecureTrack; null where it names none. */
  readonly domain: string | null;
  /** From managers.yaml. */
  readonly tags: readonly string[];
}

/** Whose windows: those of the process of a SecureChange workflow, for one target. */
export interface WindowQuestion {
  readonly workflow: string;
  readonly target: Omit<WindowTarget, 'tags'>;
  /** The planned dates of the ticket's change; null where the process has none. */
  readonly planned: Interval | null;
  /** Of the place whose windows are asked for. */
  readonly overriddenBy?: { readonly ticketId: string; readonly grant: OverrideGrant };
}

/** The calendars that must all be open: the process's for this target, and the one of its manager. */
export function calendarsFor(
  { calendar, perTarget }: Pick<WindowPolicy, 'calendar' | 'perTarget'>,
  ofManager: string | null,
  target: Pick<WindowTarget, 'id' | 'name' | 'laneKey' | 'laneName'> | null,
): readonly string[] {
  const named = target === null ? [] : [target.id, target.name, target.laneKey, target.laneName];
  const ofProcess = named.flatMap((name) => perTarget[name] ?? [])[0] ?? calendar;
  return ofManager === null || ofManager === ofProcess ? [ofProcess] : [ofProcess, ofManager];
}

export interface WindowPlan {
  /** Name of the calendar, or of each when several must be open together: `nightly, cma-de`. */
  readonly calendar: string;
  /** SHA-256 of the rules and of which of them count, first 12; the time-zone data version they were computed with. */
  readonly ruleVersion: string;
  readonly tzdataVersion: string;
  readonly zone: string;
  /** Sorted, not overlapping, denies and freezes cut out, within the horizon; at most 20. */
  readonly intervals: readonly PlannedInterval[];
  /** Why there is none, for a person; null when there is one. */
  readonly noneReason: string | null;
  /** Every rule that was looked at, and what it says at the beginning of the plan. */
  readonly reasons: readonly string[];
  /** The last interval ends where the planning does: the calendar itself has no end there. */
  readonly openEnded?: true;
}

export interface PlannedInterval extends Interval {
  /** `calendar/window` of each window that makes it; empty where the calendar is open without a window. */
  readonly windows: readonly string[];
  /** No window makes it, but an override. */
  readonly override?: OverrideSpan;
}

/** For messages to workflows: without the names of windows. */
export function intervalsOf(intervals: readonly Interval[]): Interval[] {
  return intervals.map(({ opensAtMs, closesAtMs }) => ({ opensAtMs, closesAtMs }));
}

export type WindowVerdict =
  | { readonly kind: 'open'; readonly closesAtMs: number }
  | { readonly kind: 'opensLater'; readonly opensAtMs: number; readonly closesAtMs: number }
  | { readonly kind: 'noneLeft' };

/**
 * Open only while more than `minimumRemainingMs` is left: a push that could not end inside must not begin. An interval of
 * exactly that length is too short, because no push starts at its first instant.
 */
export function judgeWindow(
  intervals: readonly Interval[],
  nowMs: number,
  minimumRemainingMs: number,
): WindowVerdict {
  for (const { opensAtMs, closesAtMs } of intervals) {
    if (closesAtMs - minimumRemainingMs <= nowMs) continue;
    if (closesAtMs - opensAtMs <= minimumRemainingMs) continue;
    return opensAtMs <= nowMs ? { kind: 'open', closesAtMs } : { kind: 'opensLater', opensAtMs, closesAtMs };
  }
  return { kind: 'noneLeft' };
}

/** From this instant on no interval is long enough; null when none ever was. */
export function lastStartMs({
  intervals,
  minimumRemainingMs,
}: {
  readonly intervals: readonly Interval[];
  readonly minimumRemainingMs: number;
}): number | null {
  const long = intervals.filter(({ opensAtMs, closesAtMs: end }) => end - opensAtMs > minimumRemainingMs);
  return long.length === 0
    ? null
    : Math.max(...long.map((interval) => interval.closesAtMs)) - minimumRemainingMs;
}

/** When the interval that is open now, or opens next, closes; 0 when there is none. */
export function closesAtMs(
  { intervals }: { readonly intervals: readonly Interval[] },
  nowMs: number,
): number {
  return intervals.find((interval) => interval.closesAtMs > nowMs)?.closesAtMs ?? 0;
}
