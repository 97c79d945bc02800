/** What SecureTrack does not show to our user is not ours to push. */
import type { Ability, Capability } from '../domain/provisioning.js';
import type { Devices } from './device-tree.js';

/** Why a device is not pushed by itself: our user does not see it, or a manager above it; null when it sees the whole way up. */
export function whyNotShown(devices: Devices, id: string): string | null {
  const device = devices.get(id);
  if (device === undefined)
    return `SecureTrack does not show device ${id} to our user: give it access to the device`;
  const seen = new Set([id]);
  for (let above = device.parent_id; above !== null && !seen.has(above);) {
    const manager = devices.get(above);
    // What shares the manager, and in which lane, would be guessed.
    if (manager === undefined)
      return `SecureTrack does not show manager ${above} above it to our user: give it access to the manager`;
    seen.add(above);
    above = manager.parent_id;
  }
  return null;
}

/** What the matrix allows by itself asks a person where our user does not see the device: the person has rights of their own. */
export function asShown(capability: Capability, hidden: string | null): Capability {
  if (hidden === null) return capability;
  const asks = (ability: Ability): Ability => (ability === 'automatic' ? 'unknown' : ability);
  const { update, commit } = capability;
  return { ...capability, update: asks(update), commit: asks(commit), reason: hidden };
}
