/** Judges a simulated year by what SecureChange and the managers saw, never by what we say of it. */
import type { Interval } from '../../src/domain/window.js';
import { versionAt } from './calendars.js';
import type { ByOthers, YearPlan } from './plan.js';
import type { MadeLive, PushCallSeen } from './stand-in.js';

/** What people and others did that decides what may happen. */
export type Change =
  | { readonly atMs: number; readonly kind: 'approved' | 'approvalVoid' | 'ended'; readonly ticketId: string }
  | { readonly atMs: number; readonly kind: 'hold' | 'resume' | 'abort'; readonly ticketId: string }
  | { readonly atMs: number; readonly kind: 'accepted'; readonly ticketId: string; readonly lane: string }
  /** Two persons let these targets of it be pushed outside its window, once, until an instant. */
  | {
      readonly atMs: number;
      readonly kind: 'overridden';
      readonly ticketId: string;
      readonly targets: readonly string[];
      readonly untilMs: number;
      readonly persons: readonly string[];
    }
  | {
      readonly atMs: number;
      readonly kind: 'committedByOthers';
      readonly key: string;
      readonly how: ByOthers;
    }
  /** A person answered a question about it: a call may be made again. */
  | { readonly atMs: number; readonly kind: 'decided'; readonly ticketId: string; readonly target: string }
  /** A person lets the other targets of it go on without one that failed. */
  | { readonly atMs: number; readonly kind: 'wentOn'; readonly ticketId: string }
  | { readonly atMs: number; readonly kind: 'stop' | 'start' };

export interface Claimed {
  /** `ticket/target`. */
  readonly key: string;
  /** true: it says live. false: it says saved and not live. */
  readonly live: boolean;
  readonly text: string;
}

/** What tickets and lanes said at one quiet moment, and what was saved on the managers then. */
export interface Said {
  readonly atMs: number;
  readonly claims: readonly Claimed[];
  readonly saved: readonly string[];
  readonly ledgers: readonly { readonly lane: string; readonly entries: readonly string[] }[];
}

export interface TicketEnding {
  readonly ticketId: string;
  /** SecureChange has closed, cancelled or rejected it. */
  readonly final: boolean;
  readonly outcome: string | null;
  readonly parked: string | null;
  /** By a person: held, or no longer driven. */
  readonly held: boolean;
  /** What it waits for by itself, and until when. */
  readonly waiting: string | null;
  readonly untilMs: number | null;
}

export interface Evidence {
  readonly calls: readonly PushCallSeen[];
  readonly live: readonly MadeLive[];
  readonly changes: readonly Change[];
  readonly said: readonly Said[];
  readonly endings: readonly TicketEnding[];
  readonly endedAtMs: number;
}

/** A gate's oldest reading when its call is made, and the time from the recorded intent to the call. */
const READING_MS = 20_000;
/** After `sco stop`. */
const STOP_MS = 5_000;

export interface Wrong {
  readonly kind:
    | 'outsideWindow'
    | 'onePerson'
    | 'afterFailure'
    | 'notApproved'
    | 'held'
    | 'stopped'
    | 'sentTwice'
    | 'updatesAtOnce'
    | 'stuck'
    | 'saidLive'
    | 'saidNotLive'
    | 'notInLedger';
  readonly text: string;
}

/** One finding for each thing that is wrong; none when every promise held. */
export function judgeYear(
  plan: Pick<YearPlan, 'calendars' | 'processes' | 'tickets' | 'managers'>,
  evidence: Evidence,
): Wrong[] {
  return [
    ...evidence.live.flatMap((one) => (isRest(one, evidence) ? [] : judgeLive(plan, one, evidence))),
    ...judgeCalls(evidence),
    ...onceEach(evidence.said.flatMap((said) => judgeSaid(said, evidence))),
    ...evidence.changes.flatMap(judgeOverride),
    ...judgeFailures(plan, evidence),
    ...evidence.endings.flatMap((ending) => judgeEnding(ending, evidence)),
  ];
}

/** What is said again every day is found once, on the first. */
function onceEach(all: readonly Wrong[]): Wrong[] {
  const gist = ({ kind, text }: Wrong): string => `${kind} ${text.slice(stamp(0).length)}`;
  return [...new Map(all.toReversed().map((wrong) => [gist(wrong), wrong])).values()].toReversed();
}

function stamp(atMs: number): string {
  return new Date(atMs).toISOString();
}

// — what went live —

