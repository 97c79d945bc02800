import { AsyncLocalStorage } from 'node:async_hooks';

import { EFFECTS } from '../../activities/effects.js';
import type { Activities } from '../../activities/index.js';
import type { FailureFacts } from '../../src/domain/failure.js';
import type { Measure, MetricName } from '../../src/domain/metrics.js';
import type { LaneState } from '../../src/domain/lane.js';
import type { Engine, LaneEngine, PushEngine, Scope, SlotEngine } from '../../workflows/engine.js';
import type { Published } from '../../workflows/published.js';
import type { LaneNews } from '../../workflows/messages.js';
import type { PushStart, PushView } from '../../workflows/push-run.js';
import type { VirtualTime } from './virtual-time.js';

/** What an activity gave up on, as the engine hands it to the workflow. */
export class FakeActivityFailure extends Error {
  readonly facts: FailureFacts;

  constructor(facts: FailureFacts) {
    super(facts.message);
    this.facts = facts;
  }
}

class Cancelled extends Error {}

/**
 * Carries out one activity with its profile's retries; `signal` ends it when the workflow no longer wants it, `noMore` lets a
 * running attempt end and begins no other.
 */
export type Invoke = (
  name: keyof Activities,
  input: unknown,
  signal: AbortSignal,
  runId?: string,
  noMore?: AbortSignal,
) => Promise<unknown>;

/** What a workflow may do to others. */
export interface EngineLinks {
  startPush(workflowId: string, start: PushStart): string;
  signalTicket(workflowId: string, news: LaneNews): boolean;
  grantSlot(workflowId: string, round: number): boolean;
}

const NO_LINKS: EngineLinks = {
  startPush: () => 'a-run',
  signalTicket: () => false,
  grantSlot: () => false,
};

class FakeScope {
  cancelled = false;
  readonly parent: FakeScope | null;
  readonly shields: boolean;
  readonly onCancel = new Set<() => void>();

  constructor(parent: FakeScope | null, shields: boolean) {
    this.parent = parent;
    this.shields = shields;
  }

  get considered(): boolean {
    return this.cancelled || (!this.shields && this.parent?.considered === true);
  }

  /** Every scope whose cancellation reaches this one. */
  *reaching(): Generator<FakeScope> {
    yield this;
    if (!this.shields && this.parent) yield* this.parent.reaching();
  }
}

/** What a workflow or an activity measured. */
export interface Measured {
  readonly name: MetricName;
  readonly value: number;
  readonly labels: object;
}

const currentScope = new AsyncLocalStorage<FakeScope>();

interface Waiter {
  readonly holds: () => boolean;
  readonly go: () => void;
}

/** The engine of `workflows/engine.ts` without Temporal: a virtual clock, and conditions that are checked after every step. */
export class FakeEngine implements Engine, LaneEngine, PushEngine, SlotEngine {
  runId = 'a-run';
  /** How this run reaches others. */
  links: EngineLinks = NO_LINKS;
  readonly activities: Activities;
  readonly published: Published[] = [];
  /** Says when the history has become long. */
  isLong: () => boolean = () => false;
  busyHandlers = 0;
  measured: Measured[] = [];
  flushes = 0;
  private readonly root = new FakeScope(null, false);
  private readonly time: VirtualTime;
  private readonly invoke: Invoke;
  private waiters: Waiter[] = [];
  private readonly forget: () => void;
  readonly startedAtMs: number;

  constructor(time: VirtualTime, invoke: Invoke) {
    this.time = time;
    this.startedAtMs = time.nowMs;
    this.invoke = invoke;
    this.activities = new Proxy({} as Activities, {
      get: (_, name: string) => async (input: unknown) => await this.call(name as keyof Activities, input),
    });
    this.forget = time.whenWoken(this.poke);
  }

  /** What it waits for may hold now: an activity or timer ended, or a message may have reached its run. */
  touch(): void {
    this.time.wake(this.poke);
  }

  /** Runs workflow code: its main function or a message handler. */
  async enter<T>(body: () => Promise<T>): Promise<T> {
    this.touch();
    return await currentScope.run(this.root, body);
  }

  nowMs(): number {
    return this.time.nowMs;
  }

  async condition(holds: () => boolean, timeoutMs?: number): Promise<boolean> {
    const scope = this.here();
    if (scope.considered) throw new Cancelled('cancelled');
    if (holds()) return true;
    return await new Promise<boolean>((resolve, reject) => {
      const done = (finish: () => void): void => {
        this.waiters = this.waiters.filter((known) => known !== waiter);
        forgetTimer?.();
        for (const reaching of scope.reaching()) reaching.onCancel.delete(cancel);
        this.touch();
        finish();
      };
      const cancel = (): void => done(() => reject(new Cancelled('cancelled')));
      const waiter: Waiter = { holds, go: () => done(() => resolve(true)) };
      const forgetTimer =
        timeoutMs === undefined
          ? null
          : this.time.at(this.time.nowMs + Math.max(1, Math.ceil(timeoutMs)), () =>
              done(() => resolve(false)),
            );
      this.waiters.push(waiter);
      this.touch();
      for (const reaching of scope.reaching()) reaching.onCancel.add(cancel);
    });
  }

