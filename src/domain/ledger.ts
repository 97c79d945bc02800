/** The ledger of a lane: Updates that are saved and not known to be live, and which of them hinder a Commit. */
import type { LaneState, LedgerEntry, LeftBecause, QueuedEnrolment } from './lane.js';
import { heldBackBy, heldBackText } from './partial-failure.js';
import { memberKey, type Member } from './push.js';
import { inScope, type DevicePath } from './scope.js';
import { judgeWindow } from './window.js';

/** A saved change that a Commit would make live although it belongs to no member and was not accepted. */
export interface Hindrance {
  readonly ticketId: string;
  readonly target: string;
  readonly targetName: string;
  readonly why: 'left' | 'unknown' | 'windowShut' | 'notEnrolled' | 'otherChange' | 'heldBack';
  /** Why it hinders, as one clause for an operator. */
  readonly message: string;
}

/** Whether named persons accepted it for a Commit with these members. */
export function isAccepted({ accepted }: LedgerEntry, members: readonly Pick<Member, 'claim'>[]): boolean {
  if (accepted === null) return false;
  const { onlyWith } = accepted;
  return onlyWith === undefined || members.some(({ claim }) => claim.override?.ask.key === onlyWith);
}

/** The hindrances of a Commit. While there is one, nothing is sent. */
export function hindrancesOf(
  state: LaneState,
  path: DevicePath,
  members: readonly Member[],
  nowMs: number,
): readonly Hindrance[] {
  const entries = state.ledger.filter((entry) => !isAccepted(entry, members) && inScope(path, entry.path));
  if (entries.length === 0) return [];
  const memberOf = firstByKey(members);
  const placeOf = firstByKey(state.queue);
  const tickets = new Set(members.map(({ ticketId }) => ticketId));
  return entries.flatMap((entry) => {
    const { ticketId, target, targetName } = entry;
    const hindrance = (why: Hindrance['why'], message: string): Hindrance[] => [
      { ticketId, target, targetName, why, message },
    ];
    const own = memberOf.get(memberKey(entry));
    // The Update of this push replaces what the ticket saved before.
    if (own?.saved === false) return [];
    if (entry.left !== null) return hindrance('left', LEFT_TEXTS[entry.left.because]);
    if (own !== undefined) {
      const same = own.epoch === entry.epoch && own.claim.instructionDigest === entry.instructionDigest;
      if (!same) return hindrance('otherChange', 'its saved change differs from the approved one');
      return entry.state === 'unknown' ? hindrance('unknown', 'the outcome of its Update is unknown') : [];
    }
    const queued = placeOf.get(memberKey(entry));
    if (queued === undefined) return hindrance('notEnrolled', 'it is not enrolled for a Commit');
    if (judgeWindow(queued.window.intervals, nowMs, 0).kind !== 'open')
      return hindrance('windowShut', `its window (calendar ${queued.window.calendar}) is not open`);
    // Where the ticket itself commits above, its own change below goes along.
    const held = tickets.has(ticketId) ? null : heldBackBy(state, queued);
    return held === null ? [] : hindrance('heldBack', heldBackText(held));
  });
}

function firstByKey<T extends { readonly ticketId: string; readonly target: string }>(
  places: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(places.toReversed().map((place) => [memberKey(place), place]));
}

/**
 * What hinders the Commit of a place with all that is enrolled for its target. It is the same for all of them, so that a
 * lane with hundreds of places looks once for each target.
 */
export function hindrancesByTarget(
  state: LaneState,
  nowMs: number,
): (place: QueuedEnrolment) => readonly Hindrance[] {
  const known = new Map<string, readonly Hindrance[]>();
  return ({ target, path }) => {
    const before = known.get(target);
    if (before !== undefined) return before;
    const together = state.queue.filter(
      (other) => other.target === target && other.kind === 'commit' && heldBackBy(state, other) === null,
    );
    const found = hindrancesOf(state, path, together, nowMs);
    known.set(target, found);
    return found;
  };
}

