/** What `sco survey` finds in SecureChange and SecureTrack by reading alone. Instants are UTC epoch ms. */
import type { TicketStatus } from './ticket.js';

/** Where a line comes from: the call, with the id in its path, and what it says there. */
export interface Evidence {
  readonly call: string;
  readonly says: string | null;
}

/** `notVisible`: what could not be found out, each with its reason. */
export interface SurveyPart<Row> {
  readonly rows: readonly Row[];
  readonly notVisible: readonly string[];
}

interface OfTicket {
  readonly ticketId: string;
  readonly subject: string;
  readonly workflow: string;
  readonly evidence: readonly Evidence[];
}

interface OfTarget {
  readonly target: string;
  readonly targetId: string;
  /** Its topmost manager. */
  readonly manager: string;
}

/** An Update that is saved on a manager. */
export interface SavedChange extends OfTicket, OfTarget {
  readonly status: TicketStatus;
  /** null: the history does not say. */
  readonly savedAtMs: number | null;
  readonly why: string;
  /** A later Commit of another ticket, or run of a change window, that made it live; null: none is seen. */
  readonly carriedBy: string | null;
}

/** What a Commit of one target would make live now. */
export interface CommitLoad extends OfTarget {
  readonly tickets: readonly Pick<SavedChange, 'ticketId' | 'status' | 'savedAtMs'>[];
  /** Revisions of the device, newest first, since the last one that is known to be live; null: which are live is not visible. */
  readonly revisions: readonly string[] | null;
  readonly evidence: readonly Evidence[];
}

/** `account`: a click or a call, by the account that the history names. */
export type PushedBy = 'automaticStep' | 'account' | 'unknown';

/** An Update or Commit that succeeded. */
export interface SeenPush extends OfTicket, OfTarget {
  readonly call: 'Update' | 'Commit';
  /** It made the change live: a Commit, or the Update of a direct device; null: the capability matrix does not know the device. */
  readonly enforces: boolean | null;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly how: PushedBy;
  readonly by: string | null;
}

export interface PushOutside extends SeenPush {
  readonly calendar: string;
  readonly why: string;
}

/** A run of a SecureTrack change window, or what it did to one device, that committed nothing. */
export interface IdleRun {
  readonly window: string;
  readonly runId: string;
  readonly startedAtMs: number | null;
  readonly device: string | null;
  readonly outcome: 'skipped' | 'unknown' | 'failed' | 'empty';
  readonly says: string;
  readonly evidence: readonly Evidence[];
}

export interface StuckStep extends OfTicket {
  readonly step: string;
  readonly why: string;
  readonly sinceMs: number | null;
}

export interface ItsmDifference extends OfTicket {
  readonly change: string | null;
  readonly what: string;
}

/** What the next window of a target would carry. */
export interface NextWindow extends OfTarget {
  readonly calendar: string | null;
  readonly opensAtMs: number | null;
  readonly closesAtMs: number | null;
  /** Why there is no opening. */
  readonly none: string | null;
  readonly saved: readonly string[];
  /** Tickets whose design is ready, and nothing of them is saved. */
  readonly designed: readonly string[];
  /** Middle length of the Commits of this target that were seen; null: none shows its start and end. */
  readonly usualMs: number | null;
  readonly evidence: readonly Evidence[];
}

export interface WorkflowFigures {
  readonly workflow: string;
  readonly open: number;
  readonly ended: number;
  /** Tickets that were read in depth: the pushes are of those. */
  readonly readTickets: number;
  readonly pushes: Readonly<Record<PushedBy, number>>;
  /** How many of the pushes each account began. */
  readonly accounts: Readonly<Record<string, number>>;
  /** Mode of its process definition; null: there is none. */
  readonly mode: string | null;
  readonly evidence: readonly Evidence[];
}

export interface Survey {
  readonly version: 1;
  readonly atMs: number;
  readonly sinceMs: number;
  readonly system: string;
  readonly user: string;
  readonly calls: number;
  readonly tickets: { readonly open: number; readonly ended: number; readonly readInDepth: number };
  /** Pushes that were compared with a calendar. */
  readonly judgedPushes: number;
  /** Where a list was longer than what was read. */
  readonly limits: readonly string[];
  /** Rows that could not be read and were left out. */
  readonly odd: readonly string[];
  readonly saved: SurveyPart<SavedChange>;
  readonly commits: SurveyPart<CommitLoad>;
  readonly outside: SurveyPart<PushOutside>;
  readonly idleRuns: SurveyPart<IdleRun>;
  readonly stuck: SurveyPart<StuckStep>;
  readonly itsm: SurveyPart<ItsmDifference>;
  readonly nextWindows: SurveyPart<NextWindow>;
  readonly adoption: SurveyPart<WorkflowFigures>;
}
