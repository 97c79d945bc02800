import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';

import type { ScriptEntry } from '../domain/script-entry.js';
import { SCRIPT_PATH } from './child-environment.js';
import { distrusted, ofEntry } from './trusted-path.js';

const MOST_BYTES = 64 * 1024 * 1024;

/** The bytes that were checked: what runs is a copy of them, whatever lies at the registered path by then. */
export interface RegisteredProgram {
  readonly bytes: Buffer;
  /**
   * What its entry names, else what its `#!` line leads to, with the rest of that line as one argument, as the kernel reads
   * it; never `env`.
   */
  readonly interpreter: readonly string[];
}

/**
 * Reads an executable once and checks what was read: the registered bytes, in a regular file that only root or we
 * ourselves can write or replace, and so for its interpreter. Else why it must not run, in one sentence for an operator.
 */
export async function readProgram({
  executable,
  sha256,
  interpreter: named,
}: Pick<ScriptEntry, 'sha256' | 'interpreter'> & { readonly executable: string }): Promise<
  RegisteredProgram | string
> {
  if (!isAbsolute(executable)) return 'its path is not absolute';
  if (sha256 === null) return 'no SHA-256 is registered for it';
  try {
    const why = await distrusted(executable);
    if (why !== null) return why;
    const bytes = await readOpened(executable, named === null);
    if (typeof bytes === 'string') return bytes;
    if (createHash('sha256').update(bytes).digest('hex') !== sha256.toLowerCase()) {
      return 'its bytes are not the registered ones; check the change, then put the new SHA-256 into scripts.yaml';
    }
    const interpreter = named === null ? await found(interpreterOf(bytes)) : named.command;
    if (typeof interpreter === 'string') return interpreter;
    const unfit = interpreter[0] === undefined ? null : await unfitInterpreter(interpreter[0]);
    return unfit ?? (await unfitFolder(named?.path ?? [])) ?? { bytes, interpreter };
  } catch (error) {
    return `it cannot be read (${codeOf(error)})`;
  }
}

/** Looks at the open file, not at its name: between two looks a name may come to mean another file. */
export async function readOpened(path: string, mustBeExecutable: boolean): Promise<Buffer | string> {
  // A pipe in its place must not make us wait.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) return 'it is not a regular file';
    const why = ofEntry(path, found);
    if (why !== null) return why;
    if (mustBeExecutable && (found.mode & 0o111) === 0) return 'it is not executable; chmod +x';
    if (found.size > MOST_BYTES) return `it is larger than ${MOST_BYTES / 1024 / 1024} MiB`;
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function interpreterOf(bytes: Buffer): readonly string[] {
  if (bytes.subarray(0, 2).toString('latin1') !== '#!') return [];
  const end = bytes.indexOf('\n');
  const line = bytes
    .subarray(2, end < 0 ? undefined : end)
    .toString('utf8')
    .replaceAll(/^[ \t]+|[ \t]+$/g, '');
  const [, path = line, argument] = /^(\S+)[ \t]+(.*)$/s.exec(line) ?? [];
  return argument === undefined ? [path] : [path, argument];
}

/** `env` looks its program up when it runs; what it would find is called in its place, so that it is what was checked. */
async function found(interpreter: readonly string[]): Promise<readonly string[] | string> {
  const [env = '', argument] = interpreter;
  if (basename(env) !== 'env' || argument === undefined) return interpreter;
  const [name = '', ...rest] = argument.startsWith('-S')
    ? argument
        .slice('-S'.length)
        .trim()
        .split(/[ \t]+/)
    : [argument];
  if (/^-|=/.test(name) || /["'\\$]/.test(argument)) {
    return 'its #! line uses options of env; write the interpreter by its absolute path';
  }
  if (name.includes('/')) return [name, ...rest];
  for (const path of SCRIPT_PATH.map((folder) => join(folder, name))) {
    if (await isProgram(path)) return [path, ...rest];
  }
  return `its interpreter ${name} is in none of ${SCRIPT_PATH.join(', ')}`;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    const at = await stat(path);
    return at.isFile() && (at.mode & 0o111) !== 0;
  } catch {
    return false;
  }
}

async function unfitInterpreter(path: string): Promise<string | null> {
  if (!isAbsolute(path)) return `its interpreter ${path} is not named by an absolute path`;
  // Who could replace our own Node has replaced us.
  if (path === process.execPath) return null;
  try {
    const why = await distrusted(path, { ownLinks: true });
    return why === null ? null : `its interpreter ${path} could be replaced: ${why}`;
  } catch (error) {
    return `its interpreter ${path} cannot be used (${codeOf(error)})`;
  }
}

/** A program in such a folder is found before all others. */
async function unfitFolder(path: readonly string[]): Promise<string | null> {
  for (const folder of path) {
    try {
      const why = await distrusted(folder, { ownLinks: true });
      if (why !== null) return `programs in ${folder} could be replaced: ${why}`;
    } catch (error) {
      return `the folder ${folder} of its interpreter cannot be used (${codeOf(error)})`;
    }
  }
  return null;
}

function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error) return String(error.code);
  throw error;
}
