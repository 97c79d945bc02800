import type { TicketEvent } from '../src/domain/event.js';
import type { ScriptAnswer, ScriptDelivery, ScriptReply } from '../src/domain/script-reply.js';

const MOST_KEPT = 10;

/**
 * Results that mediators wait for, of the last deliveries. In memory only, because a mediator waits for seconds: a run that
 * continued as new has lost them, and the mediator is answered that its event is accepted.
 */
export class ScriptReplies {
  private readonly runs = new Map<string, string>();
  private readonly replies = new Map<string, ScriptReply>();

  /** The delivery is answered by the script run of that key, which may have ended before. */
  runsAs(event: TicketEvent, runKey: string): void {
    if (!isAwaited(event)) return;
    keep(this.runs, deliveryOf(event), runKey);
    if (!this.replies.has(runKey)) keep(this.replies, runKey, { kind: 'running' });
  }

  isNotRun(event: TicketEvent, why: string): void {
    if (!isAwaited(event)) return;
    const delivery = deliveryOf(event);
    keep(this.runs, delivery, delivery);
    keep(this.replies, delivery, { kind: 'notRun', why });
  }

  /** True when a delivery was answered by that run, so that the next one can be as well. */
  knows(runKey: string): boolean {
    return this.replies.has(runKey);
  }

  ended(runKey: string, answer: ScriptAnswer): void {
    if (this.replies.has(runKey)) this.replies.set(runKey, { kind: 'ended', answer });
  }

  skipped(runKey: string, why: string): void {
    if (this.replies.has(runKey)) this.replies.set(runKey, { kind: 'notRun', why });
  }

  replyTo({ eventKey, receivedAtMs, script }: ScriptDelivery): ScriptReply {
    const runKey = this.runs.get(JSON.stringify([eventKey, receivedAtMs, script]));
    return (runKey === undefined ? undefined : this.replies.get(runKey)) ?? { kind: 'unknown' };
  }
}

function isAwaited({ script }: TicketEvent): boolean {
  return script?.reply === 'result';
}

function deliveryOf({ key, receivedAtMs, script }: TicketEvent): string {
  return JSON.stringify([key, receivedAtMs, script?.name ?? '']);
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= MOST_KEPT) return;
    map.delete(oldest);
  }
}
