import { toObject, toText } from './normalise.js';

/** Texts that stand beside a word of success: errors and warnings, in the singular or the plural, on whatever level. */
export interface SaidBeside {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

const DEEPEST = 12;
const MOST_TEXTS = 200;

/** All that is said in `value`, without the members of `leaveOut`, which are read by themselves. */
export function saidBeside(value: unknown, leaveOut: readonly string[] = []): SaidBeside {
  const errors: string[] = [];
  const warnings: string[] = [];
  walk(value, 0, (key, member) => {
    if (leaveOut.includes(key)) return true;
    const into = isNamed(key, 'error') ? errors : isNamed(key, 'warning') ? warnings : null;
    if (into === null) return false;
    for (const text of textsIn(member, 0)) if (into.length < MOST_TEXTS) into.push(text);
    return true;
  });
  return { errors, warnings };
}

/** `error`, `errors`, `error_message`, `commitErrors`. */
function isNamed(key: string, word: 'error' | 'warning'): boolean {
  return key.toLowerCase().includes(word);
}

function walk(value: unknown, depth: number, visit: (key: string, member: unknown) => boolean): void {
  if (depth > DEEPEST) return;
  if (Array.isArray(value)) {
    for (const entry of value) walk(entry, depth, visit);
    return;
  }
  for (const [key, member] of Object.entries(toObject(value) ?? {}))
    if (!visit(key, member)) walk(member, depth + 1, visit);
}

/** Every text inside; empty texts say nothing, as a list or an object without one does. */
function textsIn(value: unknown, depth: number): readonly string[] {
  if (depth > DEEPEST) return [];
  if (Array.isArray(value)) return value.flatMap((entry) => textsIn(entry, depth + 1));
  const object = toObject(value);
  if (object !== undefined) return Object.values(object).flatMap((entry) => textsIn(entry, depth + 1));
  const text = value === false || value === 0 ? null : toText(value);
  return text === null ? [] : [text];
}
