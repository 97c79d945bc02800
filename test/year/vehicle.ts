/** What a simulated year runs on: the in-process engine, or a Temporal server that skips time. */
import type {
  Actor,
  CommandResult,
  LaneCommand,
  PushCommand,
  TicketCommand,
} from '../../src/domain/commands.js';
import type { LaneView, TicketView } from '../../src/domain/view.js';
import type { FakeEnvironment } from '../support/fake-environment.js';
import type { YearSecureChange } from './stand-in.js';

export interface Vehicle {
  readonly env: FakeEnvironment;
  readonly secureChange: YearSecureChange;
  nowMs(): number;
  /** Everything that can happen at this instant has happened. */
  caughtUp(): Promise<void>;
  /** As it is now; null where no run of it is known. */
  ticket(ticketId: string): Promise<TicketView | null>;
  lane(key: string): Promise<LaneView | null>;
  /** By olga, unless another person is named. */
  operateTicket(
    ticketId: string,
    command: TicketCommand,
    by?: { readonly actor?: Actor; readonly reason?: string; readonly key?: string },
  ): Promise<CommandResult>;
  operateLane(key: string, command: LaneCommand): Promise<CommandResult>;
  operatePush(key: string, n: number, command: PushCommand): Promise<CommandResult>;
  sweep(): Promise<void>;
  stopSwitch(on: boolean): Promise<void>;
  /** Every worker ends, and others take over. */
  replaceWorkers(): Promise<void>;
  /** The lane's workflow is terminated. */
  loseLane(key: string): Promise<void>;
}
