import type { LeftBecause } from '../src/domain/lane.js';
import type { MemberResult } from '../src/domain/push.js';
import type { Target } from '../src/domain/provisioning.js';
import { LANE_CODES } from './parking-texts.js';
import { showNotice, showOthers, showPlaces } from './place-notices.js';
import { readPushResult } from './push-result.js';
import type { TicketRun } from './ticket-run.js';
import type { Place, TicketState } from './ticket-state.js';

// A target enrols in its lane once for Update and Commit, waits without a timer, and leaves with an answer of the lane.

export type PlaceEnd =
  | { readonly kind: 'result'; readonly n: number; readonly result: MemberResult }
  /** The place is gone: its windows are over, or the ticket was held. */
  | { readonly kind: 'out' };

/** Waits until the place has a result or is gone. Shows what hinders it, with the ways out. */
export async function awaitPlace(run: TicketRun, target: Target, leaving = false): Promise<PlaceEnd> {
  const { engine, state } = run;
  const id = target.managementId;
  const current = (): Place | undefined => state.places.find((place) => place.target === id);
  let shown: string | null = null;
  let shownPush: string | null = null;
  /** The push that it asked to leave when it was held: a call that is begun carries it to its end. */
  let asked: number | null = null;
  const mustLeave = ({ n }: Place): boolean => state.held !== null && !leaving && (n === null || n !== asked);
  const { plannedEdits } = state;
  /** What rides a push is judged by its gate, which reads the planned dates. */
  const mustReplan = ({ n }: Place): boolean =>
    state.plannedEdits !== plannedEdits && n === null && !leaving && state.held === null;
  try {
    for (;;) {
      const place = current();
      if (place === undefined) return { kind: 'out' };
      if (place.result !== null && place.n !== null) {
        const end = await readResult(run, target, place, place.n, place.result);
        if (end !== 'waits') return end;
        continue;
      }
      if (leaving && place.n === null) dropPlace(state, id);
      if (place.missed) {
        dropPlace(state, id);
        return { kind: 'out' };
      }
      if (mustLeave(place)) {
        asked = place.n;
        await requestLeave(run, id, 'held');
        continue;
      }
      if (mustReplan(place)) {
        await requestLeave(run, id, 'replanned');
        continue;
      }
      const text = place.question?.message ?? place.notice?.message ?? null;
      shownPush = showPlaces(run);
      if (text !== shown || text !== null) showNotice(run, target, place);
      shown = text;
      const { n, notice, question } = place;
      await engine.condition(() => {
        const now = current();
        return (
          now === undefined ||
          now.result !== null ||
          now.missed ||
          now.n !== n ||
          now.notice !== notice ||
          now.question !== question ||
          mustLeave(now) ||
          mustReplan(now)
        );
      });
    }
  } finally {
    for (const code of LANE_CODES) run.parkings.end(code, id);
    // The other targets of the ticket wait on, and the window may have opened.
    const passed =
      state.waiting?.for === 'window' || (shownPush !== null && state.waiting?.what === shownPush);
    if (passed) showOthers(run, id);
  }
}

/** Only a result that is proven counts, and the number of no other push is noted. */
async function readResult(
  run: TicketRun,
  { managementId, name }: Target,
  place: Place,
  n: number,
  said: MemberResult,
): Promise<PlaceEnd | 'waits'> {
  const { laneKey } = place;
  const result = await readPushResult(run, {
    laneKey,
    n,
    target: managementId,
    targetName: name,
    said,
    signature: place.signature,
  });
  if (result.kind === 'waits' || result.kind === 'none') {
    const next = place.later.shift();
    if (next !== undefined) {
      Object.assign(place, next);
      return 'waits';
    }
  }
  if (result.kind === 'waits') {
    if (place.n === n) place.n = result.n;
    place.result = null;
    return 'waits';
  }
  dropPlace(run.state, managementId);
  if (result.kind === 'none') return { kind: 'out' };
  run.state.readPushes = { ...run.state.readPushes, [managementId]: n };
  return { kind: 'result', n, result };
}

/** Asks the lanes to let one target, or all of them, go. A place whose call is begun stays until its push has a result. */
export async function requestLeave(
  run: TicketRun,
  target: string | null,
  because: LeftBecause,
): Promise<void> {
  const { state } = run;
  const laneKeys = [
    ...new Set([
      ...state.places
        .filter((place) => target === null || place.target === target)
        .map(({ laneKey }) => laneKey),
      ...(target === null ? state.lanes : []),
    ]),
  ];
  // A ticket whose changes are live has nothing in a lane.
  if (laneKeys.length === 0 || (state.places.length === 0 && !state.targets.some(isSavedOnly))) return;
  const { ticketId, lastPlaceNumber: upTo } = state;
  const { rides } = await run.read(
    'leaveLanes',
    { phase: null, runsWhileHeld: true, runsToItsEnd: true },
    () => ({
      ticketId,
      laneKeys,
      target,
      because,
      upTo,
    }),
  );
  for (const place of [...state.places]) {
    if (target !== null && place.target !== target) continue;
    // A result that is in the state already may not be known to the lane as signalled.
    const isNew = ({ n }: { readonly n: number }): boolean => n > (state.readPushes[place.target] ?? 0);
    const ride = rides.findLast(
      (one) => one.laneKey === place.laneKey && one.target === place.target && isNew(one),
    );
    if (ride !== undefined) place.n = ride.n;
    // A lane signals a result once: it may have come before the answer.
    else if (place.result === null) {
      dropPlace(state, place.target);
      nothingSent(state, place.target);
    }
  }
}

/** A push that was to change it has sent nothing for it, and does not any more. */
export function nothingSent({ targets }: TicketState, managementId: string): void {
  const target = targets.find((one) => one.managementId === managementId);
  if (target === undefined) return;
  for (const call of ['update', 'commit'] as const)
    if (target[call] === 'running' || target[call] === 'unknown') target[call] = 'todo';
}

/** The target may be saved on its manager, and is not known to be live. */
function isSavedOnly({ enforcedBy, update, commit }: Target): boolean {
  const touched = update !== 'todo' && update !== 'notNeeded';
  return enforcedBy === 'commit' && touched && commit !== 'done' && commit !== 'notNeeded';
}

export function placeOf(state: TicketState, { managementId }: Target): Place | undefined {
  return state.places.find((place) => place.target === managementId);
}

export function dropPlace(state: TicketState, target: string): void {
  state.places = state.places.filter((place) => place.target !== target);
}
