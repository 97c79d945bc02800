/**
 * Tickets that change the same device or rule, before an Update. A place that waits lets those before it in its lane go
 * first, so that its Update is saved on what they made; it is a choice of each process, because a shared Commit needs none.
 */
import { cleanLine } from './clean-text.js';
import type { LaneState, QueuedEnrolment } from './lane.js';
import { inScope, type DevicePath } from './scope.js';

export interface ConflictPolicy {
  /** wait: the others go first. warn: they are named, and nothing waits. */
  readonly policy: 'wait' | 'warn';
  /** device: everything in the scope of the device. rule: the same rule, object or group. */
  readonly on: 'device' | 'rule';
}

/** Rules, objects and groups of one device that are changed, not only added; ANY stands for more than are listed. */
export type Touches = readonly string[];
export const ANY_RULE = '*';
const MOST_TOUCHES = 10;
const TOUCH_LENGTH = 80;

export function touchesOf(names: readonly string[]): Touches {
  const distinct = [...new Set(names.map((name) => cleanLine(name, TOUCH_LENGTH)))].sort();
  return distinct.length > MOST_TOUCHES ? [ANY_RULE] : distinct;
}

/** What is asked for another ticket's place. */
export interface ConflictQuestion {
  readonly ticketId: string;
  readonly path: DevicePath;
  readonly touches: Touches;
  readonly on: ConflictPolicy['on'];
}

export interface Conflict {
  readonly ticketId: string;
  readonly targetName: string;
  /** The rule, object or group that both change; null: the device. */
  readonly same: string | null;
}

/** Places of other tickets that are enrolled or pushed and change the same device or rule. */
export function conflictsWith(state: LaneState, question: ConflictQuestion): readonly Conflict[] {
  return conflictsIn([...(state.push?.members ?? []), ...state.queue], question);
}

/** Why this place waits: others that are pushed, saved already, or before it in `ordered`. Empty: it does not. */
export function conflictsBefore(
  state: LaneState,
  place: QueuedEnrolment,
  ordered: readonly QueuedEnrolment[],
): readonly Conflict[] {
  const { conflicts, touches = [], ticketId, path } = place;
  // What is saved goes on: two that wait for each other would never end.
  if (conflicts?.policy !== 'wait' || place.saved) return [];
  const before = ordered.slice(0, Math.max(0, ordered.indexOf(place)));
  const saved = ordered.filter((other) => other.saved && !before.includes(other));
  const others = [...(state.push?.members ?? []), ...before, ...saved];
  return conflictsIn(others, { ticketId, path, touches, on: conflicts.on });
}

function conflictsIn(
  others: readonly QueuedEnrolment[],
  { ticketId, path, touches, on }: ConflictQuestion,
): readonly Conflict[] {
  return others.flatMap((other): readonly Conflict[] => {
    if (other.ticketId === ticketId || !inScope(path, other.path)) return [];
    const { ticketId: id, targetName } = other;
    if (on === 'device') return [{ ticketId: id, targetName, same: null }];
    const same = sameTouch(touches, other.touches ?? []);
    return same === null ? [] : [{ ticketId: id, targetName, same }];
  });
}

function sameTouch(one: Touches, other: Touches): string | null {
  if (one.length === 0 || other.length === 0) return null;
  if (one.includes(ANY_RULE)) return other[0] === ANY_RULE ? 'one of many rules' : (other[0] ?? null);
  if (other.includes(ANY_RULE)) return one[0] ?? null;
  return one.find((name) => other.includes(name)) ?? null;
}

/** `ticket 12 on FW1 (rule Web)`, each. */
export function conflictText(conflicts: readonly Conflict[]): string {
  const named = conflicts
    .slice(0, 5)
    .map(
      ({ ticketId, targetName, same }) =>
        `ticket ${ticketId} on ${targetName}${same === null ? '' : ` (${same})`}`,
    );
  const more = conflicts.length > 5 ? [`and ${conflicts.length - 5} more`] : [];
  return [...named, ...more].join(', ');
}
