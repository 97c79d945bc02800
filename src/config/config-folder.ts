import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './error-code.js';

/** The files of one configuration folder, remembered as they were when they were read, so that a change is noticed. */
export interface ConfigFolder {
  readonly path: string;
  exists(): boolean;
  /** undefined when there is no such file. Throws what the file system says otherwise. */
  read(file: string): string | undefined;
  /** Names of the YAML files of a subfolder, sorted; empty when there is none. */
  yamlFiles(subfolder: string): readonly string[];
  /** Something looked at so far is no longer as it was just before it was read: changed, added or removed. */
  changed(): boolean;
  /** SHA-256 over names and contents of everything read so far, first 12. */
  digest(): string;
}

export function openConfigFolder(path: string): ConfigFolder {
  const files = new Map<string, string>();
  const folders = new Map<string, string>();
  const texts = new Map<string, string>();
  return {
    path,
    exists: () => {
      folders.set('.', listing(path));
      return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    },
    read: (file) => {
      // First: what is written while we read is another state of the file, and is read again.
      files.set(file, stamp(join(path, file)));
      try {
        const text = readFileSync(join(path, file), 'utf8');
        texts.set(file, text);
        return text;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    yamlFiles: (subfolder) => {
      folders.set(subfolder, listing(join(path, subfolder)));
      return listYaml(join(path, subfolder)).map((name) => `${subfolder}/${name}`);
    },
    changed: () =>
      [...folders].some(([folder, before]) => listing(join(path, folder)) !== before) ||
      [...files].some(([file, before]) => stamp(join(path, file)) !== before),
    digest: () => {
      const sorted = [...texts].sort(([a], [b]) => (a < b ? -1 : 1));
      return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 12);
    },
  };
}

/** A folder that cannot be listed now counts as a change; the load that follows reports the error. */
function listing(folder: string): string {
  try {
    return listYaml(folder).join('|');
  } catch (error) {
    return error instanceof Error ? error.message : 'unreadable';
  }
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
