import type { Interval } from '../domain/window.js';

/** Sorted, without empty ones, overlapping and touching ones joined. */
export function merge(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals
    .filter(({ opensAtMs, closesAtMs }) => closesAtMs > opensAtMs)
    .sort((a, b) => a.opensAtMs - b.opensAtMs);
  const merged: Interval[] = [];
  for (const { opensAtMs, closesAtMs } of sorted) {
    const last = merged.at(-1);
    if (last === undefined || opensAtMs > last.closesAtMs) {
      merged.push({ opensAtMs, closesAtMs });
    } else if (closesAtMs > last.closesAtMs) {
      merged[merged.length - 1] = { opensAtMs: last.opensAtMs, closesAtMs };
    }
  }
  return merged;
}

/** What is left of `allowed` when everything `denied` is cut out: deny beats allow. Both merged. */
export function subtract(allowed: readonly Interval[], denied: readonly Interval[]): Interval[] {
  const left: Interval[] = [];
  for (const interval of allowed) {
    let opensAtMs = interval.opensAtMs;
    for (const hole of denied) {
      if (hole.closesAtMs <= opensAtMs) continue;
      if (hole.opensAtMs >= interval.closesAtMs) break;
      if (hole.opensAtMs > opensAtMs) left.push({ opensAtMs, closesAtMs: hole.opensAtMs });
      opensAtMs = hole.closesAtMs;
    }
    if (opensAtMs < interval.closesAtMs) left.push({ opensAtMs, closesAtMs: interval.closesAtMs });
  }
  return left;
}

export function contains(interval: Interval, atMs: number): boolean {
  return interval.opensAtMs <= atMs && atMs < interval.closesAtMs;
}

export function overlap(one: Interval, other: Interval): boolean {
  return one.opensAtMs < other.closesAtMs && other.opensAtMs < one.closesAtMs;
}

/** What is in both. Both merged. */
export function intersect(some: readonly Interval[], others: readonly Interval[]): Interval[] {
  return some.flatMap((one) =>
    others.flatMap((other) =>
      overlap(one, other)
        ? [
            {
              opensAtMs: Math.max(one.opensAtMs, other.opensAtMs),
              closesAtMs: Math.min(one.closesAtMs, other.closesAtMs),
            },
          ]
        : [],
    ),
  );
}
