import type { LaneCommand } from '../../src/domain/commands.js';
import {
  acceptLedger,
  beginPush,
  beginSaving,
  blockingLedger,
  endPush,
  endSaving,
  enrol,
  newLane,
  nextStep,
  replan,
  requeue,
  revoke,
  sameEnrolment,
  takeGrant,
  ticketEnded,
  tokenState,
  withdraw,
  type EndPush,
  type EndSaving,
  type Enrolment,
  type LaneState,
  type QueuedEnrolment,
  type Replan,
} from '../../src/domain/lane.js';
import { laneViewOf } from '../../src/domain/lane-view.js';
import type { LaneGranted, LaneRefused } from '../../workflows/messages.js';
import type { VirtualTime } from './virtual-time.js';

/** How a lane reaches tickets; false when the ticket's run is gone. */
export interface LaneEars {
  granted(ticketId: string, grant: LaneGranted): boolean;
  refused(ticketId: string, refusal: LaneRefused): boolean;
  holder(ticketId: string): Promise<{ alive: boolean; working: boolean }>;
}

const BEGIN_WITHIN_MS = 60_000;
const LOOK_AFTER_HOLDER_MS = 5 * 60_000;

/** The shell of `workflows/lane.ts` around the real rules of `src/domain/lane.ts`, on a clock that jumps. */
export class FakeLane {
  readonly state: LaneState;
  /** Every grant ever given, in order. */
  readonly granted: { token: number; ticketId: string; target: string; atMs: number }[] = [];
  private readonly time: VirtualTime;
  private readonly ears: LaneEars;
  private readonly told = new Set<number>();
  private forgetTimer: (() => void) | null = null;
  private forgetServing: (() => void) | null = null;
  private readonly updates = new Map<string, unknown>();

  constructor(key: string, name: string, time: VirtualTime, ears: LaneEars) {
    this.state = newLane(key, name);
    this.time = time;
    this.ears = ears;
  }

  signal(name: string, input: unknown): void {
    const { state } = this;
    const nowMs = this.time.nowMs;
    switch (name) {
      case 'laneEnrol':
        for (const enrolment of input as readonly Enrolment[]) {
          enrol(state, enrolment, nowMs);
          const queued = state.queue.find((known) => sameEnrolment(known, enrolment));
          if (queued) this.told.delete(queued.seq);
        }
        break;
      case 'laneReplan':
        for (const enrolment of replan(state, input as readonly Replan[])) this.tellReplanned(enrolment);
        break;
      case 'laneWithdraw': {
        const { ticketId, target } = input as { ticketId: string; target: string | null };
        withdraw(state, ticketId, target);
        break;
      }
      case 'laneEndPush':
        endPush(state, input as EndPush, nowMs);
        break;
      case 'laneEndSaving':
        endSaving(state, input as EndSaving, nowMs);
        break;
      case 'laneTicketEnded':
        ticketEnded(state, (input as { ticketId: string }).ticketId);
        break;
      default:
        throw new Error(`a lane knows no signal ${name}`);
    }
    this.touch();
  }

  update(name: string, input: unknown, updateId: string | undefined): unknown {
    const known = updateId === undefined ? undefined : this.updates.get(updateId);
    if (known !== undefined) return known;
    const result =
      name === 'laneBeginPush'
        ? beginPush(this.state, input as Parameters<typeof beginPush>[1], this.time.nowMs)
        : beginSaving(this.state, input as Parameters<typeof beginSaving>[1], this.time.nowMs);
    if (updateId !== undefined) this.updates.set(updateId, result);
    this.touch();
    return result;
  }

  query(name: string, input: unknown): unknown {
    return name === 'laneToken' ? tokenState(this.state, input as number) : laneViewOf(this.state);
  }

  /** What an operator's command does to it. */
  operate(command: LaneCommand, by: string): void {
    if (command.kind === 'acceptLedger') acceptLedger(this.state, command.ticketId, by, 'accepted in a test');
    else
      this.state.paused =
        command.kind === 'pause' ? { by, reason: 'paused in a test', sinceMs: this.time.nowMs } : null;
    this.touch();
  }

