import type { LaneState } from './lane.js';
import { memberKey } from './push.js';

/**
 * The state of a lane that lost its state, after an earlier run was read. Messages that arrived meanwhile are newer than the
 * lost run; but a place that already rides a push of the lost run is kept.
 */
export function recoveredFrom(earlier: LaneState, now: LaneState): LaneState {
  const keysOf = (places: readonly { ticketId: string; target: string }[]): ReadonlySet<string> =>
    new Set(places.map(memberKey));
  const places = keysOf([...earlier.queue, ...(earlier.push?.members ?? [])]);
  const entries = keysOf(earlier.ledger);
  return {
    ...earlier,
    manager: now.manager,
    ignored: now.ignored,
    paused: now.paused ?? earlier.paused,
    version: Math.max(earlier.version, now.version) + 1,
    nextSeq: Math.max(earlier.nextSeq, now.nextSeq),
    lastN: Math.max(earlier.lastN, now.lastN),
    queue: [...earlier.queue, ...now.queue.filter((place) => !places.has(memberKey(place)))],
    ledger: [...earlier.ledger, ...now.ledger.filter((entry) => !entries.has(memberKey(entry)))],
  };
}
