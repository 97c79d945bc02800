import Table from 'cli-table3';
import pc from 'picocolors';
import { onOneLine } from '../audit/plain-words.js';
import type { World } from './world.js';

export type Colours = ReturnType<typeof pc.createColors>;

/** Where a command says what it found: people get text, programs with `--json` get exactly one document. */
export interface Output {
  readonly json: boolean;
  readonly colours: Colours;
  /** Prints the document with `--json`, else the text. */
  readonly answer: (document: unknown, text: () => string) => void;
}

export function createOutput(world: World, json: boolean): Output {
  return {
    json,
    colours: pc.createColors(world.colours && !json),
    answer: (document, text) => {
      world.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : `${text()}\n`);
    },
  };
}

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

/** A table without lines; cells are made safe to print, colours are added after. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  colours: Colours,
): string {
  const table = new Table({
    head: head.map((title) => colours.bold(title)),
    chars: { ...NO_LINES, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(...rows.map((row) => row.map((cell) => (cell === null || cell === '' ? '-' : cell))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Text from outside, on one line, cut to `width` characters. */
export function safe(text: string | null | undefined, width = 60): string {
  const line = onOneLine(text ?? '');
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
