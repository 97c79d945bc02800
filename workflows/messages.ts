/** Signals, updates and queries: the contract between gateway, client, activities and workflows. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  CommandResult,
  ControlCommand,
  LaneCommand,
  PushCommand,
  SignedCommand,
  TicketCommand,
} from '../src/domain/commands.js';
import type { BeginAutomatic, BeginAutomaticResult, EndAutomatic } from '../src/domain/automatic-fence.js';
import type { Conflict, ConflictQuestion } from '../src/domain/conflicts.js';
import type { TicketEvent } from '../src/domain/event.js';
import type { BeginSend, BeginSendResult, CallNotMade, SavedInPush, SendFacts } from '../src/domain/fence.js';
import type { KnownResult } from '../src/domain/kept-results.js';
import type { PushEnd } from '../src/domain/push-end.js';
import type { PushRunOf } from '../src/domain/running-push.js';
import type { Enrolment, LaneState, ManagerPolicy, PlaceInPush } from '../src/domain/lane.js';
import type { LaneNotice } from '../src/domain/lane-notices.js';
import type { Leave, Leaving, Replanned } from '../src/domain/lane-places.js';
import type { Signed } from '../src/domain/lane-ending.js';
import type { QueuedMessage } from '../src/domain/outbox.js';
import type { ScriptDelivery, ScriptReply } from '../src/domain/script-reply.js';
import type { MemberResult, PushCall } from '../src/domain/push.js';
import type { Interval, WindowQuestion } from '../src/domain/window.js';
import type { LaneWindows } from '../src/domain/window-record.js';
import type { ControlView, LaneView, TicketView } from '../src/domain/view.js';

/** Workflow type names, as registered. */
export const WORKFLOW_TYPES = {
  ticket: 'ticket',
  lane: 'lane',
  push: 'push',
  updateSlot: 'updateSlot',
  control: 'control',
  sweep: 'sweep',
  alerts: 'alerts',
  auditExport: 'auditExport',
  script: 'script',
  itsmTicket: 'itsmTicket',
} as const;

import type { PushView } from './push-run.js';

export type { TicketStart } from './ticket-state.js';

// every workflow that lives for long
/** Its next run, with the same state, begins the next time it is at rest: after a release, old code is needed no more then. */
export const continueAsNew = defineSignal('continueAsNew');

// ticket
export const ticketReported = defineSignal<[TicketEvent]>('ticketReported');
/** News of a lane about a place of the ticket. */
export const laneNews = defineSignal<[LaneNews]>('laneNews');
export const ticketView = defineQuery<TicketView>('ticketView');
/** A message of the outbox with its body, by number; null when it is not in the outbox. */
export const outboxMessage = defineQuery<QueuedMessage | null, [number]>('outboxMessage');
export const scriptReply = defineQuery<ScriptReply, [ScriptDelivery]>('scriptReply');
export const operateTicket = defineUpdate<CommandResult, [SignedCommand<TicketCommand>]>('operateTicket');

export type LaneNews = { readonly laneKey: string; readonly target: string } & (
  | { readonly kind: 'carried'; readonly n: number }
  /** Push `n` sent nothing for the place: it waits again. */
  | { readonly kind: 'back'; readonly n: number }
  /** `signature`: see `canonicalResult`. */
  | {
      readonly kind: 'ended';
      readonly n: number;
      readonly result: MemberResult;
      readonly signature?: string;
    }
  /** The windows of the place are over: the lane has removed it. */
  | { readonly kind: 'missed' }
  /** Why the place waits; null when it waits for its window only. */
  | { readonly kind: 'notice'; readonly notice: LaneNotice | null }
  /** The push asks an operator whether its call was made; `message` is null once it is answered. */
  | {
      readonly kind: 'asks';
      readonly n: number;
      readonly call: PushCall;
      readonly message: string | null;
    }
  /** The calendar was edited, or another one counts: the next opening. */
  | {
      readonly kind: 'replanned';
      readonly next: Interval | null;
      readonly calendar?: string;
      readonly zone?: string;
    }
);

