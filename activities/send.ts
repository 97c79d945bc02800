import { randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';

import type { PoliciesOf } from '../src/domain/commit-report.js';
import { CallFailure, type FailureFacts } from '../src/domain/failure.js';
import { fewAtOnce } from '../src/domain/few-at-once.js';
import { isSame, judgeForeign, type ForeignCheck } from '../src/domain/foreign.js';
import type { SendFacts } from '../src/domain/fence.js';
import { hindranceText } from '../src/domain/ledger.js';
import type { DesignFacts, DeviceDesign } from '../src/domain/provisioning.js';
import {
  memberKey,
  type Baseline,
  type Member,
  type NotSentCause,
  type PushCall,
  type PushKind,
} from '../src/domain/push.js';
import type { ActivityDeps } from './contract.js';
import { readStopSwitch } from './control.js';
import type { GateReason } from '../src/domain/gate.js';
import { checkForeign } from './foreign.js';
import { judgeGate, untilOpening } from './gate.js';
import { openLane, type LaneLink } from './lane-link.js';
import { withHeartbeat } from './with-heartbeat.js';
import { alreadyThere, seenOf, type DoneEvidence } from './push-evidence.js';
import { findRequestTask, isWorkedOn, takeTask, type RequestTask } from './task-access.js';

export interface SendInput {
  readonly laneKey: string;
  readonly laneName: string;
  readonly n: number;
  readonly kind: PushKind;
  readonly call: PushCall;
  readonly effectKey: string;
  readonly target: string;
  readonly targetName: string;
  /** `ticket/target` of each member that the call is made for; one for an Update. */
  readonly members: readonly string[];
}

export interface ClosedGate {
  readonly key: string;
  readonly reason: GateReason;
  readonly message: string;
}

export type SendResult =
  /** The call was made (`accepted`), or may have been made: from here on only evidence counts. */
  | { readonly kind: 'sent'; readonly accepted: boolean; readonly baseline: Baseline; readonly atMs: number }
  /** An earlier attempt began this call. */
  | { readonly kind: 'begunBefore'; readonly baseline: Baseline }
  /** Nothing to send: the change of this member is there already. */
  | { readonly kind: 'alreadyThere'; readonly key: string; readonly evidence: DoneEvidence }
  /** Proven not sent: the gates of these members are closed. */
  | { readonly kind: 'gatesClosed'; readonly closed: readonly ClosedGate[] }
  /** Proven not sent, for a cause that is in no member. */
  | { readonly kind: 'notSent'; readonly cause: NotSentCause; readonly message: string }
  /** SecureChange refused the call, or the call was not sent. */
  | { readonly kind: 'refused'; readonly key: string; readonly failure: FailureFacts };

export interface JudgeInput {
  readonly laneKey: string;
  readonly laneName: string;
  readonly n: number;
  readonly kind: PushKind;
  readonly members: readonly string[];
}

export interface SendActivities {
  /**
   * The only activity that can change a device. In this order, in one process: read the lane, read the tickets, judge the
   * gate of every change that would go live, take the task, record the intent in the lane, read the stop switch, call once.
   */
  send: (input: SendInput) => Promise<SendResult>;
  /** Judges the gates of all members before anything is saved for a push of many; sends nothing. */
  judgeMembers: (input: JudgeInput) => Promise<{ readonly closed: readonly ClosedGate[] }>;
}

/** The longest time between the last reading of the stop switch and the call; 5 s are promised. */
const SWITCH_FRESH_MS = 2_500;
/** A process that was suspended between intent and call must not send afterwards. */
const CALL_AFTER_INTENT_MS = 5_000;
/** The oldest reading that a call may be based on. */
const READING_FRESH_MS = 15_000;

/** Failures that end without an operator. */
const PASSING: ReadonlySet<FailureFacts['kind']> = new Set(['transient', 'busy', 'ambiguous', 'locked']);

interface MemberReading {
  readonly key: string;
  readonly member: Member;
  readonly requestTask: RequestTask;
  readonly design: DesignFacts;
  readonly device: DeviceDesign | undefined;
  readonly running: boolean;
}

type Judged =
  | { readonly kind: 'open'; readonly reading: MemberReading }
  | { readonly kind: 'closed'; readonly closed: ClosedGate; readonly reading: MemberReading | null }
  /** The ticket cannot be read at the moment; this is no finding against it. */
  | { readonly kind: 'later'; readonly message: string; readonly reading: null };

export function createSendActivities(
  deps: Pick<
    ActivityDeps,
    'secureChange' | 'definitions' | 'calendars' | 'managers' | 'temporal' | 'clock' | 'settings'
  >,
): SendActivities {
  const { secureChange, temporal, clock } = deps;

  async function look(member: Member, operation: string, signal: AbortSignal): Promise<MemberReading> {
    const { claim, ticketId, target } = member;
    const { stepInstance, requestField } = claim;
    const requestTask = await findRequestTask(
      secureChange,
      { ticketId, stepInstance, requestField },
      operation,
      signal,
    );
    const design = await secureChange.readDesign(requestTask.ref, signal);
    const device = design.devices.find((candidate) => candidate.managementId === target);
    return {
      key: memberKey(member),
      member,
      requestTask,
      design,
      device,
      running: isWorkedOn(requestTask.step, requestTask.task.id),
    };
  }

  async function judge(
    member: Member,
    input: Pick<SendInput, 'kind' | 'call'>,
    operation: string,
    signal: AbortSignal,
  ): Promise<Judged> {
    const key = memberKey(member);
    try {
      const reading = await look(member, operation, signal);
      const { claim, epoch } = member;
      const verdict = judgeGate(deps, {
        facts: reading.requestTask.facts,
        design: reading.design,
        device: reading.device,
        kind: gateKindOf(input),
        epoch,
        adopted: claim.adopted,
        instructionDigest: claim.instructionDigest,
        assessed: claim,
        calendar: input.kind === 'save' ? null : claim.calendar,
      });
      if (verdict.open) return { kind: 'open', reading };
      const { reason, message } = verdict;
      return { kind: 'closed', closed: { key, reason, message }, reading };
    } catch (error) {
      // Unreadable = no push.
      if (!(error instanceof CallFailure)) throw error;
      if (PASSING.has(error.facts.kind)) return { kind: 'later', message: error.message, reading: null };
      const movedOn = error.facts.code === 'securechange.ticket_moved_on';
      const reason = movedOn ? 'ticketNotInProgress' : 'unreadable';
      return { kind: 'closed', closed: { key, reason, message: error.facts.message }, reading: null };
    }
  }

  async function untilOpen(members: readonly Member[], kind: PushKind, signal: AbortSignal): Promise<void> {
    if (kind === 'save') return;
    await untilOpening(deps, new Set(members.map(({ claim }) => claim.calendar)), signal);
  }

  /** null when SecureTrack does not answer: only the later verification needs it, so no push waits for it. */
  async function newestRevision(target: string, signal: AbortSignal): Promise<number | null> {
    try {
      return await secureChange.readRevision(target, signal);
    } catch (error) {
      if (error instanceof CallFailure) return null;
      throw error;
    }
  }

  async function send(input: SendInput, signal: AbortSignal): Promise<SendResult> {
    const lane = openLane(deps, input.laneKey, input.laneName);
    const { runId } = activityInfo().workflowExecution ?? { runId: '' };
    const facts = await lane.sendFacts({ n: input.n, runId });
    const before = facts.begun.find((begun) => begun.effectKey === input.effectKey);
    if (before) return { kind: 'begunBefore', baseline: JSON.parse(before.baseline) as Baseline };
    const standing = reasonNotToSend(facts);
    if (standing !== null) return standing;

    const members = facts.members.filter((member) => input.members.includes(memberKey(member)));
    if (members.length === 0) return notSent('changed', 'all members have left this push');
    const affected = input.call === 'commit' ? [...members, ...facts.alsoLive] : members;
    await untilOpen(affected, input.kind, signal);
    const startedAtMs = clock.now();
    const stop = await readStopSwitch(temporal, () => clock.now());
    const operation = operationOf(input);
    const revision = input.kind === 'save' ? null : await newestRevision(input.target, signal);
    const [judged, foreign] = await Promise.all([
      fewAtOnce(affected, async (member) => judge(member, input, operation, signal)),
      foreignOf(input, facts, signal),
    ]);

    const readings = judged.flatMap(({ reading }) => (reading === null ? [] : [reading]));
    const there = readings.find(({ key, device, member }) => {
      return input.members.includes(key) && alreadyThere(soughtOf(input, member), device) !== null;
    });
    if (there) {
      const evidence = alreadyThere(soughtOf(input, there.member), there.device);
      if (evidence !== null) return { kind: 'alreadyThere', key: there.key, evidence };
    }
    const later = judged.find((one) => one.kind === 'later');
    if (later?.kind === 'later') return notSent('busy', later.message);
    if (stop.stopped) return notSent('stopped', stop.message);
    const closed = judged.flatMap((one) => (one.kind === 'closed' ? [one.closed] : []));
    if (closed.length > 0) {
      const own = closed.filter(({ key }) => input.members.includes(key));
      if (own.length > 0) return { kind: 'gatesClosed', closed: own };
      return notSent('hindered', closed.map(({ key, message }) => `${key}: ${message}`).join('; '));
    }
    const ready = { input, facts, members, readings, startedAtMs, revision, foreign, runId };
    return await callFrom(lane, ready, signal);
  }

  /** What others have saved; null where nothing is committed on a manager. */
  async function foreignOf(
    { kind, call: what, laneKey: key, laneName: name, target }: SendInput,
    { members, foreignSince: since }: SendFacts,
    signal: AbortSignal,
  ): Promise<ForeignCheck | null> {
    if (kind !== 'commit' || what !== 'commit') return null;
    const path = members[0]?.path ?? [];
    return await checkForeign(deps, { key, name }, { target, path, since }, signal);
  }

  interface Ready {
    readonly input: SendInput;
    readonly facts: SendFacts;
    readonly members: readonly Member[];
    readonly readings: readonly MemberReading[];
    readonly startedAtMs: number;
    readonly revision: number | null;
    readonly foreign: ForeignCheck | null;
    readonly runId: string;
  }

  /** A Commit is called on the task of one ticket, the leader: the first one whose task is free. */
  async function callFrom(lane: LaneLink, ready: Ready, signal: AbortSignal): Promise<SendResult> {
    const { input, readings } = ready;
    const own = readings.filter(({ key }) => input.members.includes(key));
    const able = input.call === 'commit' ? own.filter(({ member }) => member.mayLead) : own;
    if (able.length === 0) {
      return notSent(
        'noLeader',
        'no ticket of this push has a device that supports Commit: a named person must commit by hand',
      );
    }
    let obstacle: FailureFacts | null = null;
    for (const leader of able) {
      if (leader.running) {
        obstacle ??= busyTask(input, leader);
        continue;
      }
      try {
        await takeTask(secureChange, leader.requestTask, leader.member.claim.taskAccess, signal);
      } catch (error) {
        if (!(error instanceof CallFailure)) throw error;
        obstacle = { ...error.facts, operation: operationOf(input) };
        continue;
      }
      return await record(lane, ready, leader, signal);
    }
    if (obstacle === null) return notSent('noLeader', 'no task of this push is free');
    if (obstacle.kind === 'locked') return notSent('locked', obstacle.message);
    return { kind: 'refused', key: able[0]?.key ?? input.members[0] ?? '-', failure: obstacle };
  }

  async function record(
    lane: LaneLink,
    { input, facts, readings, startedAtMs, revision, foreign, runId }: Ready,
    leader: MemberReading,
    signal: AbortSignal,
  ): Promise<SendResult> {
    if (clock.now() - startedAtMs > READING_FRESH_MS) {
      return notSent('changed', 'reading all tickets took too long; they are judged again');
    }
    const baseline: Baseline = {
      leader: leader.key,
      ref: leader.requestTask.ref,
      seen: seenOf(soughtOf(input, leader.member), leader.device),
      revision,
      savedUntilMs: facts.savedUntilMs,
      ...(input.call === 'commit' && { policies: policiesOf(input, readings) }),
      ...(foreign !== null && { foreign: foreignText(foreign, facts, clock.now()) }),
    };
    const members = readings.map(({ key }) => key).filter((key) => input.members.includes(key));
    const begun = await lane.beginSend({
      n: input.n,
      runId,
      nonce: randomUUID(),
      call: input.call,
      effectKey: input.effectKey,
      members,
      version: facts.version,
      baseline: JSON.stringify(baseline),
      foreign,
    });
    switch (begun.kind) {
      case 'begun':
        if (!begun.first) return { kind: 'begunBefore', baseline: JSON.parse(begun.baseline) as Baseline };
        return await call(lane, input, { leader, baseline, runId }, signal);
      case 'stale':
        return notSent('stale', 'the lane has ended this push');
      case 'paused':
        return notSent('paused', `the lane is paused by ${begun.by}`);
      case 'changed':
        return notSent('changed', 'the queue or the ledger of the lane changed; the gates are judged again');
      case 'hindered':
        return notSent('hindered', hindranceText(begun.hindrances));
      case 'foreign':
        return notSent('hindered', `the Commit would also make live what is not ours: ${begun.message}`);
    }
  }

  /** The intent is recorded: from here on the call counts as made unless it is proven not made. */
  async function call(
    lane: LaneLink,
    input: SendInput,
    { leader, baseline, runId }: { leader: MemberReading; baseline: Baseline; runId: string },
    signal: AbortSignal,
  ): Promise<SendResult> {
    const proven = async (result: SendResult): Promise<SendResult> => {
      await lane.callNotMade({ n: input.n, runId, effectKey: input.effectKey });
      return result;
    };
    const begunAtMs = clock.now();
    const stop = await readStopSwitch(temporal, () => clock.now());
    const readAtMs = clock.now();
    if (stop.stopped) return await proven(notSent('stopped', stop.message));
    if (
      readAtMs - begunAtMs > CALL_AFTER_INTENT_MS ||
      signal.aborted ||
      clock.now() - readAtMs > SWITCH_FRESH_MS
    ) {
      return await proven(
        notSent('changed', 'too much time passed between intent and call; nothing was sent'),
      );
    }
    try {
      const { ref } = leader.requestTask;
      if (input.call === 'commit') await secureChange.commit(ref, input.target, signal);
      else await secureChange.update(ref, input.target, { force: false, signal });
    } catch (error) {
      if (!(error instanceof CallFailure) || mayHaveHappened(error.facts)) {
        return { kind: 'sent', accepted: false, baseline, atMs: begunAtMs };
      }
      return await proven(refusedBy(input, leader, error.facts));
    }
    return { kind: 'sent', accepted: true, baseline, atMs: begunAtMs };
  }

  return {
    send: async (input) => await withHeartbeat(async ({ signal }) => await send(input, signal)),
    judgeMembers: async ({ laneKey, laneName, n, kind, members }) =>
      await withHeartbeat(async ({ signal }) => {
        const lane = openLane(deps, laneKey, laneName);
        const { runId } = activityInfo().workflowExecution ?? { runId: '' };
        const facts = await lane.sendFacts({ n, runId });
        const asked = facts.members.filter((member) => members.includes(memberKey(member)));
        await untilOpen(asked, kind, signal);
        const judged = await fewAtOnce(asked, async (member) =>
          judge(member, { kind, call: 'commit' }, 'judge the gate', signal),
        );
        return { closed: judged.flatMap((one) => (one.kind === 'closed' ? [one.closed] : [])) };
      }),
  };
}

function reasonNotToSend({ current, paused, hindrances }: SendFacts): SendResult | null {
  if (!current) return notSent('stale', 'the lane has ended this push, or the push was reset');
  if (paused !== null) return notSent('paused', `the lane is paused by ${paused}`);
  return hindrances.length === 0 ? null : notSent('hindered', hindranceText(hindrances));
}

function notSent(cause: NotSentCause, message: string): SendResult {
  return { kind: 'notSent', cause, message: message.slice(0, 500) };
}

/** For the gate an Update inside a window is a save: the design must fit the present revision of the device. */
function gateKindOf({ kind, call }: Pick<SendInput, 'kind' | 'call'>): PushKind {
  return kind === 'commit' && call === 'update' ? 'save' : kind;
}

function soughtOf({ call }: SendInput, { claim }: Member): Parameters<typeof alreadyThere>[0] {
  return { call, commitBaseline: claim.commitBaseline };
}

function foreignText(check: ForeignCheck, { foreign: known }: SendFacts, nowMs: number): string {
  const accepted = known !== null && isSame(known.check.seen, check.seen) ? known.accepted : null;
  return judgeForeign(check, accepted, nowMs).text;
}

/** Of a member whose policies are not known nothing is said: it may change any. */
function policiesOf({ members }: SendInput, readings: readonly MemberReading[]): PoliciesOf {
  const own = readings.filter(({ key }) => members.includes(key));
  return Object.fromEntries(own.map(({ key, device }) => [key, device?.policies ?? []]));
}

function operationOf({ call, targetName }: Pick<SendInput, 'call' | 'targetName'>): string {
  return `${call === 'commit' ? 'Commit' : 'Update'} ${targetName}`;
}

function busyTask(input: SendInput, { requestTask }: MemberReading): FailureFacts {
  return {
    kind: 'locked',
    system: 'securechange',
    operation: operationOf(input),
    code: 'securechange.task_pending',
    message: `SecureChange works on task ${requestTask.task.name} of ticket ${requestTask.facts.id}`,
  };
}

/** The lane repeats after a failure that ends by itself; any other failure is a result of the leader. */
function refusedBy(input: SendInput, leader: MemberReading, facts: FailureFacts): SendResult {
  const failure = { ...facts, operation: operationOf(input) };
  switch (failure.kind) {
    case 'locked':
      return notSent('locked', failure.message);
    case 'busy':
    case 'transient':
    case 'ambiguous':
      return notSent('busy', failure.message);
    case 'rejected':
    case 'auth':
    case 'bug':
      return { kind: 'refused', key: leader.key, failure };
  }
}

/** A refusal proves that nothing happened; a lost connection, an unreadable answer or a server error after sending does not. */
function mayHaveHappened(facts: FailureFacts): boolean {
  if (facts.kind === 'ambiguous' || facts.kind === 'bug') return true;
  return facts.kind === 'transient' && facts.status !== undefined;
}
