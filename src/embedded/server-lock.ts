import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { birthOf, findProcesses, isAlive } from './process-facts.js';

/** What lies beside the database: which process serves it, on which ports, and who looks after that process. */
export interface ServerLock {
  /** The Temporal server; absent between the decision to start one and its start. */
  readonly serverPid?: number;
  readonly serverBirth?: string;
  readonly supervisorPid: number;
  readonly supervisorBirth?: string;
  readonly ip: string;
  readonly port: number;
  readonly uiPort?: number;
}

export function lockPathOf(dbFile: string): string {
  return `${dbFile}.lock`;
}

export function readServerLock(dbFile: string): ServerLock | undefined {
  try {
    return JSON.parse(readFileSync(lockPathOf(dbFile), 'utf8')) as ServerLock;
  } catch {
    return undefined;
  }
}

/** Replaces the lock in one step, so that a reader sees the old one or the new one. */
export function writeServerLock(dbFile: string, lock: ServerLock): void {
  const draft = `${lockPathOf(dbFile)}.draft`;
  writeFileSync(draft, `${JSON.stringify(lock)}\n`);
  renameSync(draft, lockPathOf(dbFile));
}

export function removeServerLock(dbFile: string): void {
  rmSync(lockPathOf(dbFile), { force: true });
}

export function supervisorIsAlive(lock: ServerLock): boolean {
  return isSame(lock.supervisorPid, lock.supervisorBirth);
}

/**
 * The process that serves this database: by the lock, or, where a kill fell between its start and the lock, by its arguments.
 */
export function findServerOf(dbFile: string, lock: ServerLock | undefined): number | undefined {
  if (lock?.serverPid !== undefined && isSame(lock.serverPid, lock.serverBirth)) return lock.serverPid;
  return findProcesses((args) => args.includes('start-dev') && args.includes(dbFile))[0];
}

function isSame(pid: number, birth: string | undefined): boolean {
  return isAlive(pid) && (birth === undefined || birthOf(pid) === birth);
}
