import { cleanLine } from '../domain/clean-text.js';

export { toWords } from '../domain/words.js';

/** A text member of something that may be anything; control characters become spaces, so that no input draws on a terminal. */
export function textField(value: unknown, name: string): string | null {
  const member = field(value, name);
  return typeof member === 'string' && member !== '' ? onOneLine(member) : null;
}

export function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** More than any text of ours; what is shown is cut where it is shown. */
const LONGEST = 4_000;

/** Safe to print: one line, no escape sequences. */
export function onOneLine(text: string): string {
  return cleanLine(text, LONGEST);
}

/** What may be anything, as a list; an empty one when it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
