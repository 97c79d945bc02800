/** RFC 6901, on own members only. */

export function pointed(document: unknown, pointer: string): unknown {
  let at = document;
  for (const name of namesOf(pointer)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** A copy in which the pointer leads to `value`; `-` at its end adds it to a list. Members on the way are made. */
export function withPointed(document: unknown, pointer: string, value: unknown): unknown {
  const [name, ...rest] = namesOf(pointer);
  if (name === undefined) return value;
  if (name === '-' && rest.length === 0)
    return [...(Array.isArray(document) ? (document as unknown[]) : []), value];
  const members = typeof document === 'object' && document !== null ? Object.entries(document) : [];
  const inner = members.find(([key]) => key === name)?.[1] as unknown;
  const others = members.filter(([key]) => key !== name);
  // Own entries, so that `__proto__` is a member like any other.
  return Object.fromEntries([...others, [name, withPointed(inner, joined(rest), value)]]);
}

function namesOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function joined(names: readonly string[]): string {
  return names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