  scope(body: () => Promise<void>): Scope {
    const scope = new FakeScope(this.here(), false);
    const done = currentScope.run(scope, async () => {
      try {
        await body();
        return 'finished' as const;
      } catch (error) {
        if (this.isCancellation(error)) return 'cancelled' as const;
        this.time.crash(error);
        throw error;
      }
    });
    done.catch(() => {});
    return { done, cancel: () => this.cancel(scope) };
  }

  async protect<T>(body: () => Promise<T>): Promise<T> {
    return await currentScope.run(new FakeScope(this.here(), true), body);
  }

  isCancellation(error: unknown): boolean {
    return error instanceof Cancelled;
  }

  failureOf(error: unknown): FailureFacts | null {
    return error instanceof FakeActivityFailure ? error.facts : null;
  }

  publish(view: Published): void {
    this.published.push(view);
  }

  readonly measure: Measure = (name, value, labels) => {
    this.measured.push({ name, value, labels });
  };

  flush(): void {
    this.flushes += 1;
  }

  async startPush(workflowId: string, start: PushStart): Promise<string> {
    await Promise.resolve();
    this.touch();
    return this.links.startPush(workflowId, JSON.parse(JSON.stringify(start)) as PushStart);
  }

  async signalTicket(workflowId: string, news: LaneNews): Promise<boolean> {
    await Promise.resolve();
    this.touch();
    return this.links.signalTicket(workflowId, JSON.parse(JSON.stringify(news)) as LaneNews);
  }

  async grantSlot(workflowId: string, round: number): Promise<boolean> {
    await Promise.resolve();
    this.touch();
    return this.links.grantSlot(workflowId, round);
  }

  publishLane(_: LaneState): void {}

  publishPush(_: PushView): void {}

  publishText(_: string): void {}

  isNewRunDue(): boolean {
    return this.isLong();
  }

  wantNewRun(): void {
    this.isLong = () => true;
  }

  handlersIdle(): boolean {
    return this.busyHandlers === 0;
  }

  /** Ends everything the run still waits for: the test environment is closed. */
  close(): void {
    this.cancel(this.root);
  }

  /** Its run is over: nothing waits any more. */
  ended(): void {
    this.forget();
  }

  private here(): FakeScope {
    return currentScope.getStore() ?? this.root;
  }

  private cancel(scope: FakeScope): void {
    scope.cancelled = true;
    for (const each of [...scope.onCancel]) each();
  }

  private readonly poke = (): boolean => {
    // Woken by whatever may concern it: nearly always nothing holds.
    if (!this.waiters.some(({ holds }) => holds())) return false;
    let moved = false;
    for (const waiter of [...this.waiters]) {
      if (!this.waiters.includes(waiter) || !waiter.holds()) continue;
      waiter.go();
      moved = true;
    }
    return moved;
  };

  private async call(name: keyof Activities, input: unknown): Promise<unknown> {
    const scope = this.here();
    if (scope.considered) throw new Cancelled('cancelled');
    const abort = new AbortController();
    // As in the profiles: the running attempt of a cancelled write is awaited, a read ends at once.
    if (EFFECTS[name] !== 'read') {
      const noMore = new AbortController();
      const stop = (): void => noMore.abort(new Cancelled('cancelled'));
      for (const reaching of scope.reaching()) reaching.onCancel.add(stop);
      try {
        return await this.invoke(name, input, abort.signal, this.runId, noMore.signal);
      } finally {
        this.touch();
        for (const reaching of scope.reaching()) reaching.onCancel.delete(stop);
      }
    }
    const answer = this.invoke(name, input, abort.signal, this.runId);
    return await new Promise((resolve, reject) => {
      const done = (finish: () => void): void => {
        for (const reaching of scope.reaching()) reaching.onCancel.delete(cancel);
        this.touch();
        finish();
      };
      const cancel = (): void => {
        done(() => reject(new Cancelled('cancelled')));
        abort.abort(new Cancelled('cancelled'));
      };
      for (const reaching of scope.reaching()) reaching.onCancel.add(cancel);
      answer.then(
        (result) => done(() => resolve(result)),
        (error: unknown) =>
          done(() => reject(error instanceof Error ? error : new Error('failed', { cause: error }))),
      );
    });
  }
}
