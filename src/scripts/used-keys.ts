import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Longer than a signature is accepted, with clocks that differ, and than SecureChange takes to list a new ticket. */
const KEPT_MS = 3_600_000;
const SWEEP_EVERY_MS = 60_000;

/**
 * What was begun within the last hour, whatever became of the run that began it: a question is put to its script once, and a ticket
 * that may have been opened is waited for.
 */
export interface UsedKeys {
  /** True for the first that asks with this key, of all workers that share the data folder. */
  take(key: string): boolean;
  /** What this key was taken for did not happen: it can be taken again. */
  giveBack(key: string): void;
}

/** One empty file a key, in this folder. */
export function createUsedKeys(folder: string, now: () => number): UsedKeys {
  let sweptAtMs = -Infinity;
  return {
    take: (key) => {
      const nowMs = now();
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (nowMs - sweptAtMs >= SWEEP_EVERY_MS) {
        sweptAtMs = nowMs;
        removeBefore(folder, nowMs - KEPT_MS);
      }
      try {
        writeFileSync(join(folder, nameOf(key)), '', { mode: 0o600, flag: 'wx' });
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        return false;
      }
    },
    giveBack: (key) => rmSync(join(folder, nameOf(key)), { force: true }),
  };
}

function nameOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 40);
}

function removeBefore(folder: string, beforeMs: number): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: Infinity };
    if (mtimeMs < beforeMs) rmSync(file, { force: true });
  }
}
