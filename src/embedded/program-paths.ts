import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Prints progress of what takes long; one line for each call, without a newline. */
export type Progress = (line: string) => void;

/** Where downloaded and built servers are kept, outside every checkout: `SCO_CACHE_DIR`, else the user's cache. */
export function cacheDirectory(env: Environment): string {
  if (env['SCO_CACHE_DIR'] !== undefined && env['SCO_CACHE_DIR'] !== '') return env['SCO_CACHE_DIR'];
  const base = env['XDG_CACHE_HOME'] ?? '';
  return join(base === '' ? join(homedir(), '.cache') : base, 'securechange-orchestrator');
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first executable of that name on `PATH`. */
export function findOnPath(name: string, env: Environment): string | undefined {
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}
