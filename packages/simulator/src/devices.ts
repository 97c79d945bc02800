import type { Device, DeviceChange } from './model.js';
import type { World } from './world.js';

/** Models on which a Commit exists: the managers' own levels. */
const COMMIT_MODELS = new Set([
  'Panorama_device_group',
  'Panorama_ng',
  'fmg_adom',
  'fortimanager',
  'cp_domain_r80plus',
  'cp_mds_r80plus',
  'cp_smc_r80plus',
]);

/** True when an Update only saves on this device and a Commit enforces. */
export function needsCommit(device: Device): boolean {
  return device.commit ?? COMMIT_MODELS.has(device.model);
}

/** The managers above a device, nearest first. */
export function ancestors(world: World, device: Device): Device[] {
  const found: Device[] = [];
  let above = device.parent_id === undefined ? undefined : world.devices.get(device.parent_id);
  while (above && !found.includes(above)) {
    found.push(above);
    above = above.parent_id === undefined ? undefined : world.devices.get(above.parent_id);
  }
  return found;
}

/** A device's descendants, whole tree. */
export function descendants(world: World, device: Device): Device[] {
  return world.devices.all().filter((one) => one.id !== device.id && ancestors(world, one).includes(device));
}

/** The devices a Commit of this one carries: itself, every committing device below, and what it inherits from above. */
export function commitScope(world: World, device: Device): Device[] {
  const inherited = world.switches.commitInherits ? ancestors(world, device).filter(needsCommit) : [];
  return [device, ...descendants(world, device).filter(needsCommit), ...inherited];
}

/** Adds a SecureTrack revision. Only inside a change. */
export function addRevision(
  world: World,
  device: Device,
  admin: string,
  action: string,
  tickets: number[],
): number {
  const number = (device.latest_revision ?? 0) + 1;
  device.latest_revision = number;
  device.revisions.push({ id: number, number, atMs: world.now(), admin, action, tickets });
  world.devices.put(device.id, device);
  return number;
}

/** Saves a change on a device, or puts it in force at once where no Commit exists. */
export function saveChange(world: World, device: Device, change: DeviceChange): number {
  if (needsCommit(device)) device.saved.push(change);
  else device.enforced.push({ ...change, enforcedAtMs: world.now(), through: 'update', partial: false });
  return addRevision(
    world,
    device,
    change.by,
    'automatic',
    change.ticketId === null ? [] : [change.ticketId],
  );
}

/** What a Commit would put in force on one device. */
export function carriedByCommit(world: World, device: Device): DeviceChange[] {
  const all = world.switches.commitCarries === 'everything';
  return device.saved.filter(({ ticketId }) => all || ticketId !== null);
}

/** Puts what is saved in the scope of a device in force, as far as a Commit carries it. */
export function enforceSaved(
  world: World,
  device: Device,
  { through, partial }: { through: string; partial: boolean },
): DeviceChange[] {
  const carried: DeviceChange[] = [];
  for (const one of commitScope(world, device)) {
    const changes = carriedByCommit(world, one);
    if (changes.length === 0) continue;
    carried.push(...changes);
    one.enforced.push(
      ...changes.map((change) => ({ ...change, enforcedAtMs: world.now(), through, partial })),
    );
    const tickets = changes.flatMap((change) => change.ticketId ?? []);
    if (!partial) one.saved = one.saved.filter((change) => !changes.includes(change));
    // What goes live is seen by SecureTrack as one more revision.
    addRevision(world, one, '-', 'automatic', tickets);
  }
  return carried;
}

/** Who holds a device's lock now, or null. */
export function lockHolder(world: World, device: Device): string | null {
  if (device.lockedBy === null) return null;
  return device.lockedUntilMs === null || device.lockedUntilMs > world.now() ? device.lockedBy : null;
}
