import { patched } from '@temporalio/workflow';

/**
 * Changes that running tickets must not meet half-way: one id a change, with date, reason and when it may be removed. Use a
 * new id per change: inside a loop the first answer of a run is remembered. There is none yet.
 */
export type PatchId = never;

/** True for runs that started with the change, or have not yet passed it. */
export function hasPatch(id: PatchId): boolean {
  return patched(id);
}
