import type { Activities } from '../activities/index.js';
import type { FailureFacts } from '../src/domain/failure.js';
import type { LaneState } from '../src/domain/lane.js';
import type { Measure } from '../src/domain/metrics.js';
import type { LaneNews } from './messages.js';
import type { Published } from './published.js';
import type { PushStart, PushView } from './push-run.js';

/**
 * All access of a workflow to time, messages and external systems. In production this is Temporal
 * (`temporal-engine.ts`), in tests without a server a virtual clock. See `engine.decision.md` for its limit.
 */
export interface Engine {
  readonly activities: Activities;
  nowMs(): number;
  /** By the server's clock; the run may have waited for a worker since. */
  readonly startedAtMs: number;
  /** True when the condition holds, false when the time is up. Throws when the surrounding scope is cancelled. */
  condition(holds: () => boolean, timeoutMs?: number, summary?: string): Promise<boolean>;
  /** Runs the body so that it can be cancelled; a cancellation ends `done` with `cancelled`. */
  scope(body: () => Promise<void>): Scope;
  /** Runs a write to its end, even when the surrounding scope is cancelled. */
  protect<T>(body: () => Promise<T>): Promise<T>;
  isCancellation(error: unknown): boolean;
  /** The failure that ended an activity; null for any other error. */
  failureOf(error: unknown): FailureFacts | null;
  /** Search attributes and current details: what the Temporal Web UI shows. */
  publish(view: Published): void;
  /** For the metrics of the worker; a replay measures nothing again. */
  readonly measure: Measure;
  /** Writes the last published view before the run ends. */
  flush(): void;
  /** The run should continue as new: its history is long, or a signal asked for it. */
  isNewRunDue(): boolean;
  /** The next time it is at rest, the run continues as new. */
  wantNewRun(): void;
  /** All message handlers have finished. */
  handlersIdle(): boolean;
}

/** What a lane needs in addition. */
export interface LaneEngine extends Engine {
  /** Starts a push that outlives the lane; returns the id of its run, once the server has it. */
  startPush(workflowId: string, start: PushStart, onLost: () => void): Promise<string>;
  /** False when the ticket's run is gone. */
  signalTicket(workflowId: string, news: LaneNews): Promise<boolean>;
  publishLane(state: LaneState): void;
}

/** What the stop switch needs in addition. */
export interface TextEngine extends Engine {
  publishText(details: string): void;
}

export interface SlotEngine extends TextEngine {
  /** False when the push is gone. */
  grantSlot(pushWorkflowId: string, round: number): Promise<boolean>;
}

export interface PushEngine extends Engine {
  /** False when the ticket's run is gone. */
  signalTicket(workflowId: string, news: LaneNews): Promise<boolean>;
  publishPush(view: PushView): void;
}

export interface Scope {
  readonly done: Promise<'finished' | 'cancelled'>;
  cancel(): void;
}
