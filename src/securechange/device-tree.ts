import type { Caller } from './call.js';
import { readPages, type Listing } from './rows.js';
import { expectSameId } from './same-object.js';
import { deviceListSchema, singleDeviceSchema, type WireDevice } from './wire.js';

/** SecureTrack's devices by id. */
export type Devices = ReadonlyMap<string, WireDevice>;

export interface DeviceTree {
  /**
   * All devices, at most `maxAgeMs` old, and freshly those of `needed` and of the managers above them that are not among
   * them. Ids SecureTrack does not know are left out; a row that cannot be read is asked for by itself, and fails if it
   * is needed: a lane must not be guessed. Throws `CallFailure`.
   */
  read(needed: readonly string[], signal?: AbortSignal): Promise<Devices>;
  /** Reads the whole list again, with what could not be read. */
  list(signal?: AbortSignal): Promise<Listing<WireDevice>>;
}

const PAGE = 1000;
const MOST_PAGES = 50;

interface Cache {
  readonly devices: Map<string, WireDevice>;
  /** Ids SecureTrack does not know. */
  readonly absent: Set<string>;
  readonly atMs: number;
}

/** The cache is one list for the whole process; `now` is the process's clock. */
export function createDeviceTree(securetrack: Caller, now: () => number, maxAgeMs = 60_000): DeviceTree {
  let cache: Cache | null = null;

  async function list(signal: AbortSignal | undefined): Promise<Listing<WireDevice>> {
    return await readPages({ perPage: PAGE, mostPages: MOST_PAGES }, async (start) => {
      const { devices: answer } = await securetrack.get(deviceListSchema, {
        path: '/securetrack/api/devices',
        query: { start, count: PAGE },
        operation: 'list devices',
        signal,
      });
      return answer && { ...answer.device, total: answer.total };
    });
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
    list,
    async read(needed, signal) {
      if (cache === null || now() - cache.atMs >= maxAgeMs) {
        const { rows } = await list(signal);
        const devices = new Map(rows.map((device) => [device.id, device]));
        cache = { devices, absent: new Set(), atMs: now() };
      }
      const { devices, absent } = cache;
      const open = [...needed];
      const seen = new Set<string>();
      for (let id = open.pop(); id !== undefined; id = open.pop()) {
        if (seen.has(id)) continue;
        seen.add(id);
        // Added a moment ago, beyond the end of a cut list, or a row of it that could not be read.
        if (!devices.has(id) && !absent.has(id)) {
          const device = await readOne(id, signal);
          if (device === null) absent.add(id);
          else devices.set(id, device);
        }
        const above = devices.get(id)?.parent_id ?? null;
        if (above !== null) open.push(above);
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

/** From the topmost manager down to the device; empty where SecureTrack does not show the whole way. */
export function pathOf(devices: Devices, id: string, topmost: string): readonly string[] {
  const path = [id];
  for (
    let above = devices.get(id)?.parent_id ?? null;
    above !== null;
    above = devices.get(above)?.parent_id ?? null
  ) {
    if (path.includes(above)) return [];
    path.unshift(above);
    if (!devices.has(above)) break;
  }
  return path[0] === topmost ? path : [];
}
