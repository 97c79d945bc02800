/** How long pushes of one manager and their calls usually take. */
import type { LaneState, PastPush } from './lane.js';

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

/** The newest 20 are enough, and follow a manager that becomes slower. */
function usualMs(state: LaneState, lengthOf: (past: PastPush) => number | null, before: number): number {
  const lengths = state.past.flatMap((past) => (past.sent ? (lengthOf(past) ?? []) : []));
  return median(lengths.slice(-20)) ?? before;
}

/** How long a push of this manager usually takes: the median of the last 20, or the configured time while there is none. */
export function expectedPushMs(state: LaneState): number {
  const lengthOf = (past: PastPush): number | null =>
    past.kind === 'save' ? null : past.endedAtMs - past.startedAtMs;
  return usualMs(state, lengthOf, state.manager.expectedPushMs);
}

/** The same of the call that enforces, without the Updates that a push saves before it. */
export function expectedCallMs(state: LaneState): number {
  const lengthOf = (past: PastPush): number | null =>
    past.kind === 'enforcingUpdate' ? past.endedAtMs - past.startedAtMs : past.commitMs;
  return usualMs(state, lengthOf, state.manager.expectedPushMs);
}

/** The same of one Update that is saved. */
export function expectedSaveMs(state: LaneState): number {
  return usualMs(state, ({ saveMs }) => saveMs, state.manager.expectedSaveMs);
}
