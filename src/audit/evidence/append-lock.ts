/** One process at a time appends. */
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

export class EvidenceBusy extends Error {
  override readonly name = 'EvidenceBusy';
}

export interface AppendLock {
  /** Throws `EvidenceBusy` when another process took the lock, because this one stood still for too long. */
  stillHeld(): void;
  release(): void;
}

/** A holder on another machine that has not appended for this long is dead. */
const STALE_MS = 120_000;

/** Of this process: after a restart in a container another process has the same host and the same number. */
const held = new Set<string>();

/** Throws `EvidenceBusy` while another process holds it. */
export function takeAppendLock(path: string, now: () => number): AppendLock {
  const holder = `${hostname()} ${process.pid} ${randomBytes(8).toString('hex')}`;
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, holder, { mode: 0o600 });
  try {
    if (isDead(path, now())) rmSync(path, { force: true });
    linkSync(draft, path);
    held.add(holder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new EvidenceBusy('evidence log: another process appends to it now');
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    stillHeld: () => {
      if (holderOf(path) !== holder)
        throw new EvidenceBusy('evidence log: another process took over, because this one stood still');
      utimesSync(path, now() / 1_000, now() / 1_000);
    },
    release: () => {
      held.delete(holder);
      if (holderOf(path) === holder) rmSync(path, { force: true });
    },
  };
}

function isDead(path: string, nowMs: number): boolean {
  const holder = holderOf(path);
  if (holder === null) return false;
  const [host, pid] = holder.split(' ');
  if (host === hostname() && !(held.has(holder) || isOther(Number(pid)))) return true;
  return nowMs - statSync(path).mtimeMs > STALE_MS;
}

function holderOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Another process that runs. */
function isOther(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
