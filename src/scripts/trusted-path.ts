import { lstat, readlink } from 'node:fs/promises';
import { dirname, join, normalize, resolve } from 'node:path';

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;
const MOST_LINKS = 40;

/**
 * Why a user other than root and our own could put another file at this path, in one sentence for an operator; null when
 * no such user could. Every component is checked as it is written. A symbolic link among the folders must be
 * root's; with `ownLinks` one of ours will do, also in the last place (the python of a virtual environment is one).
 * Throws the file system's error when a component is missing or cannot be read.
 */
export async function distrusted(path: string, { ownLinks = false } = {}): Promise<string | null> {
  if (normalize(path) !== path) return `its path is not written plainly; write ${normalize(path)}`;
  let links = 0;
  let todo = path.split('/').filter((name) => name !== '');
  let at = '/';
  let why = ofEntry(at, await lstat(at));
  while (why === null && todo.length > 0) {
    const [name = '', ...rest] = todo;
    const here = join(at, name);
    const found = await lstat(here);
    if (found.isSymbolicLink()) {
      if (!ownLinks && rest.length === 0) return 'it is a symbolic link; register the file it points to';
      if (found.uid !== 0 && !(ownLinks && isOurs(found.uid))) {
        return `${here} is a symbolic link of user ${found.uid}; write the path it points to`;
      }
      links += 1;
      if (links > MOST_LINKS) return `${here} leads through too many symbolic links`;
      todo = [
        ...resolve(dirname(here), await readlink(here))
          .split('/')
          .filter((part) => part !== ''),
        ...rest,
      ];
      at = '/';
      continue;
    }
    why = ofEntry(here, found);
    at = here;
    todo = rest;
  }
  return why;
}

/** Why another user could exchange the copy of a script that runs from this folder; null when none could. */
export async function unsafeForCopies(folder: string): Promise<string | null> {
  try {
    const why = await distrusted(folder, { ownLinks: true });
    return why === null ? null : `its copy would lie in ${folder}, set by TMPDIR: ${why}`;
  } catch (error) {
    return `its copy cannot lie in ${folder}, set by TMPDIR (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`;
  }
}

/** The same of one file or folder, by what `stat` says of it. */
export function ofEntry(
  path: string,
  found: { readonly uid: number; readonly mode: number; isDirectory(): boolean },
): string | null {
  const { uid, mode } = found;
  if (uid !== 0 && !isOurs(uid)) {
    return `${path} belongs to user ${uid}, who could replace it; chown it to root or to the worker's user`;
  }
  if ((mode & WRITABLE_BY_OTHERS) === 0) return null;
  // In a sticky folder a user cannot replace the file of another user.
  if (found.isDirectory() && (mode & STICKY) !== 0) return null;
  return `others than its owner may write to ${path}; chmod go-w`;
}

function isOurs(uid: number): boolean {
  return uid === process.geteuid?.();
}
