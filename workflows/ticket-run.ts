import { cleanLine } from '../src/domain/clean-text.js';
import type { Code } from '../src/domain/codes.js';
import type { Parking, WayOut } from '../src/domain/commands.js';
import type { FailureFacts } from '../src/domain/failure.js';
import type { TicketEvent } from '../src/domain/event.js';
import { withIgnored } from '../src/domain/ignored.js';
import { instantText } from '../src/domain/instant-text.js';
import { evidenceOfFailure, parking, waysAfterFailure } from '../src/domain/parking.js';
import type { Phase } from '../src/domain/phase.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { PushCall } from '../src/domain/push.js';
import { stepInstanceOf, type StepFacts, type TicketFacts } from '../src/domain/ticket.js';
import { decisionText, type Waiting } from '../src/domain/view.js';
import type { Activities } from '../activities/index.js';
import type { Engine } from './engine.js';
import { withHold } from './hold.js';
import type { Interval } from '../src/domain/window.js';
import type { LaneNews } from './messages.js';
import type { TicketStart, TicketState } from './ticket-state.js';
import { freshState } from './ticket-state.js';
import { publishedOf, resumeAwaited } from './ticket-view.js';

/** The answer of an operator to a parking. */
export interface Decision {
  readonly kind: 'retry' | 'skip' | 'accept' | 'repeat' | 'manual';
  readonly by: string;
  readonly text: string;
}

/** An operator skipped the phase. */
export class PhaseSkipped extends Error {}

export interface ParkInput {
  readonly code: Code;
  readonly phase: Phase | null;
  readonly target?: string | null;
  readonly reason: string;
  readonly advice?: string;
  readonly evidence?: string | null;
  readonly ways: readonly WayOut['command'][];
  /** Key of the lane that a way out is addressed to. */
  readonly lane?: string;
  readonly news?: (() => boolean) | undefined;
}

/** What an activity call belongs to, for parkings and holds. */
export interface CallContext {
  readonly phase: Phase | null;
  readonly target?: string;
  /** The call has no effect in an external system: it runs while the ticket is held. */
  readonly runsWhileHeld?: true;
  /** True when news of the ticket make another try useful without a command. */
  readonly news?: () => boolean;
}

const LOCKED_WAIT_MS = 30_000;
export const LOCKED_TRIES = 20;
const TIMELINE_LENGTH = 40;
const EVENTS_WAITING = 200;
const SCRIPTS_WAITING = 50;
/** Most characters of XML that are kept: signatures are checked later, so events with a false one count as well. */
const SCRIPTS_LENGTH = 1_000_000;

/** One run of one ticket, as every phase gets it. */
export class TicketRun {
  readonly state: TicketState;
  readonly engine: Engine;
  readonly activities: Activities;
  rereadWanted = false;
  /** Events of the present reading that name a script: the reading decides whether it runs. */
  scriptsAsked: TicketEvent[] = [];
  /** A command changed how the ticket is driven: the ticket is read again. */
  commanded = false;
  private lastFacts: TicketFacts | null = null;
  private factsSeen = 0;
  private readonly decisions = new Map<string, Decision>();

  constructor(engine: Engine, start: TicketStart) {
    this.engine = engine;
    this.state = start.carry ?? freshState(start.ticketId, engine.nowMs());
    this.activities = withHold(
      engine.activities,
      () => this.state.held !== null,
      async () => await this.checkpoint(),
    );
  }

  // — messages: handlers must not throw —

  reported(event: TicketEvent): void {
    const { state } = this;
    const { key, name, ticketId, receivedAtMs: atMs, script, signature, ...rest } = event;
    if (ticketId !== state.ticketId) {
      this.ignored('ticketReported', 'it is about another ticket');
      return;
    }
    const duplicate = state.seenKeys.includes(key);
    if (!duplicate) state.seenKeys = [...state.seenKeys, key].slice(-200);
    const stage = event.info?.stage?.name ?? null;
    const source = unverified(event.source);
    state.lastEvents = [...state.lastEvents, { key, name, source, atMs, stage, duplicate }].slice(-10);
    const plain = { ...rest, key, name, ticketId, receivedAtMs: atMs };
    // It has no signature: its script is not run, so it is not kept.
    if (signature === undefined) this.enqueue(plain);
    else this.enqueue({ ...plain, signature, ...(script && { script }) });
  }

