import { requestsOf } from './fields.js';
import { asText, wrapped } from './json.js';
import type { Device, DeviceChange, Field } from './model.js';
import type { Site } from './site.js';

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
export function ancestors(site: Site, device: Device): Device[] {
  const found: Device[] = [];
  let above = device.parent_id === undefined ? undefined : site.devices.get(device.parent_id);
  while (above && !found.includes(above)) {
    found.push(above);
    above = above.parent_id === undefined ? undefined : site.devices.get(above.parent_id);
  }
  return found;
}

/** A device's descendants, whole tree. */
export function descendants(site: Site, device: Device): Device[] {
  return site.devices.all().filter((one) => one.id !== device.id && ancestors(site, one).includes(device));
}

/** The devices a Commit of this one carries: itself, every committing device below, and what it inherits from above. */
export function commitScope(site: Site, device: Device): Device[] {
  const inherited = site.switches.commitInherits ? ancestors(site, device).filter(needsCommit) : [];
  return [device, ...descendants(site, device).filter(needsCommit), ...inherited];
}

/** Adds a SecureTrack revision. Only inside a change. */
export function addRevision(
  site: Site,
  device: Device,
  admin: string,
  action: string,
  tickets: number[],
): number {
  const number = (device.latest_revision ?? 0) + 1;
  device.latest_revision = number;
  device.revisions.push({ id: number, number, atMs: site.now(), admin, action, tickets });
  site.devices.put(device.id, device);
  return number;
}

/** The one policy of a device that a request names as its target; undefined: it may change any. */
export function policyNamed(device: Device | undefined, field: Field): string | undefined {
  const targets = requestsOf(field).flatMap((request) => wrapped(request, 'targets', 'target'));
  const names = targets.map((target) => asText(target['object_name']));
  const named = device?.policies.filter((policy) => names.includes(policy)) ?? [];
  return named.length === 1 ? named[0] : undefined;
}

/** Saves a change on a device, or puts it in force at once where no Commit exists. */
export function saveChange(site: Site, device: Device, change: DeviceChange): number {
  if (needsCommit(device)) device.saved.push(change);
  else device.enforced.push({ ...change, enforcedAtMs: site.now(), through: 'update', partial: false });
  return addRevision(site, device, change.by, 'automatic', change.ticketId === null ? [] : [change.ticketId]);
}

/** What a Commit would put in force on one device. */
export function carriedByCommit(site: Site, device: Device): DeviceChange[] {
  const all = site.switches.commitCarries === 'everything';
  return device.saved.filter(({ ticketId }) => all || ticketId !== null);
}

/**
 * Puts what is saved in the scope of a device in force, as far as a Commit carries it. With `failedOn` only a change of
 * a policy that is not in it is complete; the others stay saved.
 */
export function enforceSaved(
  site: Site,
  device: Device,
  { through, failedOn }: { through: string; failedOn: readonly string[] | null },
): DeviceChange[] {
  const isPartial = ({ policy }: DeviceChange): boolean =>
    failedOn !== null && (policy === undefined || failedOn.includes(policy));
  const carried: DeviceChange[] = [];
  for (const one of commitScope(site, device)) {
    const changes = carriedByCommit(site, one);
    if (changes.length === 0) continue;
    carried.push(...changes);
    one.enforced.push(
      ...changes.map((change) => ({
        ...change,
        enforcedAtMs: site.now(),
        through,
        partial: isPartial(change),
      })),
    );
    const tickets = changes.flatMap((change) => change.ticketId ?? []);
    one.saved = one.saved.filter((change) => !changes.includes(change) || isPartial(change));
    // What goes live is seen by SecureTrack as one more revision.
    addRevision(site, one, '-', 'automatic', tickets);
  }
  return carried;
}

/** Who holds a device's lock now, or null. */
export function lockHolder(site: Site, device: Device): string | null {
  if (device.lockedBy === null) return null;
  return device.lockedUntilMs === null || device.lockedUntilMs > site.now() ? device.lockedBy : null;
}
