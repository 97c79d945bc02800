/** A plain JSON value. Stored trees keep every list as an array; the wire writers apply the vendor's list quirks. */
export type Json = string | number | boolean | null | Json[] | JsonObject;

/** A JSON object. Keys starting with `@` are XML attributes (`@xsi.type`, `@type`, `@href`). */
export interface JsonObject {
  [key: string]: Json | undefined;
}

/** True for an object that is neither an array nor null. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every shape a list may arrive in (absent, null, `""`, one object, an array) as an array. */
export function asList(value: Json | undefined): Json[] {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value : [value];
}

/** The objects of a list that may arrive in any shape. */
export function objectsOf(value: Json | undefined): JsonObject[] {
  return asList(value).filter(isObject);
}

/** The objects below `wrapper.entry`, such as `steps.step`. */
export function wrapped(parent: JsonObject | undefined, wrapper: string, entry: string): JsonObject[] {
  const inside = parent?.[wrapper];
  return isObject(inside) ? objectsOf(inside[entry]) : [];
}

/** The value as text, or undefined when it is no scalar. */
export function asText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return undefined;
}

/** The value as a whole number, or undefined. Numeric text counts, as SecureTrack sends some ids as text. */
export function asNumber(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^-?\d+$/.test(value.trim())) return Number(value);
  return undefined;
}

/** The value as a truth value; the words `true` and `false` count. */
export function asBoolean(value: Json | undefined): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true') return true;
  if (value === 'false') return false;
  return undefined;
}