  /** Many events need one reading only; an event that names a script is kept, up to a limit. */
  private enqueue(event: TicketEvent): void {
    const { state } = this;
    const queued = [...state.queue, ...state.scripts.map((each) => each.event)];
    const waiting = queued.flatMap(({ script }) => script ?? []);
    const length = waiting.reduce((sum, { ticketInfoXml }) => sum + ticketInfoXml.length, 0);
    if (event.script && (waiting.length >= SCRIPTS_WAITING || length >= SCRIPTS_LENGTH)) {
      this.ignored('ticketReported', `script ${event.script.name}: too many scripts are waiting`);
      return;
    }
    state.queue.push(event);
    if (state.queue.length <= EVENTS_WAITING) return;
    const oldest = state.queue.findIndex(({ script }) => script === undefined);
    state.queue.splice(oldest, 1);
  }

  /** The signature of an event is valid: the view shows it as verified. */
  vouchFor({ key, name, source, receivedAtMs, scriptRefused }: TicketEvent): void {
    const { state } = this;
    if (scriptRefused !== undefined)
      this.note(`script ${scriptRefused.name} on ${name} was not run: ${scriptRefused.reason}`);
    state.lastEvents = state.lastEvents.map((shown) =>
      shown.key === key && shown.atMs === receivedAtMs && shown.source === unverified(source)
        ? { ...shown, source }
        : shown,
    );
  }

  /** Counts and notes an ignored message. */
  ignored(message: string, why: string): void {
    const { state } = this;
    state.ignored = withIgnored(state.ignored, { atMs: this.engine.nowMs(), message, why });
    this.publish();
  }

  /** News of a lane count only for a place of the ticket in that lane. */
  laneNews(news: LaneNews): void {
    const place = this.state.places.find(
      ({ laneKey, target }) => laneKey === news.laneKey && target === news.target,
    );
    if (place === undefined) {
      if (news.kind !== 'ended' || news.n > (this.state.readPushes[news.target] ?? 0))
        this.ignored('laneNews', `the ticket has no such place in lane ${news.laneKey}`);
      return;
    }
    // A lane repeats its signals: one about a push whose result is known is old.
    if ('n' in news && news.n <= (this.state.readPushes[news.target] ?? 0)) return;
    place.enrolled = true;
    switch (news.kind) {
      case 'carried':
        place.n = news.n;
        place.notice = null;
        this.progress(news.target, 'running', news.n);
        break;
      case 'back':
        if (place.n === news.n) place.n = null;
        this.progress(news.target, 'todo');
        break;
      case 'ended':
        place.n = news.n;
        place.result = news.result;
        break;
      case 'missed':
        place.missed = true;
        break;
      case 'notice':
        place.notice = news.notice;
        break;
      case 'asks':
        place.question = news.message === null ? null : { call: news.call, message: news.message };
        this.progress(news.target, news.message === null ? 'running' : 'unknown', news.n, news.call);
        break;
      case 'replanned':
        this.replanned(news.next);
    }
  }

  /** What a push does for a target: it saves it if it is not saved, else makes it live. */
  private progress(
    managementId: string,
    progress: 'running' | 'todo' | 'unknown',
    n?: number,
    call?: PushCall,
  ): void {
    const target = this.state.targets.find((one) => one.managementId === managementId);
    if (target === undefined) return;
    const isSaved = target.update === 'done' || target.update === 'notNeeded';
    const what = call ?? (target.enforcedBy === 'commit' && isSaved ? 'commit' : 'update');
    if (call === 'commit' && target.update === 'running') target.update = 'done';
    if (target[what] !== 'done' && target[what] !== 'notNeeded') target[what] = progress;
    if (n !== undefined) target.push = n;
  }

