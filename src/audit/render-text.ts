import type { TimelineRow } from './timeline.js';

export interface RenderOptions {
  /** How instants are printed; default ISO 8601 in UTC. Must name its offset. */
  readonly formatInstant?: (ms: number) => string;
  /** Lines are cut at this width; 0 leaves them whole. Default 0. */
  readonly width?: number;
  /** Marks a row by its kind, for colours; default unmarked. */
  readonly mark?: (kind: TimelineRow['kind'], line: string) => string;
}

/** The timeline as plain text: instant, offset, what, who, detail; one line a row. */
export function renderTimeline(rows: readonly TimelineRow[], options: RenderOptions = {}): string {
  const {
    formatInstant = (ms: number) => new Date(ms).toISOString(),
    width = 0,
    mark = (_kind: TimelineRow['kind'], line: string) => line,
  } = options;
  const instants = rows.map(({ kind, atMs }) => (kind === 'idle' ? '' : formatInstant(atMs)));
  const instantWidth = Math.max(0, ...instants.map((text) => text.length));
  const offsetWidth = Math.max(0, ...rows.map(({ offset }) => offset.length));
  return rows
    .map((row, index) => {
      const instant = (instants[index] ?? '').padEnd(instantWidth);
      const offset = (row.kind === 'idle' ? '' : row.offset).padEnd(offsetWidth);
      const who = row.who === null ? '' : `  (${row.who})`;
      const detail = row.detail === null ? '' : `  ${row.detail}`;
      const line = `${instant}  ${offset}  ${row.what}${who}${detail}`.trimEnd();
      return mark(row.kind, width > 0 && line.length > width ? `${line.slice(0, width - 1)}…` : line);
    })
    .join('\n');
}
