import { z } from 'zod';

import { canonicalId, canonicalTicketId } from '../domain/canonical-id.js';

/**
 * The quirks of SecureChange's JSON, undone in one place: a list with one entry comes as that entry, an empty list or
 * object as `""`, numbers and truth values sometimes as text.
 */

/** Absent, null and `""` are no entry, also inside an array (`[null]` is a recorded form of "none"). */
export function toList(value: unknown): readonly unknown[] {
  return (Array.isArray(value) ? value : [value]).filter(
    (entry) => entry !== undefined && entry !== null && entry !== '',
  );
}

/** The object, or undefined for everything that stands for "absent". */
export function toObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}

/** The entries below a wrapper such as `steps.step`; a server that leaves the wrapper out is understood too. */
export function toWrappedList(value: unknown, entry: string): readonly unknown[] {
  return toList(Array.isArray(value) ? value : toObject(value)?.[entry]);
}

/** Text of a scalar, null for everything else; blank text is null. */
export function toText(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

export function toTruth(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  const text = toText(value)?.trim().toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : null;
}

/** At most so many characters, never half a one. */
export function clip(text: string, atMost: number): string {
  return text.length <= atMost
    ? text
    : `${Array.from(text)
        .slice(0, atMost - 1)
        .join('')}…`;
}

export const NAME_LENGTH = 120;
export const MESSAGE_LENGTH = 200;

/** What SecureChange writes where it has nothing to say: nothing, null, blank text, `{}`, `[]`. */
function isAbsent(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** What can be read as `read` does; anything else stays, so that the schema refuses it rather than taking it for absent. */
function unlessAbsent(read: (value: unknown) => unknown): (value: unknown) => unknown {
  return (value) => (isAbsent(value) ? null : (read(value) ?? value));
}

/** An id: number or text on the wire, canonical text with us. Required. */
export const wireId = z.preprocess(unlessAbsent(canonicalId), z.string());
/** Absent is null; something that is no id is an error: a manager that cannot be read is not "no manager". */
export const wireOptionalId = z.preprocess(unlessAbsent(canonicalId), z.string().nullable());
export const wireTicketId = z.preprocess(canonicalTicketId, z.string());
/** A name that may be absent; something that is no text is an error. */
export const wireOptionalName = z.preprocess(unlessAbsent(toText), z.string().nullable());
/** A text to show; whatever cannot be read is null. */
export const wireText = z.preprocess(toText, z.string().nullable());
/** A text that must be there. */
export const wireName = z.preprocess(toText, z.string());
/** Absent is null; a word that is no truth value is an error: "skipped" that cannot be read is not "not skipped". */
export const wireTruth = z.preprocess((value) => {
  return isAbsent(value) ? null : (toTruth(value) ?? value);
}, z.boolean().nullable());

/** A whole number, number or text on the wire; null for everything else. */
export const wireCount = z.preprocess((value) => {
  const text = toText(value) ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}, z.number().nullable());

/** A whole number that must be there. */
export const wireNumber = wireCount.pipe(z.number());

/** An object, or null where the wire says absent, null, `""` or `{}`. */
export function wireMaybe<T extends z.ZodType>(object: T): z.ZodType<z.output<T> | null> {
  return z.preprocess((value) => (isAbsent(value) ? null : value), object.nullable());
}

/**
 * The body of an answer: one member of this name. A member that says "nothing" is null; a body without it is not an
 * answer of this API, whatever else is in it.
 */
export function wireAnswer<K extends string, T extends z.ZodType>(
  root: K,
  inside: T,
): z.ZodType<Record<K, z.output<T> | null>> {
  return z
    .looseObject({})
    .refine((body) => Object.hasOwn(body, root), { path: [root] })
    .pipe(z.object({ [root]: wireMaybe(inside) })) as never;
}
