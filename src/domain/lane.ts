/**
 * The rules of a lane, pure: one writer per manager. Tickets enrol long before the opening; the lane owns the order
 * and the timer, grants one at a time with a numbered token, and keeps the ledger of Updates saved but not pushed.
 */
import { NONE_IGNORED, type Ignored } from './ignored.js';
import type { Interval } from './window.js';
import { judgeWindow } from './window.js';

export type PushKind = 'savingUpdate' | 'enforcingUpdate' | 'commit';

export interface EnrolmentWindow {
  readonly calendar: string;
  /** Of the calendar's definition when the intervals were computed. */
  readonly ruleVersion: string;
  readonly intervals: readonly Interval[];
  readonly minimumRemainingMs: number;
}

export interface Enrolment {
  readonly ticketId: string;
  readonly epoch: number;
  /** management_id of the device or commit target. */
  readonly target: string;
  readonly targetName: string;
  readonly kind: PushKind;
  /** null for a saving Update: it enforces nothing and needs no window. */
  readonly window: EnrolmentWindow | null;
  /** Lower first: Critical 1 … Low 4. */
  readonly priority: number;
}

export interface QueuedEnrolment extends Enrolment {
  readonly enrolledAtMs: number;
  /** Place in the queue: kept when the same enrolment comes again. */
  readonly seq: number;
}

export interface Grant {
  readonly token: number;
  readonly enrolment: QueuedEnrolment;
  readonly grantedAtMs: number;
  /** Set by beginPush: the recorded intent. Before it the push may be repeated, after it only evidence counts. */
  readonly begun: { readonly atMs: number; readonly effectKey: string; readonly baseline: string } | null;
}

/** A saved Update that no Commit of ours has pushed yet. */
export interface LedgerEntry {
  readonly ticketId: string;
  readonly epoch: number;
  readonly target: string;
  readonly targetName: string;
  readonly savedAtMs: number;
  /** alive: its ticket still runs. dead: its ticket ended; a person must accept or revert it. accepted: a person did. */
  readonly state: 'alive' | 'dead' | 'accepted';
  readonly acceptedBy: string | null;
  readonly reason: string | null;
}

export interface LaneState {
  readonly key: string;
  name: string;
  nextToken: number;
  nextSeq: number;
  queue: QueuedEnrolment[];
  grant: Grant | null;
  /** Saving Updates under way on this manager: nothing is granted until each has ended. */
  saving: { ticketId: string; target: string; sinceMs: number; effectKey: string }[];
  ledger: LedgerEntry[];
  paused: { by: string; reason: string; sinceMs: number } | null;
  /** After a Commit the manager is left alone until then. */
  settledAtMs: number;
  /** How the last 100 tokens ended: tells a late attempt whether its turn was ever used. */
  ended: { token: number; result: EndPush['result'] | 'revoked' }[];
  ignored: Ignored;
  /** The last pushes, newest last, at most 20: shown to operators. */
  recent: { ticketId: string; target: string; kind: PushKind; result: string; atMs: number }[];
}

export function newLane(key: string, name: string): LaneState {
  return {
    key,
    name,
    nextToken: 1,
    nextSeq: 1,
    queue: [],
    grant: null,
    saving: [],
    ledger: [],
    paused: null,
    settledAtMs: 0,
    ended: [],
    ignored: NONE_IGNORED,
    recent: [],
  };
}

export function sameEnrolment(
  a: Pick<Enrolment, 'ticketId' | 'target' | 'kind'>,
  b: Pick<Enrolment, 'ticketId' | 'target' | 'kind'>,
): boolean {
  return a.ticketId === b.ticketId && a.target === b.target && a.kind === b.kind;
}