  private replanned(next: Interval | null): void {
    const { state } = this;
    if (state.window !== null) {
      const { calendar, zone } = state.window;
      state.window = { calendar, zone, next };
    }
    if (state.waiting?.for === 'window')
      state.waiting = { ...state.waiting, untilMs: next?.opensAtMs ?? null };
    this.note(`calendar edited: ${next === null ? 'no opening' : `opens ${instantText(next.opensAtMs)}`}`);
    this.publish();
  }

  // — facts —

  /** The newest reading of the ticket. */
  get facts(): TicketFacts {
    if (this.lastFacts === null) throw new Error('a phase ran before the ticket was read');
    return this.lastFacts;
  }

  set facts(facts: TicketFacts) {
    this.lastFacts = facts;
    this.factsSeen += 1;
  }

  /** Returns when there is a newer reading than the present one. */
  async nextFacts(): Promise<void> {
    const seen = this.factsSeen;
    await this.engine.condition(() => this.factsSeen > seen);
  }

  get step(): StepFacts {
    if (this.facts.step === null) throw new Error('a phase ran although the ticket has no step');
    return this.facts.step;
  }

  get definition(): ProcessDefinition {
    if (this.state.definition === null) throw new Error('a phase ran without a process definition');
    return this.state.definition;
  }

  /** The step instance, as activities get it. */
  stepRef(): { ticketId: string; stepInstance: string; requestField: string } {
    return {
      ticketId: this.state.ticketId,
      stepInstance: this.state.stepInstance ?? '',
      requestField: this.definition.requestField,
    };
  }

  /**
   * Reads the ticket again within the step; a ticket in another step is left to the main loop. With `definitionToo` reads the
   * process definition as well: an operator may have repaired it.
   */
  async refresh(phase: Phase | null, { definitionToo = false } = {}): Promise<void> {
    const { state } = this;
    const { ticketId, stepInstance, adopted } = state;
    const knownStep = definitionToo ? null : stepInstance;
    const reading = await this.attempt({ phase, runsWhileHeld: true }, async () =>
      this.activities.readTicket({ ticketId, knownStep, adopted, leftStep: null }),
    );
    if (!reading.found || stepInstanceOf(reading.facts) !== stepInstance) {
      this.rereadWanted = true;
      return;
    }
    this.facts = reading.facts;
    state.serviceAccounts = reading.serviceAccounts;
    state.definition = reading.definition ?? state.definition;
  }

  // — signals to tickets —

  note(what: string): void {
    const entry = { atMs: this.engine.nowMs(), what: cleanLine(what, 500) };
    this.state.timeline = [...this.state.timeline, entry].slice(-TIMELINE_LENGTH);
  }

  enter(phase: Phase | null): void {
    this.state.phase = phase;
    this.publish();
  }

  wait(waiting: Omit<Waiting, 'sinceMs'> | null): void {
    this.state.waiting =
      waiting === null
        ? null
        : { ...waiting, what: cleanLine(waiting.what, 500), sinceMs: this.engine.nowMs() };
    this.publish();
  }

  publish(): void {
    this.engine.publish(publishedOf(this.state));
  }

  // — parkings —

  /** Waits while the ticket is held; called before every effect. */
  async checkpoint(): Promise<void> {
    if (this.state.held === null) return;
    this.wait(resumeAwaited(this.state.held));
    await this.engine.condition(() => this.state.held === null);
    this.wait(null);
  }

