import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Environment } from './settings.js';

/** Reads what operators' files only name. Read at each use, so that a replaced secret counts at once. */
export interface References {
  /** The variable's value, or the content of the file that NAME_FILE names. */
  variable(name: string): string | undefined;
  /** Without its final line break; relative paths start at the configuration folder. */
  file(path: string): string | undefined;
}

export function createReferences(folder: string, env: Environment): References {
  const file = (path: string): string | undefined => {
    try {
      return readFileSync(resolve(folder, path), 'utf8').replace(/\r?\n$/, '');
    } catch {
      return undefined;
    }
  };
  return {
    file,
    variable: (name) => {
      const value = env[name] ?? '';
      if (value !== '') return value;
      const path = env[`${name}_FILE`] ?? '';
      return path === '' ? undefined : file(resolve(path));
    },
  };
}
