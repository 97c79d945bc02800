import { durationText } from '../domain/duration-text.js';
import type { RawRow } from './raw-row.js';

/** A row with how often it happened. */
export interface Folded extends RawRow {
  readonly count: number;
  readonly lastAtMs: number;
  readonly lastNumber: string | undefined;
}

/** The longest round of a loop that is looked for: a push that starts, a push that is refused, a wait, asking again, a state or two. */
const LONGEST_ROUND = 6;

/**
 * Counts what a loop does again and again, round by round: "asked 12 times until free" is one round with its count.
 * Events, commands and ends are never counted: each of them proves something.
 */
export function foldRepeats(raw: readonly RawRow[]): readonly Folded[] {
  const rows: Folded[] = [];
  for (const row of raw) {
    if (row.again === 'once' && isShownAlready(rows, row)) continue;
    rows.push({ ...row, count: 1, lastAtMs: row.atMs, lastNumber: row.number });
    foldTail(rows);
  }
  return rows;
}

/** Changes of state and other questions may stand in between, but nothing that was done and nothing that came in. */
function isShownAlready(rows: readonly Folded[], row: RawRow): boolean {
  const since = rows.findLastIndex(({ kind, again }) => kind !== 'state' && again !== 'once');
  return rows.slice(since + 1).some((before) => isSame(before, row));
}

function foldTail(rows: Folded[]): void {
  for (let length = 1; length <= LONGEST_ROUND && length * 2 <= rows.length; length += 1) {
    const last = rows.slice(-length);
    const before = rows.slice(-length * 2, -length);
    if (!last.every(({ again }) => again !== undefined)) return;
    if (!last.every((row, index) => isSame(row, before[index]))) continue;
    const folded = before.map((row, index) => joined(row, last[index] ?? row));
    rows.splice(-length * 2, length * 2, ...folded);
    return;
  }
}

function isSame(row: RawRow, other: RawRow | undefined): boolean {
  return (
    row.kind === other?.kind &&
    row.what === other.what &&
    row.who === other.who &&
    row.detail === other.detail
  );
}

function joined(first: Folded, again: Folded): Folded {
  const ms = (first.span?.ms ?? 0) + (again.span?.ms ?? 0);
  const words = first.span?.words ?? again.span?.words;
  return {
    ...first,
    endMs: again.endMs,
    span: words === undefined ? null : { words, ms },
    count: first.count + again.count,
    lastAtMs: again.lastAtMs,
    lastNumber: again.lastNumber,
  };
}

/** Number, how it ended and how long it took, in one text. */
export function detailOf({ detail, number, lastNumber, span, count, atMs, lastAtMs }: Folded): string | null {
  const numbers =
    number === undefined || number === lastNumber ? number : `${number} to ${lastNumber ?? '?'}`;
  const took = span == null ? null : `${span.words} ${durationText(span.ms)}${count > 1 ? ' in all' : ''}`;
  const over = count > 1 && lastAtMs > atMs ? `over ${durationText(lastAtMs - atMs)}` : null;
  const parts = [numbers ?? null, detail, took, over].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join('; ');
}
