const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** The two largest units of a span: `2 d 4 h`, `3 m 12 s`, `4 s`, `250 ms`. A negative span is printed as positive. */
export function durationText(ms: number): string {
  const span = Math.abs(Math.round(ms));
  if (span < 1_000) return `${span} ms`;
  const first = UNITS.findIndex(([, size]) => span >= size);
  let rest = span;
  const parts = UNITS.slice(first, first + 2).flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? [`${count} ${unit}`] : [];
  });
  return parts.join(' ');
}

/** `in 2 h 3 m`, `3 m 12 s ago`, `now`. */
export function formatRelative(ms: number, nowMs: number): string {
  const span = Math.round((ms - nowMs) / 1_000) * 1_000;
  if (span === 0) return 'now';
  return span > 0 ? `in ${durationText(span)}` : `${durationText(span)} ago`;
}
