import type { LaneState, QueuedEnrolment } from './lane.js';
import { inOrder, verdictOf } from './lane-order.js';
import { expectedCallMs, expectedSaveMs } from './usual-lengths.js';
import { hindrancesOf } from './ledger.js';
import { memberKey } from './push.js';

/** What the next window of a lane will hold, estimated from what is known before it opens. */
export interface Preflight {
  /** Open now: `opensAtMs` is this instant. */
  readonly isOpen: boolean;
  readonly opensAtMs: number;
  /** Of the place whose window closes first. */
  readonly closesAtMs: number;
  readonly tickets: readonly string[];
  /** Updates that are still to be saved in the window. */
  readonly saves: number;
  readonly pushes: number;
  readonly needsMs: number;
  readonly availableMs: number;
  /** `ticket on target`, of each place that comes too late by this estimate. */
  readonly doNotFit: readonly string[];
  /** What hinders a Commit of the window as things are now. */
  readonly hindrances: readonly string[];
}

const MOST_NAMED = 20;

interface Planned {
  readonly place: QueuedEnrolment;
  readonly opensAtMs: number;
  readonly closesAtMs: number;
}

/** Null where no place has an opening. Places whose window opens later than the first one are left out. */
export function preflightOf(state: LaneState, nowMs: number): Preflight | null {
  const planned = inOrder(state).flatMap((place) => plannedOf(place, nowMs));
  if (planned.length === 0) return null;
  const opensAtMs = Math.min(...planned.map((one) => one.opensAtMs));
  const together = planned.filter((one) => one.opensAtMs === opensAtMs);
  const closesAtMs = Math.min(...together.map((one) => one.closesAtMs));
  const estimate = estimateOf(state, together, opensAtMs);
  return {
    isOpen: opensAtMs === nowMs,
    opensAtMs,
    closesAtMs,
    tickets: [...new Set(together.map(({ place }) => place.ticketId))].slice(0, MOST_NAMED),
    ...estimate,
    availableMs: closesAtMs - opensAtMs,
    hindrances: hindrancesIn(state, together, nowMs),
  };
}

function plannedOf(place: QueuedEnrolment, nowMs: number): readonly Planned[] {
  const verdict = verdictOf(place, nowMs);
  if (verdict.kind === 'noneLeft') return [];
  const opensAtMs = verdict.kind === 'open' ? nowMs : verdict.opensAtMs;
  return [{ place, opensAtMs, closesAtMs: verdict.closesAtMs }];
}

/** One after the other, as the lane will: all that ride one Commit are saved before it. */
function estimateOf(
  state: LaneState,
  planned: readonly Planned[],
  opensAtMs: number,
): Pick<Preflight, 'saves' | 'pushes' | 'needsMs' | 'doNotFit'> {
  const [saveMs, pushMs] = [expectedSaveMs(state), expectedCallMs(state)];
  const groups = new Map<string, Planned[]>();
  for (const one of planned) {
    const { place } = one;
    const alone = place.kind !== 'commit' || place.wants === 'saved' || state.manager.commit === 'each';
    const key = alone ? memberKey(place) : place.target;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  let needsMs = 0;
  let saves = 0;
  let pushes = 0;
  const doNotFit: string[] = [];
  for (const group of groups.values()) {
    const unsaved = group.filter(({ place }) => place.kind === 'commit' && !place.saved).length;
    saves += unsaved;
    const commits = group.some(({ place }) => place.wants === 'live') ? 1 : 0;
    pushes += commits;
    needsMs += unsaved * saveMs + commits * pushMs;
    for (const { place, closesAtMs } of group)
      if (opensAtMs + needsMs > closesAtMs - place.window.minimumRemainingMs)
        doNotFit.push(`${place.ticketId} on ${place.targetName}`);
  }
  return { saves, pushes, needsMs, doNotFit: doNotFit.slice(0, MOST_NAMED) };
}

function hindrancesIn(state: LaneState, planned: readonly Planned[], nowMs: number): readonly string[] {
  const places = planned.map(({ place }) => place).filter(({ kind }) => kind === 'commit');
  const found = new Set<string>();
  const paths = new Map(places.map(({ target, path }) => [target, path]));
  for (const path of paths.values())
    for (const { ticketId, targetName, message } of hindrancesOf(state, path, places, nowMs))
      found.add(`ticket ${ticketId} on ${targetName}: ${message}`);
  return [...found].slice(0, MOST_NAMED);
}
