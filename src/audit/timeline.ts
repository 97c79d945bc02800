import type { HistoryFact } from '../domain/history-fact.js';
import { durationText } from '../domain/duration-text.js';
import { detailOf, foldRepeats } from './fold.js';
import { namesIn } from './names.js';
import { createActivityRows } from './activity-rows.js';
import { createFactRows } from './fact-rows.js';

/** One line of a ticket's life. */
export interface TimelineRow {
  readonly atMs: number;
  /** Since the first row: `+2 m 4 s`. */
  readonly offset: string;
  /** `idle` stands for a span in which nothing happened. */
  readonly kind: 'event' | 'command' | 'work' | 'wait' | 'state' | 'end' | 'idle';
  readonly what: string;
  /** Who caused it; null when the history names no person. */
  readonly who: string | null;
  readonly detail: string | null;
}

export interface TimelineOptions {
  /** Shorter pauses are not shown; default 60 s. */
  readonly idleMs?: number;
}

/**
 * A ticket's history in the words of the field: one row per event, command, activity (with all its attempts), wait,
 * change of state and end, in the order they happened. What only looked and found nothing worth a word is left out, loops
 * are counted, idle spans are folded to `⋯ 2 d 4 h ⋯`. Pure: plain facts in, rows out.
 */
export function toTimeline(
  facts: readonly HistoryFact[],
  options: TimelineOptions = {},
): readonly TimelineRow[] {
  const { idleMs = 60_000 } = options;
  const names = namesIn(facts);
  const activityRows = createActivityRows(facts, names);
  const factRows = createFactRows(facts, names);
  const unordered = statesFirst(facts).flatMap((fact) =>
    fact.kind === 'activityScheduled' ? activityRows(fact) : factRows(fact),
  );
  // A signal that comes while the workflow is busy is written down after what the workflow did.
  const inOrder = unordered.toSorted((a, b) => a.atMs - b.atMs);
  const startMs = inOrder[0]?.atMs ?? 0;
  const rows: TimelineRow[] = [];
  let quietSinceMs = startMs;
  for (const folded of foldRepeats(inOrder)) {
    const { atMs, endMs, kind, what, who, count } = folded;
    const gapMs = atMs - quietSinceMs;
    if (gapMs >= idleMs) {
      rows.push({
        atMs: quietSinceMs,
        offset: offsetText(quietSinceMs - startMs),
        kind: 'idle',
        what: `⋯ ${durationText(gapMs)} ⋯`,
        who: null,
        detail: null,
      });
    }
    quietSinceMs = Math.max(quietSinceMs, kind === 'wait' && count === 1 ? atMs : endMs);
    rows.push({
      atMs,
      offset: offsetText(atMs - startMs),
      kind,
      what: count > 1 ? `${what} × ${count}` : what,
      who,
      detail: detailOf(folded),
    });
  }
  return rows;
}

const ORDERED: readonly HistoryFact['kind'][] = ['activityScheduled', 'timerStarted', 'timerCanceled'];

/** What the workflow decides in one go is written down in the order of its commands; the new state is the reason for the rest. */
function statesFirst(facts: readonly HistoryFact[]): readonly HistoryFact[] {
  const sorted: HistoryFact[] = [];
  for (const fact of facts) {
    let place = sorted.length;
    if (fact.kind === 'searchAttributes') {
      for (let id = fact.eventId - 1; place > 0; id -= 1, place -= 1) {
        const before = sorted[place - 1];
        if (before?.runId !== fact.runId || before.eventId !== id || !ORDERED.includes(before.kind)) break;
      }
    }
    const atMs = sorted[place]?.atMs ?? fact.atMs;
    sorted.splice(place, 0, { ...fact, atMs });
  }
  return sorted;
}

function offsetText(ms: number): string {
  return ms < 1_000 ? '+0 s' : `+${durationText(ms)}`;
}
