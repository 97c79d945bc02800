import { stripVTControlCharacters } from 'node:util';
import type pc from 'picocolors';
import { durationText } from '../domain/duration-text.js';
import { cleanLine } from '../domain/clean-text.js';

export type Colours = ReturnType<typeof pc.createColors>;

/** Columns under their titles, as wide as their widest cell; cells may be coloured. */
export function columns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  colours: Colours,
): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => stripVTControlCharacters(row[column] ?? '').length)),
  );
  const line = (cells: readonly string[], paint: (text: string) => string): string =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? '';
        return `${paint(cell)}${' '.repeat(width - stripVTControlCharacters(cell).length)}`;
      })
      .join('  ')
      .trimEnd();
  return [line(head, colours.dim), ...rows.map((row) => line(row, (cell) => cell))];
}

/** Text of other systems, on one line, at most `width` characters. */
export function short(text: string, width: number): string {
  return cleanLine(text, width);
}

/** Since the start, as the timeline writes it: `+7 s`, `+1 m 12 s`. */
export function sinceStartText(ms: number): string {
  return ms < 1_000 ? '+0 s' : `+${durationText(ms)}`;
}
