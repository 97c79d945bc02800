import type { KnownDevice } from '../../src/securechange/secure-change.js';

/** A device as SecureTrack lists it. */
export function shownDevice(part: Partial<KnownDevice> = {}): KnownDevice {
  return { id: '21', name: 'DG-B', vendor: 'PaloAltoNetworks', model: 'Panorama', domain: null, ...part };
}
