/**
 * A canonical text and the signature that came with it, as a workflow hands them to the activity that knows the keys.
 * Each kind of message has a text of its own form (`command`, `report`, `laneEnding`), so that none passes for another.
 */
export interface SignedText {
  readonly text: string;
  readonly signature: string;
}
