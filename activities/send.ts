import { randomUUID } from 'node:crypto';

import type { PoliciesOf } from '../src/domain/commit-report.js';
import { CallFailure, type FailureFacts } from '../src/domain/failure.js';
import type { SendFacts } from '../src/domain/fence.js';
import { isSame, judgeForeign, type ForeignCheck } from '../src/domain/foreign.js';
import { hindranceText } from '../src/domain/ledger.js';
import { baselineOf, type Baseline } from '../src/domain/push.js';
import { distinctWindows } from '../src/domain/window-record.js';
import type { PushDeps } from './contract.js';
import { readStopSwitch } from './control.js';
import { inBatches } from './in-batches.js';
import type { ClosedGate, MemberReading } from './judge-member.js';
import { createPushJudge, soughtOf, type JudgeInput, type Ready } from './judge-push.js';
import { openLane, type LaneLink } from './lane-link.js';
import { seenOf } from './push-evidence.js';
import {
  busyTask,
  mayHaveHappened,
  notSent,
  operationOf,
  refusedBy,
  type SendInput,
  type SendResult,
} from './send-result.js';
import { acceptFreeTask } from './task-access.js';
import { withHeartbeat } from './with-heartbeat.js';

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

export function createSendActivities(deps: PushDeps): SendActivities {
  const { secureChange, temporal, clock } = deps;
  // Many lanes send when one window opens: a reading that begins after they asked is good for all of them.
  const readTogether = inBatches<null, Awaited<ReturnType<typeof readStopSwitch>>>(async (_, asked) => {
    const read = await readStopSwitch(temporal, () => clock.now());
    return asked.map(() => read);
  }, Infinity);
  const readSwitch = async (): ReturnType<typeof readStopSwitch> => await readTogether('control', null);
  const { judgeCall, judgeMembers } = createPushJudge(deps, readSwitch);

  async function send(input: SendInput, signal: AbortSignal): Promise<SendResult> {
    const lane = openLane(deps, input.laneKey, input.laneName);
    const judged = await judgeCall(lane, input, signal);
    return 'kind' in judged ? judged : await callFrom(lane, judged, signal);
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
        await acceptFreeTask(secureChange, leader.requestTask, leader.member.claim.taskAccess, signal);
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
    { input, facts, readings, startedAtMs, revision, foreign, runId, windows }: Ready,
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
      // An Update that is saved makes nothing live.
      ...(enforces(input) && { windows: distinctWindows(windows) }),
    });
    switch (begun.kind) {
      case 'begun':
        if (!begun.first) return { kind: 'begunBefore', baseline: baselineOf(begun) };
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
    const stop = await readSwitch();
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
      else await secureChange.update(ref, input.target, signal);
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
    judgeMembers: async (input) =>
      await withHeartbeat(async ({ signal }) => await judgeMembers(input, signal)),
  };
}

function enforces({ kind, call }: SendInput): boolean {
  return call === 'commit' || kind === 'enforcingUpdate';
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
