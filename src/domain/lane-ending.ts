/** What a lane hears of the end of a push or of a saving Update. It frees the lane and writes its ledger: only ours count. */
import { canonicalJson } from './canonical-json.js';
import type { EndPush, EndSaving } from './lane.js';

interface Signed {
  /** By the activity that saw the end; without it the lane ignores it. */
  readonly signature?: string;
}
export type PushEnding = EndPush & Signed;
export type SavingEnding = EndSaving & Signed;
export type LaneEnding = PushEnding | SavingEnding;

/** The text that is signed: canonical JSON, for this lane only. */
export function canonicalEnding(laneKey: string, ending: LaneEnding): string {
  // The name is for people, and may be shortened on its way.
  return canonicalJson({ laneEnding: { laneKey, ...ending, targetName: undefined, signature: undefined } });
}
