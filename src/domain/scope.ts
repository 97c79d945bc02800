/** Ids from the topmost manager down to the device itself. Empty: the place of the device in the tree is unknown. */
export type DevicePath = readonly string[];

/**
 * Whether a Commit of `target` would also make live what is saved at `saved`: it lies below the target, or above it and
 * is inherited (shared policies, ancestor groups, global ADOM). True when it is not known.
 */
export function inScope(target: DevicePath, saved: DevicePath): boolean {
  const shared = Math.min(target.length, saved.length);
  return target.slice(0, shared).every((id, index) => id === saved[index]);
}

/** At the target of a Commit or below it: the Commit makes it live for sure. */
export function isBelow(target: DevicePath, saved: DevicePath): boolean {
  return target.length <= saved.length && inScope(target, saved);
}
