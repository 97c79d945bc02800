/**
 * The numbers of places, which grow each time a ticket enrols. Whoever may write to Temporal can send a recorded message
 * again: a place that was given up must not come back, and an old leave must not remove a new place.
 */
import type { LaneState } from './lane.js';
import { memberKey } from './push.js';

type PlaceOf = { readonly ticketId: string; readonly target: string };

const KEPT = 1_000;

/** True when this place was given up: the lane knows it, or one that is newer. */
export function isGivenUp(state: LaneState, place: PlaceOf, number: number): boolean {
  const known = numbersOf(state, place);
  return known.length === 0 ? number <= state.forgottenUpTo : known.some((one) => one >= number);
}

/** True when the ticket took or gave up a newer place for this target. */
export function hasNewer(state: LaneState, place: PlaceOf, number: number): boolean {
  return numbersOf(state, place).some((one) => one > number);
}

function numbersOf({ placeNumbers }: LaneState, { ticketId, target }: PlaceOf): readonly number[] {
  const keys = [memberKey({ ticketId, target }), memberKey({ ticketId, target: '' })];
  return keys.flatMap((key) => placeNumbers[key] ?? []);
}

/** Records a place that was taken or given up; `target` '' for all targets. Forgets the oldest one beyond a limit. */
export function noteNumber(state: LaneState, place: PlaceOf, number: number): void {
  const key = memberKey(place);
  const numbers = { ...state.placeNumbers, [key]: Math.max(number, state.placeNumbers[key] ?? 0) };
  state.placeNumbers = numbers;
  const present = [...state.queue, ...(state.push?.members ?? [])].map(memberKey);
  if (Object.keys(numbers).length <= KEPT + present.length) return;
  const past = Object.entries(numbers).filter(([known]) => !present.includes(known));
  const oldest = past.reduce((a, b) => (b[1] < a[1] ? b : a));
  state.forgottenUpTo = Math.max(state.forgottenUpTo, oldest[1]);
  state.placeNumbers = Object.fromEntries(Object.entries(numbers).filter(([known]) => known !== oldest[0]));
}
