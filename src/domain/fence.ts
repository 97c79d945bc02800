/** The fence of a push: what `send` may call, and the recorded intent to call it. */
import {
  foreignOf,
  judgeForeign,
  noteForeign,
  type ForeignCheck,
  type ForeignRecord,
  type Revisions,
} from './foreign.js';
import type { Begun, LaneState, QueuedEnrolment, RunningPush } from './lane.js';
import { isUsed, markUsed } from './lane-overrides.js';
import { forget, hindrancesOf, isAccepted, markLeft, noteSaved, type Hindrance } from './ledger.js';
import { baselineOf, memberKey, type Baseline, type Member, type PushCall } from './push.js';
import { pushOf, savedBy, type PushRunOf } from './running-push.js';
import { inScope, isBelow } from './scope.js';
import type { JudgedWindow } from './window-record.js';

/** What `send` reads from its lane before it judges a gate. */
export interface SendFacts {
  /** The push is the current one, and its run is the one recorded at its start. */
  readonly current: boolean;
  readonly begun: readonly Begun[];
  readonly version: number;
  readonly paused: string | null;
  readonly members: readonly Member[];
  /** `ticket/target` of members whose ticket began in this opening and finishes in it. */
  readonly finishing: readonly string[];
  /** Enrolled for another target and saved in the scope of this one: the Commit makes it live, so its gate is judged too. */
  readonly alsoLive: readonly Member[];
  /** `ticket/target` of those whose override was used. */
  readonly overrideUsed?: readonly string[];
  readonly hindrances: readonly Hindrance[];
  /** When the last of the members' changes was saved; null while none is. */
  readonly savedUntilMs: number | null;
  /** Revisions up to these are not foreign; null: nothing was noted when the target enrolled. */
  readonly foreignSince: Revisions | null;
  /** The newest revision of the target that SecureTrack showed before an earlier call; absent: none is known. */
  readonly newestRevision?: number;
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
      finishing: [],
      alsoLive: [],
      hindrances: [],
      savedUntilMs: null,
      foreignSince: null,
      foreign: null,
    };
  }
  const saved = state.ledger.filter(
    (entry) => inScope(push.path, entry.path) && !isAccepted(entry, push.members),
  );
  const alsoLive = state.queue.filter((queued) =>
    saved.some((entry) => memberKey(entry) === memberKey(queued)),
  );
  const hindrances = push.kind === 'commit' ? hindrancesOf(state, push.path, push.members, nowMs) : [];
  const keys = push.members.map(memberKey);
  const savedAt = state.ledger.flatMap((entry) => (keys.includes(memberKey(entry)) ? [entry.savedAtMs] : []));
  const savedUntilMs = savedAt.length === 0 ? null : Math.max(...savedAt);
  const { members, begun } = push;
  const newestRevision = state.newestRevisions[push.target];
  return {
    current: true,
    begun,
    version,
    paused,
    members,
    finishing: members.filter(({ finishUntilMs = 0 }) => nowMs < finishUntilMs).map(memberKey),
    alsoLive,
    overrideUsed: [...members, ...alsoLive].filter((one) => isUsed(state, one)).map(memberKey),
    hindrances,
    savedUntilMs,
    foreignSince: state.foreignSince[push.target] ?? null,
    foreign: foreignOf(state, push.target),
    ...(newestRevision !== undefined && { newestRevision }),
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
  /** What was seen of saved changes of others, of a Commit on a manager; null for every other call. */
  readonly foreign: ForeignCheck | null;
  /** Of a call that makes live: the openings that the gates judged by. */
  readonly windows?: readonly JudgedWindow[];
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
  if (enforces && push.kind === 'commit') {
    if (input.foreign === null)
      return { kind: 'foreign', message: 'saved changes of others were not looked at' };
    const { accepted: acceptance } = noteForeign(state, push, input.foreign, nowMs);
    const verdict = judgeForeign(input.foreign, acceptance, nowMs);
    if (verdict.kind === 'blocked') return { kind: 'foreign', message: verdict.text };
    foreign = verdict.text;
  }
  const accepted = enforces
    ? state.ledger
        .filter((entry) => isAccepted(entry, callMembers) && inScope(push.path, entry.path))
        .map(memberKey)
    : [];
  const alsoLive = enforces ? alsoLiveOf(state, push).map(memberKey) : [];
  const replaced = state.ledger.filter((entry) => input.members.includes(memberKey(entry)));
  const { call, effectKey, nonce, baseline, members, windows } = input;
  noteRevision(state, push.target, baselineOf(input));
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
    ...(windows !== undefined && { windows }),
    replaced,
    ended: false,
  };
  state.push = { ...push, begun: [...push.begun, begun] };
  markUsed(state, { members: [...callMembers, ...alsoLiveOf(state, push)], windows: windows ?? [] }, true);
  // The ledger records a save before its call: it must not miss one, however the call ends.
  if (call === 'update' && push.kind !== 'enforcingUpdate') {
    for (const member of callMembers) noteSaved(state, { ...savedBy(member), state: 'unknown' }, nowMs);
  }
  return { kind: 'begun', first: true, atMs: nowMs, baseline };
}

function noteRevision(state: LaneState, target: string, { revision }: Baseline): void {
  if (revision === null || revision < (state.newestRevisions[target] ?? 0)) return;
  state.newestRevisions = { ...state.newestRevisions, [target]: revision };
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
  const members = [...push.members, ...alsoLiveOf(state, push)];
  markUsed(state, { members, windows: begun.windows ?? [] }, false);
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
