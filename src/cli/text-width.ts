import { stripVTControlCharacters } from 'node:util';

/** Two columns on every terminal: East Asian letters, and what is drawn as a picture. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns of a terminal that the text takes; colours take none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) {
    if (NO_WIDTH.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** Lines of a terminal that the text takes; null: it never wraps. */
export function displayRows(text: string, columns: number | null): number {
  const lines = text.split('\n');
  if (columns === null) return lines.length;
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0);
}

/**
 * Breaks a line between words, continued with `indent` spaces. A word that is too long stays whole: the terminal breaks it, and it
 * can still be copied. null: the line stays as it is.
 */
export function wrapLine(line: string, columns: number | null, indent: number): string {
  if (columns === null || displayWidth(line) <= columns) return line;
  const lead = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = lead;
  let empty = true;
  for (const word of line.slice(lead.length).split(' ')) {
    const joined = empty ? `${current}${word}` : `${current} ${word}`;
    if (!empty && displayWidth(joined) > columns) {
      lines.push(current);
      current = `${' '.repeat(indent)}${word}`;
    } else current = joined;
    empty = false;
  }
  return [...lines, current].map((each) => each.trimEnd()).join('\n');
}
