/** Saved changes on a manager that are not ours: what is known of them just before a Commit, and whether it may be sent. */
import { canonicalJson } from './canonical-json.js';
import type { LaneState } from './lane.js';
import type { DevicePath } from './scope.js';

export type Answer = 'block' | 'warn' | 'allow';

/** What a Commit does with saved changes of others, for one manager. */
export interface ForeignPolicy {
  /** Changes that are known. */
  readonly known: Answer;
  /** What cannot be seen. */
  readonly notVisible: Answer;
  /** Names under which SecureChange changes this manager, as SecureTrack shows them; none: it is not known who is foreign. */
  readonly accounts: readonly string[];
  /** Name of the script that names what is saved on the manager; null: there is none. */
  readonly probe: string | null;
}

export const DEFAULT_FOREIGN: ForeignPolicy = {
  known: 'block',
  notVisible: 'warn',
  accounts: [],
  probe: null,
};

export interface ForeignChange {
  readonly administrator: string;
  /** Where, and which revision. */
  readonly location: string;
}

/** Newest revision of each device of a path, by its id. */
export type Revisions = Readonly<Record<string, number>>;

/** What was seen just before a Commit. An acceptance is bound to all of `changes`, `notVisible` and `revision`. */
export interface ForeignSeen {
  readonly changes: readonly ForeignChange[];
  /** Why some may not be visible; null when all is. */
  readonly notVisible: string | null;
  /** The newest revision of others, as `device:number`; null when there is none. */
  readonly revision: string | null;
}

/** A reading, with the policy that counts for it. */
export interface ForeignCheck {
  readonly policy: Pick<ForeignPolicy, 'known' | 'notVisible'>;
  readonly seen: ForeignSeen;
  /** Once the Commit is live, only what comes later can be foreign. */
  readonly newest: Revisions;
}

export interface ForeignAcceptance {
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
  readonly untilMs: number;
}

/** What the lane keeps for one commit target: the last reading, and the acceptance that is bound to it. */
export interface ForeignRecord {
  readonly target: string;
  readonly targetName: string;
  readonly atMs: number;
  readonly check: ForeignCheck;
  readonly accepted: ForeignAcceptance | null;
  /** A Commit was live since: what was seen before it blocks nothing any more. */
  readonly isLive?: true;
}

export interface ForeignVerdict {
  readonly kind: 'none' | 'allowed' | 'warned' | 'accepted' | 'blocked';
  /** What is known and what was decided, as one clause. */
  readonly text: string;
}

/** Whether a Commit may be sent with what was seen. */
export function judgeForeign(
  { policy, seen }: ForeignCheck,
  accepted: ForeignAcceptance | null,
  nowMs: number,
): ForeignVerdict {
  const answers = [
    ...(seen.changes.length > 0 ? [policy.known] : []),
    ...(seen.notVisible === null ? [] : [policy.notVisible]),
  ];
  const what = describe(seen);
  if (answers.includes('block')) {
    return accepted !== null && nowMs < accepted.untilMs
      ? { kind: 'accepted', text: `${what}; accepted by ${accepted.by}: ${accepted.reason}` }
      : { kind: 'blocked', text: what };
  }
  if (answers.includes('warn')) return { kind: 'warned', text: what };
  return answers.length === 0 ? { kind: 'none', text: what } : { kind: 'allowed', text: what };
}

const MOST_NAMED = 5;

function describe({ changes, notVisible }: ForeignSeen): string {
  const named = changes
    .slice(0, MOST_NAMED)
    .map(({ administrator, location }) => `${administrator} (${location})`);
  const more = changes.length > MOST_NAMED ? [`and ${changes.length - MOST_NAMED} more`] : [];
  const known =
    changes.length === 0
      ? 'no saved change of others is known'
      : `saved changes of others: ${[...named, ...more].join(', ')}`;
  return notVisible === null ? known : `${known}; not visible: ${notVisible}`;
}

/** Names a reading, for the command that accepts it. The lane compares the whole reading, not this. */
export function codeOf(seen: ForeignSeen): string {
  let hash = 0x811c9dc5;
  for (const character of canonicalJson(seen)) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}

export function isSame(one: ForeignSeen, other: ForeignSeen): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

export function foreignOf({ foreign }: Pick<LaneState, 'foreign'>, target: string): ForeignRecord | null {
  return foreign.find((record) => record.target === target) ?? null;
}

/** Records what was seen just before a Commit of the target; an acceptance stays only while nothing else is seen. */
export function noteForeign(
  state: LaneState,
  { target, targetName }: { target: string; targetName: string },
  check: ForeignCheck,
  nowMs: number,
): ForeignRecord {
  const before = foreignOf(state, target);
  const accepted = before !== null && isSame(before.check.seen, check.seen) ? before.accepted : null;
  const record = { target, targetName, atMs: nowMs, check, accepted };
  state.foreign = [...state.foreign.filter((other) => other.target !== target), record].slice(-MOST_KEPT);
  return record;
}

const MOST_KEPT = 200;

/** The Commit is live: the acceptance is used, and what it carried is not foreign any more. */
export function foreignIsLive(state: LaneState, target: string): void {
  const record = foreignOf(state, target);
  if (record === null) return;
  const { newest } = record.check;
  const since = state.foreignSince[target];
  if (since !== undefined) state.foreignSince = { ...state.foreignSince, [target]: { ...since, ...newest } };
  state.foreign = state.foreign.map((other) =>
    other === record ? { ...other, accepted: null, isLive: true } : other,
  );
}

/** From when on revisions of others count: what SecureTrack showed when the target was first enrolled. */
export function watchFrom(state: LaneState, target: string, revisions: Revisions | undefined): void {
  if (revisions === undefined || state.foreignSince[target] !== undefined) return;
  state.foreignSince = { ...state.foreignSince, [target]: revisions };
}

/** What waits for a person; null when nothing does. */
export function blockedForeign(state: LaneState, target: string, nowMs: number): ForeignRecord | null {
  const record = foreignOf(state, target);
  if (record === null || record.isLive === true) return null;
  return judgeForeign(record.check, record.accepted, nowMs).kind === 'blocked' ? record : null;
}

export type Accepted = 'accepted' | 'otherReading' | 'nothingBlocked' | 'severalNamed';

/** A named person accepts exactly what was seen, for one Commit and until an instant. */
export function acceptForeign(
  state: LaneState,
  { target, seen }: { target: string; seen: string },
  acceptance: ForeignAcceptance,
): Accepted {
  const byId = state.foreign.find((record) => record.target === target);
  const byName = state.foreign.filter((record) => record.targetName === target);
  if (byId === undefined && byName.length > 1) return 'severalNamed';
  const found = byId ?? byName[0];
  if (found === undefined) return 'nothingBlocked';
  if (blockedForeign(state, found.target, acceptance.atMs) === null) return 'nothingBlocked';
  if (codeOf(found.check.seen) !== seen) return 'otherReading';
  state.foreign = state.foreign.map((record) =>
    record === found ? { ...record, accepted: acceptance } : record,
  );
  state.version += 1;
  return 'accepted';
}

/** The devices of a path whose saved changes a Commit of the target carries: itself, and what it inherits from. */
export function foreignScope(path: DevicePath, target: string): readonly string[] {
  const at = path.indexOf(target);
  return at === -1 ? [target] : path.slice(0, at + 1);
}