/** Ignores a repetition (window and epoch are renewed, the place is kept), also of what is granted already. */
export function enrol(state: LaneState, enrolment: Enrolment, nowMs: number): void {
  if (state.grant && sameEnrolment(state.grant.enrolment, enrolment) && state.grant.begun) return;
  if (state.grant && sameEnrolment(state.grant.enrolment, enrolment)) {
    if (state.grant.enrolment.epoch === enrolment.epoch) return;
    revoke(state);
  }
  const index = state.queue.findIndex((queued) => sameEnrolment(queued, enrolment));
  const known = index >= 0 ? state.queue[index] : undefined;
  if (known) {
    state.queue[index] = { ...enrolment, enrolledAtMs: known.enrolledAtMs, seq: known.seq };
  } else {
    state.queue.push({ ...enrolment, enrolledAtMs: nowMs, seq: state.nextSeq++ });
  }
}

/** Gives up places, and a grant that has not begun. A begun push runs to its end. */
export function withdraw(state: LaneState, ticketId: string, target: string | null): void {
  const matches = (e: Enrolment): boolean =>
    e.ticketId === ticketId && (target === null || e.target === target);
  state.queue = state.queue.filter((queued) => !matches(queued));
  if (state.grant && !state.grant.begun && matches(state.grant.enrolment)) revoke(state);
}

/** Takes back a grant that has not begun; its token is worth nothing from here on. */
export function revoke(state: LaneState): QueuedEnrolment | null {
  const grant = state.grant;
  if (!grant || grant.begun) return null;
  state.grant = null;
  rememberEnd(state, grant.token, 'revoked');
  return grant.enrolment;
}

/** Puts a revoked enrolment back, behind all others of its priority: whoever never begins must not hold up the rest. */
export function requeue(state: LaneState, enrolment: QueuedEnrolment): void {
  state.queue.push({ ...enrolment, seq: state.nextSeq++ });
}

/** Dead tickets' saved Updates that a Commit of this ticket would carry along, and that nobody has accepted. */
export function blockingLedger(
  state: LaneState,
  enrolment: Pick<Enrolment, 'ticketId' | 'kind'>,
): LedgerEntry[] {
  if (enrolment.kind !== 'commit') return [];
  return state.ledger.filter((entry) => entry.state === 'dead' && entry.ticketId !== enrolment.ticketId);
}

/** A calendar as it is now. */
export type Replan = Pick<EnrolmentWindow, 'calendar' | 'ruleVersion' | 'intervals'>;

/** People edit calendars while tickets wait: renews the windows of everybody in the queue; returns whose changed. */
export function replan(state: LaneState, plans: readonly Replan[]): QueuedEnrolment[] {
  const changed: QueuedEnrolment[] = [];
  state.queue = state.queue.map((queued) => {
    const plan = plans.find((candidate) => candidate.calendar === queued.window?.calendar);
    if (!queued.window || !plan || plan.ruleVersion === queued.window.ruleVersion) return queued;
    const renewed = { ...queued, window: { ...queued.window, ...plan } };
    changed.push(renewed);
    return renewed;
  });
  return changed;
}

/** The calendars the queue waits by, each as `name@ruleVersion`: what an edited calendar is compared with. */
export function plansOf({ queue }: LaneState): readonly string[] {
  const plans = queue.flatMap(({ window }) => (window === null ? [] : planKey(window)));
  return [...new Set(plans)].sort();
}

/** True when the lane waits by another version of this calendar. Names of calendars have no `@`. */
export function isBehind(plans: readonly string[], plan: Replan): boolean {
  return plans.some((known) => known.startsWith(`${plan.calendar}@`) && known !== planKey(plan));
}

function planKey({ calendar, ruleVersion }: Replan): string {
  return `${calendar}@${ruleVersion}`;
}

export type LaneStep =
  | { readonly kind: 'grant'; readonly enrolment: QueuedEnrolment }
  /** Something may be granted at this instant at the earliest. */
  | { readonly kind: 'sleep'; readonly untilMs: number }
  /** Its windows are over: the ticket must plan anew. */
  | { readonly kind: 'missed'; readonly enrolment: QueuedEnrolment }
  | { readonly kind: 'rest' };

