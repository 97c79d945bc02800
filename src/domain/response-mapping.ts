import type { FieldText } from './point-action.js';
import type { Json } from './ticket-content.js';

/** Leaves of a template that name a field: `#ITSM number#`. */
const FIELD = /^#([^#]+)#$/;
const LONGEST_TEXT = 4_000;
const MOST_PROBLEMS = 10;

export interface Mapped {
  readonly values: readonly FieldText[];
  /** What the template names and the answer does not have as a text. */
  readonly problems: readonly string[];
}

/** The fields that a template names, with the path to each. */
export function mappedFields(
  template: unknown,
  path: readonly string[] = [],
): readonly { readonly path: readonly string[]; readonly field: string }[] {
  if (typeof template === 'string') {
    const field = FIELD.exec(template)?.[1]?.trim();
    return field === undefined || field === '' ? [] : [{ path, field }];
  }
  if (typeof template !== 'object' || template === null) return [];
  return Object.entries(template).flatMap(([key, part]) => mappedFields(part, [...path, key]));
}

/**
 * The values of an answer for the fields that a template of the same shape names. Only own members of the answer are
 * read; a leaf that is missing, or is an object, is a problem and never an empty value.
 */
export function mapResponse(template: unknown, answer: unknown): Mapped {
  const values: FieldText[] = [];
  const problems: string[] = [];
  for (const { path, field } of mappedFields(template)) {
    const found = textOf(leafAt(answer, path));
    if (found === null) problems.push(`${path.join('.')} (for field "${field}")`);
    else if (found.length > LONGEST_TEXT) problems.push(`${path.join('.')} has ${found.length} characters`);
    else values.push({ field, text: found });
  }
  return { values, problems: problems.slice(0, MOST_PROBLEMS) };
}

function leafAt(answer: unknown, path: readonly string[]): unknown {
  let at = answer;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return at;
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null) return '';
  if (
    Array.isArray(value) &&
    value.every((item: Json) => typeof item === 'string' || typeof item === 'number')
  )
    return value.join(', ');
  return null;
}
