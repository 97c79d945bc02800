import { cleanMarkdown, detailsPage } from '../src/domain/clean-text.js';
import { pushWorkflowId } from '../src/domain/ids.js';
import { ignoredText, NONE_IGNORED, withIgnored, type Ignored } from '../src/domain/ignored.js';
import { takesMore } from '../src/domain/most-waiting.js';
import type { SlotEngine } from './engine.js';
import type { SlotRequest } from './messages.js';
import { untilDone } from './until-done.js';

export interface SlotCarry {
  readonly holder: SlotRequest | null;
  readonly queue: readonly SlotRequest[];
  readonly checkAtMs: number;
  /** Absent in a state of an older release. */
  readonly ignored?: Ignored;
}

const CHECK_EVERY_MS = 60_000;

/** SecureChange runs one Update at a time, for all tickets and managers: one push holds the slot, the others wait. */
export class UpdateSlotRun {
  readonly engine: SlotEngine;
  private holder: SlotRequest | null;
  private queue: readonly SlotRequest[];
  /** When the holder is checked, however many messages arrive meanwhile. */
  private checkAtMs: number;
  private changes = 0;
  private ignoredMessages: Ignored;

  constructor(engine: SlotEngine, carry: SlotCarry | undefined) {
    this.engine = engine;
    this.holder = carry?.holder ?? null;
    this.queue = carry?.queue ?? [];
    this.checkAtMs = carry?.checkAtMs ?? 0;
    this.ignoredMessages = carry?.ignored ?? NONE_IGNORED;
  }

  requested(request: SlotRequest): void {
    this.changes += 1;
    if (isSame(this.holder, request)) return;
    const others = this.queue.filter((other) => !isSame(other, request));
    if (takesMore('slotRequests', others.length)) this.queue = [...others, request];
  }

  released(request: SlotRequest): void {
    this.changes += 1;
    this.queue = this.queue.filter((other) => !isSame(other, request));
    if (isSame(this.holder, request)) this.holder = null;
  }

  /** The push repeats its request every minute. */
  ignored(message: string, why: string): void {
    this.ignoredMessages = withIgnored(this.ignoredMessages, { atMs: this.engine.nowMs(), message, why });
    this.show();
  }

  /** Returns the carried state when the history is long. */
  async live(): Promise<SlotCarry> {
    const { engine } = this;
    for (;;) {
      await this.grantNext();
      this.show();
      const seen = this.changes;
      const woken = (): boolean => this.changes > seen || engine.isNewRunDue();
      const { holder } = this;
      if (holder === null) await engine.condition(woken);
      else {
        const ms = Math.max(1, this.checkAtMs - engine.nowMs());
        await engine.condition(woken, ms, `push ${holder.n} saves an Update`);
        if (engine.nowMs() >= this.checkAtMs) await this.checkHolder(holder);
      }
      if (engine.isNewRunDue())
        return {
          holder: this.holder,
          queue: this.queue,
          checkAtMs: this.checkAtMs,
          ignored: this.ignoredMessages,
        };
    }
  }

  private show(): void {
    const { holder, queue } = this;
    const state =
      holder === null
        ? 'Update slot: free'
        : `Update slot: held by push ${holder.n} of lane ${holder.laneKey}; pushes that wait for it: ${queue.length}`;
    const ignored = ignoredText(this.ignoredMessages);
    this.engine.publishText(detailsPage([state, ...(ignored === null ? [] : [cleanMarkdown(ignored)])]));
  }

  /** The request whose window closes first gets the slot first. */
  private async grantNext(): Promise<void> {
    while (this.holder === null) {
      const next = [...this.queue].sort((a, b) => a.closesAtMs - b.closesAtMs)[0];
      if (next === undefined) return;
      this.queue = this.queue.filter((other) => other !== next);
      this.holder = next;
      this.checkAtMs = this.engine.nowMs() + CHECK_EVERY_MS;
      if (
        !(await this.engine.grantSlot(pushWorkflowId(next.laneKey, next.n), next.round)) &&
        isSame(this.holder, next)
      )
        this.holder = null;
    }
  }

  private async checkHolder(held: SlotRequest): Promise<void> {
    this.checkAtMs = this.engine.nowMs() + CHECK_EVERY_MS;
    const { laneKey, n, runId, at } = held;
    const holds = await untilDone(
      this.engine,
      async () =>
        this.engine.activities.checkSlotHolder({ laneKey, n, runId, ...(at !== undefined && { at }) }),
      () => undefined,
    );
    if (!isSame(this.holder, held)) return;
    if (!holds) this.holder = null;
    // The grant may have been lost.
    else await this.engine.grantSlot(pushWorkflowId(held.laneKey, held.n), held.round);
  }
}

function isSame(a: SlotRequest | null, b: SlotRequest): boolean {
  return a?.laneKey === b.laneKey && a.n === b.n && a.runId === b.runId && a.round === b.round;
}
