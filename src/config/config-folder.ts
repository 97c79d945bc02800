import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './error-code.js';

/** The files of one configuration folder, read once each, remembered so that a change of any of them is noticed. */
export interface ConfigFolder {
  readonly path: string;
  exists(): boolean;
  /** undefined when there is no such file. Throws what the file system says otherwise. */
  read(file: string): string | undefined;
  /** Names of the YAML files of a subfolder, sorted; empty when there is none. */
  yamlFiles(subfolder: string): readonly string[];
  /** Everything looked at so far, as it is now: differs as soon as a file was changed, added or removed. */
  signature(): string;
}

export function openConfigFolder(path: string): ConfigFolder {
  const files = new Set<string>();
  const folders = new Set<string>();
  return {
    path,
    exists: () => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
    read: (file) => {
      files.add(file);
      try {
        return readFileSync(join(path, file), 'utf8');
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    yamlFiles: (subfolder) => {
      folders.add(subfolder);
      return listYaml(join(path, subfolder)).map((name) => `${subfolder}/${name}`);
    },
    signature: () =>
      [
        ...[...folders].map((folder) => listYaml(join(path, folder)).join('|')),
        ...[...files].map((file) => stamp(join(path, file))),
      ].join('\n'),
  };
}

function listYaml(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'))
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Inode and size too: a file replaced within one tick of the clock is still another file. */
function stamp(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? 'none' : `${stat.mtimeNs}/${stat.size}/${stat.ino}`;
}

function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
