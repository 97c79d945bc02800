import { cleanLine } from '../src/domain/clean-text.js';
import type { Phase } from '../src/domain/phase.js';
import type { Waiting } from '../src/domain/view.js';
import type { Engine } from './engine.js';
import type { TicketState } from './ticket-state.js';
import { publishedOf } from './ticket-view.js';

const TIMELINE_LENGTH = 40;

/** The published state of one ticket: its phase, what it waits for, its timeline. */
export class TicketDisplay {
  private readonly state: TicketState;
  private readonly engine: Engine;

  constructor(state: TicketState, engine: Engine) {
    this.state = state;
    this.engine = engine;
  }

  note(what: string): void {
    const entry = { atMs: this.engine.nowMs(), what: cleanLine(what, 500) };
    this.state.timeline = [...this.state.timeline, entry].slice(-TIMELINE_LENGTH);
  }

  enter(phase: Phase | null): void {
    // What the last phase waited for is over.
    if (phase !== this.state.phase) this.state.waiting = null;
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
}
