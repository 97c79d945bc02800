import { badRequest } from './api-error.js';
import type { Device, DeviceChange } from './model.js';
import { REVERTED } from './provisioning.js';
import type { Site } from './site.js';

/**
 * Firewalls take back the last Commit of a device by themselves: its report says so from now on, and what they had
 * installed is saved only. With `firewall` one of them, else all. Only inside a change.
 */
export function revertCommit(site: Site, device: Device, firewall: string | undefined): DeviceChange[] {
  const reports = site.suggestions.all().flatMap((suggestion) => {
    const { commit } = suggestion;
    return suggestion.deviceId === device.id && commit?.status === 'COMMIT_SUCCESS'
      ? [{ suggestion, commit }]
      : [];
  });
  const newest = reports.sort((a, b) => b.commit.startMs - a.commit.startMs)[0];
  if (newest === undefined) throw badRequest(`Device ID ${String(device.id)} has no Commit to revert`);
  const { suggestion, commit } = newest;
  const firewalls = commit.firewalls.filter(({ name }) => firewall === undefined || name === firewall);
  if (firewalls.length === 0) throw badRequest(`The Commit has no firewall ${firewall ?? ''}`);
  for (const one of firewalls) one.warnings = [...one.warnings, REVERTED];
  site.suggestions.put(suggestion.key, suggestion);
  const policies = firewalls.map(({ policy }) => policy);
  const through = `ticket ${String(suggestion.ticketId)}`;
  const taken = device.enforced.filter(
    (one) =>
      one.through === through &&
      one.enforcedAtMs >= commit.endMs &&
      (firewall === undefined || one.policy === undefined || policies.includes(one.policy)),
  );
  device.enforced = device.enforced.filter((one) => !taken.includes(one));
  const changes = taken.map(({ enforcedAtMs: _at, through: _by, partial: _partial, ...change }) => change);
  device.saved.push(...changes);
  site.devices.put(device.id, device);
  return changes;
}
