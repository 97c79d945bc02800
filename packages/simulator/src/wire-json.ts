import { ApiError } from './api-error.js';
import { isObject, type Json, type JsonObject } from './json.js';

/** How lists leave: `objects` collapses one entry to an object and none to `""`; `arrays` leaves them alone; `recorded` is
 * `objects` but for the lists that recorded answers show as arrays of one. */
export type ListForm = 'objects' | 'arrays' | 'recorded';

export interface JsonForm {
  readonly lists: ListForm;
  /** What a wrapper without an entry becomes, such as `comments`: `""`, or itself. */
  readonly empties: 'text' | 'kept';
}

/** Members that show an empty list as `""` even where lists are arrays. */
const ALWAYS_TEXT_WHEN_EMPTY = new Set(['labels']);

/** Entries that came as an array of one in every recorded answer (995 of 995 sources, for instance). */
const RECORDED_AS_ARRAYS = new Set([
  'source',
  'destination',
  'service',
  'user',
  'application',
  'ticket_result',
]);

function collapsed(value: Json, form: JsonForm, key = ''): Json {
  if (Array.isArray(value)) {
    const entries = value.map((entry) => collapsed(entry, form));
    if (form.lists === 'arrays') return entries;
    if (form.lists === 'recorded' && RECORDED_AS_ARRAYS.has(key)) return entries;
    if (entries.length === 0) return '';
    return entries.length === 1 ? (entries[0] ?? '') : entries;
  }
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined || inner === null || name.startsWith('@xmlns.')) continue;
    const emptied = isEmptyWrapper(inner) && (form.empties === 'text' || ALWAYS_TEXT_WHEN_EMPTY.has(name));
    result[name] = emptied ? '' : collapsed(inner, form, name);
  }
  return result;
}

/** A wrapper whose only member is an empty list: `comments: {comment: []}`. */
function isEmptyWrapper(value: Json): boolean {
  if (!isObject(value)) return false;
  const inner = Object.values(value).filter((entry) => entry !== undefined);
  return inner.length === 1 && Array.isArray(inner[0]) && inner[0].length === 0;
}

/** Writes a tree as the vendor's JSON. A root without an entry is `{}`: so recorded, and Tufin's SDK cannot read `""` there. */
export function writeJson(tree: JsonObject, form: JsonForm): string {
  const roots = Object.entries(tree).map(([name, value]): [string, Json] => {
    if (value === undefined || value === null) return [name, ''];
    if (form.empties === 'text' && isEmptyWrapper(value)) return [name, {}];
    return [name, collapsed(value, form, name)];
  });
  return JSON.stringify(Object.fromEntries(roots));
}

/** Reads a JSON body. Throws the vendor's 406 when it does not parse or is no object. */
export function readJson(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json;
    if (isObject(value)) return value;
  } catch {
    // falls through to the refusal
  }
  throw new ApiError(406, 'BAD_REQUEST_ERROR', 'Invalid format detected: the body is not a JSON object');
}
