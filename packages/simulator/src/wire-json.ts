import { ApiError } from './api-error.js';
import { isObject, type Json, type JsonObject } from './json.js';

/** How lists leave: `objects` collapses one entry to an object and none to `""`; `arrays` leaves them alone. */
export type ListForm = 'objects' | 'arrays';

/** Members that show an empty list as `""` even where lists are arrays. */
const ALWAYS_TEXT_WHEN_EMPTY = new Set(['labels']);

function collapsed(value: Json, form: ListForm): Json {
  if (Array.isArray(value)) {
    const entries = value.map((entry) => collapsed(entry, form));
    if (form === 'arrays') return entries;
    if (entries.length === 0) return '';
    return entries.length === 1 ? (entries[0] ?? '') : entries;
  }
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined || inner === null || key.startsWith('@xmlns.')) continue;
    const emptied = isEmptyWrapper(inner) && (form === 'objects' || ALWAYS_TEXT_WHEN_EMPTY.has(key));
    result[key] = emptied ? '' : collapsed(inner, form);
  }
  return result;
}

/** A wrapper whose only member is an empty list: `comments: {comment: []}`. */
function isEmptyWrapper(value: Json): boolean {
  if (!isObject(value)) return false;
  const inner = Object.values(value).filter((entry) => entry !== undefined);
  return inner.length === 1 && Array.isArray(inner[0]) && inner[0].length === 0;
}

/** Writes a tree as the vendor's JSON. */
export function writeJson(tree: JsonObject, form: ListForm): string {
  return JSON.stringify(collapsed(tree, form));
}

/** Reads a JSON body. Throws the vendor's 406 when it does not parse or is no object. */
export function readJson(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json;
    if (isObject(value)) return value;
  } catch {
    // falls through to the refusal
  }
  throw new ApiError(406, 'BAD_REQUEST_ERROR', 'Invalid format detected: the body is no JSON object');
}
