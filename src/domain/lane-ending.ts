/**
 * What activities tell a lane that frees it, writes its ledger or takes a place in it. Only ours count: each is signed by
 * the worker that sends it, and a lane ignores the others.
 */
import { canonicalJson } from './canonical-json.js';

export type Signed<T> = T & { readonly signature?: string };

export type SignedLaneMessage = 'laneEnrol' | 'laneCallNotMade' | 'laneSavedInPush' | 'lanePushEnded';

/** The text that is signed: canonical JSON, for this lane and this message only. */
export function canonicalLaneMessage(laneKey: string, message: SignedLaneMessage, input: object): string {
  return canonicalJson({ laneMessage: { laneKey, message, input: { ...input, signature: undefined } } });
}
