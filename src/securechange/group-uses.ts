import { z } from 'zod';
import type { GroupUse, GroupUses } from '../domain/group-uses.js';
import type { Caller } from './call.js';
import type { DeviceTree } from './device-tree.js';
import {
  clip,
  NAME_LENGTH,
  toText,
  wireAnswer,
  wireCount,
  wireId,
  wireMaybe,
  wireOptionalId,
  wireText,
} from './normalise.js';
import { requestsOf } from './request-field.js';
import { wireRows } from './rows.js';
import type { WireField } from './wire.js';

const MOST_GROUPS = 20;
const MOST_OBJECTS = 20;
const PAGE = 100;

const objectRow = z.object({ id: wireId, name: wireText, device_id: wireOptionalId });
export const networkObjectsSchema = wireAnswer(
  'network_objects',
  z.object({ total: wireCount, network_object: wireRows('network object', objectRow) }),
);
const named = wireMaybe(z.looseObject({ name: wireText }));
const ruleRow = z.object({
  name: wireText,
  rule_number: wireText,
  order: wireText,
  binding: wireMaybe(z.looseObject({ policy: named })),
});
export const rulesSchema = wireAnswer(
  'rules',
  z.object({ total: wireCount, rule: wireRows('rule', ruleRow) }),
);

/** Who uses the groups that a request changes, on every device that SecureTrack knows them on. */
export function createGroupUses(
  securetrack: Caller,
  devices: Pick<DeviceTree, 'read'>,
): (field: WireField, signal: AbortSignal | undefined) => Promise<GroupUses> {
  /** By its uid on all devices; without one by its name on the device of the request. */
  async function find(
    { uid, name, managementId }: { uid: string | null; name: string; managementId: string | null },
    signal: AbortSignal | undefined,
  ): Promise<z.output<typeof networkObjectsSchema>['network_objects']> {
    const query =
      uid === null
        ? {
            filter: 'text',
            name,
            exact_match: true,
            ...(managementId !== null && { device_id: managementId }),
          }
        : { filter: 'uid', uid };
    const { network_objects: found } = await securetrack.get(networkObjectsSchema, {
      path: '/securetrack/api/network_objects/search',
      query: { ...query, start: 0, count: MOST_OBJECTS, get_total: true },
      operation: `find group ${name}`,
      signal,
    });
    return found;
  }

  async function usesOf(
    change: Readonly<Record<string, unknown>>,
    signal: AbortSignal | undefined,
  ): Promise<GroupUse> {
    const name = clip(toText(change['name']) ?? '', NAME_LENGTH);
    const wanted = {
      uid: toText(change['object_UID']),
      name,
      managementId: toText(change['management_id']),
    };
    const found = await find(wanted, signal);
    const objects = found?.network_object.rows ?? [];
    const odd = found?.network_object.odd.length ?? 0;
    const known = await devices.read(
      objects.flatMap(({ device_id: id }) => id ?? []),
      signal,
    );
    const places: GroupUse['devices'][number][] = [];
    let complete = odd === 0 && objects.length > 0 && (found?.total ?? objects.length) <= objects.length;
    for (const { id, device_id: deviceId } of objects) {
      const path = `/securetrack/api/network_objects/${encodeURIComponent(id)}`;
      const page = { start: 0, count: PAGE, get_total: true };
      const { rules } = await securetrack.get(rulesSchema, {
        path: `${path}/rules`,
        query: { include_groups: true, ...page },
        operation: `find the rules that use group ${name}`,
        signal,
      });
      const { network_objects: groups } = await securetrack.get(networkObjectsSchema, {
        path: `${path}/groups`,
        operation: `find the groups that hold group ${name}`,
        signal,
      });
      const rows = rules?.rule.rows ?? [];
      const read = rows.length + (rules?.rule.odd.length ?? 0);
      complete &&= read < PAGE && (rules?.rule.odd.length ?? 0) === 0;
      complete &&= (groups?.network_object.odd.length ?? 0) === 0;
      places.push({
        device: clip((deviceId === null ? null : known.get(deviceId)?.name) ?? deviceId ?? '-', NAME_LENGTH),
        rules: rows.map(ruleText),
        groups: (groups?.network_object.rows ?? []).map((group) => clip(group.name ?? group.id, NAME_LENGTH)),
      });
    }
    return { group: name, devices: places, complete };
  }

  return async (field, signal) => {
    // A group that is created is used by nothing.
    const changed = requestsOf(field).filter((change) => toText(change['change_action']) !== 'CREATE');
    const uses: GroupUse[] = [];
    for (const change of changed.slice(0, MOST_GROUPS)) uses.push(await usesOf(change, signal));
    return { uses, left: Math.max(0, changed.length - MOST_GROUPS) };
  };
}

function ruleText({ name, rule_number: number, order, binding }: z.output<typeof ruleRow>): string {
  const policy = binding?.policy?.name ?? null;
  const which = [name, number ?? order].flatMap((part) => part ?? []).join(' #');
  return clip(
    `${policy === null ? '' : `${policy}: `}${which === '' ? 'a rule without a name' : which}`,
    NAME_LENGTH,
  );
}
