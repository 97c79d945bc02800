/** The push that runs on a manager: its start, and which of its runs may report. */
import type { Enrolment, LaneState, LedgerEntry, RunningPush } from './lane.js';
import type { PlannedPush } from './lane-order.js';
import { memberKey, type Member } from './push.js';

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
export function pushOf({ push }: LaneState, { n, runId }: PushRunOf): RunningPush | null {
  return push?.n === n && push.runId === runId ? push : null;
}

/** What the ledger notes of a member whose Update may have saved something. */
export function savedBy(
  member: Member & Pick<Enrolment, 'secureTrack'>,
): Omit<LedgerEntry, 'savedAtMs' | 'state' | 'left' | 'accepted'> {
  const { ticketId, epoch, target, targetName, path, claim, secureTrack, window } = member;
  return {
    ticketId,
    epoch,
    target,
    targetName,
    path,
    instructionDigest: claim.instructionDigest,
    ...(secureTrack === true && { secureTrackCalendar: window.calendar }),
  };
}
