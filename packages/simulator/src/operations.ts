import type { JsonObject } from './json.js';
import type { Operation, Step, Task, Ticket } from './model.js';
import type { Site } from './site.js';

type Finish = (operation: Operation) => void;

/** Runs what finishes later. Operations are journalled: after a restart those still due go on, overdue ones at once. */
export class Operations {
  private readonly site: Site;
  private readonly finishers = new Map<Operation['kind'], Finish>();
  private readonly timers = new Map<number, NodeJS.Timeout>();
  private stopped = false;

  constructor(site: Site) {
    this.site = site;
  }

  /** Says what completes operations of a kind. The finisher runs inside a change. */
  on(kind: Operation['kind'], finish: Finish): void {
    this.finishers.set(kind, finish);
  }

  resume(): void {
    for (const operation of this.site.operations.all()) this.schedule(operation);
  }

  /** Starts an operation that ends after `lastsMs`. Only inside a change. */
  start(
    kind: Operation['kind'],
    lastsMs: number,
    user: string,
    about: { ticket?: Ticket; step?: Step; task?: Task; deviceId?: number },
    data: JsonObject = {},
  ): Operation {
    const now = this.site.now();
    const operation: Operation = {
      id: this.site.nextId('operation'),
      kind,
      startMs: now,
      dueMs: now + lastsMs,
      user,
      ticketId: about.ticket?.id ?? null,
      stepId: about.step?.id ?? null,
      taskId: about.task?.id ?? null,
      deviceId: about.deviceId ?? null,
      data,
    };
    this.site.operations.put(operation.id, operation);
    this.site.store.whenCommitted(() => this.schedule(operation));
    return operation;
  }

  /** The operations under way of one kind. */
  running(kind: Operation['kind']): Operation[] {
    return this.site.operations.all().filter((operation) => operation.kind === kind);
  }

  private schedule(operation: Operation): void {
    if (this.stopped) return;
    const wait = Math.max(0, operation.dueMs - this.site.now());
    this.timers.set(
      operation.id,
      setTimeout(() => this.finish(operation), Math.min(wait, 2 ** 31 - 1)),
    );
  }

  /** Ends at once everything that is under way now, in order of its due time. Returns how many. */
  finishNow(): number {
    const waiting = this.site.operations.all().filter((operation) => this.timers.has(operation.id));
    waiting.sort((left, right) => left.dueMs - right.dueMs);
    for (const operation of waiting) {
      clearTimeout(this.timers.get(operation.id));
      this.finish(operation);
    }
    return waiting.length;
  }

  private finish(operation: Operation): void {
    this.timers.delete(operation.id);
    if (this.stopped) return;
    try {
      this.site.store.change(() => {
        this.site.operations.delete(operation.id);
        this.finishers.get(operation.kind)?.(operation);
      });
    } catch (error) {
      this.site.log(
        `simulator: ${operation.kind} of ticket ${String(operation.ticketId)} broke: ${String(error)}`,
      );
    }
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
  }
}
