import { patched } from '@temporalio/workflow';

/**
 * Changes of workflow code that running tickets need a version check for: one id for each change, with date, reason and
 * when it may be removed. Each change needs a new id, because Temporal remembers the first answer of a run.
 */
export type PatchId = never;

/** True for runs that started with the change, or have not reached it yet. */
export function hasPatch(id: PatchId): boolean {
  return patched(id);
}
