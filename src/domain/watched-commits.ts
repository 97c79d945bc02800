/** Commits that are live and may still be taken back: firewalls revert by themselves when they lose their manager. */
import type { PoliciesOf } from './commit-report.js';
import type { LaneState, LedgerEntry, RunningPush } from './lane.js';
import { noteSaved } from './ledger.js';
import { noteReverted } from './partial-failure.js';
import { baselineOf, memberKey, type Baseline } from './push.js';

export interface WatchedCommit {
  readonly n: number;
  readonly target: string;
  readonly targetName: string;
  /** Where its report is read: the task that it was called on. */
  readonly ref: Baseline['ref'];
  /** Key of the report that proved it live. */
  readonly commitEvidence: string;
  readonly policies: PoliciesOf;
  /** What it made live, as the ledger had it. */
  readonly entries: readonly LedgerEntry[];
  readonly liveAtMs: number;
  readonly untilMs: number;
  readonly checkAtMs: number;
}

export type SeenOfCommit =
  /** It stands, or cannot be read at the moment. */
  | { readonly kind: 'stands' }
  /** A later Commit has reported since, or there is no report any more. */
  | { readonly kind: 'superseded' }
  /** `finished`: `ticket/target` of those whose firewalls all kept it. */
  | { readonly kind: 'reverted'; readonly message: string; readonly finished: readonly string[] };

/** PAN-OS checks the connection to Panorama after a Commit, and every hour. */
const WATCH_MS = 65 * 60_000;
const FIRST_CHECK_MS = 60_000;
const MOST_WATCHED = 20;

/** The Commit of this push is live: from now on its report is read again, first after a minute and then less often. */
export function watchCommit(
  state: LaneState,
  push: RunningPush,
  { commitEvidence, keys }: { readonly commitEvidence: string; readonly keys: readonly string[] },
  nowMs: number,
): void {
  const commit = push.begun.find(({ call }) => call === 'commit');
  const { watchRevertMs = WATCH_MS } = state.manager;
  const entries = state.ledger.filter((entry) => keys.includes(memberKey(entry)));
  // Without a report of its own there is nothing to read again.
  if (commit === undefined || commitEvidence === '' || watchRevertMs === 0 || entries.length === 0) return;
  const { ref, policies = {} } = baselineOf(commit);
  const { n, target, targetName } = push;
  const watched: WatchedCommit = {
    n,
    target,
    targetName,
    ref,
    commitEvidence,
    policies,
    entries,
    liveAtMs: nowMs,
    untilMs: nowMs + watchRevertMs,
    checkAtMs: nowMs + Math.min(FIRST_CHECK_MS, watchRevertMs),
  };
  // A later Commit of the target replaces its report.
  state.watched = [...state.watched.filter((other) => other.target !== target), watched].slice(-MOST_WATCHED);
}

/** When the next report is due; null while none is. */
export function nextWatchMs({ watched }: LaneState): number | null {
  return watched.length === 0 ? null : Math.min(...watched.map(({ checkAtMs }) => checkAtMs));
}

export function dueWatched({ watched }: LaneState, nowMs: number): readonly WatchedCommit[] {
  return watched.filter(({ checkAtMs }) => checkAtMs <= nowMs);
}

/**
 * The report was read again. What was reverted is saved and not live: it is in the ledger again, marked, and its tickets get
 * that as the result of the push.
 */
export function commitSeen(state: LaneState, of: WatchedCommit, seen: SeenOfCommit, nowMs: number): void {
  const isSame = ({ n }: WatchedCommit): boolean => n === of.n;
  if (!state.watched.some(isSame)) return;
  if (seen.kind === 'stands' && nowMs < of.untilMs) {
    const checkAtMs = Math.min(of.untilMs, nowMs + 4 * Math.max(FIRST_CHECK_MS, nowMs - of.liveAtMs));
    state.watched = state.watched.map((other) => (isSame(other) ? { ...other, checkAtMs } : other));
    return;
  }
  state.watched = state.watched.filter((other) => !isSame(other));
  if (seen.kind !== 'reverted') return;
  const { n, targetName } = of;
  const message = `${targetName} was live and went back: ${seen.message}`.slice(0, 500);
  const result = { kind: 'reverted', call: 'commit', message } as const;
  for (const entry of of.entries) {
    const { ticketId, target } = entry;
    const key = memberKey(entry);
    if (seen.finished.includes(key)) continue;
    // What the ticket has saved since is newer.
    if (!state.ledger.some((other) => memberKey(other) === key)) {
      noteSaved(state, { ...entry, state: 'saved' }, nowMs);
      state.ledger = state.ledger.map((other) =>
        memberKey(other) === key ? { ...other, left: { because: 'reverted', atMs: nowMs } } : other,
      );
    }
    noteReverted(state, entry);
    const others = state.undelivered.filter((kept) => !(kept.n === n && memberKey(kept) === key));
    state.undelivered = [...others, { n, ticketId, target, result }];
  }
  state.past = state.past.map((past) =>
    past.n === n ? { ...past, result: `reverted: ${seen.message}` } : past,
  );
}
