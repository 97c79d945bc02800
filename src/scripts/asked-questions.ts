import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Longer than a signed question is accepted, with clocks that differ. */
const KEPT_MS = 3_600_000;
const SWEEP_EVERY_MS = 60_000;

/** The questions that were put to a script: none is put twice, although its signature still holds. */
export interface AskedQuestions {
  /** True for the first that asks with this key, of all workers that share the data folder. */
  take(key: string): boolean;
}

/** One empty file a question, in `<dataDir>/questions`. */
export function createAskedQuestions(dataDir: string, now: () => number): AskedQuestions {
  const folder = join(dataDir, 'questions');
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
