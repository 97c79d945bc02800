/** Two parties must not commit one manager without knowing of each other. */
import { instantText } from '../src/domain/instant-text.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { ActivityDeps } from './contract.js';

/**
 * Why a push of ours on this manager is refused: an enabled change window of SecureTrack has run on it, and no person has
 * acknowledged that both commit; null when nothing is in the way. Throws `CallFailure` when SecureTrack does not answer.
 */
export async function whySecureTrackCommits(
  deps: Pick<ActivityDeps, 'managersInRuns' | 'managers' | 'clock'>,
  { commitBy }: Pick<ProcessDefinition, 'commitBy'>,
  { laneKey, laneName }: { readonly laneKey: string; readonly laneName: string },
): Promise<string | null> {
  if (commitBy !== 'orchestrator') return null;
  if (deps.managers.policyFor({ key: laneKey, name: laneName }).secureTrackWindows !== null) return null;
  const found = (await deps.managersInRuns.at(deps.clock.now())).filter((one) => one.laneKey === laneKey);
  const [first, ...more] = found;
  if (first === undefined) return null;
  const others = more.length === 0 ? '' : ` (and ${more.length} more windows)`;
  return `change window ${first.window} of SecureTrack commits ${laneName} as well: its run ${first.runId} at ${instantText(first.startMs)} had ${first.device}${others}, and no person has acknowledged that both commit`;
}