/** Memo of a ticket: its subject, for lists. */
export const TICKET_SUBJECT = 'subject';

// lane
export interface LaneEnrolment {
  readonly manager: ManagerPolicy;
  readonly enrolments: readonly Enrolment[];
}
export const laneEnrol = defineSignal<[Signed<LaneEnrolment>]>('laneEnrol');
/** Calendars were edited: the new windows of the lane's places. */
export const laneReplan = defineSignal<[Signed<Replanned>]>('laneReplan');
export const laneQuestionsToPlan = defineQuery<readonly WindowQuestion[], [basis: string]>(
  'laneQuestionsToPlan',
);
/** Other tickets in the lane on the same device or rule. */
export const laneConflicts = defineQuery<readonly Conflict[], [ConflictQuestion]>('laneConflicts');
export const laneLeave = defineUpdate<Leaving, [Signed<Leave>]>('laneLeave');
export const laneBeginSend = defineUpdate<BeginSendResult, [Signed<BeginSend>]>('laneBeginSend');
export const laneCallNotMade = defineUpdate<null, [Signed<CallNotMade>]>('laneCallNotMade');
export const laneSavedInPush = defineUpdate<null, [Signed<SavedInPush>]>('laneSavedInPush');
export const lanePushEnded = defineUpdate<null, [Signed<PushEnd>]>('lanePushEnded');
export const laneBeginAutomatic = defineUpdate<BeginAutomaticResult, [Signed<BeginAutomatic>]>(
  'laneBeginAutomatic',
);
export const laneEndAutomatic = defineUpdate<null, [Signed<EndAutomatic>]>('laneEndAutomatic');
export const laneSendFacts = defineQuery<SendFacts, [PushRunOf]>('laneSendFacts');
/** For each place, in the same order. */
export const laneKnownResults = defineQuery<readonly KnownResult[], [readonly PlaceInPush[]]>(
  'laneKnownResults',
);
/** The whole state of the lane: a new lane recovers from it. */
export const laneState = defineQuery<LaneState>('laneState');

// push
export const pushView = defineQuery<PushView>('pushView');
export const operatePush = defineUpdate<CommandResult, [SignedCommand<PushCommand>]>('operatePush');

// update slot
export interface SlotRequest {
  readonly laneKey: string;
  readonly n: number;
  readonly runId: string;
  /** Number of the request in this push: a grant answers one request only. */
  readonly round: number;
  /** The request whose window closes first gets the slot first. */
  readonly closesAtMs: number;
  /** Where SecureChange shows whether the Update still runs; absent in a request of an older release. */
  readonly at?: UpdatePlace;
}
export interface UpdatePlace {
  readonly ticketId: string;
  readonly stepInstance: string;
  readonly requestField: string;
}
export const updateSlotRequested = defineSignal<[SlotRequest]>('updateSlotRequested');
export const updateSlotReleased = defineSignal<[SlotRequest]>('updateSlotReleased');
export const updateSlotGranted = defineSignal<[number]>('updateSlotGranted');

/** Memo of a lane: the bases of its windows, see `basesOf`. A list shows it without a query to the lane. */
export const LANE_BASES = 'windowBases';
/** Memo of a ticket that waits for a window without a place in a lane: the basis on which there was none; empty when it does not. */
export const TICKET_BASIS = 'windowBasis';
/** What `sco report windows` is made of. */
export const laneWindows = defineQuery<LaneWindows>('laneWindows');
export const laneView = defineQuery<LaneView>('laneView');
export const operateLane = defineUpdate<CommandResult, [SignedCommand<LaneCommand>]>('operateLane');

// sweep
/** Memo of a sweep: the `ConfigurationFacts` of the worker that ran it. */
export const SWEEP_CONFIGURATION = 'configuration';

// control
export const controlView = defineQuery<ControlView>('controlView');
export const operateControl = defineUpdate<CommandResult, [SignedCommand<ControlCommand>]>('operateControl');
