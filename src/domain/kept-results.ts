/** Results and failures that a lane keeps until their ticket has been signalled, or an operator has repaired their cause. */
import { canonicalJson } from './canonical-json.js';
import type { KeptResult, LaneState, PlaceInPush, SharedFailure } from './lane.js';
import { memberKey, type MemberResult } from './push.js';

/** An operator has repaired the cause of the failed shared Commits: their targets may be pushed again. */
export function clearFailures(state: LaneState): readonly SharedFailure[] {
  const { failures } = state;
  state.failures = [];
  if (failures.length > 0) state.version += 1;
  return failures;
}

/** These stand in the histories of their tickets, or no run of the ticket needs them. A newer one for the same place stays. */
export function delivered(state: LaneState, results: readonly KeptResult[]): void {
  state.undelivered = state.undelivered.filter((kept) => !results.includes(kept));
}

/** The text that a worker signs for a lane, so that the ticket need not ask the lane: this result, of this place, in this push. */
export function canonicalResult(laneKey: string, { n, ticketId, target, result }: KeptResult): string {
  return canonicalJson({ laneResult: { laneKey, n, ticketId, target, result } });
}

/** What a lane knows of the result of one place in one push. */
export interface KnownResult {
  /** False while a lost lane has not read its earlier runs. */
  readonly recovered: boolean;
  /** The result that the ticket has not been signalled yet. */
  readonly result: MemberResult | null;
  /** The run of this push; null when the lane does not know the push. */
  readonly runId: string | null;
  /** The place that the ticket has at present, and the push that it rides. */
  readonly place: { readonly n: number | null } | null;
}

export function knownResult(state: LaneState, of: PlaceInPush): KnownResult {
  const { recovered, undelivered, past, push, queue } = state;
  const here = (place: { ticketId: string; target: string }): boolean => memberKey(place) === memberKey(of);
  const rides = push?.members.some(here) === true;
  return {
    recovered,
    result: undelivered.find((kept) => kept.n === of.n && here(kept))?.result ?? null,
    runId: (push?.n === of.n ? push : past.find(({ n }) => n === of.n))?.runId ?? null,
    place: rides ? { n: push.n } : queue.some(here) ? { n: null } : null,
  };
}
