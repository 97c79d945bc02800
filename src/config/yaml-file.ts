import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { z } from 'zod';
import type { Mistake } from './mistakes.js';

type Path = readonly (string | number)[];

/** A YAML text that can say where each of its values stands. */
export interface YamlFile {
  readonly file: string;
  readonly data: unknown;
  /** A mistake at the value of `path`, or at the nearest parent that is there. */
  mistake(path: Path, message: string): Mistake;
  /** Keys of the mapping at `path`, in the order they were written. */
  keysAt(path: Path): readonly string[];
}

/** Parses YAML 1.2 strictly: duplicate keys, unknown tags and unresolved aliases are mistakes with line and column. */
export function parseYaml(file: string, text: string): { yaml: YamlFile | null; mistakes: Mistake[] } {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const found = [...document.errors, ...document.warnings];
  if (found.length > 0) {
    const mistakes = found.map(({ pos, message }) => ({
      file,
      ...placeOf(counter, pos[0]),
      message: message.split('\n')[0] ?? message,
    }));
    return { yaml: null, mistakes };
  }
  const data: unknown = document.toJS({ maxAliasCount: 100 });
  const yaml: YamlFile = {
    file,
    data,
    mistake: (path, message) => ({ file, ...placeAt(document, counter, path), message }),
    keysAt: (path) => {
      const node = path.length === 0 ? document.contents : document.getIn(path, true);
      return isMap(node) ? node.items.map((item) => scalarText(item.key)) : [];
    },
  };
  return { yaml, mistakes: [] };
}

/** Checks a file against its schema; every deviation becomes a mistake at its place. */
export function checkYaml<S extends z.ZodType>(
  yaml: YamlFile,
  schema: S,
): { value: z.output<S> | null; mistakes: Mistake[] } {
  const result = schema.safeParse(yaml.data);
  if (result.success) return { value: result.data, mistakes: [] };
  return { value: null, mistakes: result.error.issues.flatMap((issue) => mistakesOf(yaml, issue)) };
}

function mistakesOf(yaml: YamlFile, issue: z.core.$ZodIssue): Mistake[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      yaml.mistake([...path, key], `${pathText([...path, key])}: unknown key; correct or remove it`),
    );
  }
  if (issue.code === 'invalid_union') {
    // The branch that came closest speaks: the one that failed deepest inside the value.
    const closest = [...issue.errors]
      .filter((branch) => branch.length > 0)
      .sort((a, b) => deepest(b) - deepest(a))[0];
    if (closest !== undefined && deepest(closest) > 0) {
      return closest.flatMap((inner) => mistakesOf(yaml, { ...inner, path: [...issue.path, ...inner.path] }));
    }
  }
  const where = path.length === 0 ? '' : `${pathText(path)}: `;
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [yaml.mistake(path, `${where}${missing ? 'is missing' : issue.message}`)];
}

function deepest(branch: readonly z.core.$ZodIssue[]): number {
  const unknownKeys = branch.some((issue) => issue.code === 'unrecognized_keys') ? 1 : 0;
  return Math.max(unknownKeys, ...branch.map((issue) => issue.path.length));
}

/** `steps.Approval.phases[0].phase`. */
export function pathText(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
    .join('');
}

interface Place {
  readonly line: number | null;
  readonly column: number | null;
}

function placeAt(document: Document.Parsed, counter: LineCounter, path: Path): Place {
  for (let length = path.length; length > 0; length -= 1) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) return placeOf(counter, offset);
  }
  return placeOf(counter, document.contents?.range[0] ?? 0);
}

/** Of a mapping's value the key is shown: that is where an operator looks. */
function offsetOf(document: Document.Parsed, path: Path): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isPair(item) && scalarText(item.key) === String(last));
    return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  if (isSeq(parent) && typeof last === 'number') {
    const item = parent.items[last];
    return isNode(item) ? item.range?.[0] : undefined;
  }
  return undefined;
}

function placeOf(counter: LineCounter, offset: number): Place {
  const { line, col } = counter.linePos(offset);
  return line === 0 ? { line: null, column: null } : { line, column: col };
}

function scalarText(node: unknown): string {
  return isScalar(node) ? String(node.value) : '';
}
