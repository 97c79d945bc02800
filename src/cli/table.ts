import Table from 'cli-table3';
import type { Colours } from './output.js';
import { displayWidth } from './text-width.js';

export interface Column {
  readonly title: string;
  /** It is never made narrower than this, unless its content is; 8 when left out. */
  readonly min?: number;
  /** Where all columns do not fit, those with the highest number are left out first; without a number it always stays. */
  readonly leaveOut?: number;
}

export interface TableStyle {
  readonly colours: Colours;
  /** Columns of the terminal; null: nothing is cut. */
  readonly width: number | null;
}

const GAP = 2;
const LEAST = 8;

const NO_LINES = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map((name) => [name, '']),
);

/**
 * A table without lines that fits the terminal: wide cells are cut, then whole columns are left out, and a last line says which.
 * Cells are safe to print already.
 */
export function renderTable(
  columns: readonly (string | Column)[],
  rows: readonly (readonly (string | null)[])[],
  { colours, width }: TableStyle,
): string {
  const all = columns.map((column) => (typeof column === 'string' ? { title: column } : column));
  const cells = rows.map((row) => row.map((cell) => (cell === null || cell === '' ? '-' : cell)));
  const natural = all.map(({ title }, index) =>
    Math.max(displayWidth(title), ...cells.map((row) => displayWidth(row[index] ?? ''))),
  );
  const { kept, left } = fitting(all, natural, width);
  const widths = narrowed(all, natural, kept, width);
  const table = new Table({
    head: kept.map((index) => colours.bold(all[index]?.title ?? '')),
    colWidths: widths,
    chars: { ...NO_LINES, middle: ' '.repeat(GAP) },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(...cells.map((row) => kept.map((index) => row[index] ?? '-')));
  const text = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
  if (left.length === 0) return text;
  return `${text}\n${colours.dim(`(not shown: ${left.join(', ')}; --json has everything)`)}`;
}

/** Indices of the columns that fit, and the titles of the others. */
function fitting(
  all: readonly Column[],
  natural: readonly number[],
  width: number | null,
): { kept: readonly number[]; left: readonly string[] } {
  let kept = all.map((_, index) => index);
  if (width === null) return { kept, left: [] };
  const least = (indices: readonly number[]): number =>
    indices.reduce((sum, index) => sum + leastOf(all, natural, index), GAP * (indices.length - 1));
  while (least(kept) > width) {
    const spare = kept.filter((index) => all[index]?.leaveOut !== undefined);
    if (spare.length === 0) break;
    const first = spare.reduce((a, b) => ((all[b]?.leaveOut ?? 0) > (all[a]?.leaveOut ?? 0) ? b : a));
    kept = kept.filter((index) => index !== first);
  }
  const left = all.flatMap(({ title }, index) => (kept.includes(index) ? [] : [title]));
  return { kept, left };
}

function leastOf(all: readonly Column[], natural: readonly number[], index: number): number {
  return Math.min(natural[index] ?? 0, all[index]?.min ?? LEAST);
}

/** Widths of the kept columns: the widest gives way first. */
function narrowed(
  all: readonly Column[],
  natural: readonly number[],
  kept: readonly number[],
  width: number | null,
): number[] {
  const widths = kept.map((index) => natural[index] ?? 0);
  if (width === null) return widths;
  const total = (): number => widths.reduce((sum, each) => sum + each, GAP * (widths.length - 1));
  while (total() > width) {
    let widest = -1;
    for (const [place, index] of kept.entries()) {
      const mayShrink = (widths[place] ?? 0) > leastOf(all, natural, index);
      if (mayShrink && (widest === -1 || (widths[place] ?? 0) > (widths[widest] ?? 0))) widest = place;
    }
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 1) - 1;
  }
  return widths;
}
