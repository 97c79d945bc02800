import { chmodSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './make-folder.js';

const OTHERS = 0o077;
/** What only we make: a folder with one of these is ours. */
const OURS = /^(temporal\.db|temporal\.toml|actor-key|simulator\.journal|simulated-config|scripts$)/;

/** The folder of `SCO_DATA_DIR` cannot be used: a setting that is wrong. */
export class UnusableDataFolder extends Error {
  override readonly name = 'UnusableDataFolder';

  constructor(path: string, why: string) {
    super(`The data folder ${path} cannot be used: ${why}. Choose another one in SCO_DATA_DIR.`);
  }
}

/**
 * Makes the folder, or closes one of ours that others may look into, and lets everything that this process and its
 * children write from now on be readable for our user only (0700, 0600), also the files that SQLite makes.
 *
 * @throws UnusableDataFolder
 */
export function openDataFolder(path: string): void {
  process.umask(OTHERS);
  try {
    makeFolder(path);
  } catch (error) {
    throw new UnusableDataFolder(path, `it cannot be made (${codeOf(error)})`);
  }
  const found = statSync(path);
  if (!found.isDirectory()) throw new UnusableDataFolder(path, 'it is not a folder');
  if ((found.mode & OTHERS) !== 0) {
    const names = readdirSync(path);
    if (names.length > 0 && !names.some((name) => OURS.test(name))) {
      throw new UnusableDataFolder(path, 'others may look into it, and it holds what is not ours');
    }
    close(path, 0o700);
  }
  for (const name of readdirSync(path).filter((each) => OURS.test(each))) {
    const file = lstatSync(join(path, name));
    if ((file.mode & OTHERS) !== 0 && file.isFile()) close(join(path, name), 0o600);
  }
}

function close(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    throw new UnusableDataFolder(
      path,
      `others may look into it, and that cannot be changed (${codeOf(error)})`,
    );
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
