import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { birthOf, isAlive } from './process-facts.js';
import { makeFolder } from './make-folder.js';

interface Holder {
  readonly pid: number;
  readonly birth: string | undefined;
  readonly host: string;
}

let ownLocks = 0;

/**
 * Runs `work` while no other process of this machine runs under the same lock file. A holder that died, also by kill -9, is
 * noticed and its lock taken over. `onWait` is called about every second with the id of the process waited for.
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  onWait: (holderPid: number) => void = () => undefined,
): Promise<T> {
  makeFolder(dirname(path));
  for (let tries = 0; !tryTake(path); tries += 1) {
    const text = read(path);
    const holder = text === undefined ? undefined : parse(text);
    if (text !== undefined && (holder === undefined || isGone(holder))) removeStale(path, text);
    else if (tries % 10 === 9) onWait(holder?.pid ?? 0);
    if (text !== undefined) await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Linked rather than created, so that no process reads a lock that is still empty. */
function tryTake(path: string): boolean {
  ownLocks += 1;
  const draft = `${path}.${process.pid}.${ownLocks}`;
  const holder: Holder = { pid: process.pid, birth: birthOf(process.pid), host: hostname() };
  writeFileSync(draft, JSON.stringify(holder));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Renamed away first: of two that find the same dead lock, one gets it, and a lock taken meanwhile is put back. */
function removeStale(path: string, stale: string): void {
  ownLocks += 1;
  const aside = `${path}.stale.${process.pid}.${ownLocks}`;
  try {
    renameSync(path, aside);
    if (read(aside) !== stale) linkSync(aside, path);
  } catch {
    // Another process was faster; the next try finds its lock.
  } finally {
    rmSync(aside, { force: true });
  }
}

function isGone(holder: Holder): boolean {
  if (holder.host !== hostname()) return false;
  return !isAlive(holder.pid) || (holder.birth !== undefined && birthOf(holder.pid) !== holder.birth);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}
