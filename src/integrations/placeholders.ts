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
const WHOLE = /^#([\p{L}_](?:[^#|\n]*[^#|\s])?)(\|[^#\n]*)?#$/u;

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
  const found = (match: string, name: string, bar: string | undefined): Found => {
    const resolved = resolve(keyOf(name, functionIn(bar)));
    if (!('absent' in resolved)) return resolved;
    if (unresolved === 'literal') return { value: match };
    throw new UnresolvedPlaceholder(`${name}${bar ?? ''}`, resolved.absent);
  };
  const [match, whole, wholeBar] = WHOLE.exec(text) ?? [];
  if (match !== undefined && whole !== undefined) return found(match, whole, wholeBar).value;
  return text.replace(PLACEHOLDER, (match: string, name?: string, bar?: string) => {
    if (name === undefined) return match === '##' ? '#' : match;
    const { value, text: said } = found(match, name, bar);
    return said ?? asText(value);
  });
}

/**
 * Fills a path in: each value stands encoded, so that it cannot become another part of the path. Throws
 * `UnresolvedPlaceholder` for a name without a value, and for a value that would remove a part.
 */
export function fillInPath(path: string, resolve: Resolver): string {
  const filled = path.replace(PLACEHOLDER, (match: string, name?: string, bar?: string) => {
    if (name === undefined) return match === '##' ? '%23' : match;
    const resolved = resolve(keyOf(name, functionIn(bar)));
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

type Found = Exclude<Resolved, { absent: string }>;

/** A name and the custom function it goes through, both lower-case. */
export interface Placeholder {
  readonly name: string;
  readonly function: string | null;
}

function functionIn(bar: string | undefined): string | null {
  return bar === undefined ? null : bar.slice(1).trim();
}

/** What a resolver is asked: `name`, or `name|function`. */
export function keyOf(name: string, through: string | null): string {
  return (through === null ? name : `${name}|${through}`).toLowerCase();
}

/** Every placeholder of a template. */
export function placeholdersOf(template: unknown): readonly Placeholder[] {
  if (typeof template === 'string')
    return [...template.matchAll(PLACEHOLDER)].flatMap(([, name, bar]) =>
      name === undefined
        ? []
        : [{ name: name.toLowerCase(), function: functionIn(bar)?.toLowerCase() ?? null }],
    );
  return typeof template === 'object' && template !== null
    ? Object.values(template).flatMap(placeholdersOf)
    : [];
}

/** Every name a template speaks of, lower-case, each once. */
export function placeholderNames(template: unknown): readonly string[] {
  return [...new Set(placeholdersOf(template).map(({ name }) => name))];
}
