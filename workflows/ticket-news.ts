import type { Engine } from './engine.js';
import type { TicketState } from './ticket-state.js';

/** The reasons to read one ticket again: events that wait, requests of its phases, commands. */
export class TicketNews {
  private readonly state: TicketState;
  private readonly engine: Engine;
  private readingRequested = false;
  private commandWaits = false;
  private eventsAtAttempt = 0;

  constructor(state: TicketState, engine: Engine) {
    this.state = state;
    this.engine = engine;
  }

  /** The ticket may have changed: the main loop reads it. */
  requestReading(): void {
    this.readingRequested = true;
  }

  /** A command changed how the ticket is driven: the main loop reads it. */
  commandArrived(): void {
    this.commandWaits = true;
  }

  /** The requests so far are answered by a reading that begins now, or that is newer than they are. */
  requestsAnswered(): void {
    this.readingRequested = false;
  }

  /** An attempt to read the ticket begins: it takes the commands so far into account. */
  attemptBegins(): void {
    this.eventsAtAttempt = this.state.queue.length;
    this.commandWaits = false;
  }

  /** An event or a command arrived since the attempt began: after a failure another attempt may succeed. */
  arrivedSinceAttempt(): boolean {
    return this.state.queue.length > this.eventsAtAttempt || this.commandWaits;
  }

  /** Waits for the next reason to read the ticket, until `isDue` or for `timeoutMs`. */
  async next(isDue: () => boolean, timeoutMs?: number, summary?: string): Promise<void> {
    await this.engine.condition(
      () =>
        this.state.queue.length > 0 ||
        this.state.carriedBy.length > 0 ||
        this.readingRequested ||
        this.commandWaits ||
        isDue(),
      timeoutMs,
      summary,
    );
  }
}
