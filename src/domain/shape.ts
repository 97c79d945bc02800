/**
 * Checks values of unknown origin, without any package: workflows check every message with it. A shape returns a copy with
 * the members that it names, bounded in size; any other value throws `Malformed`.
 */
export type Shape<T> = (value: unknown, path: string) => T;

/** Where the form is wrong, in our own names; it contains no text of the message. */
export class Malformed extends Error {}

export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** Never throws. */
export function check<T>(shape: Shape<T>, value: unknown, path: string): Checked<T> {
  try {
    return { ok: true, value: shape(value, path) };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, why: error.message };
    throw error;
  }
}

function wrong(path: string, expected: string): never {
  throw new Malformed(`${path}: expected ${expected}`);
}

/** Text of `min` to `max` UTF-16 units; control characters and all else are kept. */
export function text(max: number, min = 0): Shape<string> {
  return (value, path) =>
    typeof value === 'string' && value.length >= min && value.length <= max
      ? value
      : wrong(path, `text of ${min} to ${max} characters`);
}

/** Text that is shortened instead of refused: it is only shown. */
export function clipped(max: number): Shape<string> {
  return (value, path) => (typeof value === 'string' ? value.slice(0, max) : wrong(path, 'text'));
}

/** Text with a rule of its own: `expected` names it. */
export function textThat(holds: (value: string) => boolean, expected: string): Shape<string> {
  return (value, path) => (typeof value === 'string' && holds(value) ? value : wrong(path, expected));
}

export const truth: Shape<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : wrong(path, 'true or false');

export function integer(min = 0, max = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value, path) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : wrong(path, `a whole number from ${min} to ${max}`);
}

export function oneOf<const T extends string | number>(...words: readonly T[]): Shape<T> {
  return (value, path) => words.find((word) => word === value) ?? wrong(path, `one of ${words.join(', ')}`);
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, path) => (value === null ? null : shape(value, path));
}

export function list<T>(shape: Shape<T>, max: number): Shape<readonly T[]> {
  return (value, path) =>
    Array.isArray(value) && value.length <= max
      ? value.map((item, index) => shape(item, `${path}[${index}]`))
      : wrong(path, `a list of at most ${max}`);
}

/** Members with any names. */
export function record<T>(shape: Shape<T>, max: number): Shape<Readonly<Record<string, T>>> {
  return (value, path) => {
    const given = Object.entries(membersOf(value, path));
    if (given.length > max) wrong(path, `at most ${max} members`);
    return Object.fromEntries(given.map(([name, member]) => [name, shape(member, `${path}[…]`)]));
  };
}

/** A member that may be absent. */
export interface Optional<T> {
  readonly optional: Shape<T>;
}

export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: shape };
}

/** One shape a member: a member without one does not compile. */
export type Members<T> = {
  readonly [K in keyof T]-?: Record<string, never> extends Pick<T, K>
    ? Optional<Exclude<T[K], undefined>>
    : Shape<T[K]>;
};

/** Members it does not name are left out: another release may send more. */
export function object<T>(members: Members<T>): Shape<T> {
  const known = Object.entries<Shape<unknown> | Optional<unknown>>(members);
  return (value, path) => {
    const given = membersOf(value, path);
    const read: Record<string, unknown> = {};
    for (const [name, shape] of known) {
      const member = Object.hasOwn(given, name) ? given[name] : undefined;
      if (typeof shape === 'function') read[name] = shape(member, `${path}.${name}`);
      else if (member !== undefined) read[name] = shape.optional(member, `${path}.${name}`);
    }
    return read as T;
  };
}

/** One row of members for each `kind`: a kind without one does not compile. */
export function variants<T extends { readonly kind: string }>(rows: {
  readonly [K in T['kind']]: Members<Omit<Extract<T, { readonly kind: K }>, 'kind'>>;
}): Shape<T> {
  const shapes = new Map(
    Object.entries<Members<Record<string, unknown>>>(
      rows as Readonly<Record<string, Members<Record<string, unknown>>>>,
    ).map(([kind, members]) => [kind, object(members)]),
  );
  return (value, path) => {
    const { kind } = membersOf(value, path);
    const shape = typeof kind === 'string' ? shapes.get(kind) : undefined;
    if (shape === undefined) return wrong(`${path}.kind`, `one of ${[...shapes.keys()].join(', ')}`);
    return { kind, ...shape(value, path) } as unknown as T;
  };
}

/** The arguments of a message; more than these are left out. */
export function args<A extends readonly unknown[]>(
  ...shapes: { readonly [I in keyof A]: Shape<A[I]> }
): Shape<A> {
  return (value, path) => {
    if (!Array.isArray(value)) return wrong(path, 'arguments');
    const given = value as readonly unknown[];
    return shapes.map((shape: Shape<unknown>, index) =>
      shape(given[index], `${path}, argument ${index + 1}`),
    ) as unknown as A;
  };
}

function membersOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : wrong(path, 'an object');
}
