/** The fence of a push: what it may send, the recorded intent to send it, and what its end changes. */
import {
  foreignIsLive,
  foreignOf,
  judgeForeign,
  noteForeign,
  type ForeignCheck,
  type ForeignRecord,
  type Revisions,
} from './foreign.js';
import type {
  Begun,
  KeptResult,
  LaneState,
  LedgerEntry,
  LeftBecause,
  PastPush,
  QueuedEnrolment,
  Rest,
  RunningPush,
  SharedFailure,
} from './lane.js';
import { HINDRANCE_CHECK_MS, type PlannedPush } from './lane-order.js';
import { forget, hindrancesOf, markLeft, noteSaved, type Hindrance } from './ledger.js';
import {
  memberKey,
  type Member,
  type MemberResult,
  type NotSentCause,
  type PushCall,
  type PushResults,
} from './push.js';
import { inScope, type DevicePath } from './scope.js';

const PAST_KEPT = 100;

/** How often a push is checked that has not reported its end. */
export const CHECK_PUSH_EVERY_MS = 5 * 60_000;

/** Moves the members from the queue to a push. Its number never repeats, even when the lane was lost. */
export function startPush(state: LaneState, planned: PlannedPush, nowMs: number): RunningPush {
  const keys = planned.members.map(memberKey);
  state.queue = state.queue.filter((queued) => !keys.includes(memberKey(queued)));
  state.lastN = Math.max(nowMs, state.lastN + 1);
  const push: RunningPush = {
    ...planned,
    n: state.lastN,
    runId: null,
    startedAtMs: nowMs,
    version: state.version,
    nextSeq: state.nextSeq,
    begun: [],
    leaving: [],
  };
  state.push = push;
  state.checkPushAtMs = nowMs + CHECK_PUSH_EVERY_MS;
  return push;
}

/** One run of a push. */
export interface PushRunOf {
  readonly n: number;
  readonly runId: string;
}

/** The running push, if this is its run: every caller of Temporal can start a workflow under its id, and a reset starts another run. */
function pushOf({ push }: LaneState, { n, runId }: PushRunOf): RunningPush | null {
  return push?.n === n && push.runId === runId ? push : null;
}

/** What `send` reads from its lane before it judges a gate. */
export interface SendFacts {
  /** The push is the current one, and its run is the one recorded at its start. */
  readonly current: boolean;
  readonly begun: readonly Begun[];
  readonly version: number;
  readonly paused: string | null;
  readonly members: readonly Member[];
  /** Enrolled for another target and saved in the scope of this one: the Commit makes it live, so its gate is judged too. */
  readonly alsoLive: readonly Member[];
  readonly hindrances: readonly Hindrance[];
  /** When the last of the members' changes was saved; null while none is. */
  readonly savedUntilMs: number | null;
  /** Revisions up to these are not foreign; null: nothing was noted when the target enrolled. */
  readonly foreignSince: Revisions | null;
  /** What the lane has accepted, or last seen, of saved changes of others. */
  readonly foreign: ForeignRecord | null;
}

export function sendFacts(state: LaneState, { n, runId }: PushRunOf, nowMs: number): SendFacts {
  const { version } = state;
  const paused = state.paused?.by ?? null;
  const push = pushOf(state, { n, runId });
  if (push === null) {
    // A push that was reset may read how its calls ended, and sends nothing.
    const begun = state.push?.n === n ? state.push.begun : [];
    return {
      current: false,
      begun,
      version,
      paused,
      members: [],
      alsoLive: [],
      hindrances: [],
      savedUntilMs: null,
      foreignSince: null,
      foreign: null,
    };
  }
  const saved = state.ledger.filter((entry) => inScope(push.path, entry.path) && entry.accepted === null);
  const alsoLive = state.queue.filter((queued) =>
    saved.some((entry) => memberKey(entry) === memberKey(queued)),
  );
  const hindrances = push.kind === 'commit' ? hindrancesOf(state, push.path, push.members, nowMs) : [];
  const keys = push.members.map(memberKey);
  const savedAt = state.ledger.flatMap((entry) => (keys.includes(memberKey(entry)) ? [entry.savedAtMs] : []));
  const savedUntilMs = savedAt.length === 0 ? null : Math.max(...savedAt);
  const { members, begun } = push;
  return {
    current: true,
    begun,
    version,
    paused,
    members,
    alsoLive,
    hindrances,
    savedUntilMs,
    foreignSince: state.foreignSince[push.target] ?? null,
    foreign: foreignOf(state, push.target),
  };
}

