import type { Activities } from '../activities/index.js';
import type { FailureFacts } from '../src/domain/failure.js';
import type { LaneState } from '../src/domain/lane.js';
import type { LaneNews } from './messages.js';
import type { PushStart, PushView } from './push-run.js';

/**
 * The only doors a ticket's life has to time, messages and the outside. In production they are Temporal's primitives
 * (`temporal-engine.ts`), in tests without a server a clock that jumps. A screen is its limit: see `engine.decision.md`.
 */
export interface Engine {
  readonly activities: Activities;
  nowMs(): number;
  /** True when the condition holds, false when the time is up. Throws when the surrounding scope is cancelled. */
  condition(holds: () => boolean, timeoutMs?: number, summary?: string): Promise<boolean>;
  /** Runs the body so that it can be cancelled; a cancellation ends `done` with `cancelled`. */
  scope(body: () => Promise<void>): Scope;
  /** Runs a write to its end whatever happens around it. */
  protect<T>(body: () => Promise<T>): Promise<T>;
  isCancellation(error: unknown): boolean;
  /** What an activity finally gave up on; null for anything that is not an activity's failure. */
  giveUp(error: unknown): FailureFacts | null;
  /** Search attributes and current details: what the Temporal Web UI shows. */
  publish(view: Published): void;
  /** Writes what was published last, before the run ends. */
  flush(): void;
  /** The history has become long: time to continue as new. */
  historyIsLong(): boolean;
  /** All message handlers have finished. */
  handlersIdle(): boolean;
}

/** What a lane needs besides. */
export interface LaneEngine extends Engine {
  /** Starts a push that outlives the lane; returns the id of its run, once the server has it. */
  startPush(workflowId: string, start: PushStart): Promise<string>;
  /** False when the ticket's run is gone. */
  signalTicket(workflowId: string, news: LaneNews): Promise<boolean>;
  publishLane(state: LaneState): void;
}

export interface SlotEngine extends Engine {
  /** False when the push is gone. */
  grantSlot(pushWorkflowId: string, round: number): Promise<boolean>;
  publishText(details: string): void;
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

export interface Published {
  readonly subject: string;
  readonly workflow: string;
  readonly step: string;
  readonly phase: string;
  readonly waitingFor: string;
  readonly requester: string;
  readonly risk: string;
  readonly itsmId: string;
  readonly outcome: string;
  readonly seenState: string;
  readonly devices: readonly string[];
  readonly windowOpensAtMs: number | null;
  readonly needsAttention: boolean;
  /** Markdown. */
  readonly details: string;
}
