import { patched } from '@temporalio/workflow';

/**
 * Changes that running tickets must not meet half-way, one line each: id, date, reason, and when it may be removed.
 * Use a new id per change: inside a loop the first answer of a run is remembered.
 */
const PATCHES = {} as const satisfies Readonly<
  Record<string, { since: string; why: string; removeWhen: string }>
>;

export type PatchId = keyof typeof PATCHES;

/** True for runs that started with (or have not yet passed) the change. */
export function hasPatch(id: PatchId): boolean {
  return patched(id);
}
