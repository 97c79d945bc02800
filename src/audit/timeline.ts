import type { HistoryFact } from '../domain/history-fact.js';
import { durationText } from './duration-text.js';
import { describeActivities, type Told } from './tell-activity.js';
import { createTeller } from './tell-fact.js';

/** One line of a ticket's life. */
export interface TimelineRow {
  readonly atMs: number;
  /** Since the first row: `+2 m 4 s`. */
  readonly offset: string;
  /** `idle` stands for a span in which nothing happened. */
  readonly kind: 'event' | 'command' | 'work' | 'wait' | 'state' | 'end' | 'idle';
  readonly what: string;
  /** Who caused it, when the history names somebody. */
  readonly who: string | null;
  readonly detail: string | null;
}

export interface TimelineOptions {
  /** Shorter pauses are not shown; default 60 s. */
  readonly idleMs?: number;
}

/**
 * Tells a ticket's history in the words of the field: one row per event, command, activity (with all its attempts), wait,
 * change of state and end; repeated work is counted and idle spans are folded to `⋯ 2 d 4 h ⋯`. Pure: plain facts in, rows out.
 */
export function toTimeline(
  facts: readonly HistoryFact[],
  options: TimelineOptions = {},
): readonly TimelineRow[] {
  const { idleMs = 60_000 } = options;
  const activities = describeActivities(facts);
  const tell = createTeller(facts);
  const told = facts.flatMap((fact) => {
    if (fact.kind === 'activityScheduled') return activities(fact);
    return tell(fact);
  });
  const startMs = told[0]?.atMs ?? 0;
  const rows: TimelineRow[] = [];
  let quietSinceMs = startMs;
  for (const { endMs, count, ...row } of countRepeats(told)) {
    const gapMs = row.atMs - quietSinceMs;
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
    quietSinceMs = Math.max(quietSinceMs, row.kind === 'wait' ? row.atMs : endMs);
    rows.push({
      ...row,
      offset: offsetText(row.atMs - startMs),
      what: count > 1 ? `${row.what} × ${count}` : row.what,
    });
  }
  return rows;
}

function offsetText(ms: number): string {
  return ms < 1_000 ? '+0 s' : `+${durationText(ms)}`;
}

/** The same quiet work again and again is one row: a poll that found nothing new says so once. */
function countRepeats(told: readonly Told[]): readonly (Told & { count: number })[] {
  const rows: (Told & { count: number })[] = [];
  for (const row of told) {
    const last = rows.at(-1);
    if (
      last?.kind === 'work' &&
      row.kind === 'work' &&
      last.what === row.what &&
      last.detail === row.detail
    ) {
      rows[rows.length - 1] = { ...last, endMs: row.endMs, count: last.count + 1 };
    } else {
      rows.push({ ...row, count: 1 });
    }
  }
  return rows;
}
