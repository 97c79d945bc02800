/** Results and failures that a lane keeps until a ticket has confirmed them, or an operator has repaired their cause. */
import type { LaneState, PlaceInPush, SharedFailure } from './lane.js';
import { memberKey, type MemberResult } from './push.js';

/** An operator has repaired the cause of the failed shared Commits: their targets may be pushed again. */
export function clearFailures(state: LaneState): readonly SharedFailure[] {
  const { failures } = state;
  state.failures = [];
  if (failures.length > 0) state.version += 1;
  return failures;
}

/** The ticket has stored the result in its own state. */
export function confirm(state: LaneState, { n, ticketId, target }: PlaceInPush): void {
  state.unconfirmed = state.unconfirmed.filter(
    (kept) => !(kept.n === n && kept.ticketId === ticketId && kept.target === target),
  );
}

/** What a lane knows of the result of one place in one push. */
export interface KnownResult {
  /** False while a lost lane has not read its earlier runs. */
  readonly recovered: boolean;
  /** The result that the ticket has not confirmed yet. */
  readonly result: MemberResult | null;
  /** The run of this push; null when the lane does not know the push. */
  readonly runId: string | null;
  /** The place that the ticket has at present, and the push that it rides. */
  readonly place: { readonly n: number | null } | null;
}

export function knownResult(state: LaneState, of: PlaceInPush): KnownResult {
  const { recovered, unconfirmed, past, push, queue } = state;
  const here = (place: { ticketId: string; target: string }): boolean => memberKey(place) === memberKey(of);
  const rides = push?.members.some(here) === true;
  return {
    recovered,
    result: unconfirmed.find((kept) => kept.n === of.n && here(kept))?.result ?? null,
    runId: (push?.n === of.n ? push : past.find(({ n }) => n === of.n))?.runId ?? null,
    place: rides ? { n: push.n } : queue.some(here) ? { n: null } : null,
  };
}
