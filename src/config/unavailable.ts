import type { Mistake } from './mistakes.js';
import { pathText } from './yaml-file.js';
import type { YamlFile } from './yaml-file.js';

type Path = readonly (string | number)[];

/**
 * What the schemas already know and this release does not do. Refused rather than ignored: an operator who writes a
 * rule must never think that it holds when it does not.
 */
export function unavailable(yaml: YamlFile, path: Path, what: string, advice = 'remove it'): Mistake {
  return yaml.mistake(path, `${pathText(path)}: not available in this release: ${what}; ${advice}`);
}

/** One mistake for each key of `present` that has a value. */
export function refuseKeys(
  yaml: YamlFile,
  path: Path,
  present: object,
  refused: Readonly<Record<string, string>>,
): Mistake[] {
  const values = new Map(Object.entries(present));
  return Object.entries(refused).flatMap(([key, what]) =>
    values.get(key) === undefined ? [] : [unavailable(yaml, [...path, key], what)],
  );
}
