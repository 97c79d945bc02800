/** What the end of a push changes in its lane: ledger, queue, results of its tickets, how long the lane rests. */
import { foreignIsLive } from './foreign.js';
import type { LaneState, LeftBecause, PastPush, Rest, RunningPush } from './lane.js';
import { HINDRANCE_CHECK_MS } from './lane-order.js';
import { forget, markLeft, noteSaved } from './ledger.js';
import { markFailed, noteFailures, type NotedFailure } from './partial-failure.js';
import { memberKey, type MemberResult, type NotSentCause, type PushResults } from './push.js';
import { pushOf, savedBy, type PushRunOf } from './running-push.js';
import { isBelow } from './scope.js';
import { watchCommit } from './watched-commits.js';
import { toWords } from './words.js';
import { enforcedBy, noteLiveByOthers, type Enforced } from './window-record.js';

const PAST_KEPT = 100;

export interface PushEnd extends PushResults, PushRunOf {}

/** Ends a push: writes its results to ledger and queue. False when it does not run: repeating it changes nothing. */
export function endPush(state: LaneState, end: PushEnd, nowMs: number): boolean {
  const push = pushOf(state, end);
  if (push === null) return false;
  // Before ledger and push lose what it made live.
  const enforced = enforcedBy(state);
  for (const { ticketId, target, result } of end.members) {
    if (result.kind !== 'live' || !result.joined) continue;
    const { targetName } = push;
    const { message, liveSinceMs } = result;
    noteLiveByOthers(state, { ticketId, target, targetName }, message, nowMs, liveSinceMs);
  }
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
    if (isFailed(result)) markFailed(state, { ticketId, target, targetName: push.targetName });
    // A ticket that leaves waits for a result, also when nothing was sent.
    if ((member && result.kind !== 'notSent') || leaving)
      state.undelivered = [...state.undelivered, { n: push.n, ticketId, target, result }];
  }
  noteFailures(state, push.members, failuresOf(push, end));
  live.push(...carried(state, push, evidence));
  if (evidence !== null && push.kind === 'commit') foreignIsLive(state, push.target);
  const report = end.members.flatMap(({ result }) => (isSentLive(result) ? [result] : []))[0];
  if (report !== undefined && push.kind === 'commit')
    watchCommit(state, push, { commitEvidence: report.commitEvidence, keys: live }, nowMs);
  forget(state, live);
  if (end.sharedFailure !== null) {
    const { n, target, targetName } = push;
    const tickets = end.members.flatMap(({ ticketId, result }) =>
      result.kind === 'notSent' && result.cause === 'sharedFailure' ? [ticketId] : [],
    );
    const failure = { n, target, targetName, tickets, message: end.sharedFailure, atMs: nowMs };
    state.failures = [...state.failures.filter((other) => other.target !== target), failure];
  }
  if (enforced !== null) finishInOpening(state, end, enforced.atMs);
  state.rests = restsAfter(state, push.target, end, changed, nowMs);
  remember(state, push, end, enforced, nowMs);
  return true;
}

function isFailed(result: MemberResult): boolean {
  switch (result.kind) {
    case 'failed':
    case 'partial':
    case 'reverted':
    case 'refused':
      return true;
    case 'notSent':
      return result.cause === 'sharedFailure';
    case 'live':
    case 'saved':
    case 'gateClosed':
      return false;
  }
}

/** A shared failure is kept by itself, until an operator has answered. */
function failuresOf({ n, members, targetName }: RunningPush, end: PushEnd): readonly NotedFailure[] {
  return end.members.flatMap(({ ticketId, target, result }) => {
    const member = members.find((one) => memberKey(one) === memberKey({ ticketId, target }));
    if (member === undefined || result.kind === 'notSent' || !isFailed(result)) return [];
    return [{ ticketId, target, targetName, epoch: member.epoch, n }];
  });
}

/** A ticket that has begun in an opening finishes its other targets in it, where its process says so. */
function finishInOpening(state: LaneState, { members }: PushResults, atMs: number): void {
  const begun = new Set(members.flatMap(({ ticketId, result }) => (isSentLive(result) ? [ticketId] : [])));
  state.queue = state.queue.map((place) => {
    // In a window nothing more is saved when less than the minimum remains.
    const isReady = place.saved || place.kind === 'enforcingUpdate';
    if (place.window.finish !== true || !isReady || !begun.has(place.ticketId)) return place;
    const opening = place.window.intervals.find(
      ({ opensAtMs, closesAtMs }) => opensAtMs <= atMs && atMs < closesAtMs,
    );
    return opening === undefined ? place : { ...place, finishUntilMs: opening.closesAtMs };
  });
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
    state.undelivered = [...state.undelivered, { n: push.n, ticketId, target, result }];
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
const LANE_WIDE: readonly NotSentCause[] = [
  'stopped',
  'paused',
  'busy',
  'stale',
  'changed',
  'clockDiffers',
  'wentBack',
];

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
    const why = 'pause after a push';
    const untilMs = nowMs + restMs;
    return restMs === 0
      ? others
      : [...others, { target: null, untilMs, cause: 'afterPush', why, tries: 0, version, nextSeq }];
  }
  if (cause.cause === 'wentBack')
    state.paused ??= {
      by: 'securechange-orchestrator',
      reason: cause.message,
      sinceMs: nowMs,
      wentBack: true,
    };
  const target = LANE_WIDE.includes(cause.cause) ? null : pushed;
  const before = state.rests.find((rest) => rest.target === target);
  const isSame = before?.cause === cause.cause;
  const tries = isSame ? before.tries + 1 : 1;
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
    sinceMs: isSame ? (before.sinceMs ?? nowMs) : nowMs,
    version,
    nextSeq,
  };
  return [...others, rest];
}

function remember(
  state: LaneState,
  push: RunningPush,
  end: PushEnd,
  enforced: Enforced | null,
  nowMs: number,
): void {
  const kinds = [...new Set(end.members.map(({ result }) => result.kind))];
  const past: PastPush = {
    n: push.n,
    runId: push.runId,
    kind: push.kind,
    target: push.target,
    targetName: push.targetName,
    tickets: push.members.map(({ ticketId }) => ticketId).slice(0, 50),
    result: end.sharedFailure === null ? kinds.map(toWords).join(', ') : 'failed',
    startedAtMs: push.startedAtMs,
    endedAtMs: nowMs,
    sent: push.begun.some((begun) => begun.call === 'commit' || push.kind !== 'commit'),
    ...lengthsOf(push, nowMs),
    ...(enforced !== null && { enforced }),
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
