import { DEFAULT_MANAGER, newLane, type LaneState } from './lane.js';
import { enrol } from './lane-places.js';

/**
 * The state of a lane that lost its state, after an earlier run was read. Messages that arrived meanwhile are newer than the
 * lost run; but a place that already rides a push of the lost run is kept.
 */
export function recoveredFrom(earlier: LaneState, now: LaneState): LaneState {
  const state = {
    // A lane of an older release lacks members.
    ...newLane(earlier.key, earlier.name),
    ...earlier,
    // Until a ticket enrols the new run knows no rules, and those of before count.
    manager: now.manager === DEFAULT_MANAGER ? earlier.manager : now.manager,
    ignored: now.ignored,
    paused: now.paused ?? earlier.paused,
    version: Math.max(earlier.version, now.version) + 1,
    nextSeq: Math.max(earlier.nextSeq, now.nextSeq),
    lastN: Math.max(earlier.lastN, now.lastN),
    foreignSince: { ...now.foreignSince, ...earlier.foreignSince },
  };
  // Only the earlier run knows which places were given up: an enrolment that was repeated meanwhile is refused here.
  for (const place of now.queue) enrol(state, place, place.enrolledAtMs);
  return state;
}