  /** Parks: shows reason and ways out, and waits until an operator answers. */
  async park({ target = null, evidence = null, news, ...input }: ParkInput): Promise<Decision> {
    const { state, engine } = this;
    const key = parkingKey(input.code, target);
    // An answer to an earlier parking of the same key does not count for this one.
    this.decisions.delete(key);
    state.parkings = state.parkings.filter((known) => parkingKey(known.code, known.target) !== key);
    state.parkings.push(
      parking({ ...input, ticketId: state.ticketId, target, evidence, sinceMs: engine.nowMs() }),
    );
    this.note(`parked: ${input.reason}`);
    this.wait({ for: 'operator', what: decisionText(input.reason), untilMs: null });
    try {
      await engine.condition(() => this.decisions.has(key) || news?.() === true);
    } finally {
      this.unpark(input.code, target);
    }
    const decision = this.decisions.get(key);
    this.decisions.delete(key);
    this.wait(null);
    return decision ?? { kind: 'retry', by: 'news of the ticket', text: '' };
  }

  /** Shows a parking without waiting for an answer: another workflow, such as the lane, gets the command. */
  showParking({ target = null, evidence = null, ...input }: ParkInput): void {
    const { state, engine } = this;
    this.unpark(input.code, target);
    state.parkings.push(
      parking({ ...input, ticketId: state.ticketId, target, evidence, sinceMs: engine.nowMs() }),
    );
    this.publish();
  }

  unpark(code: Code, target: string | null): void {
    const key = parkingKey(code, target);
    const before = this.state.parkings.length;
    this.state.parkings = this.state.parkings.filter((known) => parkingKey(known.code, known.target) !== key);
    if (this.state.parkings.length !== before) this.publish();
  }

  /** Gives a decision to the parkings that offer it; returns their number. */
  decide(offers: (parked: Parking) => boolean, decision: Decision): number {
    const taken = this.state.parkings.filter(offers);
    for (const parked of taken) this.decisions.set(parkingKey(parked.code, parked.target), decision);
    return taken.length;
  }

  /**
   * Runs an activity until it succeeds. A failure that ended the retries parks the ticket; a lock waits on a timer and names
   * the holder. Waits while the ticket is held. Throws `PhaseSkipped` when an operator skips the phase.
   */
  async attempt<T>(place: CallContext, call: () => Promise<T>): Promise<T> {
    for (let locked = 0; ;) {
      if (place.runsWhileHeld !== true) await this.checkpoint();
      try {
        return await call();
      } catch (error) {
        const failure = this.engine.failureOf(error);
        if (failure === null) throw error;
        if (failure.kind === 'locked' && locked < LOCKED_TRIES) {
          locked += 1;
          await this.restLocked(failure, LOCKED_WAIT_MS);
          continue;
        }
        if ((await this.parkFailure(place, failure)).kind === 'skip') throw new PhaseSkipped();
        const repairable = failure.kind === 'rejected' || failure.kind === 'locked';
        if (repairable && place.runsWhileHeld !== true)
          await this.refresh(place.phase, { definitionToo: true });
      }
    }
  }

  async parkFailure(place: CallContext, failure: FailureFacts): Promise<Decision> {
    return await this.park({
      code: failure.code,
      phase: place.phase,
      target: place.target ?? null,
      reason: `${failure.operation}: ${failure.message}`,
      evidence: evidenceOfFailure(failure),
      ways: waysAfterFailure(place.phase),
      news: place.news,
    });
  }

  async restLocked(failure: FailureFacts, waitMs: number): Promise<void> {
    const holder = failure.holder ?? 'somebody';
    const ms = failure.retryAfterMs ?? waitMs;
    this.wait({
      for: 'handler',
      what: `${holder} releases the lock: ${failure.message}`,
      untilMs: this.engine.nowMs() + ms,
    });
    const seen = this.factsSeen;
    await this.engine.condition(() => this.factsSeen > seen, ms, `held by ${holder}`);
    this.wait(null);
  }
}

function unverified(source: TicketEvent['source']): string {
  return `unverified:${source}`;
}

function parkingKey(code: Code, target: string | null): string {
  return `${code}/${target ?? ''}`;
}
