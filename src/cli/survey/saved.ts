/** What is saved on managers and not live, and what a Commit of each target would carry. */
import type { CommitLoad, Evidence, SavedChange } from '../../domain/survey.js';
import type { WindowRunDevice } from '../../securechange/secure-change.js';
import type { Revision } from '../../securechange/secure-change.js';
import type { Gathered, SeenDevice, SeenRun, SeenTicket } from './gather.js';
import { carries, placeOf, type Place, type PlacedPush, type Places } from './pushes.js';

export interface PlacedChange extends SavedChange {
  readonly place: Place;
}

interface Judged {
  readonly seen: SeenTicket;
  readonly pushes: readonly PlacedPush[];
}

/** Updates without a later Commit of their own; those that the Commit of another has carried say so. */
export function savedChanges(
  judged: readonly Judged[],
  runs: readonly SeenRun[],
  places: Places,
): readonly PlacedChange[] {
  const commits = judged.flatMap(({ pushes }) => pushes.filter(({ call }) => call === 'Commit'));
  return judged.flatMap(({ seen: { ticket, devices }, pushes }) => {
    const updates = new Map<string, { place: Place; savedAtMs: number | null; evidence: Evidence[] }>();
    // Newest first: an older Update of the same device is part of what the newest one saved.
    for (const { call, place, endedAtMs: savedAtMs, evidence } of pushes)
      if (call === 'Update' && !updates.has(place.id))
        updates.set(place.id, { place, savedAtMs, evidence: [...evidence] });
    for (const device of devices)
      if (device.update === 'updated' && !updates.has(device.managementId))
        updates.set(device.managementId, {
          place: placeOf(device),
          savedAtMs: null,
          evidence: [{ call: device.call, says: `push_status of ${device.name}: updated` }],
        });
    return [...updates.values()].flatMap(({ place, savedAtMs, evidence }): PlacedChange[] => {
      if (place.enforcedBy === 'update') return [];
      const device = devices.find(({ managementId }) => managementId === place.id);
      const state = device?.commit.state ?? 'none';
      const own = pushes.filter(({ call, place: of }) => call === 'Commit' && carries(of, place));
      const isLive = own.some(
        ({ endedAtMs, startedAtMs, targetId }) =>
          !isAfter(savedAtMs, endedAtMs ?? startedAtMs) &&
          (targetId !== place.id || state === 'committed' || state === 'none'),
      );
      if (isLive) return [];
      const carrier = carrierOf({ place, savedAtMs }, ticket.id, commits, runs, places);
      return [
        {
          ticketId: ticket.id,
          subject: ticket.subject,
          workflow: ticket.workflow,
          status: ticket.status,
          target: place.name,
          targetId: place.id,
          manager: place.manager,
          savedAtMs,
          why: whyOf(device, own.length > 0, place),
          carriedBy: carrier?.text ?? null,
          evidence: [
            ...evidence,
            ...(device === undefined
              ? []
              : [{ call: device.call, says: `commit of ${device.name}: ${state}` }]),
            ...(carrier?.evidence ?? []),
          ],
          place,
        },
      ];
    });
  });
}

/** Surely later; of what has no time that can be read, nothing is said. */
function isAfter(oneMs: number | null, otherMs: number | null): boolean {
  return oneMs !== null && otherMs !== null && oneMs > otherMs;
}

const WHY: Readonly<Record<SeenDevice['commit']['state'], string>> = {
  none: 'SecureChange shows no Commit of it',
  committed: 'it was saved again after its last Commit',
  partial: 'its Commit reached some firewalls only',
  failed: 'its Commit failed',
  reverted: 'firewalls took its Commit back',
  skipped: 'its Commit was not performed',
  unknown: 'what its Commit did cannot be read',
};

function whyOf(device: SeenDevice | undefined, hasCommit: boolean, place: Place): string {
  const why = WHY[device?.commit.state ?? (hasCommit ? 'committed' : 'none')];
  return place.enforcedBy === 'unknown'
    ? `${why}; whether its Update is live at once is not visible (no row of the capability matrix)`
    : why;
}

function carrierOf(
  { place, savedAtMs }: { readonly place: Place; readonly savedAtMs: number | null },
  ticketId: string,
  commits: readonly PlacedPush[],
  runs: readonly SeenRun[],
  places: Places,
): { readonly text: string; readonly evidence: readonly Evidence[] } | null {
  const commit = commits.find(
    (one) =>
      one.ticketId !== ticketId &&
      isAfter(one.startedAtMs ?? one.endedAtMs, savedAtMs) &&
      carries(one.place, place),
  );
  if (commit !== undefined)
    return { text: `the Commit of ticket ${commit.ticketId} on ${commit.target}`, evidence: commit.evidence };
  for (const run of runs) {
    if (!isAfter(run.startMs, savedAtMs)) continue;
    const device = run.devices.find(
      ({ managementId, outcome }) => outcome === 'committed' && carries(places(managementId), place),
    );
    if (device !== undefined)
      return {
        text: `run ${run.id} of change window ${run.window.name}`,
        evidence: [evidenceOf(run, device)],
      };
  }
  return null;
}

export function evidenceOf(run: SeenRun, device: WindowRunDevice | null): Evidence {
  const says = device === null ? null : `device ${device.managementId}: ${device.message ?? device.outcome}`;
  return { call: `GET …/change_windows/${run.window.uuid}/tasks/${run.id}`, says };
}

/** Targets of which something is saved, or that a change window commits. */
export function committable(
  changes: readonly PlacedChange[],
  { runs }: Pick<Gathered, 'runs'>,
  places: Places,
): readonly Place[] {
  const found = new Map<string, Place>();
  for (const { place, carriedBy } of changes) if (carriedBy === null) found.set(place.id, place);
  for (const { devices } of runs)
    for (const { managementId } of devices)
      if (!found.has(managementId)) found.set(managementId, places(managementId));
  return [...found.values()];
}

/** What a Commit of the target would make live; null where nothing is seen. */
export function loadOf(
  place: Place,
  changes: readonly PlacedChange[],
  runs: readonly SeenRun[],
  revisions: readonly Revision[] | null,
): CommitLoad | null {
  const carried = changes.filter((change) => change.carriedBy === null && carries(place, change.place));
  const live = Math.max(
    ...runs.flatMap(({ devices }) =>
      devices.flatMap(({ managementId, outcome, revisionId }) =>
        managementId === place.id && outcome === 'committed' && /^\d+$/.test(revisionId ?? '')
          ? [Number(revisionId)]
          : [],
      ),
    ),
  );
  const isKnown = Number.isFinite(live) && revisions !== null;
  const since = (revisions ?? []).filter(({ number }) => isKnown && number > live);
  if (carried.length === 0 && since.length === 0) return null;
  return {
    target: place.name,
    targetId: place.id,
    manager: place.manager,
    tickets: carried.map(({ ticketId, status, savedAtMs }) => ({ ticketId, status, savedAtMs })),
    revisions: isKnown
      ? since.map(
          ({ number, administrator, printedAt }) =>
            `${number} by ${administrator ?? 'an account that is not named'}${printedAt === null ? '' : `, ${printedAt} (zone of the server)`}`,
        )
      : null,
    evidence: [
      ...carried.flatMap(({ evidence }) => evidence.slice(0, 1)),
      ...(revisions === null ? [] : [{ call: `GET …/devices/${place.id}/revisions/`, says: null }]),
    ],
  };
}