export interface BeginSend extends PushRunOf {
  /** Names one attempt: a repeated request with it is the same attempt. */
  readonly nonce: string;
  readonly call: PushCall;
  readonly effectKey: string;
  /** `ticket/target` of each member whose gate was open. */
  readonly members: readonly string[];
  /** The lane's version when the gates were judged. */
  readonly version: number;
  readonly baseline: string;
  /** What was seen of saved changes of others, of a Commit on a manager; only a worker of an older release leaves it out. */
  readonly foreign?: ForeignCheck | null;
}

export type BeginSendResult =
  /** `first` false: an earlier attempt began this call. Only evidence counts now, compared with its baseline. */
  | { readonly kind: 'begun'; readonly first: boolean; readonly atMs: number; readonly baseline: string }
  | { readonly kind: 'stale' }
  | { readonly kind: 'paused'; readonly by: string }
  | { readonly kind: 'changed'; readonly version: number }
  | { readonly kind: 'hindered'; readonly hindrances: readonly Hindrance[] }
  /** Saved changes of others that the policy of the manager blocks, and that no person accepted. */
  | { readonly kind: 'foreign'; readonly message: string };

/** Checks the fence and records the intent in one synchronous step. Without this record a call is proven not sent. */
export function beginSend(state: LaneState, input: BeginSend, nowMs: number): BeginSendResult {
  const push = pushOf(state, input);
  if (push === null) return { kind: 'stale' };
  const before = push.begun.find((begun) => begun.effectKey === input.effectKey);
  if (before) {
    return {
      kind: 'begun',
      first: before.nonce === input.nonce,
      atMs: before.atMs,
      baseline: before.baseline,
    };
  }
  if (state.paused) return { kind: 'paused', by: state.paused.by };
  const callMembers = push.members.filter((member) => input.members.includes(memberKey(member)));
  const enforces = input.call === 'commit';
  const complete =
    callMembers.length === input.members.length && (!enforces || callMembers.every(({ saved }) => saved));
  if (input.version !== state.version || !complete) return { kind: 'changed', version: state.version };
  const hindrances = enforces ? hindrancesOf(state, push.path, callMembers, nowMs) : [];
  if (hindrances.length > 0) return { kind: 'hindered', hindrances };
  let foreign: string | null = null;
  if (enforces && push.kind === 'commit' && input.foreign !== undefined) {
    if (input.foreign === null)
      return { kind: 'foreign', message: 'saved changes of others were not looked at' };
    const { accepted: acceptance } = noteForeign(state, push, input.foreign, nowMs);
    const verdict = judgeForeign(input.foreign, acceptance, nowMs);
    if (verdict.kind === 'blocked') return { kind: 'foreign', message: verdict.text };
    foreign = verdict.text;
  }
  const accepted = enforces
    ? state.ledger.filter((entry) => entry.accepted !== null && inScope(push.path, entry.path)).map(memberKey)
    : [];
  const alsoLive = enforces ? alsoLiveOf(state, push).map(memberKey) : [];
  const replaced = state.ledger.filter((entry) => input.members.includes(memberKey(entry)));
  const { call, effectKey, nonce, baseline, members } = input;
  const begun = {
    call,
    effectKey,
    nonce,
    atMs: nowMs,
    baseline,
    members,
    accepted,
    alsoLive,
    ...(foreign !== null && { foreign }),
    replaced,
    ended: false,
  };
  state.push = { ...push, begun: [...push.begun, begun] };
  // The ledger records a save before its call: it must not miss one, however the call ends.
  if (call === 'update' && push.kind !== 'enforcingUpdate') {
    for (const member of callMembers) noteSaved(state, { ...savedBy(member), state: 'unknown' }, nowMs);
  }
  return { kind: 'begun', first: true, atMs: nowMs, baseline };
}

export interface CallNotMade extends PushRunOf {
  readonly effectKey: string;
}

/** The recorded call is proven not made: removes its record. */
export function callNotMade(state: LaneState, { n, runId, effectKey }: CallNotMade): void {
  const push = pushOf(state, { n, runId });
  const begun = push?.begun.find((one) => one.effectKey === effectKey);
  if (!push || !begun) return;
  state.push = { ...push, begun: push.begun.filter((one) => one !== begun) };
  if (begun.call === 'update' && push.kind !== 'enforcingUpdate') restore(state, begun);
}

/** Nothing was saved: restores the ledger entries from before the call. */
function restore(state: LaneState, { members, replaced }: Begun): void {
  forget(state, members);
  state.ledger = [...state.ledger, ...replaced];
  state.version += 1;
}

