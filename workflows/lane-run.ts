import {
  beginAutomatic,
  endAutomatic,
  type BeginAutomatic,
  type BeginAutomaticResult,
  type EndAutomatic,
} from '../src/domain/automatic-fence.js';
import { emptyMemory, type CommandMemory } from '../src/domain/command-memory.js';
import { withIgnored } from '../src/domain/ignored.js';
import type { CommandResult, LaneCommand, SignedCommand } from '../src/domain/commands.js';
import {
  beginSend,
  callNotMade,
  savedInPush,
  sendFacts,
  type BeginSend,
  type BeginSendResult,
  type CallNotMade,
  type SavedInPush,
  type SendFacts,
} from '../src/domain/fence.js';
import type { PushRunOf } from '../src/domain/running-push.js';
import { delivered, knownResult } from '../src/domain/kept-results.js';
import { endPush, type PushEnd } from '../src/domain/push-end.js';
import { newLane, type Enrolment, type LaneState, type ManagerPolicy } from '../src/domain/lane.js';
import type { Resting } from '../src/domain/lane-order.js';
import { nextAlertMs } from '../src/domain/window-alerts.js';
import { nextWatchMs } from '../src/domain/watched-commits.js';
import { enrol, leave, replan, type Leave, type Leaving, type Replanned } from '../src/domain/lane-places.js';
import { noteMissed } from '../src/domain/window-record.js';
import type { Activities } from '../activities/index.js';
import type { LaneEngine } from './engine.js';
import { applyToLane, standingOf } from './lane-commands.js';
import { LaneSignals } from './lane-signals.js';
import type { Standing } from './carry-out.js';

export interface LaneCarry {
  readonly state: LaneState;
  readonly commandMemory: CommandMemory;
}

export interface LaneStart {
  readonly version: 1;
  readonly key: string;
  readonly name: string;
  readonly carry?: LaneCarry;
}

/** When results that could not be delivered are signalled again. */
const SEND_AGAIN_MS = 5 * 60_000;

/** An enrolment is seldom longer on its way. An older one is refused where nothing is known, and its ticket enrols again. */
const ENROLMENT_UNDER_WAY_MS = 10 * 60_000;

/** One lane: its state, what each message changes in it, and how long it waits. The main loop is `lane-life.ts`. */
export class LaneRun {
  readonly engine: LaneEngine;
  readonly activities: Activities;
  readonly answered: { commandMemory: CommandMemory };
  readonly signals: LaneSignals;
  state: LaneState;
  /** An alert to its owner is being made. */
  alerting = false;
  /** Reports of past Commits are being read. */
  watching = false;
  private changes = 0;

  constructor(engine: LaneEngine, start: LaneStart) {
    this.engine = engine;
    this.activities = engine.activities;
    this.state = {
      // A lane of an older release lacks members.
      ...newLane(start.key, start.name),
      // Until it has recovered, and where its earlier runs were deleted, no old place comes back.
      forgottenUpTo: engine.nowMs() - ENROLMENT_UNDER_WAY_MS,
      ...start.carry?.state,
    };
    this.answered = { commandMemory: start.carry?.commandMemory ?? emptyMemory(engine.nowMs()) };
    this.signals = new LaneSignals(engine, () => this.state);
  }

  // — messages —

  enrolled({ manager, enrolments }: { manager: ManagerPolicy; enrolments: readonly Enrolment[] }): void {
    this.state.manager = manager;
    this.noteMissed();
    for (const enrolment of enrolments) {
      if (!enrol(this.state, enrolment, this.now())) {
        this.ignored('laneEnrol', 'its place was given up');
        // If the ticket still waits for it, it enrols again.
        this.signals.queueNews(enrolment, { kind: 'missed' });
      }
      // The ticket may have lost the last notice, because it dropped its place.
      this.signals.forgetNotice(enrolment);
    }
    this.touch();
  }

  leaving(input: Leave): Leaving {
    this.noteMissed();
    const leaving = leave(this.state, input, this.now());
    this.touch();
    return leaving;
  }

  /** Counts and notes an ignored message. */
  ignored(message: string, why: string): void {
    this.state.ignored = withIgnored(this.state.ignored, { atMs: this.now(), message, why });
    this.touch();
  }

  replanned(replanned: Replanned): void {
    this.noteMissed();
    for (const { place, plan } of replan(this.state, replanned)) {
      const next = plan.intervals.find((interval) => interval.closesAtMs > this.now()) ?? null;
      const { calendar, zone } = plan;
      this.signals.queueNews(place, { kind: 'replanned', next, calendar, zone });
    }
    this.touch();
  }

