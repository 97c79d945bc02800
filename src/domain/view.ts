/** The answer to "what state is this ticket in?": one shape for client, command line, gateway and Web UI. */
import type { ApprovalStanding } from './approvals.js';
import type { BackOut } from './back-out.js';
import type { ForeignVerdict } from './foreign.js';
import type { Preflight } from './preflight.js';
import type { Parking, CommandRecord } from './commands.js';
import type { Ignored } from './ignored.js';
import type { Delivery, ItsmChange } from './outbox.js';
import type { Phase, WaitingFor } from './phase.js';
import type { Mode } from './process.js';
import type { Target } from './provisioning.js';
import type { DevicePath } from './scope.js';
import type { StoppedState } from './stop-switch.js';
import type { Severity, TicketStatus } from './ticket.js';
import type { Interval } from './window.js';
import type { WindowAlert } from './window-alerts.js';

export const OUTCOMES = [
  'closed',
  'autoClosed',
  'rejected',
  'cancelled',
  'aborted',
  'observed',
  'lateEvent',
  'notFound',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Waiting {
  readonly for: WaitingFor;
  /** Who has to do what, as one clause in the present tense: "the change window of calendar nightly opens". */
  readonly what: string;
  /** When the wait ends at the latest without an operator; null when unknown. See `needsPerson`. */
  readonly untilMs: number | null;
  readonly sinceMs: number;
}

/** What a parked ticket waits for. */
export function decisionText(reason: string): string {
  return `an operator decides: ${reason}`;
}

export interface TargetView extends Readonly<Target> {
  readonly done: boolean;
  readonly waiting: string | null;
}

/** Why a ticket waits for a person, and on which device. */
export interface ParkingView extends Parking {
  /** Name of `target`; null when the whole ticket waits. */
  readonly targetName: string | null;
}

export interface EventView {
  readonly key: string;
  readonly name: string;
  /** Prefixed with `unverified:` when the event has no valid signature, or it was not checked yet. */
  readonly source: string;
  readonly atMs: number;
  readonly stage: string | null;
  readonly duplicate: boolean;
}

/** Something that happened; the newest 40 are in the view, all are in the history. */
export interface TimelineEntry {
  readonly atMs: number;
  readonly what: string;
}

export interface TicketView {
  readonly ticketId: string;
  readonly subject: string;
  readonly requester: string;
  readonly workflow: string;
  readonly process: { readonly name: string; readonly version: string } | null;
  readonly mode: Mode;
  readonly modeReason: string | null;
  readonly status: TicketStatus | 'unread';
  readonly step: string | null;
  readonly epoch: number;
  readonly phase: Phase | null;
  readonly donePhases: readonly Phase[];
  readonly waiting: Waiting | null;
  readonly held: { readonly by: string; readonly reason: string; readonly sinceMs: number } | null;
  readonly targets: readonly TargetView[];
  readonly moreTargets: number;
  readonly risk: {
    readonly verdict: string;
    readonly severity: Severity | null;
    readonly reason: string | null;
  } | null;
  /** All approvals of the process together; null while one that is needed is not given. */
  readonly approval: { readonly by: readonly string[]; readonly epoch: number } | null;
  /** Each approval that the process names. */
  readonly approvals: readonly ApprovalStanding[];
  readonly window: {
    readonly calendar: string;
    readonly zone: string;
    readonly next: Interval | null;
    /** The calendar is always open: `next.closesAtMs` is only how far it was planned. */
    readonly openEnded?: true;
    /** No window makes `next`, but an override of these two persons. */
    readonly overriddenBy?: string;
  } | null;
  /** Overrides that persons asked for, the newest last. */
  readonly overrides: readonly OverrideView[];
  /** Of an emergency process: what is owed since two persons let the ticket go ahead; null while they did not. */
  readonly emergency?: {
    readonly owed: {
      readonly text: string;
      readonly dueMs: number;
      readonly state: 'due' | 'overdue' | 'rejected' | 'answered';
    } | null;
  };
  /** Tickets that take back what it made live, the newest last; absent while none was asked for. */
  readonly backOuts?: readonly BackOut[];
  /** Updates of this ticket saved on a manager and not pushed. */
  readonly savedNotPushed: readonly string[];
  readonly itsm: ItsmChange | null;
  /** Messages that are not acknowledged, in the order in which they are sent; at most 50. */
  readonly outbox: readonly Delivery[];
  /** Messages that were acknowledged or dropped, the newest 20. */
  readonly delivered: readonly Delivery[];
  /** Everything that waits for a person, the longest first; at most 50, and how many more there are. */
  readonly parkings: readonly ParkingView[];
  readonly moreParkings: number;
  /** The first of `parkings`. */
  readonly needsAttention: ParkingView | null;
  /** In mode propose: what drive would do. */
  readonly proposals: readonly string[];
  readonly outcome: Outcome | null;
  readonly lastEvents: readonly EventView[];
  readonly timeline: readonly TimelineEntry[];
  readonly commands: readonly CommandRecord[];
  /** Absent while no message was ignored. */
  readonly ignored?: Ignored;
}

export interface OverrideView {
  readonly key: string;
  /** As they were named. */
  readonly devices: readonly string[];
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
  readonly untilMs: number;
  /** null: it does not count yet. */
  readonly confirmedBy: string | null;
  /** It was used, or its gate refused it. */
  readonly spent: boolean;
}

export interface LaneView {
  readonly key: string;
  readonly name: string;
  readonly owner: string | null;
  readonly paused: { readonly by: string; readonly reason: string; readonly sinceMs: number } | null;
  readonly push: {
    readonly n: number;
    readonly kind: string;
    readonly target: string;
    readonly tickets: readonly string[];
    readonly sinceMs: number;
    /** A call is recorded: it was made, or may have been made. */
    readonly begun: boolean;
  } | null;
  /** Commits for several tickets that failed: their targets wait for a person. */
  readonly failures: readonly {
    readonly n: number;
    readonly target: string;
    readonly tickets: readonly string[];
    readonly message: string;
    readonly atMs: number;
  }[];
  /** `target` null: the whole lane. */
  readonly rests: readonly {
    readonly target: string | null;
    readonly untilMs: number;
    readonly why: string;
  }[];
  readonly expectedPushMs: number;
  /** What its next window will hold, and whether it fits; null while no place has an opening. */
  readonly preflight: Preflight | null;
  /** Alerts to its owner before windows, the newest first. */
  readonly alerts: readonly WindowAlert[];
  /** Overrides that places came with; `review` null: it waits for a person. */
  readonly overrides: readonly {
    readonly key: string;
    readonly ticketId: string;
    readonly by: string;
    readonly confirmedBy: string;
    readonly reason: string;
    readonly atMs: number;
    readonly used: boolean;
    readonly review: { readonly by: string; readonly reason: string; readonly atMs: number } | null;
  }[];
  /** What was seen of saved changes of others just before the last Commit of each target. */
  readonly foreign: readonly {
    readonly targetId: string;
    readonly target: string;
    /** What was decided: `blocked` waits for a person. */
    readonly state: ForeignVerdict['kind'];
    readonly text: string;
    readonly atMs: number;
    /** Names the reading, for `sco lane accept-foreign`. */
    readonly seen: string;
    readonly acceptedUntilMs: number | null;
  }[];
  readonly queue: readonly {
    readonly position: number;
    readonly ticketId: string;
    readonly target: string;
    readonly saved: boolean;
    readonly opensAtMs: number | null;
    readonly hinderedBy: readonly string[];
  }[];
  /** Saved and not known to be live. */
  readonly ledger: readonly {
    readonly ticketId: string;
    readonly target: string;
    readonly savedAtMs: number;
    readonly state: string;
    readonly left: string | null;
    readonly acceptedBy: string | null;
    /** Ids from the topmost manager down. */
    readonly path: DevicePath;
  }[];
  /** Absent while no message was ignored. */
  readonly ignored?: Ignored;
  readonly past: readonly {
    readonly n: number;
    readonly kind: string;
    readonly target: string;
    readonly tickets: readonly string[];
    readonly result: string;
    readonly startedAtMs: number;
    readonly endedAtMs: number;
  }[];
}

export interface ControlView extends StoppedState {
  /** Absent while no message was ignored. */
  readonly ignored?: Ignored;
  readonly stopped: boolean;
  readonly reason: string | null;
  readonly sinceMs: number | null;
}