/** Places saved at or below the target of a Commit that do not ride with it: the Commit makes them live as well. */
function alsoLiveOf(state: LaneState, { path }: RunningPush): readonly QueuedEnrolment[] {
  const below = state.ledger.filter((entry) => isBelow(path, entry.path));
  return state.queue.filter((queued) => below.some((entry) => memberKey(entry) === memberKey(queued)));
}

/** At the target of a Commit or below it: the Commit makes it live for sure. */
function isBelow(target: DevicePath, saved: DevicePath): boolean {
  return target.length <= saved.length && inScope(target, saved);
}

function savedBy(member: Member): Omit<LedgerEntry, 'savedAtMs' | 'state' | 'left' | 'accepted'> {
  const { ticketId, epoch, target, targetName, path, claim } = member;
  return { ticketId, epoch, target, targetName, path, instructionDigest: claim.instructionDigest };
}

export interface SavedInPush extends PushRunOf {
  /** `ticket/target` */
  readonly key: string;
  readonly outcome: 'saved' | 'notSaved' | 'unknown';
  /** Commit evidence just after the Update, to recognise a Commit of another user; '' when it was not read. */
  readonly commitEvidence: string;
}

/** A member's Update ended inside the push: the Commit that follows makes the saved change live. */
export function savedInPush(
  state: LaneState,
  { n, runId, key, outcome, commitEvidence }: SavedInPush,
  nowMs: number,
): void {
  const push = pushOf(state, { n, runId });
  const member = push?.members.find((candidate) => memberKey(candidate) === key);
  if (!push || !member) return;
  const begun = push.begun.find(({ call, members }) => call === 'update' && members.includes(key));
  if (outcome !== 'notSaved') noteSaved(state, { ...savedBy(member), state: outcome }, nowMs);
  else if (begun) restore(state, begun);
  const leaving = push.leaving.find((one) => one.key === key);
  if (leaving) markLeft(state, (entry) => memberKey(entry) === key, leaving.because, nowMs);
  const members = push.members.flatMap((other) => {
    if (other !== member) return [other];
    // A member that left while its Update ran takes no part in the Commit.
    if (leaving) return [];
    const commitBaseline = commitEvidence === '' ? other.claim.commitBaseline : commitEvidence;
    return [
      { ...other, saved: other.saved || outcome === 'saved', claim: { ...other.claim, commitBaseline } },
    ];
  });
  const calls = push.begun.map((one) => (one === begun ? { ...one, ended: true } : one));
  state.push = { ...push, members, begun: calls };
}

export interface PushEnd extends PushResults, PushRunOf {}

/** Ends a push: writes its results to ledger and queue. False when it does not run: repeating it changes nothing. */
export function endPush(state: LaneState, end: PushEnd, nowMs: number): boolean {
  const push = pushOf(state, end);
  if (push === null) return false;
  state.push = null;
  const changed = state.version !== push.version || state.nextSeq !== push.nextSeq;
  const live: string[] = [];
  // A Commit that failed elsewhere proves nothing about changes that are no members of it.
  const sent = end.sharedFailure === null ? end.members : [];
  const evidence = sent.flatMap(({ result }) => (isSentLive(result) ? [result] : []))[0] ?? null;
  const isSaved = (key: string): boolean =>
    state.ledger.some((entry) => memberKey(entry) === key && entry.state === 'saved');
  const accepted = evidence === null ? [] : acceptedAndLive(state, push).filter(isSaved);
  for (const { ticketId, target, result: given } of end.members) {
    const key = memberKey({ ticketId, target });
    // Its gate was closed, and a named person had accepted what it saved.
    const went = evidence !== null && given.kind === 'gateClosed' && accepted.includes(key);
    const result = went ? carriedBy(push, evidence, acceptedText(state, key)) : given;
    const member = push.members.find((candidate) => memberKey(candidate) === key);
    const leaving = push.leaving.find((one) => one.key === key);
    const mark = (because: LeftBecause): void => {
      markLeft(state, (entry) => memberKey(entry) === key, leaving?.because ?? because, nowMs);
    };
    switch (result.kind) {
      case 'live':
        live.push(key);
        break;
      case 'saved':
        if (member) noteSaved(state, { ...savedBy(member), state: 'saved' }, nowMs);
        if (leaving) mark(leaving.because);
        break;
      case 'failed':
      case 'partial':
      case 'reverted':
      case 'refused':
        mark('failed');
        break;
      case 'gateClosed':
        mark('gateClosed');
        break;
      case 'notSent':
        if (leaving) mark(leaving.because);
        // Behind the others of its priority: a place that is never sent must not hold up the others.
        else if (member) state.queue.push({ ...member, seq: state.nextSeq++ });
        break;
    }
    // A ticket that leaves waits for a result, also when nothing was sent.
    if ((member && result.kind !== 'notSent') || leaving)
      state.unconfirmed = [...state.unconfirmed, { n: push.n, ticketId, target, result }];
  }
  live.push(...carried(state, push, evidence));
  if (evidence !== null && push.kind === 'commit') foreignIsLive(state, push.target);
  forget(state, live);
  if (end.sharedFailure !== null) {
    const { n, target, targetName } = push;
    const tickets = end.members.flatMap(({ ticketId, result }) =>
      result.kind === 'notSent' && result.cause === 'sharedFailure' ? [ticketId] : [],
    );
    const failure = { n, target, targetName, tickets, message: end.sharedFailure, atMs: nowMs };
    state.failures = [...state.failures.filter((other) => other.target !== target), failure];
  }
  state.rests = restsAfter(state, push.target, end, changed, nowMs);
  remember(state, push, end, nowMs);
  return true;
}

