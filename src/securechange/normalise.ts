import { z } from 'zod';

import { canonicalId, canonicalTicketId } from '../domain/canonical-id.js';

/**
 * The quirks of SecureChange's JSON, undone in one place: a list with one entry comes as that entry, an empty list or
 * object as `""`, numbers and truth values sometimes as text.
 */

/** Absent, null and `""` are no entry; anything but an array is one entry. */
export function toList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value : [value];
}

/** The object, or undefined for everything that stands for "absent". */
export function toObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}

/** The entries below a wrapper such as `steps.step`; a server that leaves the wrapper out is understood too. */
export function toWrappedList(value: unknown, entry: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return toList(toObject(value)?.[entry]);
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

/** An id: number or text on the wire, canonical text with us. Required. */
export const wireId = z.preprocess(canonicalId, z.string());
export const wireOptionalId = z.preprocess(canonicalId, z.string().nullable());
export const wireTicketId = z.preprocess(canonicalTicketId, z.string());
export const wireText = z.preprocess(toText, z.string().nullable());
/** A text that must be there. */
export const wireName = z.preprocess(toText, z.string());
export const wireTruth = z.preprocess(toTruth, z.boolean().nullable());

export function wireList<T extends z.ZodType>(entry: T): z.ZodType<z.output<T>[]> {
  return z.preprocess(toList, z.array(entry));
}

export function wireWrapped<T extends z.ZodType>(name: string, entry: T): z.ZodType<z.output<T>[]> {
  return z.preprocess((value) => toWrappedList(value, name), z.array(entry));
}

/** An object, or null where the wire says absent, null or `""`. */
export function wireMaybe<T extends z.ZodType>(object: T): z.ZodType<z.output<T> | null> {
  return z.preprocess((value) => toObject(value) ?? null, object.nullable());
}
