import { CallFailure, type FailureFacts } from '../src/domain/failure.js';
import type { ManagerInRun, SecureChange } from '../src/securechange/secure-change.js';

/** Windows run by the day or week; what ran before may not come back. */
const RUNS_LOOKED_BACK_MS = 14 * 86_400_000;
/** Each reading is one call a window and one a run. */
const READING_LASTS_MS = 5 * 60_000;
/** Our user may not see windows, or this SecureTrack has none: no run is seen. `sco doctor` says so. */
const NOT_VISIBLE: ReadonlySet<FailureFacts['kind']> = new Set(['auth', 'rejected', 'bug']);

/** What the runs of SecureTrack's change windows show, read for all pushes of a worker together. */
export interface ManagersInRuns {
  /** Of the last 14 days, as of now or up to 5 minutes ago. Throws `CallFailure` when SecureTrack does not answer. */
  at(nowMs: number): Promise<readonly ManagerInRun[]>;
}

export function createManagersInRuns(secureChange: Pick<SecureChange, 'readManagersInRuns'>): ManagersInRuns {
  let last: { readonly atMs: number; readonly managers: Promise<readonly ManagerInRun[]> } | null = null;
  return {
    at: async (nowMs) => {
      if (last !== null && nowMs - last.atMs < READING_LASTS_MS) return await last.managers;
      const reading = { atMs: nowMs, managers: seen(secureChange, nowMs - RUNS_LOOKED_BACK_MS) };
      last = reading;
      reading.managers.catch(() => {
        if (last === reading) last = null;
      });
      return await reading.managers;
    },
  };
}

async function seen(
  secureChange: Pick<SecureChange, 'readManagersInRuns'>,
  sinceMs: number,
): Promise<readonly ManagerInRun[]> {
  try {
    return await secureChange.readManagersInRuns(sinceMs);
  } catch (error) {
    if (error instanceof CallFailure && NOT_VISIBLE.has(error.facts.kind)) return [];
    throw error;
  }
}
