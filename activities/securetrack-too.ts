/** Two parties must not commit one manager without knowing of each other. */
import { CallFailure, type FailureFacts } from '../src/domain/failure.js';
import { instantText } from '../src/domain/instant-text.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { ManagerInRun, SecureChange } from '../src/securechange/secure-change.js';
import type { ActivityDeps } from './contract.js';

/** Windows run by the day or week; what ran before may not come back. */
export const RUNS_LOOKED_BACK_MS = 14 * 86_400_000;
/** Each reading is one call a window and one a run: for all pushes of this worker together. */
const READING_LASTS_MS = 5 * 60_000;
/** Our user may not see windows, or this SecureTrack has none: no run is seen. `sco doctor` says so. */
const NOT_VISIBLE: ReadonlySet<FailureFacts['kind']> = new Set(['auth', 'rejected', 'bug']);

interface Reading {
  readonly atMs: number;
  readonly managers: Promise<readonly ManagerInRun[]>;
}

const readings = new WeakMap<object, Reading>();

/**
 * Why a push of ours on this manager is refused: an enabled change window of SecureTrack has run on it, and no person has
 * acknowledged that both commit; null when nothing is in the way. Throws `CallFailure` when SecureTrack does not answer.
 */
export async function whySecureTrackCommits(
  deps: Pick<ActivityDeps, 'secureChange' | 'managers' | 'clock'>,
  { commitBy }: Pick<ProcessDefinition, 'commitBy'>,
  { laneKey, laneName }: { readonly laneKey: string; readonly laneName: string },
): Promise<string | null> {
  if (commitBy !== 'orchestrator') return null;
  if (deps.managers.policyFor({ key: laneKey, name: laneName }).secureTrackWindows !== null) return null;
  const found = (await managersInRuns(deps)).filter((one) => one.laneKey === laneKey);
  const [first, ...more] = found;
  if (first === undefined) return null;
  const others = more.length === 0 ? '' : ` (and ${more.length} more windows)`;
  return `change window ${first.window} of SecureTrack commits ${laneName} as well: its run ${first.runId} at ${instantText(first.startMs)} had ${first.device}${others}, and no person has acknowledged that both commit`;
}

async function managersInRuns({
  secureChange,
  clock,
}: Pick<ActivityDeps, 'secureChange' | 'clock'>): Promise<readonly ManagerInRun[]> {
  const nowMs = clock.now();
  const before = readings.get(secureChange);
  if (before !== undefined && nowMs - before.atMs < READING_LASTS_MS) return await before.managers;
  const reading = { atMs: nowMs, managers: seen(secureChange, nowMs - RUNS_LOOKED_BACK_MS) };
  readings.set(secureChange, reading);
  reading.managers.catch(() => {
    if (readings.get(secureChange) === reading) readings.delete(secureChange);
  });
  return await reading.managers;
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
