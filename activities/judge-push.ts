/** Judges everything that would go live with a call, the moment before it. */
import { activityInfo } from '@temporalio/activity';

import { clocksDiffer } from '../src/domain/clock-difference.js';
import { CallFailure } from '../src/domain/failure.js';
import type { SendFacts } from '../src/domain/fence.js';
import { fewAtOnce } from '../src/domain/few-at-once.js';
import type { ForeignCheck } from '../src/domain/foreign.js';
import { baselineOf, memberKey, type Member, type PushKind } from '../src/domain/push.js';
import type { JudgedWindow } from '../src/domain/window-record.js';
import type { PushDeps } from './contract.js';
import type { readStopSwitch } from './control.js';
import { checkForeign } from './foreign.js';
import { createMemberJudge, type ClosedGate, type JudgedCall, type MemberReading } from './judge-member.js';
import { openLane, type LaneLink } from './lane-link.js';
import { maintenanceOf } from './maintenance.js';
import { alreadyThere } from './push-evidence.js';
import { notSent, operationOf, reasonNotToSend, type SendInput, type SendResult } from './send-result.js';

export interface JudgeInput {
  readonly laneKey: string;
  readonly laneName: string;
  readonly n: number;
  readonly kind: PushKind;
  readonly members: readonly string[];
}

/** Nothing stands against the call, by these readings. */
export interface Ready {
  readonly input: SendInput;
  readonly facts: SendFacts;
  readonly readings: readonly MemberReading[];
  readonly startedAtMs: number;
  readonly revision: number | null;
  readonly foreign: ForeignCheck | null;
  readonly runId: string;
  /** The openings that the gates judged by. */
  readonly windows: readonly JudgedWindow[];
}

export interface PushJudge {
  /** Reads lane and tickets, and judges the gate of every change that would go live with the call. */
  judgeCall: (lane: LaneLink, input: SendInput, signal: AbortSignal) => Promise<SendResult | Ready>;
  /** The gates of members, before anything is saved for a push of many. */
  judgeMembers: (
    input: JudgeInput,
    signal: AbortSignal,
  ) => Promise<{ readonly closed: readonly ClosedGate[] }>;
}

export function createPushJudge(
  deps: PushDeps,
  readSwitch: () => ReturnType<typeof readStopSwitch>,
): PushJudge {
  const { secureChange, clock } = deps;
  const { judge, untilOpen } = createMemberJudge(deps);

  /** null when SecureTrack does not answer: only the later verification needs it, so no push waits for it. */
  async function newestRevision(target: string, signal: AbortSignal): Promise<number | null> {
    try {
      return await secureChange.readRevision(target, signal);
    } catch (error) {
      if (error instanceof CallFailure) return null;
      throw error;
    }
  }

  async function judgeCall(
    lane: LaneLink,
    input: SendInput,
    signal: AbortSignal,
  ): Promise<SendResult | Ready> {
    const { runId } = activityInfo().workflowExecution ?? { runId: '' };
    const [facts, stop] = await Promise.all([lane.sendFacts({ n: input.n, runId }), readSwitch()]);
    const begunBefore = facts.begun.find((begun) => begun.effectKey === input.effectKey);
    if (begunBefore) return { kind: 'begunBefore', baseline: baselineOf(begunBefore) };
    const standing = reasonNotToSend(facts);
    if (standing !== null) return standing;
    const maintenance = maintenanceOf(deps, { key: input.laneKey, name: input.laneName });
    if (maintenance !== null) return notSent('paused', maintenance);

    const members = facts.members.filter((member) => input.members.includes(memberKey(member)));
    if (members.length === 0) return notSent('changed', 'all members have left this push');
    const affected = input.call === 'commit' ? [...members, ...facts.alsoLive] : members;
    await untilOpen(affected, input.kind, signal);
    const startedAtMs = clock.now();
    const operation = operationOf(input);
    const judgedFor = (member: Member): JudgedCall => ({
      ...input,
      begun: facts.begun.length > 0 || isFinishing(facts, member),
      overrideUsed: hasUsedOverride(facts, member),
    });
    const [revision, judged, foreign] = await Promise.all([
      input.kind === 'save' ? null : newestRevision(input.target, signal),
      fewAtOnce(affected, async (member) => judge(member, judgedFor(member), operation, signal)),
      foreignOf(input, facts, signal),
    ]);

    const before = facts.newestRevision;
    if (revision !== null && before !== undefined && revision < before)
      return notSent(
        'wentBack',
        `SecureTrack shows revision ${revision} of ${input.targetName}, and showed ${before} before: it was restored, or failed over to an older copy; compare tickets and manager, then resume the lane`,
      );
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
    const clocks = input.kind === 'save' ? null : clocksDiffer(secureChange.clockDifference());
    if (clocks !== null) return notSent('clockDiffers', clocks);
    const windows = judged.flatMap((one) => (one.kind === 'open' && one.window !== null ? [one.window] : []));
    return { input, facts, readings, startedAtMs, revision, foreign, runId, windows };
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

  async function judgeMembers(
    { laneKey, laneName, n, kind, members }: JudgeInput,
    signal: AbortSignal,
  ): Promise<{ readonly closed: readonly ClosedGate[] }> {
    const lane = openLane(deps, laneKey, laneName);
    const { runId } = activityInfo().workflowExecution ?? { runId: '' };
    const facts = await lane.sendFacts({ n, runId });
    const asked = facts.members.filter((member) => members.includes(memberKey(member)));
    await untilOpen(asked, kind, signal);
    const judged = await fewAtOnce(asked, async (member) =>
      judge(
        member,
        {
          kind,
          call: 'commit',
          begun: isFinishing(facts, member),
          overrideUsed: hasUsedOverride(facts, member),
        },
        'judge the gate',
        signal,
      ),
    );
    return { closed: judged.flatMap((one) => (one.kind === 'closed' ? [one.closed] : [])) };
  }

  return { judgeCall, judgeMembers };
}

function isFinishing({ finishing }: SendFacts, member: Member): boolean {
  return finishing.includes(memberKey(member));
}

function hasUsedOverride({ overrideUsed }: SendFacts, member: Member): boolean {
  return overrideUsed?.includes(memberKey(member)) === true;
}

export function soughtOf({ call }: SendInput, { claim }: Member): Parameters<typeof alreadyThere>[0] {
  return { call, commitBaseline: claim.commitBaseline };
}
