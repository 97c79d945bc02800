/** Every Update and Commit that tickets show, from their histories and commit reports. */
import { inScope } from '../../domain/scope.js';
import type { Evidence, PushedBy, SeenPush } from '../../domain/survey.js';
import { parseInstant } from '../../securechange/dates.js';
import type { SurveyedLine, SurveyedTicket } from '../../securechange/survey-reads.js';
import type { Gathered, SeenDevice, SeenTicket } from './gather.js';

/** A device as far as it is known, also of a ticket that does not show it any more. */
export interface Place {
  readonly id: string;
  readonly name: string;
  readonly manager: string;
  /** From its topmost manager down to itself; empty: not known. */
  readonly path: readonly string[];
  readonly vendor: string;
  readonly domain?: string;
  readonly laneKey: string;
  readonly enforcedBy: 'update' | 'commit' | 'unknown';
}

export interface PlacedPush extends SeenPush {
  readonly place: Place;
}

/** Finds a device by its name, or by its id. */
export type Places = (nameOrId: string) => Place;

export function placesOf({ tickets, devices }: Pick<Gathered, 'tickets' | 'devices'>): Places {
  const known = new Map<string, Place>();
  for (const { id, name, vendor } of devices) {
    const place = bare(id, name, vendor ?? '');
    known.set(name, place);
    known.set(id, place);
  }
  for (const { devices: seen } of tickets)
    for (const device of seen) {
      const place = placeOf(device);
      known.set(place.name, place);
      known.set(place.id, place);
    }
  return (nameOrId) => known.get(nameOrId) ?? bare(nameOrId, nameOrId, '');
}

function bare(id: string, name: string, vendor: string): Place {
  return { id, name, manager: name, path: [], vendor, laneKey: id, enforcedBy: 'unknown' };
}

export function placeOf(device: SeenDevice): Place {
  const { managementId: id, name, laneName, laneKey, path, vendor, domain, capability } = device;
  const { enforcedBy } = capability;
  return { id, name, manager: laneName, path, vendor, ...(domain && { domain }), laneKey, enforcedBy };
}

/** Whether a Commit of `target` makes live what is saved at `saved`. Without a path only where it is surely so. */
export function carries(target: Place, saved: Place): boolean {
  if (target.id === saved.id) return true;
  if (target.path.length === 0 || saved.path.length === 0) return saved.path.includes(target.id);
  return inScope(target.path, saved.path);
}

/** `Update D succeeded`; SecureChange also prints it without the name of the device. */
const DONE = /^(update|commit) (.+?) succeeded\.?$/is;
const AUTOMATIC = /^move task to the pending status \(executing automatic tasks\)/i;
const BY_HAND = /^move task to the pending status \(apply changes\)/i;
const BEGUN = /^(update|commit) device\.?$/i;

export function historyOf({ id }: SurveyedTicket, says: string | null): Evidence {
  return { call: `GET …/tickets/${id}/history`, says };
}

export function pushesOf({ ticket, devices }: SeenTicket, places: Places): readonly PlacedPush[] {
  const own = new Map(devices.map((device) => [device.name, placeOf(device)]));
  const found: PlacedPush[] = [];
  const add = (
    place: Place,
    push: Pick<SeenPush, 'call' | 'startedAtMs' | 'endedAtMs' | 'evidence'>,
    { how, by }: How,
  ): void => {
    const enforces =
      push.call === 'Commit' ? true : place.enforcedBy === 'unknown' ? null : place.enforcedBy === 'update';
    const { subject, workflow } = ticket;
    const { id: targetId, name: target, manager } = place;
    found.push({
      ticketId: ticket.id,
      subject,
      workflow,
      target,
      targetId,
      manager,
      enforces,
      how,
      by,
      ...push,
      place,
    });
  };
  for (const [at, line] of ticket.lines.entries()) {
    const [, call, name] = DONE.exec(line.text) ?? [];
    if (name === undefined || name.toLowerCase() === 'device') continue;
    const place = own.get(name) ?? places(name);
    const how = howOf(ticket.lines.slice(at + 1), line.step);
    add(
      place,
      {
        call: call?.toLowerCase() === 'commit' ? 'Commit' : 'Update',
        startedAtMs: how.startedAtMs,
        endedAtMs: line.atMs,
        evidence: [historyOf(ticket, line.text)],
      },
      how,
    );
  }
  for (const device of devices) {
    const { state, reportStart, reportEnd } = device.commit;
    if (state !== 'committed' && state !== 'partial' && state !== 'reverted') continue;
    const startedAtMs = reportStart === null ? null : parseInstant(reportStart);
    const endedAtMs = reportEnd === undefined ? null : parseInstant(reportEnd);
    const alreadySeen = found.some(
      ({ call, targetId, endedAtMs: at }) =>
        call === 'Commit' &&
        targetId === device.managementId &&
        at !== null &&
        at >= (startedAtMs ?? Infinity),
    );
    if (alreadySeen) continue;
    const older = ticket.lines.filter(
      ({ atMs }) => atMs !== null && atMs <= (endedAtMs ?? startedAtMs ?? -1),
    );
    add(
      placeOf(device),
      {
        call: 'Commit',
        startedAtMs,
        endedAtMs,
        evidence: [
          {
            call: device.call.replace('/designer', `/designer/commit_report/${device.managementId}`),
            says: `startTime ${reportStart ?? 'not shown'}`,
          },
        ],
      },
      howOf(older, null),
    );
  }
  return found;
}

interface How {
  readonly how: PushedBy;
  readonly by: string | null;
  readonly startedAtMs: number | null;
}

/** By the newest line before it that says who began: SecureChange signs the result itself. */
function howOf(older: readonly SurveyedLine[], step: string | null): How {
  const lines = step === null ? older : older.filter((line) => line.step === step);
  for (const [at, { text, atMs: startedAtMs }] of lines.entries()) {
    if (AUTOMATIC.test(text)) return { how: 'automaticStep', by: null, startedAtMs };
    const begun = BEGUN.test(text) ? lines[at] : BY_HAND.test(text) ? (lines[at + 1] ?? null) : undefined;
    if (begun === undefined) continue;
    const by = begun !== null && BEGUN.test(begun.text) ? begun.by : null;
    const isNamed = by !== null && by.toLowerCase() !== 'system';
    return { how: isNamed ? 'account' : 'unknown', by: isNamed ? by : null, startedAtMs };
  }
  return { how: 'unknown', by: null, startedAtMs: null };
}