type Live = Extract<MemberResult, { kind: 'live' }>;

function isSentLive(result: MemberResult): result is Live {
  return result.kind === 'live' && !result.joined;
}

/** The result of a place that went live with the Commit of others. */
function carriedBy({ targetName }: RunningPush, evidence: Live, byWhom: string): Live {
  const message = `live with the Commit of ${targetName}${byWhom}`;
  return { ...evidence, joined: true, message, revisionBefore: null };
}

function acceptedText({ ledger }: LaneState, key: string): string {
  const accepted = ledger.find((entry) => memberKey(entry) === key)?.accepted ?? null;
  return accepted === null ? '' : `, accepted by ${accepted.by}`;
}

/**
 * Accepted entries that a successful Commit made live; an acceptance is used once. An entry above the target of the Commit
 * stays in the ledger with its acceptance: only some managers inherit from above.
 */
function acceptedAndLive(state: LaneState, { begun, path }: RunningPush): readonly string[] {
  const accepted = new Set(begun.flatMap((call) => call.accepted));
  return state.ledger
    .filter((entry) => accepted.has(memberKey(entry)) && isBelow(path, entry.path))
    .map(memberKey);
}

/**
 * Of tickets that do not ride, saved at the target or below it: enrolled for another one, or accepted by a named person.
 * Their change is live with the Commit, each gets its result and needs no Commit of its own.
 */
function carried(state: LaneState, push: RunningPush, evidence: Live | null): readonly string[] {
  const members = new Set(push.members.map(memberKey));
  const accepted = new Set(evidence === null ? [] : acceptedAndLive(state, push));
  // What may not have been saved at all is not known to be live, and its place waits on.
  const saved = state.ledger.filter((entry) => entry.state === 'saved');
  const wanted = new Set([...push.begun.flatMap((begun) => begun.alsoLive), ...accepted]);
  const alsoLive = new Set(saved.map(memberKey).filter((key) => wanted.has(key)));
  const { targetName } = push;
  for (const entry of saved) {
    const key = memberKey(entry);
    if (!alsoLive.has(key) || members.has(key)) continue;
    const leaving = push.leaving.find((one) => one.key === key);
    if (evidence === null && leaving === undefined) continue;
    const { ticketId, target } = entry;
    const result: MemberResult =
      evidence === null
        ? {
            kind: 'notSent',
            cause: 'sharedFailure',
            message: `nothing shows that the Commit of ${targetName} made it live`,
          }
        : carriedBy(push, evidence, acceptedText(state, key));
    state.unconfirmed = [...state.unconfirmed, { n: push.n, ticketId, target, result }];
  }
  if (evidence !== null) {
    state.queue = state.queue.filter((queued) => !alsoLive.has(memberKey(queued)));
    return [...alsoLive, ...accepted];
  }
  for (const { key, because } of push.leaving)
    if (alsoLive.has(key)) markLeft(state, (entry) => memberKey(entry) === key, because, push.startedAtMs);
  return [];
}

const REST_FIRST_MS = 3_000;

/** Causes that concern the whole manager or SecureChange; the other causes concern one target only. */
const LANE_WIDE: readonly NotSentCause[] = ['stopped', 'paused', 'busy', 'stale', 'changed'];

