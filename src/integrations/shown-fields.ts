/** Whether a record shows what was written to it. */
import { cleanLine } from '../domain/clean-text.js';
import { isBody, type Body } from './change-api.js';

export interface Difference {
  readonly name: string;
  readonly asked: string;
  /** Null: the record does not show the field at all. */
  readonly is: string | null;
}

/** A field shorter than this is never cut: a state or a code that differs at its end differs. */
const SHORTEST_CUT = 40;

/**
 * The written fields that the record does not show. A field counts as shown by its value or its display value; a long
 * text that the column cut counts, an instant counts in any notation of UTC.
 */
export function differing(row: Body, written: Body): Difference[] {
  return Object.entries(written).flatMap(([name, value]) => {
    const asked = wireText(value);
    const cell = Object.hasOwn(row, name) ? row[name] : undefined;
    const shown = isBody(cell) ? [cell['value'], cell['display_value']] : [cell];
    const texts = shown.flatMap((one) => (one === undefined || one === null ? [] : [wireText(one)]));
    if (asked === '' && texts.length === 0) return [];
    if (texts.some((text) => isSame(text, asked))) return [];
    return [{ name, asked, is: texts[0] ?? null }];
  });
}

/** The same of a record without display values, whose fields may stand deeper; of a list each written item must be there. */
export function differingWithin(record: unknown, written: Body, path = ''): Difference[] {
  return Object.entries(written).flatMap(([name, value]) => {
    const here = `${path}${name}`;
    const is = isBody(record) && Object.hasOwn(record, name) ? record[name] : undefined;
    if (isBody(value)) return differingWithin(is, value, `${here}.`);
    if (Array.isArray(value) && Array.isArray(is)) {
      const items = is.map(wireText);
      if (value.every((item) => items.includes(wireText(item)))) return [];
    }
    const asked = wireText(value);
    const shown = wireText(is);
    if (is === undefined ? asked === '' : isSame(shown, asked)) return [];
    return [{ name: here, asked, is: is === undefined || is === null ? null : shown }];
  });
}

export function differenceText({ name, asked, is }: Difference): string {
  return `${name} is ${is === null ? 'not shown' : `"${cleanLine(is, 60)}"`} instead of "${cleanLine(asked, 60)}"`;
}

/** The value of a cell, with or without its display value beside it. */
export function valueOf(cell: unknown): string | null {
  const value = isBody(cell) ? cell['value'] : cell;
  return typeof value === 'string' ? value : null;
}

function isSame(shown: string, asked: string): boolean {
  const [is, want] = [normal(shown), normal(asked)];
  return is === want || (is.length >= SHORTEST_CUT && want.startsWith(is));
}

/** Line ends and outer space do not survive a text column; an instant is stored without its zone. */
function normal(text: string): string {
  const clean = text.replace(/\r\n?/g, '\n').trim();
  const instant = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?Z?$/.exec(clean);
  return instant === null ? clean : `${instant[1]} ${instant[2]}`;
}

function wireText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
