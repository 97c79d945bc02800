/** Signals, updates and queries: the contract between gateway, client, activities and workflows. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  CommandResult,
  ControlCommand,
  LaneCommand,
  SignedCommand,
  TicketCommand,
} from '../src/domain/commands.js';
import type { TicketEvent } from '../src/domain/event.js';
import type { PushEnding, SavingEnding } from '../src/domain/lane-ending.js';
import type { BeginResult, Enrolment, Replan, TokenState } from '../src/domain/lane.js';
import type { Interval } from '../src/domain/window.js';
import type { ControlView, LaneView, TicketView } from '../src/domain/view.js';

/** Workflow type names, as registered. */
export const WORKFLOW_TYPES = { ticket: 'ticket', lane: 'lane', control: 'control', sweep: 'sweep' } as const;

export type { TicketStart } from './ticket-state.js';

// ticket
export const ticketReported = defineSignal<[TicketEvent]>('ticketReported');
/** A lane gives the ticket its turn. */
export const laneGranted = defineSignal<[LaneGranted]>('laneGranted');
/** The lane can not serve the enrolment: its windows are over, or a ledger entry blocks it. */
export const laneRefused = defineSignal<[LaneRefused]>('laneRefused');
export const ticketView = defineQuery<TicketView>('ticketView');
export const operateTicket = defineUpdate<CommandResult, [SignedCommand<TicketCommand>]>('operateTicket');

export interface LaneGranted {
  readonly laneKey: string;
  readonly token: number;
  readonly epoch: number;
  readonly target: string;
  readonly kind: Enrolment['kind'];
}

export interface LaneRefused {
  readonly laneKey: string;
  readonly target: string;
  readonly kind: Enrolment['kind'];
  readonly why: 'windowMissed' | 'ledger' | 'unblocked' | 'replanned';
  readonly message: string;
  /** With `replanned`: the next opening by the calendar as it is now. */
  readonly next?: Interval | null;
}

/** Memo of a ticket: its subject, for lists. */
export const TICKET_SUBJECT = 'subject';

// lane
export const laneEnrol = defineSignal<[readonly Enrolment[]]>('laneEnrol');
/** Calendars as they are now, from the sweep. */
export const laneReplan = defineSignal<[readonly Replan[]]>('laneReplan');
export const laneWithdraw = defineSignal<[{ ticketId: string; target: string | null }]>('laneWithdraw');
export const laneEndPush = defineSignal<[PushEnding]>('laneEndPush');
export const laneEndSaving = defineSignal<[SavingEnding]>('laneEndSaving');
export const laneTicketEnded = defineSignal<[{ ticketId: string }]>('laneTicketEnded');
export const laneBeginPush = defineUpdate<
  BeginResult,
  [{ token: number; effectKey: string; baseline: string }]
>('laneBeginPush');
export const laneBeginSaving = defineUpdate<
  { kind: 'recorded' } | { kind: 'pushing'; by: string },
  [{ ticketId: string; target: string; effectKey: string }]
>('laneBeginSaving');
/** Memo of a lane: the calendars its queue waits by, see `plansOf`. A list shows it without asking the lane. */
export const LANE_PLANS = 'plans';
export const laneView = defineQuery<LaneView>('laneView');
export const operateLane = defineUpdate<CommandResult, [SignedCommand<LaneCommand>]>('operateLane');

// sweep
/** Memo of a sweep: the `ConfigurationFacts` of the worker that ran it. */
export const SWEEP_CONFIGURATION = 'configuration';

// control
export const controlView = defineQuery<ControlView>('controlView');
export const operateControl = defineUpdate<CommandResult, [SignedCommand<ControlCommand>]>('operateControl');
/** For the push activity: has an earlier attempt begun with this token, and how did it end? */
export const laneToken = defineQuery<TokenState, [number]>('laneToken');
