/** `#name#` in the string leaves of a JSON template. Structural: a value can never change the shape around it. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What a name stands for right now, or why it stands for nothing. */
export type Resolved = { readonly value: Json } | { readonly absent: string };

export type Resolver = (name: string) => Resolved;

/** A template that speaks of something that is not there; the message names it, never a value. */
export class UnresolvedPlaceholder extends Error {
  constructor(name: string, why: string) {
    super(`the placeholder #${name}# ${why}`);
    this.name = 'UnresolvedPlaceholder';
  }
}

/**
 * A name starts with a letter or _ and does not end with a space, so that `ticket #7, rule #9` stays text. `##` is a `#`.
 * After a bar stands a function, as in templates of the Workflow Integrator.
 */
const PLACEHOLDER = /##|#([A-Za-z_](?:[^#|\n]*[^#|\s])?)(\|[^#\n]*)?#/g;
const WHOLE = /^#([A-Za-z_](?:[^#|\n]*[^#|\s])?)#$/;

/**
 * Fills the template in. A leaf that is nothing but one placeholder becomes its value with its type; inside text a
 * value becomes text. Keys stay as they are. Throws `UnresolvedPlaceholder`.
 */
export function fillIn(template: unknown, resolve: Resolver): Json {
  if (typeof template === 'string') return fillInText(template, resolve);
  if (Array.isArray(template)) return template.map((item: unknown) => fillIn(item, resolve));
  if (typeof template === 'object' && template !== null) {
    // Own entries only, written as own entries: `__proto__` in a template is a key like any other.
    return Object.fromEntries(Object.entries(template).map(([key, item]) => [key, fillIn(item, resolve)]));
  }
  return typeof template === 'number' || typeof template === 'boolean' ? template : null;
}

function fillInText(text: string, resolve: Resolver): Json {
  const whole = WHOLE.exec(text)?.[1];
  if (whole !== undefined) return valueOf(whole, resolve);
  return text.replace(PLACEHOLDER, (match: string, name?: string, withFunction?: string) => {
    if (name === undefined) return match === '##' ? '#' : match;
    if (withFunction !== undefined) {
      throw new UnresolvedPlaceholder(
        `${name}${withFunction}`,
        'uses a custom function; not available in this release',
      );
    }
    return asText(valueOf(name, resolve));
  });
}

function valueOf(name: string, resolve: Resolver): Json {
  const found = resolve(name.toLowerCase());
  if ('absent' in found) throw new UnresolvedPlaceholder(name, found.absent);
  return found.value;
}

function asText(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Every name a template speaks of, lower-case, each once. */
export function placeholderNames(template: unknown): readonly string[] {
  const names = new Set<string>();
  const collect = (part: unknown): void => {
    if (typeof part === 'string') {
      for (const [, name] of part.matchAll(PLACEHOLDER))
        if (name !== undefined) names.add(name.toLowerCase());
    } else if (typeof part === 'object' && part !== null) {
      Object.values(part).forEach(collect);
    }
  };
  collect(template);
  return [...names];
}
