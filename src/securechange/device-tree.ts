import type { Caller } from './call.js';
import { expectSameId } from './same-object.js';
import { deviceListSchema, singleDeviceSchema, type WireDevice } from './wire.js';

/** SecureTrack's devices by id. */
export type Devices = ReadonlyMap<string, WireDevice>;

export interface DeviceTree {
  /**
   * All devices, at most `maxAgeMs` old, and freshly those of `needed` that are not among them. Ids SecureTrack does
   * not know are left out. Throws `CallFailure`: a lane must not be guessed because SecureTrack was away.
   */
  read(needed: readonly string[], signal?: AbortSignal): Promise<Devices>;
}

const PAGE = 1000;
const MOST_PAGES = 50;

/** The cache is one list for the whole process; `now` is the process's clock. */
export function createDeviceTree(securetrack: Caller, now: () => number, maxAgeMs = 60_000): DeviceTree {
  let cache: { readonly devices: Map<string, WireDevice>; readonly atMs: number } | null = null;

  async function readAll(signal: AbortSignal | undefined): Promise<Map<string, WireDevice>> {
    const devices = new Map<string, WireDevice>();
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { devices: answer } = await securetrack.get(deviceListSchema, {
        path: '/securetrack/api/devices',
        query: { start: page * PAGE, count: PAGE },
        operation: 'list devices',
        signal,
      });
      const found = answer?.device ?? [];
      for (const device of found) devices.set(device.id, device);
      if (found.length < PAGE) break;
    }
    return devices;
  }

  async function readOne(id: string, signal: AbortSignal | undefined): Promise<WireDevice | null> {
    const operation = `read device ${id}`;
    const found = await securetrack.find(singleDeviceSchema, {
      path: `/securetrack/api/devices/${encodeURIComponent(id)}`,
      operation,
      signal,
    });
    expectSameId({ system: securetrack.system, operation, what: 'device' }, id, found?.device.id);
    return found?.device ?? null;
  }

  return {
    async read(needed, signal) {
      if (cache === null || now() - cache.atMs >= maxAgeMs) {
        cache = { devices: await readAll(signal), atMs: now() };
      }
      const { devices } = cache;
      // A device added a moment ago, and its managers above.
      const missing = needed.filter((id) => !devices.has(id));
      for (let id = missing.pop(); id !== undefined; id = missing.pop()) {
        if (devices.has(id)) continue;
        const device = await readOne(id, signal);
        if (device === null) continue;
        devices.set(device.id, device);
        if (device.parent_id !== null) missing.push(device.parent_id);
      }
      return devices;
    },
  };
}

export interface Lane {
  readonly key: string;
  readonly name: string;
}

/**
 * The topmost manager above a device: the key of its lane. Walks SecureTrack's tree; a device SecureTrack does not
 * know continues from the ancestor the Designer names; a device without a manager is its own lane.
 */
export function laneOf(
  devices: Devices,
  device: { readonly id: string; readonly name: string },
  ancestor: { readonly id: string | null; readonly name: string | null },
): Lane {
  const known = devices.get(device.id);
  const start = known ?? (ancestor.id === null ? undefined : devices.get(ancestor.id));
  if (start === undefined) {
    return ancestor.id === null
      ? { key: device.id, name: device.name }
      : { key: ancestor.id, name: ancestor.name ?? ancestor.id };
  }
  const seen = new Set<string>();
  let top: WireDevice = start;
  while (top.parent_id !== null && !seen.has(top.id)) {
    seen.add(top.id);
    const above = devices.get(top.parent_id);
    if (above === undefined) return { key: top.parent_id, name: top.parent_id };
    top = above;
  }
  // Known to SecureTrack, but without its manager there: the Designer's word counts.
  if (top.id === device.id && ancestor.id !== null && ancestor.id !== device.id) {
    return laneOf(devices, { id: ancestor.id, name: ancestor.name ?? ancestor.id }, { id: null, name: null });
  }
  return { key: top.id, name: top.name ?? top.id };
}
