/** How far the clock of SecureChange or SecureTrack is from ours, as far as its answers show: their `Date` is in whole seconds. */

/** One answer: the system wrote its second between our sending and our receiving. */
export interface ClockReading {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  /** The `Date` of the answer, as UTC milliseconds; null when it has none that can be read. */
  readonly dateMs: number | null;
}

/** The system's clock minus ours lies between these. */
export interface ClockDifference {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** Beyond it no push is sent: a window would open or close at another time than SecureChange records. */
export const MOST_CLOCK_DIFFERENCE_MS = 2_000;

/** What all readings allow, newest last; where they contradict each other a clock was set, and the newer ones count. null: none can be read. */
export function clockDifferenceOf(readings: readonly ClockReading[]): ClockDifference | null {
  let known: ClockDifference | null = null;
  for (const { sentAtMs, receivedAtMs, dateMs } of [...readings].reverse()) {
    if (dateMs === null) continue;
    const leastMs: number = Math.max(dateMs - receivedAtMs, known?.leastMs ?? -Infinity);
    const mostMs: number = Math.min(dateMs + 1_000 - sentAtMs, known?.mostMs ?? Infinity);
    if (leastMs > mostMs) break;
    known = { leastMs, mostMs };
  }
  return known;
}

/** Why nothing may be sent, for a person; null when the clocks may be close enough, as exactly as answers show it. */
export function clocksDiffer(
  difference: ClockDifference | null,
  system: 'SecureChange' | 'SecureTrack' = 'SecureChange',
): string | null {
  if (difference === null)
    return `the answers of ${system} have no readable Date, so its clock cannot be compared with the worker's: let the proxy before it pass the header Date`;
  const { leastMs, mostMs } = difference;
  const [byMs, where] = leastMs > 0 ? [leastMs, 'ahead of'] : [-mostMs, 'behind'];
  if (byMs <= MOST_CLOCK_DIFFERENCE_MS) return null;
  const seconds = (byMs / 1_000).toFixed(1);
  return `the clock of ${system} is at least ${seconds} s ${where} the worker's (at most ${MOST_CLOCK_DIFFERENCE_MS / 1_000} s are allowed): synchronise both with NTP`;
}
