import pc from 'picocolors';
import { cleanJson, cleanLine, cleanPage } from '../domain/clean-text.js';
import type { CliContext } from './context.js';

export type Colours = ReturnType<typeof pc.createColors>;

/** Where a command says what it found: people get text, programs with `--json` get exactly one document. */
export interface Output {
  readonly json: boolean;
  readonly colours: Colours;
  /** Columns of the terminal; null: as many as the text needs. */
  readonly width: number | null;
  /** Prints the document with `--json`, else the text. */
  readonly answer: (document: unknown, text: () => string) => void;
}

export function createOutput(context: CliContext, options: { json: boolean; colour: boolean }): Output {
  const { json, colour } = options;
  return {
    json,
    colours: pc.createColors(context.colours && colour && !json),
    // Read at each use: a terminal may change its size.
    get width() {
      return widthOf(context);
    },
    answer: (document, text) => {
      context.stdout.write(`${json ? cleanJson(document, 2) : cleanPage(text())}\n`);
    },
  };
}

/** A terminal is never written past its edge. Into a file or a pipe everything goes whole, unless COLUMNS says otherwise. */
function widthOf({ stdout, environment }: CliContext): number | null {
  if (stdout.isTTY === true) return stdout.columns !== undefined && stdout.columns > 0 ? stdout.columns : 80;
  const columns = Number(environment['COLUMNS']);
  return Number.isInteger(columns) && columns >= 20 ? columns : null;
}

/** Text of other systems, on one line, cut to `width` characters. */
export function safe(text: string | null | undefined, width = 60): string {
  return cleanLine(text ?? '', width);
}
