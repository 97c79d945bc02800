/**
 * A text that we write into another system ends with a line of its own, its mark, by which a repetition finds it. Only the
 * whole line counts: a text of another author may quote it.
 */
export function marked(text: string, mark: string): string {
  return `${text}\n${mark}`;
}

/** True when the last line of the text is one of these marks. */
export function endsWithMark(text: string, marks: readonly string[]): boolean {
  return marks.includes(linesOf(text).at(-1) ?? '');
}

/** True when any of its lines is one of these marks: of a text to which others are appended. */
export function hasMark(text: string, marks: readonly string[]): boolean {
  return linesOf(text).some((line) => marks.includes(line));
}

/** Of our notes in an ITSM. */
export function noteMark(digest: string): string {
  return `[sco ${digest}]`;
}

/** A note of ours that an ITSM hands back as a comment of its own. */
export function isOwnNote(text: string): boolean {
  return /^\[sco [0-9a-f]{16}\]$/.test(linesOf(text).at(-1) ?? '');
}

/** Of our comments in SecureChange, which shows who wrote a comment. */
export function commentMark(key: string): string {
  return `securechange-orchestrator ${key}`;
}

/** Outer space and the form of line ends do not survive every system. */
function linesOf(text: string): string[] {
  const lines = text.trim().split(/\r\n?|\n/);
  return lines.map((line) => line.trim());
}