  private touch(): void {
    this.forgetServing ??= this.time.at(this.time.nowMs + 1, () => {
      this.forgetServing = null;
      this.serve();
    });
  }

  private serve(): void {
    const { state } = this;
    for (;;) {
      this.tellBlocked();
      const step = nextStep(state, this.time.nowMs);
      if (step.kind === 'rest' || step.kind === 'sleep') break;
      const { enrolment } = step;
      if (step.kind === 'missed') {
        state.queue = state.queue.filter((queued) => queued.seq !== enrolment.seq);
        this.ears.refused(
          enrolment.ticketId,
          this.refusal(enrolment, 'windowMissed', 'its windows are over'),
        );
        continue;
      }
      const { token } = takeGrant(state, enrolment, this.time.nowMs);
      const { ticketId, target, kind, epoch } = enrolment;
      this.granted.push({ token, ticketId, target, atMs: this.time.nowMs });
      if (!this.ears.granted(ticketId, { laneKey: state.key, token, epoch, target, kind })) revoke(state);
    }
    this.setTimer();
  }

  private tellReplanned(enrolment: QueuedEnrolment): void {
    const nowMs = this.time.nowMs;
    const next = enrolment.window?.intervals.find((interval) => interval.closesAtMs > nowMs) ?? null;
    const refusal = this.refusal(enrolment, 'replanned', 'the calendar was edited');
    this.ears.refused(enrolment.ticketId, { ...refusal, next });
  }

  private tellBlocked(): void {
    for (const enrolment of [...this.state.queue]) {
      const entries = blockingLedger(this.state, enrolment);
      const blocked = entries.length > 0;
      if (blocked === this.told.has(enrolment.seq)) continue;
      if (blocked) this.told.add(enrolment.seq);
      else this.told.delete(enrolment.seq);
      const named = entries.map((entry) => `ticket ${entry.ticketId} on ${entry.targetName}`).join(', ');
      this.ears.refused(
        enrolment.ticketId,
        blocked
          ? this.refusal(
              enrolment,
              'ledger',
              `the Commit would carry saved Updates of ended tickets: ${named}`,
            )
          : this.refusal(enrolment, 'unblocked', 'the ledger no longer blocks it'),
      );
    }
  }

  private refusal({ target, kind }: QueuedEnrolment, why: LaneRefused['why'], message: string): LaneRefused {
    return { laneKey: this.state.key, target, kind, why, message };
  }

  private setTimer(): void {
    this.forgetTimer?.();
    this.forgetTimer = null;
    const { grant, saving } = this.state;
    const nowMs = this.time.nowMs;
    const at = (atMs: number, act: () => void): void => {
      this.forgetTimer = this.time.at(atMs, act);
    };
    if (grant && !grant.begun) at(grant.grantedAtMs + BEGIN_WITHIN_MS, () => this.takeBack());
    else if (grant || saving.length > 0) at(nowMs + LOOK_AFTER_HOLDER_MS, () => void this.lookAfterHolders());
    else {
      const step = nextStep(this.state, nowMs);
      if (step.kind === 'sleep') at(step.untilMs, () => this.serve());
    }
  }

  private takeBack(): void {
    const enrolment = revoke(this.state);
    if (enrolment) requeue(this.state, enrolment);
    this.serve();
  }

  private async lookAfterHolders(): Promise<void> {
    const { grant } = this.state;
    if (grant?.begun) {
      const { ticketId } = grant.enrolment;
      const { alive, working } = await this.ears.holder(ticketId);
      if (!alive && !working && this.state.grant?.token === grant.token) {
        const end = { token: grant.token, ticketId, result: 'failed', settleMs: 0 } as const;
        endPush(this.state, end, this.time.nowMs);
      }
    }
    for (const { ticketId, target, effectKey } of grant ? [] : [...this.state.saving]) {
      const { alive, working } = await this.ears.holder(ticketId);
      if (alive || working) continue;
      const end = { ticketId, epoch: 0, target, targetName: target, effectKey, result: 'unknown' } as const;
      endSaving(this.state, end, this.time.nowMs);
      ticketEnded(this.state, ticketId);
    }
    this.serve();
  }
}