/** What the lane should do now. Order: priority, then place; one that is blocked or not yet open is passed over. */
export function nextStep(state: LaneState, nowMs: number): LaneStep {
  if (state.grant || state.saving.length > 0 || state.paused) return { kind: 'rest' };
  if (state.queue.length > 0 && nowMs < state.settledAtMs)
    return { kind: 'sleep', untilMs: state.settledAtMs };
  let wakeAtMs: number | null = null;
  const ordered = [...state.queue].sort((a, b) => a.priority - b.priority || a.seq - b.seq);
  for (const enrolment of ordered) {
    if (enrolment.window === null) {
      if (blockingLedger(state, enrolment).length === 0) return { kind: 'grant', enrolment };
      continue;
    }
    const verdict = judgeWindow(enrolment.window.intervals, nowMs, enrolment.window.minimumRemainingMs);
    if (verdict.kind === 'noneLeft') return { kind: 'missed', enrolment };
    if (blockingLedger(state, enrolment).length > 0) continue;
    if (verdict.kind === 'open') return { kind: 'grant', enrolment };
    wakeAtMs = wakeAtMs === null ? verdict.opensAtMs : Math.min(wakeAtMs, verdict.opensAtMs);
  }
  return wakeAtMs === null ? { kind: 'rest' } : { kind: 'sleep', untilMs: wakeAtMs };
}

export function takeGrant(state: LaneState, enrolment: QueuedEnrolment, nowMs: number): Grant {
  state.queue = state.queue.filter((queued) => queued.seq !== enrolment.seq);
  const grant: Grant = { token: state.nextToken++, enrolment, grantedAtMs: nowMs, begun: null };
  state.grant = grant;
  return grant;
}

export type BeginResult =
  /** `first` false: an earlier attempt began with this token; only evidence counts now, against its baseline. */
  | { readonly kind: 'begun'; readonly first: boolean; readonly atMs: number; readonly baseline: string }
  | { readonly kind: 'stale'; readonly currentToken: number | null }
  | { readonly kind: 'blocked'; readonly entries: readonly LedgerEntry[] }
  | { readonly kind: 'saving'; readonly by: string }
  | { readonly kind: 'paused'; readonly by: string };

/** What an attempt may know of its token. */
export interface TokenState {
  readonly grant: Grant | null;
  /** Set when the token has ended. */
  readonly ended: EndPush['result'] | 'revoked' | null;
}

export function tokenState(state: LaneState, token: number): TokenState {
  return {
    grant: state.grant?.token === token ? state.grant : null,
    ended: state.ended.find((end) => end.token === token)?.result ?? null,
  };
}

/** Recorded intent and fence in one. */
export function beginPush(
  state: LaneState,
  input: { readonly token: number; readonly effectKey: string; readonly baseline: string },
  nowMs: number,
): BeginResult {
  const grant = state.grant;
  if (!grant || grant.token !== input.token) return { kind: 'stale', currentToken: grant?.token ?? null };
  if (grant.begun) {
    return grant.begun.effectKey === input.effectKey
      ? { kind: 'begun', first: false, atMs: grant.begun.atMs, baseline: grant.begun.baseline }
      : { kind: 'stale', currentToken: grant.token };
  }
  if (state.paused) return { kind: 'paused', by: state.paused.by };
  const entries = blockingLedger(state, grant.enrolment);
  if (entries.length > 0) return { kind: 'blocked', entries };
  const saving = state.saving[0];
  if (saving) return { kind: 'saving', by: `ticket ${saving.ticketId}` };
  const begun = { atMs: nowMs, effectKey: input.effectKey, baseline: input.baseline };
  state.grant = { ...grant, begun };
  return { kind: 'begun', first: true, atMs: nowMs, baseline: input.baseline };
}

export interface EndPush {
  readonly token: number;
  readonly ticketId: string;
  /** done: the effect is there. notSent: proven not sent. failed: sent, and refused or failed. */
  readonly result: 'done' | 'partial' | 'notSent' | 'failed';
  /** How long the manager is left alone after a push that was sent. */
  readonly settleMs: number;
}

