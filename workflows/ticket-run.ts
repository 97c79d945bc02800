import type { ActivityName, Effect, EFFECTS } from '../activities/effects.js';
import type { Activities } from '../activities/index.js';
import type { FailureFacts } from '../src/domain/failure.js';
import type { Phase } from '../src/domain/phase.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { DesignFacts } from '../src/domain/provisioning.js';
import { stepInstanceOf, type StepFacts, type TicketFacts } from '../src/domain/ticket.js';
import type { Engine, Scope } from './engine.js';
import { withHold } from './hold.js';
import { ScriptReplies } from './script-replies.js';
import { activityFailed } from './parking-texts.js';
import { Parkings, type Decision } from './parkings.js';
import { TicketDisplay } from './ticket-display.js';
import { TicketInbox } from './ticket-inbox.js';
import { TicketNews } from './ticket-news.js';
import { freshState, type TicketStart, type TicketState } from './ticket-state.js';
import { resumeAwaited } from './ticket-view.js';

/** An operator skipped the phase. */
export class PhaseSkipped extends Error {}

/** What an activity call belongs to, for parkings and holds. */
export interface CallContext {
  readonly phase: Phase | null;
  readonly target?: string;
  /** The call has no effect in an external system: it runs while the ticket is held. */
  readonly runsWhileHeld?: true;
  /** The call runs to its end when the step is cancelled, as every write does. */
  readonly runsToItsEnd?: true;
  /** True when news of the ticket make another try useful without a command. */
  readonly news?: () => boolean;
}

type WithEffect<E extends Effect> = {
  [Name in ActivityName]: (typeof EFFECTS)[Name] extends E ? Name : never;
}[ActivityName];
type Input<Name extends ActivityName> = Parameters<Activities[Name]>[0];
type Result<Name extends ActivityName> = Awaited<ReturnType<Activities[Name]>>;

const LOCKED_WAIT_MS = 30_000;
export const LOCKED_TRIES = 20;

/** One run of one ticket, as every phase gets it. */
export class TicketRun {
  readonly state: TicketState;
  readonly engine: Engine;
  readonly activities: Activities;
  readonly display: TicketDisplay;
  readonly parkings: Parkings;
  readonly inbox: TicketInbox;
  readonly news: TicketNews;
  readonly scriptReplies = new ScriptReplies();
  /** The attempts of the message that is under way. */
  sending: Scope | null = null;
  /** The ticket was read in this run, and what earlier runs left of it. */
  isKnown = false;
  /** Commands that wait until it is known. */
  asked = 0;
  /** How often the ITSM reported that its change is another: what waits for the change reads it again. */
  changeReports = 0;
  /** How many targets wait beside each other while no window is open: the last one that goes on ends it. */
  withoutWindow = 0;
  private lastFacts: TicketFacts | null = null;
  private factsSeen = 0;

  constructor(engine: Engine, start: TicketStart) {
    this.engine = engine;
    // A run of an older release lacks members.
    this.state = { ...freshState(start.ticketId, engine.nowMs(), engine.startedAtMs), ...start.carry };
    this.display = new TicketDisplay(this.state, engine);
    this.parkings = new Parkings(this.state, engine, this.display);
    this.inbox = new TicketInbox(this.state, engine, this.display);
    this.news = new TicketNews(this.state, engine);
    this.activities = withHold(
      engine.activities,
      () => this.state.held !== null,
      async () => await this.checkpoint(),
    );
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
   * process definition as well: an operator may have repaired it. With `designToo` returns the Designer's results, null where
   * the ticket has none here.
   */
  async refresh(
    phase: Phase | null,
    { definitionToo = false, designToo = false } = {},
  ): Promise<DesignFacts | null> {
    const { state } = this;
    const { ticketId, stepInstance, adopted } = state;
    const knownStep = definitionToo ? null : stepInstance;
    const reading = await this.read('readTicket', { phase, runsWhileHeld: true }, () => ({
      ticketId,
      knownStep,
      adopted,
      reports: [],
      ...(designToo && { design: this.stepRef() }),
    }));
    if (!reading.found || stepInstanceOf(reading.facts) !== stepInstance) {
      this.news.requestReading();
      return null;
    }
    this.facts = reading.facts;
    state.serviceAccounts = reading.serviceAccounts;
    state.approvers = reading.approvers ?? {};
    if (reading.definition !== undefined) {
      state.definition = reading.definition ?? state.definition;
      state.identities = reading.identities ?? [];
    }
    if (!designToo || this.facts.step?.request == null) return null;
    // Only a worker of a release that does not know the question leaves it out.
    return reading.design ?? (await this.read('readDesign', { phase }, () => this.stepRef()));
  }

  // — activities —

  /** Runs an activity that reads, until it succeeds. Takes the input again for each attempt. */
  async read<Name extends WithEffect<'read'>>(
    name: Name,
    context: CallContext,
    input?: () => Input<Name>,
  ): Promise<Result<Name>> {
    return await this.attempt(context, async () =>
      context.runsToItsEnd === true
        ? this.engine.protect(async () => this.call(name, input))
        : this.call(name, input),
    );
  }

  /** Runs an activity that writes, until it succeeds; a cancelled step does not stop an attempt that has begun. */
  async write<Name extends WithEffect<'write'>>(
    name: Name,
    context: CallContext,
    input: () => Input<Name>,
  ): Promise<Result<Name>> {
    return await this.attempt(context, async () => this.engine.protect(async () => this.call(name, input)));
  }

  private async call<Name extends ActivityName>(
    name: Name,
    input: (() => Input<Name>) | undefined,
  ): Promise<Result<Name>> {
    const activity = this.activities[name] as (...input: unknown[]) => Promise<Result<Name>>;
    return await (input === undefined ? activity() : activity(input()));
  }

  /** Waits while the ticket is held; called before every effect. Throws where the step was cancelled: no effect begins in it. */
  async checkpoint(): Promise<void> {
    const { held } = this.state;
    if (held !== null) this.display.wait(resumeAwaited(held));
    await this.engine.condition(() => this.state.held === null);
    if (held !== null) this.display.wait(null);
  }

  /**
   * Runs an activity until it succeeds. A failure that ended the retries parks the ticket; a lock waits on a timer and names
   * the holder. Waits while the ticket is held. Throws `PhaseSkipped` when an operator skips the phase.
   */
  private async attempt<T>(context: CallContext, call: () => Promise<T>): Promise<T> {
    for (let locked = 0; ;) {
      if (context.runsWhileHeld !== true) await this.checkpoint();
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
        if ((await this.parkFailure(context, failure)).kind === 'skip') throw new PhaseSkipped();
        const repairable = failure.kind === 'rejected' || failure.kind === 'locked';
        if (repairable && context.runsWhileHeld !== true)
          await this.refresh(context.phase, { definitionToo: true });
      }
    }
  }

  private async parkFailure(context: CallContext, failure: FailureFacts): Promise<Decision> {
    return await this.parkings.park({
      ...activityFailed(failure, context.phase),
      phase: context.phase,
      target: context.target ?? null,
      news: context.news,
    });
  }

  private async restLocked(failure: FailureFacts, waitMs: number): Promise<void> {
    const holder = failure.holder ?? 'another user';
    const ms = failure.retryAfterMs ?? waitMs;
    this.display.wait({
      for: 'handler',
      what: `${holder} releases the lock: ${failure.message}`,
      untilMs: this.engine.nowMs() + ms,
    });
    const seen = this.factsSeen;
    await this.engine.condition(() => this.factsSeen > seen, ms, `held by ${holder}`);
    this.display.wait(null);
  }
}