/** The rest of a Commit that some firewalls missed: it went live then, not now. */
function isRest({ ticketId, target, atMs }: MadeLive, { live }: Evidence): boolean {
  return live.some(
    (other) => other.partly && other.ticketId === ticketId && other.target === target && other.atMs < atMs,
  );
}

function judgeLive(
  plan: Pick<YearPlan, 'calendars' | 'processes' | 'tickets'>,
  one: MadeLive,
  evidence: Evidence,
): Wrong[] {
  const { changes } = evidence;
  const { ticketId, target, push, calledAtMs } = one;
  if (push === null) return [];
  const mine = changes.filter((change) => 'ticketId' in change && change.ticketId === ticketId);
  const what = `ticket ${ticketId} on ${target} went live by ${push}, called at ${stamp(calledAtMs)}`;
  const wrong: Wrong[] = [];
  // Also what was true while the gate read counts: a call is not taken back.
  const holds = (check: (atMs: number) => boolean): boolean =>
    check(calledAtMs) || check(calledAtMs - READING_MS);
  const stopped = (atMs: number): boolean => lastOf(changes, ['stop', 'start'], atMs)?.kind === 'stop';
  if (stopped(calledAtMs) && stopped(calledAtMs - STOP_MS))
    wrong.push({ kind: 'stopped', text: `${what}, after sco stop` });
  if (isAccepted(one, evidence)) return wrong;
  if (!holds((atMs) => isOpen(plan, ticketId, atMs) || isOverridden(one, evidence, atMs)))
    wrong.push({ kind: 'outsideWindow', text: `${what}: its window is not open` });
  const approves = isEmergency(plan, ticketId) ? 'overridden' : 'approved';
  const approved = (atMs: number): boolean =>
    lastOf(mine, [approves, 'approvalVoid', 'ended'], atMs)?.kind === approves;
  if (!holds(approved))
    wrong.push({ kind: 'notApproved', text: `${what}: not approved in this epoch, or ended` });
  const free = (atMs: number): boolean =>
    ![undefined, 'resume'].includes(lastOf(mine, ['hold', 'resume', 'abort'], atMs)?.kind) ? false : true;
  if (!holds(free)) wrong.push({ kind: 'held', text: `${what}: held or aborted` });
  return wrong;
}

/** What went live by us outside its window because two persons let it. */
export function overriddenIn(
  plan: Pick<YearPlan, 'calendars' | 'processes' | 'tickets'>,
  evidence: Evidence,
): readonly MadeLive[] {
  return evidence.live.filter(
    (one) =>
      one.push !== null &&
      !isOpen(plan, one.ticketId, one.calledAtMs) &&
      isOverridden(one, evidence, one.calledAtMs),
  );
}

/** An override counts for its epoch and its targets, until an instant, and for one Commit of each. */
function isOverridden(one: MadeLive, { changes, calls }: Evidence, atMs: number): boolean {
  const { ticketId, target, calledAtMs } = one;
  return changes.some((change) => {
    if (change.kind !== 'overridden' || change.ticketId !== ticketId || !change.targets.includes(target))
      return false;
    const since = (other: number): boolean => other > change.atMs && other < calledAtMs;
    const isVoid = changes.some(
      (other) => other.kind === 'approvalVoid' && other.ticketId === ticketId && since(other.atMs),
    );
    const used = calls.some(
      (call) =>
        call.push !== null &&
        call.ticketId === ticketId &&
        call.target === target &&
        (call.kind === 'commit' || call.carried.length > 0) &&
        ['done', 'partial', 'failed'].includes(call.ended) &&
        since(call.atMs),
    );
    return !isVoid && !used && change.atMs <= calledAtMs && atMs <= change.untilMs;
  });
}

function isEmergency(
  { processes, tickets }: Pick<YearPlan, 'processes' | 'tickets'>,
  ticketId: string,
): boolean {
  const workflow = tickets.find(({ id }) => id === ticketId)?.workflow;
  return processes.find((process) => process.workflow === workflow)?.isEmergency === true;
}

function judgeOverride(change: Change): Wrong[] {
  if (change.kind !== 'overridden' || new Set(change.persons).size > 1) return [];
  return [
    { kind: 'onePerson', text: `ticket ${change.ticketId}: ${change.persons[0] ?? '-'} overrode alone` },
  ];
}

