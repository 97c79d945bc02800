/** Windows as workflows and gates see them: UTC intervals that an activity computed. Half-open: [opens, closes). */

export interface Interval {
  readonly opensAtMs: number;
  readonly closesAtMs: number;
}

export interface WindowPlan {
  readonly calendar: string;
  /** SHA-256 of the calendar's definition, first 12, and the time-zone data version it was computed with. */
  readonly ruleVersion: string;
  readonly tzdataVersion: string;
  readonly zone: string;
  /** Sorted, not overlapping, freezes cut out, within the horizon; at most 20. */
  readonly intervals: readonly Interval[];
  /** Why there is none, for a person; null when there is one. */
  readonly noneReason: string | null;
  /** The last interval ends where the planning does: the calendar itself has no end there. */
  readonly openEnded?: true;
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
