import type { Code } from '../src/domain/codes.js';
import type { Parking, WayOut } from '../src/domain/commands.js';
import { parking } from '../src/domain/parking.js';
import type { Phase } from '../src/domain/phase.js';
import { decisionText } from '../src/domain/view.js';
import type { Engine } from './engine.js';
import type { TicketDisplay } from './ticket-display.js';
import type { TicketState } from './ticket-state.js';

/** The answer of an operator to a parking. */
export interface Decision {
  readonly kind: 'retry' | 'skip' | 'accept' | 'repeat' | 'manual';
  readonly by: string;
  readonly text: string;
}

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
  /** Names what was seen of saved changes of others, for a way out that accepts it. */
  readonly seen?: string;
  readonly news?: (() => boolean) | undefined;
}

/** The parkings of one ticket: what it waits for an operator to answer, and the answers. */
export class Parkings {
  private readonly state: TicketState;
  private readonly engine: Engine;
  private readonly display: TicketDisplay;
  private readonly decisions = new Map<string, Decision>();

  constructor(state: TicketState, engine: Engine, display: TicketDisplay) {
    this.state = state;
    this.engine = engine;
    this.display = display;
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
    this.display.note(`parked: ${input.reason}`);
    this.display.wait({ for: 'operator', what: decisionText(input.reason), untilMs: null });
    try {
      await engine.condition(() => this.decisions.has(key) || news?.() === true);
    } finally {
      this.end(input.code, target);
    }
    const decision = this.decisions.get(key);
    this.decisions.delete(key);
    this.display.wait(null);
    return decision ?? { kind: 'retry', by: 'a change of the ticket', text: '' };
  }

  /** Shows a parking without waiting for an answer: another workflow, such as the lane, gets the command. */
  show({ target = null, evidence = null, ...input }: ParkInput): void {
    const { state, engine } = this;
    this.end(input.code, target);
    state.parkings.push(
      parking({ ...input, ticketId: state.ticketId, target, evidence, sinceMs: engine.nowMs() }),
    );
    this.display.publish();
  }

  /** Ends a parking that is shown; does nothing when there is none. */
  end(code: Code, target: string | null): void {
    const key = parkingKey(code, target);
    const before = this.state.parkings.length;
    this.state.parkings = this.state.parkings.filter((known) => parkingKey(known.code, known.target) !== key);
    if (this.state.parkings.length !== before) this.display.publish();
  }

  /** Gives a decision to the parkings that offer it; returns their number. */
  decide(offers: (parked: Parking) => boolean, decision: Decision): number {
    const taken = this.state.parkings.filter(offers);
    for (const parked of taken) this.decisions.set(parkingKey(parked.code, parked.target), decision);
    return taken.length;
  }
}

function parkingKey(code: Code, target: string | null): string {
  return `${code}/${target ?? ''}`;
}
