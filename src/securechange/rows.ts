import { z } from 'zod';
import { canonicalId } from '../domain/canonical-id.js';
import { clip, toList, toObject, toWrappedList } from './normalise.js';

/** A row of a list that could not be read. */
export interface OddRow {
  /** `ticket 2`, or `ticket at place 3` where it has no id that can be read. */
  readonly row: string;
  /** Its id, where that can be read. */
  readonly id: string | null;
  /** What is missing or of another kind: `workflow.name`. */
  readonly why: string;
}

/** What a list says: the rows that could be read, and those that could not. */
export interface Rows<T> {
  readonly rows: readonly T[];
  readonly odd: readonly OddRow[];
}

/** A list read page by page; `cut`: there is more than we read. */
export interface Listing<T> extends Rows<T> {
  readonly cut: boolean;
}

/**
 * Reads a list of SecureTrack page by page, at most `mostPages`. A server may give fewer rows a page than it was asked for: the list
 * ends where as many were read as it says there are (`total`), or, where it does not say, with a page that is not full.
 */
export async function readPages<T>(
  { perPage, mostPages }: { readonly perPage: number; readonly mostPages: number },
  read: (start: number) => Promise<(Rows<T> & { readonly total: number | null }) | null>,
): Promise<Listing<T>> {
  const rows: T[] = [];
  const odd: OddRow[] = [];
  for (let page = 0; page < mostPages; page += 1) {
    const found = await read(rows.length + odd.length);
    const count = found === null ? 0 : found.rows.length + found.odd.length;
    rows.push(...(found?.rows ?? []));
    odd.push(...(found?.odd ?? []));
    const total = found?.total ?? null;
    const isLast = total === null ? count < perPage : rows.length + odd.length >= total;
    if (isLast || count === 0) return { rows, odd, cut: !isLast };
  }
  return { rows, odd, cut: true };
}

/**
 * Reads every list of SecureChange and SecureTrack, row by row. Total: an odd row is named and never hides the others.
 * Where its place counts, `standIn` says what stands there.
 */
export function readRows<T>(
  what: string,
  schema: z.ZodType<T>,
  entries: readonly unknown[],
  standIn?: (odd: OddRow) => T,
): { readonly rows: T[]; readonly odd: OddRow[] } {
  const rows: T[] = [];
  const odd: OddRow[] = [];
  entries.forEach((entry, at) => {
    const read = schema.safeParse(entry);
    if (read.success) {
      rows.push(read.data);
      return;
    }
    const row = oddRow(what, entry, at, read.error);
    odd.push(row);
    if (standIn !== undefined) rows.push(standIn(row));
  });
  return { rows, odd };
}

function oddRow(what: string, entry: unknown, at: number, error: z.ZodError): OddRow {
  const object = toObject(entry);
  const id = IDS.map((name) => canonicalId(object?.[name])).find((text) => text !== null) ?? null;
  const places = [...new Set(error.issues.map((issue) => issue.path.join('.') || 'the row itself'))];
  return {
    row: id === null ? `${what} at place ${at + 1}` : `${what} ${clip(id, 60)}`,
    id: id === null ? null : clip(id, 60),
    why: clip(places.slice(0, 3).join(', '), 200),
  };
}

/** Whatever comes, also nothing: what reads the list makes sense of it. */
export const wireAny = z.unknown().optional();

const IDS = ['id', 'uuid', 'management_id'];

/** A list where an odd row may be left out, because whoever reads it says so. */
export function wireRows<T extends z.ZodType>(what: string, entry: T): z.ZodType<Rows<z.output<T>>> {
  return wireAny.transform((value) => readRows(what, entry as z.ZodType<z.output<T>>, toList(value)));
}

/** A list where a row left out could hide what must not be hidden: one odd row makes the answer odd, and is named. */
export function wireEvery<T extends z.ZodType>(what: string, entry: T): z.ZodType<z.output<T>[]> {
  return every(what, entry, toList);
}

/** The same below a wrapper such as `steps.step`. */
export function wireEveryWrapped<T extends z.ZodType>(
  name: string,
  what: string,
  entry: T,
): z.ZodType<z.output<T>[]> {
  return every(what, entry, (value) => toWrappedList(value, name));
}

function every<T extends z.ZodType>(
  what: string,
  entry: T,
  entriesOf: (value: unknown) => readonly unknown[],
): z.ZodType<z.output<T>[]> {
  return wireAny.transform((value, context) => {
    const { rows, odd } = readRows(what, entry as z.ZodType<z.output<T>>, entriesOf(value));
    for (const { row, why } of odd) {
      context.addIssue({ code: 'custom', message: `${row}: ${why}`, path: [`(${row}: ${why})`] });
    }
    return rows;
  });
}