  /** Openings that have ended while places waited: before the windows of a place change, and before it leaves. */
  noteMissed(): void {
    const missed = noteMissed(this.state, this.now());
    if (missed > 0) this.engine.measure('sco_windows_missed_total', missed, { lane: this.state.name });
  }

  facts(push: PushRunOf): SendFacts {
    return sendFacts(this.state, push, this.now());
  }

  begin(input: BeginSend): BeginSendResult {
    const result = beginSend(this.state, input, this.now());
    if (result.kind === 'begun') this.signals.callBegun();
    this.touch();
    return result;
  }

  notMade(input: CallNotMade): null {
    callNotMade(this.state, input);
    this.touch();
    return null;
  }

  saved(input: SavedInPush): null {
    savedInPush(this.state, input, this.now());
    this.touch();
    return null;
  }

  beginAutomatic(input: BeginAutomatic): BeginAutomaticResult {
    const result = beginAutomatic(this.state, input, this.now());
    this.touch();
    return result;
  }

  endAutomatic(input: EndAutomatic): null {
    endAutomatic(this.state, input, this.now());
    this.touch();
    return null;
  }

  pushEnded(end: PushEnd): null {
    const ended = endPush(this.state, end, this.now());
    if (ended) this.signals.pushEnded();
    for (const { ticketId, target, result } of ended ? end.members : []) {
      // A ticket that left gets the result itself.
      if (
        result.kind === 'notSent' &&
        knownResult(this.state, { n: end.n, ticketId, target }).result === null
      )
        this.signals.queueNews({ ticketId, target }, { kind: 'back', n: end.n });
    }
    if (!ended && this.state.push?.n === end.n)
      this.ignored('lanePushEnded', `run ${end.runId} is not the run of push ${end.n}`);
    this.touch();
    return null;
  }

  /** What the lane can do without: null, and noted, when the call failed. */
  async attempt<T>(what: string, call: () => Promise<T>): Promise<T | null> {
    try {
      return await call();
    } catch (error) {
      const failure = this.engine.failureOf(error);
      if (failure === null) throw error;
      this.ignored(what, failure.message);
      return null;
    }
  }

  /** Every result goes to its ticket once. */
  async deliverResults(): Promise<void> {
    const { key: laneKey, undelivered: results } = this.state;
    if (results.length === 0) return;
    const isDelivered = await this.attempt('deliverResults', async () => {
      await this.activities.deliverResults({ laneKey, results });
      return true;
    });
    if (isDelivered === true) delivered(this.state, results);
  }

  command(signed: SignedCommand<LaneCommand>, by: string): CommandResult {
    // A command may take away what hindered.
    this.noteMissed();
    return applyToLane(this.state, signed, by, this.now());
  }

  standing(command: LaneCommand): Standing {
    return standingOf(this.state, command);
  }

  touch(): void {
    this.changes += 1;
  }

  get changeCount(): number {
    return this.changes;
  }

  /** `resting` may be some time old: an instant that has passed while tickets were signalled is waited for no longer. */
  waitMs(resting: Resting): { ms: number; why: string } | null {
    const { state } = this;
    const waits: { readonly untilMs: number; readonly why: string }[] = [];
    if (state.push !== null) {
      const untilMs = Math.min(state.checkPushAtMs, this.signals.carriedDueMs ?? Infinity);
      waits.push({ untilMs, why: `push ${state.push.n}` });
    } else {
      if (resting.kind === 'sleep') waits.push({ untilMs: resting.untilMs, why: 'wait for the next window' });
      if (state.undelivered.length > 0)
        waits.push({
          untilMs: this.now() + SEND_AGAIN_MS,
          why: 'wait before the results are signalled again',
        });
    }
    const watchMs = this.watching ? null : nextWatchMs(state);
    if (watchMs !== null) waits.push({ untilMs: watchMs, why: 'wait before a Commit is read again' });
    const alertMs = nextAlertMs(state, this.now());
    if (alertMs !== null) waits.push({ untilMs: alertMs, why: 'wait for the alert before the next window' });
    const [first] = waits.sort((a, b) => a.untilMs - b.untilMs);
    return first === undefined ? null : { ms: first.untilMs - this.now(), why: first.why };
  }

  now(): number {
    return this.engine.nowMs();
  }
}
