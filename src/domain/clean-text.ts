/**
 * Text of other systems and of people, made safe to show: the one place that decides what may reach a terminal, a log line, the
 * Temporal Web UI or a message.
 */

/** Enough for a sentence of a vendor; a caller with less space passes its limit. */
const WIDTH = 300;
/** More marks than any language puts on one letter; stacks of them paint over the lines above and below. */
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu;
/** Control characters, and what ends a line or a paragraph. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;
/** Invisible characters that change the visible ones: direction, joiners, fillers, selectors, tags; and non-characters. */
const UNSEEN = /[\p{Cf}\p{Cs}\p{Co}\p{DI}\p{NChar}\u2800]/gu;

/**
 * One line without control characters, changes of direction, characters that are not seen, or stacked marks. Longer text is cut and
 * ends with `…`. For logs, the command line, notes and messages.
 */
export function cleanLine(text: string, width = WIDTH): string {
  // Cut first, so that a text of a megabyte does not cost more than a long one.
  const bounded = text.slice(0, width * 8);
  const clean = bounded.replace(UNSEEN, '').replace(BREAKS, ' ').replace(STACKED_MARKS, '$1').trim();
  return clipped(clean, width, bounded.length < text.length);
}

/** The same with its line breaks kept, for messages that have more than one line; at most `width` characters in all. */
export function cleanLines(text: string, width = 4_000): string {
  const lines = text.slice(0, width * 8).split(/\r\n|[\n\r]/);
  return clipped(
    lines
      .map((line) => cleanLine(line, width))
      .join('\n')
      .trim(),
    width,
    false,
  );
}

/**
 * A page for a terminal, the last moment before it is written: its line ends, tabs and our own colours stay, whatever else moves,
 * hides or turns text around does not. Text of others is cleaned before; this is for what was forgotten.
 */
export function cleanPage(page: string): string {
  return page.replace(
    NOT_TEXT,
    (found, kept?: string) => kept ?? (/\p{Cc}|\p{Zl}|\p{Zp}/u.test(found) ? ' ' : ''),
  );
}

/** JSON with an escape for every character that a terminal acts on or does not show: the same document for a program. */
export function cleanJson(document: unknown, indent = 0): string {
  return JSON.stringify(document, null, indent).replace(NOT_TEXT, (found, kept?: string) =>
    kept === '\n'
      ? kept
      : [...Array(found.length).keys()].map((at) => escapeOf(found.charCodeAt(at))).join(''),
  );
}

/** Line ends, tabs, bold, dim and colours, which are kept; then what is not text. */
const NOT_TEXT =
  // eslint-disable-next-line no-control-regex -- the escape of our own colours
  /(\n|\t|\u001b\[(?:0|1|2|22|3[1-6]|39|90)m)|[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}\p{Co}\p{DI}\p{NChar}\u2800]/gu;

function escapeOf(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/**
 * The same as text inside Markdown: nothing in it is markup, and addresses stand in code so that no page makes them links. Not for
 * code spans: {@link cleanCode}.
 */
export function cleanMarkdown(text: string, width = WIDTH): string {
  return cleanLine(text, width)
    .split(' ')
    .map((word) => (LINKED.test(word) ? codeSpan(word) : word.replace(MARKUP, '\\$&')))
    .join(' ')
    .replace(LINE_MARKUP, '$1\\');
}

/** The same as a Markdown code span, with its backticks: for commands that people copy, and names that stand in them. */
export function cleanCode(text: string, width = WIDTH): string {
  return codeSpan(cleanLine(text, width));
}

/** The last line of a page of Markdown: the Web UI cuts it. Not an entity, because the Web UI shows those as they are written. */
export const SPARE_LINE = '\u00a0';

/** A page of the Web UI from its blocks; empty ones are left out. */
export function detailsPage(blocks: readonly string[]): string {
  return [...blocks.filter((block) => block !== ''), SPARE_LINE].join('\n\n');
}

/** One line of Markdown beside an event or in a list of the Web UI; Temporal refuses more than 400 bytes. */
export function cleanSummary(text: string): string {
  return cleanMarkdown(text, 95);
}

/** What pages that show Markdown turn into links by themselves: addresses, `www.`, mail and chat addresses. */
const LINKED = /:\/\/|www\.|@|mailto:|xmpp:/i;
const MARKUP = /[\\`*_[\]<>#!|~&{}]/g;
/** What makes a list, a rule or a heading of a line that begins with it. */
const LINE_MARKUP = /^(?=[-+=])|^(\d{1,9})(?=[.)])/;

/** A pipe ends the cell of a table even inside code, and some pages take a backslash before the last backtick for an escape. */
function codeSpan(text: string): string {
  const inside = text.replaceAll('`', "'").replaceAll('|', '¦').replace(/\\$/, '\\ ');
  return inside === '' ? '' : `\`${inside}\``;
}

function clipped(text: string, width: number, cut: boolean): string {
  if (text.length <= width && !cut) return text;
  let end = Math.min(text.length, width - 1);
  const last = text.charCodeAt(end - 1);
  // Half of a surrogate pair is not a character.
  if (last >= 0xd800 && last <= 0xdbff) end -= 1;
  return `${text.slice(0, end).trimEnd()}…`;
}
