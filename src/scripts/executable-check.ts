import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, lstat, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';

const WORLD_WRITABLE = 0o002;
const STICKY = 0o1000;

/**
 * Why this executable must not run, in one sentence for an operator; null when it may: an absolute path, no symbolic
 * link, neither it nor a folder above it writable by everybody, and the bytes that were registered.
 */
export async function refusedExecutable(executable: string, sha256: string | null): Promise<string | null> {
  if (!isAbsolute(executable)) return 'its path is not absolute';
  if (sha256 === null) return 'no SHA-256 is registered for it';
  try {
    const itself = await lstat(executable);
    if (itself.isSymbolicLink()) return 'it is a symbolic link; register the file it points to';
    if (!itself.isFile()) return 'it is not a regular file';
    if ((itself.mode & WORLD_WRITABLE) !== 0) return 'everybody may write to it; chmod o-w';
    const open = await openFolder(dirname(await realpath(executable)));
    if (open !== null) return `everybody may write to its folder ${open}; chmod o-w`;
    await access(executable, constants.X_OK);
    const found = createHash('sha256')
      .update(await readFile(executable))
      .digest('hex');
    return found === sha256.toLowerCase()
      ? null
      : 'its bytes are not the registered ones; check the change, then put the new SHA-256 into scripts.yaml';
  } catch (error) {
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
    return code === 'EACCES' ? 'it is not executable for us; chmod +x' : `it can not be read (${code})`;
  }
}

/** The nearest folder above in which everybody may replace files; a sticky one lets nobody replace those of others. */
async function openFolder(folder: string): Promise<string | null> {
  const { mode } = await stat(folder);
  if ((mode & WORLD_WRITABLE) !== 0 && (mode & STICKY) === 0) return folder;
  const parent = dirname(folder);
  return parent === folder ? null : openFolder(parent);
}
