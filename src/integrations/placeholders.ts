/** `#name#` in the string leaves of a JSON template. Structural: a value can never change the shape around it. */

import type { Json } from '../domain/ticket-content.js';

/** What a name stands for right now (inside other text as `text`, when it is there), or why it stands for nothing. */
export type Resolved = { readonly value: Json; readonly text?: string } | { readonly absent: string };

export type Resolver = (name: string) => Resolved;

/** A template that speaks of something that is not there; the message names it, never a value. */
export class UnresolvedPlaceholder extends Error {
  constructor(name: string, why: string) {
    super(`the placeholder #${name}# ${why}`);
    this.name = 'UnresolvedPlaceholder';
  }
}

/**
 * A name starts with a letter (of any script) or _ and does not end with a space, so that `ticket #7, rule #9` stays text.
 * `##` is a `#`. After a bar stands a function, as in templates of the Workflow Integrator.
 */
const PLACEHOLDER = /##|#([\p{L}_](?:[^#|\n]*[^#|\s])?)(\|[^#\n]*)?#/gu;
const WHOLE = /^#([\p{L}_](?:[^#|\n]*[^#|\s])?)#$/u;

const NO_FUNCTIONS = { absent: 'uses a custom function; not available in this release' };

/** What becomes of a name that stands for nothing: the message is refused, or the text `#name#` is sent as it is. */
export type WhenUnresolved = 'refuse' | 'literal';

/**
 * Fills the template in. A leaf that is nothing but one placeholder becomes its value with its type; inside text a
 * value becomes text. Keys stay as they are. Throws `UnresolvedPlaceholder`, unless a literal was asked for.
 */
export function fillIn(template: unknown, resolve: Resolver, unresolved: WhenUnresolved = 'refuse'): Json {
  if (typeof template === 'string') return fillInText(template, resolve, unresolved);
  if (Array.isArray(template)) return template.map((item: unknown) => fillIn(item, resolve, unresolved));
  if (typeof template === 'object' && template !== null) {
    // Own entries only, written as own entries: `__proto__` in a template is a key like any other.
    return Object.fromEntries(
      Object.entries(template).map(([key, item]) => [key, fillIn(item, resolve, unresolved)]),
    );
  }
  return typeof template === 'number' || typeof template === 'boolean' ? template : null;
}

function fillInText(text: string, resolve: Resolver, unresolved: WhenUnresolved): Json {
  const found = (name: string, match: string): Exclude<Resolved, { absent: string }> => {
    const resolved = resolve(name.toLowerCase());
    if (!('absent' in resolved)) return resolved;
    if (unresolved === 'literal') return { value: match };
    throw new UnresolvedPlaceholder(name, resolved.absent);
  };
  const whole = WHOLE.exec(text)?.[1];
  if (whole !== undefined) return found(whole, text).value;
  return text.replace(PLACEHOLDER, (match: string, name?: string, withFunction?: string) => {
    if (name === undefined) return match === '##' ? '#' : match;
    if (withFunction !== undefined) {
      if (unresolved === 'literal') return match;
      throw new UnresolvedPlaceholder(`${name}${withFunction}`, NO_FUNCTIONS.absent);
    }
    const { value, text: said } = found(name, match);
    return said ?? asText(value);
  });
}

/**
 * Fills a path in: each value stands encoded, so that it cannot become another part of the path. Throws
 * `UnresolvedPlaceholder` for a name without a value, and for a value that would remove a part.
 */
export function fillInPath(path: string, resolve: Resolver): string {
  const filled = path.replace(PLACEHOLDER, (match: string, name?: string, withFunction?: string) => {
    if (name === undefined) return match === '##' ? '%23' : match;
    const resolved = withFunction === undefined ? resolve(name.toLowerCase()) : NO_FUNCTIONS;
    if ('absent' in resolved) throw new UnresolvedPlaceholder(name, resolved.absent);
    const text = resolved.text ?? asText(resolved.value);
    if (text.trim() === '') throw new UnresolvedPlaceholder(name, 'is blank, and stands in a path');
    return encodeURIComponent(text);
  });
  const [parts = ''] = filled.split('?');
  if (parts.split('/').some((part) => part === '.' || part === '..'))
    throw new UnresolvedPlaceholder(placeholderNames(path).join('#, #'), 'makes a part . or .. of the path');
  return filled;
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