/** An acceptance is for what the ticket had saved on that manager when it was given, and is used once. */
function isAccepted(one: MadeLive, { changes, calls, live }: Evidence): boolean {
  const mine = ({ ticketId, target }: Pick<MadeLive, 'ticketId' | 'target'>): boolean =>
    ticketId === one.ticketId && target === one.target;
  const savedIn = (atMs: number): number | undefined =>
    calls.findLast(
      (call) => call.kind === 'update' && mine(call) && call.ended === 'done' && call.atMs <= atMs,
    )?.epoch;
  return changes.some((change) => {
    if (change.kind !== 'accepted' || change.ticketId !== one.ticketId || change.atMs > one.calledAtMs)
      return false;
    const saved = savedIn(change.atMs);
    const used = live.some((other) => mine(other) && other.atMs > change.atMs && other.atMs < one.atMs);
    const here = one.target.startsWith(`${change.lane}-`);
    return here && !used && saved !== undefined && saved === savedIn(one.calledAtMs);
  });
}

function lastOf(
  changes: readonly Change[],
  kinds: readonly Change['kind'][],
  atMs: number,
): Change | undefined {
  return changes.findLast((change) => change.atMs <= atMs && kinds.includes(change.kind));
}

function isOpen(
  { calendars, processes, tickets }: Pick<YearPlan, 'calendars' | 'processes' | 'tickets'>,
  ticketId: string,
  atMs: number,
): boolean {
  const workflow = tickets.find(({ id }) => id === ticketId)?.workflow;
  const process = processes.find((one) => one.workflow === workflow);
  if (process?.isEmergency === true) return false;
  const calendar = process?.calendar ?? '-';
  const { intervals } = versionAt(calendars.get(calendar) ?? [], atMs);
  return intervals.some(({ opensAtMs, closesAtMs }: Interval) => atMs >= opensAtMs && atMs < closesAtMs);
}

// — what followed a failure —

/** A Commit that failed holds back the other targets of its ticket on the manager, until it is live or a person says something. */
function judgeFailures(
  { managers }: Pick<YearPlan, 'managers'>,
  { calls, live, changes }: Evidence,
): Wrong[] {
  const strict = managers.filter(({ policy }) => (policy.partialFailure ?? 'continue') !== 'continue');
  return calls.flatMap(({ push, kind, ended, ticketId, target, endedAtMs }): Wrong[] => {
    const manager = strict.find(({ groups }) => groups.some(({ name }) => name === target));
    const failed = kind === 'commit' && ['failed', 'partial'].includes(ended);
    if (push === null || manager === undefined || !failed || endedAtMs === null) return [];
    const overAtMs = Math.min(
      ...live.flatMap((one) =>
        one.ticketId === ticketId && one.target === target && !one.partly && one.atMs >= endedAtMs
          ? [one.atMs]
          : [],
      ),
      ...changes.flatMap((change) =>
        'ticketId' in change && change.ticketId === ticketId && change.atMs >= endedAtMs ? [change.atMs] : [],
      ),
    );
    const ofManager = new Set(manager.groups.map(({ name }) => name));
    return calls.flatMap((next): Wrong[] => {
      const isLater = next.atMs >= endedAtMs && next.atMs < overAtMs;
      const isOurs = next.push !== null && next.kind === 'commit' && next.ticketId === ticketId;
      if (!isOurs || !isLater || next.target === target || !ofManager.has(next.target)) return [];
      const text = `ticket ${ticketId}: ${next.target} was committed at ${stamp(next.atMs)}, after ${target} had failed at ${stamp(endedAtMs)}`;
      return [{ kind: 'afterFailure', text }];
    });
  });
}

// — what was called —

