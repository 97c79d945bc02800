/**
 * What one commit target of a ticket means for its others on the same manager: they go on when it fails, or are held back. A
 * place that is held back stays enrolled; nothing is saved or committed for it until its ticket enrols it again.
 */
import type { Enrolment, LaneState, QueuedEnrolment } from './lane.js';
import { isDone, type Target } from './provisioning.js';
import { memberKey } from './push.js';

interface Rule {
  /** Of several policies the one with the highest number counts. */
  readonly strictness: number;
  /** A failed target holds back the others. */
  readonly holdsBack: boolean;
  /** One target first, then a tenth of them, then the rest, each after the targets before were verified. */
  readonly inWaves: boolean;
}

export const PARTIAL_FAILURE = {
  continue: { strictness: 0, holdsBack: false, inWaves: false },
  stop: { strictness: 1, holdsBack: true, inWaves: false },
  waves: { strictness: 2, holdsBack: true, inWaves: true },
} as const satisfies Readonly<Record<string, Rule>>;

export type PartialFailure = keyof typeof PARTIAL_FAILURE;

/** Of manager and process; one that says nothing goes on. */
export function strictest(...policies: readonly (PartialFailure | undefined)[]): PartialFailure {
  return policies.reduce<PartialFailure>(
    (strict, each = 'continue') =>
      PARTIAL_FAILURE[each].strictness > PARTIAL_FAILURE[strict].strictness ? each : strict,
    'continue',
  );
}

/** The wave of the target at this index of `count`: one target, a tenth of all, the rest. */
export function waveOf(index: number, count: number): 1 | 2 | 3 {
  if (index === 0) return 1;
  return index <= Math.ceil(count / 10) ? 2 : 3;
}

/** A target whose failure holds back the others of its ticket. */
export interface FailedTarget {
  readonly target: string;
  readonly targetName: string;
}

/** A wave that goes before, with the names of the first of its targets. */
export interface EarlierWave {
  readonly wave: number;
  readonly names: string;
}

/** A target of a ticket whose push failed. The ticket may ask for another place before it has read that. */
export interface NotedFailure extends FailedTarget {
  readonly ticketId: string;
  readonly epoch: number;
  readonly n: number;
  /** Firewalls took back what it had made live, which the ticket knows as live by now; `n` is the lane's last push then. */
  readonly reverted?: true;
}

const MOST_NOTED = 200;

export type HeldBack = ({ readonly by: 'failed' } & FailedTarget) | ({ readonly by: 'wave' } & EarlierWave);

/** What holds a place back by the strictest policy of its manager and its process; null: nothing does. */
export function heldBackBy(state: LaneState, place: QueuedEnrolment): HeldBack | null {
  const policy = PARTIAL_FAILURE[strictest(state.manager.partialFailure, place.partialFailure)];
  if (place.wants !== 'live') return null;
  const failed = policy.holdsBack ? failedBefore(state, place) : null;
  if (failed !== null) return { by: 'failed', ...failed };
  const { earlierWave } = place;
  return policy.inWaves && earlierWave !== undefined ? { by: 'wave', ...earlierWave } : null;
}

function failedBefore({ failures }: LaneState, place: QueuedEnrolment): FailedTarget | null {
  const { ticketId, failed, without = [], over = [] } = place;
  if (failed !== undefined) return failed;
  // Of a Commit for several tickets that failed: the place may have enrolled since.
  const shared = failures.find(
    ({ target, tickets }) =>
      target !== place.target && tickets.includes(ticketId) && ![...without, ...over].includes(target),
  );
  return shared === undefined ? null : { target: shared.target, targetName: shared.targetName };
}

/** One clause: who goes first, or failed. */
export function heldBackText(held: HeldBack): string {
  return held.by === 'failed'
    ? `held back until ${held.targetName} is live, whose push failed`
    : `held back until wave ${held.wave} (${held.names}) is live and verified`;
}

export function namesText(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}

/** A push of these targets ended: notes those that failed, and forgets what was noted of the others. */
export function noteFailures(
  state: LaneState,
  ended: readonly Omit<NotedFailure, 'n' | 'targetName'>[],
  failed: readonly NotedFailure[],
): void {
  const keys = new Set(ended.map(memberKey));
  const others = (state.notedFailures ?? []).filter((noted) => !keys.has(memberKey(noted)));
  const noted = [...others, ...failed].slice(-MOST_NOTED);
  if (noted.length > 0 || state.notedFailures !== undefined) state.notedFailures = noted;
}