function restsAfter(
  state: LaneState,
  pushed: string,
  { members, restMs }: PushResults,
  changed: boolean,
  nowMs: number,
): readonly Rest[] {
  const { version, nextSeq } = state;
  const others = state.rests.filter(({ target }) => target !== null && target !== pushed);
  const cause = members.flatMap(({ result }) => (result.kind === 'notSent' ? [result] : []))[0];
  if (cause === undefined || cause.cause === 'sharedFailure') {
    const why = 'the lane rests after a push';
    const untilMs = nowMs + restMs;
    return restMs === 0
      ? others
      : [...others, { target: null, untilMs, cause: 'afterPush', why, tries: 0, version, nextSeq }];
  }
  const target = LANE_WIDE.includes(cause.cause) ? null : pushed;
  const before = state.rests.find((rest) => rest.target === target);
  const tries = before?.cause === cause.cause ? before.tries + 1 : 1;
  const backoffMs = Math.min(REST_FIRST_MS * 2 ** Math.min(tries - 1, 10), HINDRANCE_CHECK_MS);
  // An operator may have accepted the hindrance while the push ran.
  const waitsForChange = cause.cause === 'hindered' && !changed;
  const ms = waitsForChange ? HINDRANCE_CHECK_MS : cause.cause === 'changed' ? 0 : backoffMs;
  const rest = {
    target,
    untilMs: nowMs + ms,
    cause: cause.cause,
    why: cause.message,
    tries,
    version,
    nextSeq,
  };
  return [...others, rest];
}

function remember(state: LaneState, push: RunningPush, end: PushEnd, nowMs: number): void {
  const kinds = [...new Set(end.members.map(({ result }) => result.kind))];
  const past: PastPush = {
    n: push.n,
    runId: push.runId,
    kind: push.kind,
    target: push.target,
    targetName: push.targetName,
    tickets: push.members.map(({ ticketId }) => ticketId).slice(0, 50),
    result: end.sharedFailure === null ? kinds.join(', ') : 'failed',
    startedAtMs: push.startedAtMs,
    endedAtMs: nowMs,
    sent: push.begun.some((begun) => begun.call === 'commit' || push.kind !== 'commit'),
    ...lengthsOf(push, nowMs),
  };
  state.past = [...state.past, past].slice(-PAST_KEPT);
}

/** The Updates of a push follow each other from its start, and its Commit comes after them. */
function lengthsOf(
  { begun, startedAtMs, kind }: RunningPush,
  nowMs: number,
): Pick<PastPush, 'commitMs' | 'saveMs'> {
  const commit = begun.find(({ call }) => call === 'commit');
  const updates = kind === 'enforcingUpdate' ? 0 : begun.filter(({ call }) => call === 'update').length;
  return {
    commitMs: commit === undefined ? null : nowMs - commit.atMs,
    saveMs: updates === 0 ? null : Math.round(((commit?.atMs ?? nowMs) - startedAtMs) / updates),
  };
}

/** An operator has repaired the cause of the failed shared Commits: their targets may be pushed again. */
export function clearFailures(state: LaneState): readonly SharedFailure[] {
  const { failures } = state;
  state.failures = [];
  if (failures.length > 0) state.version += 1;
  return failures;
}

/** The ticket has stored the result in its own state. */
export function confirm(state: LaneState, { n, ticketId, target }: Omit<KeptResult, 'result'>): void {
  state.unconfirmed = state.unconfirmed.filter(
    (kept) => !(kept.n === n && kept.ticketId === ticketId && kept.target === target),
  );
}

/** What a lane knows of the result of one place in one push. */
export interface KnownResult {
  /** False while a lost lane has not read its earlier runs. */
  readonly recovered: boolean;
  /** The result that the ticket has not confirmed yet. */
  readonly result: MemberResult | null;
  /** The run of this push; null when the lane does not know the push. */
  readonly runId: string | null;
  /** The place that the ticket has at present, and the push that it rides. */
  readonly place: { readonly n: number | null } | null;
}

export function knownResult(state: LaneState, of: Omit<KeptResult, 'result'>): KnownResult {
  const { recovered, unconfirmed, past, push, queue } = state;
  const here = (place: { ticketId: string; target: string }): boolean => memberKey(place) === memberKey(of);
  const rides = push?.members.some(here) === true;
  return {
    recovered,
    result: unconfirmed.find((kept) => kept.n === of.n && here(kept))?.result ?? null,
    runId: (push?.n === of.n ? push : past.find(({ n }) => n === of.n))?.runId ?? null,
    place: rides ? { n: push.n } : queue.some(here) ? { n: null } : null,
  };
}
