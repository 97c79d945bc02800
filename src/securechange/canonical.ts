import { createHash } from 'node:crypto';

export interface CanonicalOptions {
  /** Members that do not belong to the meaning: ids, states, links. */
  readonly leaveOut: (key: string, value: unknown) => boolean;
  /** Whether the order of lists means something. Default true. */
  readonly keepOrder?: boolean;
}

/**
 * One text for one meaning, whatever the wire made of it: members sorted, a one-entry list like its entry, absent like
 * `""`, null and empty, numbers and truth values like their text.
 */
export function canonicalText(value: unknown, options: CanonicalOptions): string {
  return canonical(value, options) ?? 'null';
}

/** SHA-256, hexadecimal. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The text itself, level by level: encoded again at each level, a nested value would grow with its depth. */
function canonical(value: unknown, options: CanonicalOptions): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (Array.isArray(value)) return canonicalList(value, options);
  if (typeof value !== 'object') return JSON.stringify(JSON.stringify(value).replace(/^"|"$/g, ''));
  const members = Object.entries(value)
    .filter(([key, member]) => !options.leaveOut(key, member))
    .map(([key, member]) => [key, canonical(member, options)] as const)
    .filter(([, text]) => text !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, text]) => `${JSON.stringify(key)}:${text ?? ''}`);
  return members.length === 0 ? undefined : `{${members.join(',')}}`;
}

function canonicalList(value: readonly unknown[], options: CanonicalOptions): string | undefined {
  const entries = value.map((entry) => canonical(entry, options)).filter((entry) => entry !== undefined);
  if (entries.length < 2) return entries[0];
  return `[${((options.keepOrder ?? true) ? entries : entries.sort()).join(',')}]`;
}
