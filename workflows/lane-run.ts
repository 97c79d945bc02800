import { emptyMemory, type CommandMemory } from '../src/domain/command-memory.js';
import { withIgnored } from '../src/domain/ignored.js';
import type { CommandResult, LaneCommand, SignedCommand } from '../src/domain/commands.js';
import { fewAtOnce } from '../src/domain/few-at-once.js';
import { pushWorkflowId, ticketWorkflowId } from '../src/domain/ids.js';
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
import { CHECK_PUSH_EVERY_MS, startPush, type PushRunOf } from '../src/domain/running-push.js';
import { clearFailures, confirm, knownResult } from '../src/domain/kept-results.js';
import { endPush, type PushEnd } from '../src/domain/push-end.js';
import {
  newLane,
  type Enrolment,
  type KeptResult,
  type LaneState,
  type ManagerPolicy,
  type QueuedEnrolment,
} from '../src/domain/lane.js';
import {
  expectedSaveMs,
  LOCKED_TRIES_BEFORE_PARKING,
  noticeFor,
  type PlannedPush,
  type Resting,
} from '../src/domain/lane-order.js';
import { enrol, leave, replan, type Leave, type Leaving, type Replanned } from '../src/domain/lane-places.js';
import { acceptForeign } from '../src/domain/foreign.js';
import { acceptLedger } from '../src/domain/ledger.js';
import { memberKey } from '../src/domain/push.js';
import type { Activities } from '../activities/index.js';
import type { LaneEngine } from './engine.js';
import type { LaneNews } from './messages.js';
import type { Standing } from './carry-out.js';
import type { PushStart } from './push-run.js';
import { untilDone } from './until-done.js';

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

const HOUR_MS = 3_600_000;
/** An enrolment is seldom longer on its way. An older one is refused where nothing is known, and its ticket enrols again. */
const ENROLMENT_UNDER_WAY_MS = 10 * 60_000;

/** How often an unconfirmed result is sent again. */
const SEND_AGAIN_MS = 5 * 60_000;

/** One after the other, each signal would cost the lane a workflow task of its own. */
const SIGNALS_AT_ONCE = 50;