/** Ends a push; a finished Commit clears the ledger of its commit target. */
export function endPush(state: LaneState, end: EndPush, nowMs: number): void {
  const grant = state.grant;
  if (!grant || grant.token !== end.token || grant.enrolment.ticketId !== end.ticketId) return;
  state.grant = null;
  rememberEnd(state, grant.token, end.result);
  if (end.result !== 'notSent') state.settledAtMs = nowMs + end.settleMs;
  const { ticketId, target, kind } = grant.enrolment;
  if (kind === 'commit' && end.result === 'done') {
    state.ledger = state.ledger.filter((entry) => entry.target !== target);
  }
  remember(state, { ticketId, target, kind, result: end.result, atMs: nowMs });
}

/** A saving Update records itself with its manager's lane before its call; refused while the lane pushes. */
export function beginSaving(
  state: LaneState,
  input: { readonly ticketId: string; readonly target: string; readonly effectKey: string },
  nowMs: number,
): { readonly kind: 'recorded' } | { readonly kind: 'pushing'; readonly by: string } {
  const known = state.saving.some((saving) => saving.effectKey === input.effectKey);
  if (known) return { kind: 'recorded' };
  if (state.grant?.begun) return { kind: 'pushing', by: `ticket ${state.grant.enrolment.ticketId}` };
  state.saving.push({ ...input, sinceMs: nowMs });
  return { kind: 'recorded' };
}

export interface EndSaving {
  readonly ticketId: string;
  readonly epoch: number;
  readonly target: string;
  readonly targetName: string;
  readonly effectKey: string;
  /** unknown counts as saved: the ledger must not miss one. */
  readonly result: 'saved' | 'notSaved' | 'unknown';
}

/**
 * A dead entry stays dead: only a named person, or a finished Commit, makes it harmless. What answers no saving under
 * way may add an entry (somebody saved before us) and changes none.
 */
export function endSaving(state: LaneState, end: EndSaving, nowMs: number): void {
  const known = state.ledger.find((e) => e.ticketId === end.ticketId && e.target === end.target);
  const awaited = state.saving.some(({ effectKey }) => effectKey === end.effectKey);
  state.saving = state.saving.filter((saving) => saving.effectKey !== end.effectKey);
  if (end.result === 'notSaved' || (known && !awaited)) return;
  state.ledger = state.ledger.filter((entry) => entry !== known);
  state.ledger.push({
    ticketId: end.ticketId,
    epoch: end.epoch,
    target: end.target,
    targetName: end.targetName,
    savedAtMs: nowMs,
    state: known?.state === 'dead' ? 'dead' : 'alive',
    acceptedBy: null,
    reason: null,
  });
}

/**
 * The ticket's run ended: its places are free, what it saved and did not push stays as a dead entry. A saving under way
 * stays too: its own end, or a look at the holder, tells what became of it.
 */
export function ticketEnded(state: LaneState, ticketId: string): void {
  withdraw(state, ticketId, null);
  state.ledger = state.ledger.map((entry) =>
    entry.ticketId === ticketId && entry.state === 'alive' ? { ...entry, state: 'dead' } : entry,
  );
}

/** Accepts the dead entries of one ticket (or of all): the next Commit may carry them. Returns how many. */
export function acceptLedger(state: LaneState, ticketId: string | null, by: string, reason: string): number {
  let accepted = 0;
  state.ledger = state.ledger.map((entry) => {
    if (entry.state !== 'dead' || (ticketId !== null && entry.ticketId !== ticketId)) return entry;
    accepted += 1;
    return { ...entry, state: 'accepted', acceptedBy: by, reason };
  });
  return accepted;
}

function rememberEnd(state: LaneState, token: number, result: LaneState['ended'][number]['result']): void {
  state.ended = [...state.ended, { token, result }].slice(-100);
}

function remember(state: LaneState, push: LaneState['recent'][number]): void {
  state.recent = [...state.recent, push].slice(-20);
}