function judgeCalls({ calls, live, changes }: Evidence): Wrong[] {
  const wrong: Wrong[] = [];
  const ours = calls.filter(({ push, ended }) => push !== null && ended !== 'vanished');
  const commits = new Map<string, number>();
  const decidedBetween = (fromMs: number, toMs: number, target: string): boolean =>
    changes.some(
      (change) =>
        change.kind === 'decided' && change.target === target && change.atMs >= fromMs && change.atMs <= toMs,
    );
  for (const call of ours) {
    const { kind, push, ticketId, target, epoch, atMs } = call;
    const what = `${kind} of ${target} for ticket ${ticketId} by ${push ?? '-'} at ${stamp(atMs)}`;
    if (kind === 'commit') {
      const times = (commits.get(push ?? '-') ?? 0) + 1;
      commits.set(push ?? '-', times);
      if (times > 1) wrong.push({ kind: 'sentTwice', text: `${what}: its Commit number ${times}` });
      if (call.ended !== 'nothing') continue;
      const until = call.endedAtMs ?? atMs;
      const last = live.findLast(
        (one) => one.ticketId === ticketId && one.target === target && one.atMs <= until,
      );
      // What others made live, and what a person decided, may not be known.
      if (last !== undefined && (!isKnown(last) || decidedBetween(last.atMs, atMs, target))) continue;
      const why = last === undefined ? 'nothing was saved' : `it was live by ${last.push ?? '-'}`;
      wrong.push({ kind: 'sentTwice', text: `${what}: a Commit of nothing: ${why}` });
      continue;
    }
    const before = ours.findLast(
      (other) =>
        other !== call &&
        other.kind === 'update' &&
        other.atMs < atMs &&
        other.ticketId === ticketId &&
        other.target === target &&
        other.epoch === epoch,
    );
    if (before === undefined || before.ended === 'failed' || decidedBetween(before.atMs, atMs, target))
      continue;
    wrong.push({ kind: 'sentTwice', text: `${what}: it was done at ${stamp(before.atMs)} already` });
  }
  const updates = ours.filter(({ kind }) => kind === 'update').sort((a, b) => a.atMs - b.atMs);
  let latest: PushCallSeen | null = null;
  for (const update of updates) {
    if (latest !== null && update.atMs < (latest.endedAtMs ?? update.atMs))
      wrong.push({
        kind: 'updatesAtOnce',
        text: `the Update of ${update.target} at ${stamp(update.atMs)} began while that of ${latest.target} ran`,
      });
    if (latest === null || (update.endedAtMs ?? 0) > (latest.endedAtMs ?? 0)) latest = update;
  }
  return wrong;
}

// — what we said —

/** Who commits past us, a manager that inherits, a firewall that was offline: it cannot be known from outside. */
function isKnown({ push, partly, inherited }: MadeLive): boolean {
  return push !== null && !partly && !inherited;
}

function judgeSaid({ atMs, claims, saved, ledgers }: Said, { live, changes }: Evidence): Wrong[] {
  const wrong: Wrong[] = [];
  const liveUntil = (key: string): MadeLive | undefined =>
    live.findLast((one) => one.atMs <= atMs && `${one.ticketId}/${one.target}` === key);
  for (const { key, live: saysLive, text } of claims) {
    const truth = liveUntil(key);
    if (saysLive && truth === undefined)
      wrong.push({
        kind: 'saidLive',
        text: `${stamp(atMs)}: ${key} is said to be live (${text}), and is not`,
      });
    const known = truth !== undefined && isKnown(truth) && !saved.includes(key);
    if (!saysLive && known)
      wrong.push({
        kind: 'saidNotLive',
        text: `${stamp(atMs)}: ${key} is said to be saved only (${text}), and is live by ${truth.push ?? '-'}`,
      });
  }
  const entries = new Set(ledgers.flatMap((ledger) => ledger.entries));
  for (const key of saved) {
    const lane = ledgers.find(({ lane: name }) => key.split('/')[1]?.startsWith(`${name}-`));
    if (lane !== undefined && !entries.has(key))
      wrong.push({
        kind: 'notInLedger',
        text: `${stamp(atMs)}: ${key} is saved on ${lane.lane}, and its ledger misses it`,
      });
  }
  for (const key of entries) {
    const truth = liveUntil(key);
    const byUs = truth !== undefined && isKnown(truth) && !saved.includes(key);
    const again = changes.some(
      (change) =>
        change.kind === 'decided' && key.endsWith(`/${change.target}`) && change.atMs >= (truth?.atMs ?? 0),
    );
    if (byUs && !again)
      wrong.push({
        kind: 'saidNotLive',
        text: `${stamp(atMs)}: the ledger says ${key} is saved only, and it is live`,
      });
  }
  return wrong;
}

// — how it ended —

function judgeEnding(
  { ticketId, final, outcome, parked, held, waiting, untilMs }: TicketEnding,
  { endedAtMs }: Evidence,
): Wrong[] {
  if (outcome !== null) return [];
  if (!final && (parked !== null || held)) return [];
  if (!final && waiting !== null && untilMs !== null && untilMs > endedAtMs) return [];
  const why = final ? 'SecureChange is done with it and its run goes on' : 'it is neither done nor parked';
  return [{ kind: 'stuck', text: `ticket ${ticketId}: ${why} (waits for ${waiting ?? 'nothing'})` }];
}