const LEFT_TEXTS: Readonly<Record<LeftBecause, string>> = {
  held: 'an operator holds it',
  redone: 'it was sent back and its approval is void',
  movedOn: 'it left the step before its push',
  rejected: 'it was rejected',
  cancelled: 'it was cancelled',
  aborted: 'it is no longer driven',
  skipped: 'an operator skipped its phase',
  ended: 'it has ended',
  replanned: 'its planned dates were moved',
  gateClosed: 'its gate is closed',
  failed: 'its push failed and waits for an operator',
  reverted: 'firewalls went back to what they had after its Commit',
  doneByHand: 'a named person recorded that it is live',
};

/** Each hindrance with ticket, device and reason. */
export function hindranceText(hindrances: readonly Hindrance[]): string {
  const named = hindrances
    .slice(0, 5)
    .map((one) => `ticket ${one.ticketId} on ${one.targetName} (${one.message})`);
  const more = hindrances.length > 5 ? [`and ${hindrances.length - 5} more`] : [];
  return `the Commit would also make live what is saved by ${[...named, ...more].join(', ')}`;
}

/** Records a saved Update that a reading shows, whoever saved it: the ledger must not miss one. */
export function noteSaved(
  state: LaneState,
  saved: Pick<
    LedgerEntry,
    | 'ticketId'
    | 'epoch'
    | 'target'
    | 'targetName'
    | 'path'
    | 'instructionDigest'
    | 'state'
    | 'secureTrackCalendar'
  >,
  nowMs: number,
): void {
  const known = state.ledger.find((entry) => memberKey(entry) === memberKey(saved));
  const same = known?.epoch === saved.epoch && known.instructionDigest === saved.instructionDigest;
  if (known && same && known.state === saved.state) return;
  const accepted = same ? known.accepted : null;
  const left = same ? known.left : null;
  const entry = { ...saved, savedAtMs: known?.savedAtMs ?? nowMs, left, accepted };
  state.ledger = [...state.ledger.filter((other) => memberKey(other) !== memberKey(saved)), entry];
  state.version += 1;
}

/** Removes entries that are proven live, or proven not saved. */
export function forget(state: LaneState, keys: readonly string[]): void {
  const before = state.ledger.length;
  state.ledger = state.ledger.filter((entry) => !keys.includes(memberKey(entry)));
  if (state.ledger.length !== before) state.version += 1;
}

/** Reasons that an operator can repair; a final reason replaces them. */
const REPAIRABLE_REASONS: readonly LeftBecause[] = ['held', 'gateClosed', 'failed', 'reverted'];

export function markLeft(
  state: LaneState,
  mine: (entry: LedgerEntry) => boolean,
  because: LeftBecause,
  atMs: number,
): void {
  state.ledger = state.ledger.map((entry) =>
    mine(entry) && (entry.left === null || REPAIRABLE_REASONS.includes(entry.left.because))
      ? { ...entry, left: { because, atMs } }
      : entry,
  );
}

/**
 * A named person accepts the saved changes of one ticket (or all that hinder): they may go live with the next Commit,
 * once. Returns how many were accepted.
 */
export function acceptLedger(
  state: LaneState,
  ticketId: string | null,
  by: string,
  reason: string,
  nowMs: number,
): number {
  let accepted = 0;
  state.ledger = state.ledger.map((entry) => {
    const hinders = entry.left !== null || entry.state === 'unknown' || !isQueued(state, entry);
    const isOpen = entry.accepted === null || entry.accepted.onlyWith !== undefined;
    if (!isOpen || (ticketId === null ? !hinders : entry.ticketId !== ticketId)) return entry;
    accepted += 1;
    return { ...entry, accepted: { by, reason, atMs: nowMs } };
  });
  if (accepted > 0) state.version += 1;
  return accepted;
}

/** What is known of these changes is newer than what was accepted: they hinder again. */
export function endAcceptances(state: LaneState, of: (entry: LedgerEntry) => boolean): void {
  state.ledger = state.ledger.map((entry) => (of(entry) ? { ...entry, accepted: null } : entry));
}

function isQueued(state: LaneState, entry: LedgerEntry): boolean {
  return state.queue.some((queued) => memberKey(queued) === memberKey(entry)) || ridesWith(state, entry);
}

/** True when the place is a member of the running push. */
export function ridesWith(
  state: LaneState,
  place: { readonly ticketId: string; readonly target: string },
): boolean {
  return state.push?.members.some((member) => memberKey(member) === memberKey(place)) ?? false;
}
