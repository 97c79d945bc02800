import type { CalendarExplanation } from '../calendar/create-calendars.js';
import type { CommandsClient } from '../../packages/client/src/gateway-commands.js';
import type { LaneView, TicketView } from '../domain/view.js';
import type { WindowRow } from '../domain/window-report.js';
import type { Interval } from '../domain/window.js';
import type { Expect } from './expectations.js';
import type { CallAsItsm } from './itsm-caller.js';
import type { TypeSco } from './type-sco.js';
import type { SimulatorClient, Target } from './simulator-client.js';

/** Nothing opens in them before a scenario says so. */
export type DemoCalendar = 'nightly' | 'later';

/** What people do and what must be true afterwards. `play` does it, with the stage only. */
export interface Scenario {
  readonly name: string;
  /** One line. */
  readonly title: string;
  /** What to watch for, written for a first-time reader. */
  readonly story: string;
  /** Entry of scripts.yaml that the mediator names; `ticket-events` when absent. */
  readonly mediatorScript?: string;
  /** Changes the demo's copy of `config/` before everything starts. */
  readonly configure?: (configDir: string) => void | Promise<void>;
  readonly play: (stage: Stage) => Promise<void>;
}

export interface Stage {
  /** SecureChange and ITSM as people use them. */
  readonly simulator: SimulatorClient;
  /** Commands of an operator, through the gateway. */
  readonly operator: CommandsClient;
  /** The same of another person, Aylin Kaya. */
  readonly approver: CommandsClient;
  /** The ITSM calls the gateway; needs `admitsItsm`. */
  readonly itsm: CallAsItsm;
  /** A command of `sco` that reads, as an operator types it: what it prints with `--json`. */
  readonly sco: TypeSco;
  /** A file below the demo's copy of `config/`. */
  readConfigFile(name: string): string;
  readonly worker: { kill(): Promise<void>; start(): Promise<void> };
  readonly expect: Expect;
  /** Prints what happens. */
  say(text: string): void;
  /** Jana Meier asks for access; the ticket is on stage from now on. */
  open(ask: {
    subject: string;
    workflow?: string;
    targets: readonly Target[];
    port?: number;
  }): Promise<string>;
  /** A ticket that others opened is on stage from now on. */
  follow(ticketId: string, subject: string): void;
  /** Aylin Kaya approves, as soon as the ticket asks for it. Returns when, in ms. */
  approve(ticketId: string): Promise<number>;
  /** Sets the change window of a calendar, `nightly` when none is named. Returns its opening, a whole second, in ms. */
  openWindowIn(ms: number, calendar?: DemoCalendar): number;
  /** Rules of a calendar as `calendars.yaml` has them. `opening`: what the picture shows, null where none is near. */
  editCalendar(calendar: DemoCalendar, rules: object, opening: Interval | null): void;
  /** As `sco window explain`. */
  explain(calendar: DemoCalendar): CalendarExplanation;
  /** As `sco window preview --at`. */
  openings(calendar: DemoCalendar, fromMs: number, days: number): readonly Interval[];
  /** As `sco lane show`. */
  lane(key: string): Promise<LaneView>;
  /** As `sco report windows`. */
  windowReport(): Promise<readonly WindowRow[]>;
  /** The first view for which it holds; throws with what it was instead when the time of the scenario is over. */
  until(ticketId: string, what: string, holds: (view: TicketView) => boolean): Promise<TicketView>;
  /** Its last view, once its workflow has ended: every message is out, every lane has heard of it. */
  ended(ticketId: string): Promise<TicketView>;
  /** Asks until the answer is not undefined or false. */
  eventually<T>(
    what: string,
    ask: () => Promise<T>,
    /** Says what was seen instead, for the message. */
    instead?: () => string,
  ): Promise<Exclude<T, undefined | false>>;
  /** Events in the longest run of the ticket's history. */
  historyLength(ticketId: string): Promise<number>;
}