/** One lane: its state, its messages, and how long it waits. The main loop is `lane-life.ts`. */
export class LaneRun {
  readonly engine: LaneEngine;
  readonly activities: Activities;
  readonly answered: { commandMemory: CommandMemory };
  state: LaneState;
  private changes = 0;
  private readonly news: [ticketId: string, news: LaneNews][] = [];
  /** Members of the running push that do not know yet that it carries them. */
  private readonly unsignalled: QueuedEnrolment[] = [];
  private readonly noticed = new Map<string, string>();
  /** When each unconfirmed result was signalled last. */
  private readonly signalledAtMs = new Map<string, number>();

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
  }

  // — messages —

  enrolled({ manager, enrolments }: { manager: ManagerPolicy; enrolments: readonly Enrolment[] }): void {
    this.state.manager = manager;
    for (const enrolment of enrolments) {
      if (!enrol(this.state, enrolment, this.now())) {
        this.ignored('laneEnrol', 'its place was given up');
        // If the ticket still waits for it, it enrols again.
        this.queueNews(enrolment, { kind: 'missed' });
      }
      // The ticket may have lost the last notice, because it dropped its place.
      this.noticed.delete(memberKey(enrolment));
    }
    this.touch();
  }

  leaving(input: Leave): Leaving {
    const leaving = leave(this.state, input, this.now());
    this.touch();
    return leaving;
  }

  /** Counts and notes an ignored message. */
  ignored(message: string, why: string): void {
    this.state.ignored = withIgnored(this.state.ignored, { atMs: this.now(), message, why });
    this.touch();
  }

  /** Whether the effect of a command still holds. */
  standing({ kind }: LaneCommand): Standing {
    const { paused } = this.state;
    const now = paused ? `the lane is paused by ${paused.by}` : 'the lane is not paused';
    return { holds: kind === 'pause' ? paused !== null : kind === 'resume' ? paused === null : true, now };
  }

  replanned(replanned: Replanned): void {
    for (const { place, plan } of replan(this.state, replanned)) {
      const next = plan.intervals.find((interval) => interval.closesAtMs > this.now()) ?? null;
      const { calendar, zone } = plan;
      this.queueNews(place, { kind: 'replanned', next, calendar, zone });
    }
    this.touch();
  }

  facts(push: PushRunOf): SendFacts {
    return sendFacts(this.state, push, this.now());
  }

  begin(input: BeginSend): BeginSendResult {
    const result = beginSend(this.state, input, this.now());
    if (result.kind === 'begun') this.queueCarried();
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

  pushEnded(end: PushEnd): null {
    const ended = endPush(this.state, end, this.now());
    if (ended) this.unsignalled.length = 0;
    for (const { ticketId, target, result } of ended ? end.members : []) {
      // A ticket that left gets the result itself.
      if (
        result.kind === 'notSent' &&
        knownResult(this.state, { n: end.n, ticketId, target }).result === null
      )
        this.queueNews({ ticketId, target }, { kind: 'back', n: end.n });
    }
    if (!ended && this.state.push?.n === end.n)
      this.ignored('lanePushEnded', `run ${end.runId} is not the run of push ${end.n}`);
    this.touch();
    return null;
  }

  confirmed(kept: Omit<KeptResult, 'result'>): void {
    confirm(this.state, kept);
    this.signalledAtMs.delete(keptKey(kept));
    this.touch();
  }

  command({ command, reason }: SignedCommand<LaneCommand>, by: string): CommandResult {
    const { state } = this;
    const done = (message: string): CommandResult => ({ accepted: true, code: 'done', message });
    const wrongState = (message: string): CommandResult => ({ accepted: false, code: 'wrongState', message });
    switch (command.kind) {
      case 'acceptLedger': {
        const accepted = acceptLedger(state, command.ticketId, by, reason, this.now());
        return accepted > 0
          ? done(`accepted ${accepted} saved change(s); the next Commit makes them live, once`)
          : wrongState(`lane ${state.name} has no saved change that waits to be accepted`);
      }
      case 'acceptForeign': {
        const { target, seen, hours } = command;
        const atMs = this.now();
        const untilMs = atMs + hours * HOUR_MS;
        const outcome = acceptForeign(state, { target, seen }, { by, reason, atMs, untilMs });
        if (outcome === 'accepted')
          return done(`accepted for one Commit of ${target} within ${hours} h, while nothing else is seen`);
        return wrongState(
          outcome === 'otherReading'
            ? `what was seen on ${target} last is not what ${seen} names: sco lane show ${state.key}`
            : `no Commit of ${target} is blocked by saved changes of others`,
        );
      }
      case 'pause':
        if (state.paused) return wrongState(`already paused by ${state.paused.by}`);
        state.paused = { by, reason, sinceMs: this.now() };
        state.version += 1;
        return done('paused: the lane starts no push; a call that was made runs to its end');
      case 'resume':
        if (!state.paused) return wrongState('the lane is not paused');
        state.paused = null;
        return done('resumed');
      case 'retryPush': {
        const failed = clearFailures(state).map(({ targetName }) => targetName);
        return failed.length === 0
          ? wrongState(`lane ${state.name} has no failed push`)
          : done(`the Commit of ${failed.join(', ')} is repeated in the next open window`);
      }
    }
  }

  touch(): void {
    this.changes += 1;
  }

  // — what a lane does —

  async start(planned: PlannedPush): Promise<void> {
    const { state } = this;
    const push = startPush(state, planned, this.now());
    await this.startRun(this.pushStart(push.n, planned));
    for (const member of planned.members) this.noticed.delete(memberKey(member));
    this.unsignalled.splice(0, this.unsignalled.length, ...planned.members);
    // With nothing left to save the call is a moment away, and does not wait until all tickets have read of their push.
    if (planned.members.some(({ saved }) => !saved)) this.queueCarried();
    this.touch();
  }

  private queueCarried(): void {
    const n = this.state.push?.n;
    for (const member of this.unsignalled.splice(0))
      if (n !== undefined) this.queueNews(member, { kind: 'carried', n });
  }

  private pushStart(n: number, { kind, target, targetName, members }: PlannedPush): PushStart {
    const { key, name } = this.state;
    return {
      version: 1,
      laneKey: key,
      laneName: name,
      n,
      kind,
      target,
      targetName,
      members,
      expectedSaveMs: expectedSaveMs(this.state),
      // Only whether there is a rest: the worker that reports the end replaces it with its setting.
      restMs: kind === 'save' ? 0 : 2_000,
      resolve: [],
    };
  }

  /** Checks a push that has not reported: it still runs, has ended, or is gone. */
  async checkPush(): Promise<void> {
    const { push, key } = this.state;
    if (push === null) return;
    this.state.checkPushAtMs = this.now() + CHECK_PUSH_EVERY_MS;
    // Without a known run it can have begun nothing.
    const { n, runId } = { n: push.n, runId: push.runId ?? '' };
    const seen = await untilDone(
      this.engine,
      async () => this.activities.checkPush({ laneKey: key, n, runId }),
      () => undefined,
    );
    if (this.state.push?.n !== n || seen.kind === 'running') return;
    this.state.push = { ...this.state.push, runId };
    if (seen.kind === 'ended') {
      this.pushEnded({ n, runId, ...seen.results });
      return;
    }
    const { begun } = this.state.push;
    const open = begun.filter(({ ended }) => !ended);
    if (open.length === 0) {
      const result = {
        kind: 'notSent',
        cause: 'stale',
        message: 'the push was terminated before it made a call',
      } as const;
      const members = push.members.map(({ ticketId, target }) => ({ ticketId, target, result }));
      this.pushEnded({ n, runId, members, sharedFailure: null, restMs: 0 });
      return;
    }
    // It may have sent something: a new push with the same number finds out how its calls ended.
    const { kind, target, targetName, members } = push;
    const again = {
      ...this.pushStart(push.n, { kind, target, targetName, path: push.path, members }),
      resolve: open,
    };
    await this.startRun(again);
  }

  private async startRun(start: PushStart): Promise<void> {
    const runId = await this.engine.startPush(pushWorkflowId(this.state.key, start.n), start);
    // Messages may have changed it meanwhile.
    const { push } = this.state;
    if (push?.n === start.n) this.state.push = { ...push, runId };
  }

  /** A push that has not reported for a while is checked, however many messages arrive meanwhile. */
  get checkIsDue(): boolean {
    return this.state.push !== null && this.now() >= this.state.checkPushAtMs;
  }

  // — signals to tickets —

  queueNews({ ticketId, target }: { ticketId: string; target: string }, what: NewsBody): void {
    this.news.push([ticketId, { laneKey: this.state.key, target, ...what }]);
  }

  /** Signals each ticket what changed for its place. */
  async signalNews(): Promise<void> {
    for (const place of this.state.queue) {
      const notice = noticeFor(this.state, place, this.now());
      const text =
        notice === null
          ? ''
          : `${notice.message} ${notice.tries > LOCKED_TRIES_BEFORE_PARKING ? 'still' : ''}`;
      if ((this.noticed.get(memberKey(place)) ?? '') === text) continue;
      this.noticed.set(memberKey(place), text);
      this.queueNews(place, { kind: 'notice', notice });
    }
    const byTicket = new Map<string, LaneNews[]>();
    for (const [ticketId, news] of this.news.splice(0))
      byTicket.set(ticketId, [...(byTicket.get(ticketId) ?? []), news]);
    await fewAtOnce(
      [...byTicket],
      async ([ticketId, inOrder]) => {
        for (const news of inOrder) await this.engine.signalTicket(ticketWorkflowId(ticketId), news);
      },
      SIGNALS_AT_ONCE,
    );
  }

  async signalResults(): Promise<void> {
    const nowMs = this.now();
    const due = this.state.unconfirmed.filter(
      (kept) => nowMs - (this.signalledAtMs.get(keptKey(kept)) ?? -Infinity) >= SEND_AGAIN_MS,
    );
    for (const kept of due) this.signalledAtMs.set(keptKey(kept), nowMs);
    await fewAtOnce(
      due,
      async (kept) => {
        const { n, ticketId, target, result } = kept;
        const news = { laneKey: this.state.key, target, kind: 'ended', n, result } as const;
        // The ticket's run is over: the past pushes and the history of the push hold the result.
        if (!(await this.engine.signalTicket(ticketWorkflowId(ticketId), news))) this.confirmed(kept);
      },
      SIGNALS_AT_ONCE,
    );
  }

  get changeCount(): number {
    return this.changes;
  }

  /** `resting` may be some time old: an instant that has passed while tickets were signalled is waited for no longer. */
  waitMs(resting: Resting): { ms: number; why: string } | null {
    const { state } = this;
    if (state.push !== null) return { ms: state.checkPushAtMs - this.now(), why: `push ${state.push.n}` };
    const sleepMs = resting.kind === 'sleep' ? resting.untilMs - this.now() : null;
    if (state.unconfirmed.length > 0 && (sleepMs === null || sleepMs > SEND_AGAIN_MS))
      return { ms: SEND_AGAIN_MS, why: 'tickets confirm their results' };
    return sleepMs === null ? null : { ms: sleepMs, why: 'until the next window opens' };
  }

  now(): number {
    return this.engine.nowMs();
  }
}

function keptKey(kept: Omit<KeptResult, 'result'>): string {
  return `${kept.n}/${memberKey(kept)}`;
}

type NewsBody = LaneNews extends infer N
  ? N extends LaneNews
    ? Omit<N, 'laneKey' | 'target'>
    : never
  : never;
