/**
 * The messages of activities to a lane that end a push, change the ledger or enrol a target. The worker that sends one
 * signs it; a lane ignores a message without a valid signature.
 */
import { canonicalJson } from './canonical-json.js';

export type Signed<T> = T & { readonly signature?: string };

export type SignedLaneMessage =
  | 'laneEnrol'
  | 'laneReplan'
  | 'laneLeave'
  | 'laneBeginSend'
  | 'laneCallNotMade'
  | 'laneSavedInPush'
  | 'laneBeginAutomatic'
  | 'laneEndAutomatic'
  | 'lanePushEnded';

/** The text that is signed: canonical JSON, for this lane and this message only. */
export function canonicalLaneMessage(laneKey: string, message: SignedLaneMessage, input: object): string {
  return canonicalJson({ laneMessage: { laneKey, message, input: { ...input, signature: undefined } } });
}