/** A target of the ticket that failed after it asked for this place; null when it had read the result of each. */
export function unreadFailure(
  { notedFailures = [] }: LaneState,
  { ticketId, epoch, target, readUntil, without = [], over = [] }: Enrolment,
): FailedTarget | null {
  const unread = notedFailures.find(
    (noted) =>
      noted.ticketId === ticketId &&
      noted.epoch === epoch &&
      noted.target !== target &&
      isUnread(noted, readUntil) &&
      !without.includes(noted.target) &&
      // What it knows as live may have gone back since.
      (noted.reverted === true || !over.includes(noted.target)),
  );
  return unread === undefined ? null : { target: unread.target, targetName: unread.targetName };
}

/** What comes after a revert is read after it: of a push up to `n` the ticket may have the result, and not yet that it went back. */
function isUnread({ n, reverted }: NotedFailure, readUntil: number | undefined): boolean {
  // A ticket of an older release does not say what it has read.
  if (readUntil === undefined) return false;
  return reverted === true ? n >= readUntil : n > readUntil;
}

/** What was live of a ticket went back: until it is live again, its other targets count as those of one that failed. */
export function noteReverted(state: LaneState, entry: Omit<NotedFailure, 'n' | 'reverted'>): void {
  const { ticketId, epoch, target, targetName } = entry;
  const noted = { ticketId, epoch, target, targetName, n: state.lastN, reverted: true } as const;
  noteFailures(state, [noted], [noted]);
  markFailed(state, noted);
}

/** A person recorded that the change of a target is live: its failure is over. */
export function forgetNoted(state: LaneState, isOver: (noted: NotedFailure) => boolean): void {
  const { notedFailures } = state;
  if (notedFailures?.some(isOver) === true)
    state.notedFailures = notedFailures.filter((noted) => !isOver(noted));
}

/** A target of a ticket failed: marks the ticket's other places, whatever the policy is at present. */
export function markFailed(
  state: LaneState,
  { ticketId, target, targetName }: FailedTarget & { readonly ticketId: string },
): void {
  const key = memberKey({ ticketId, target });
  state.queue = state.queue.map((place) =>
    place.ticketId === ticketId && memberKey(place) !== key
      ? { ...place, failed: { target, targetName } }
      : place,
  );
}

// The side of the ticket.

/** Numbers the waves of each manager that has several of these targets. */
export function withWaves(targets: readonly Target[], isPushed: (target: Target) => boolean): Target[] {
  const managers = byManager(targets.filter(isPushed));
  return targets.map((target) => {
    const together = managers.find((each) => each.includes(target)) ?? [];
    return together.length < 2
      ? target
      : { ...target, wave: waveOf(together.indexOf(target), together.length) };
  });
}

/** The targets of each manager, in their order. */
export function byManager(targets: readonly Target[]): readonly (readonly Target[])[] {
  const lanes = [...new Set(targets.map(({ laneKey }) => laneKey))];
  return lanes.map((lane) => targets.filter(({ laneKey }) => laneKey === lane));
}

/** What the lane needs to hold a target back, whatever the policy is. `heldBy`: the target that its place is held back by. */
export function heldBackAt(
  targets: readonly Target[],
  target: Target,
  heldBy: string | undefined,
): Pick<Enrolment, 'failed' | 'without' | 'over' | 'earlierWave'> {
  const failed = failedTarget(targets, target);
  const wave = earlierWave(targets, target);
  const without = targets
    .filter(({ failure }) => failure === 'skipped')
    .map(({ managementId }) => managementId);
  // A shared Commit failed, and this ticket waits for that target no more.
  const known = targets.find(({ managementId }) => managementId === heldBy);
  const isOver = heldBy !== undefined && (known === undefined || isDone(known));
  return {
    ...(failed !== null && { failed: { target: failed.managementId, targetName: failed.name } }),
    ...(wave !== null && { earlierWave: wave }),
    ...(without.length > 0 && { without }),
    ...(isOver && { over: [heldBy] }),
  };
}

/** The first wave before that of the target which is not over; null when the target may go live. */
export function earlierWave(targets: readonly Target[], { laneKey, wave = 1 }: Target): EarlierWave | null {
  const before = targets.filter(
    (other) => other.laneKey === laneKey && (other.wave ?? wave) < wave && !isPassed(other),
  );
  const first = Math.min(...before.map((other) => other.wave ?? wave));
  const names = before.filter((other) => other.wave === first).map(({ name }) => name);
  return before.length === 0 ? null : { wave: first, names: namesText(names) };
}

/** A target of the same manager whose failure holds this one back; null when there is none. */
function failedTarget(targets: readonly Target[], { laneKey, managementId }: Target): Target | null {
  return (
    targets.find(
      (other) =>
        other.laneKey === laneKey &&
        other.managementId !== managementId &&
        other.failure === 'holds' &&
        !isDone(other),
    ) ?? null
  );
}

/** Nothing after its wave waits for it: verified, or an operator lets the others go on without it. */
function isPassed({ verified, failure }: Target): boolean {
  return verified === true || failure === 'skipped';
}
