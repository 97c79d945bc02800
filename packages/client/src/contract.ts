import type { Command, CommandResult, SignedCommand } from '../../../src/domain/commands.js';
import type { ConfigurationFacts } from '../../../src/domain/configuration-facts.js';
import type { EvidenceExport } from '../../../src/domain/evidence.js';
import type { TicketEvent } from '../../../src/domain/event.js';
import type { FailingWorkflows } from './deployment-facts.js';
import type { ReleasesClient } from './release-facts.js';
import type { QueuedMessage } from '../../../src/domain/outbox.js';
import type { HistoryFact } from '../../../src/domain/history-fact.js';
import type { ScriptDelivery, ScriptReply } from '../../../src/domain/script-reply.js';
import type { QuestionResult, ScriptQuestion } from '../../../src/domain/script-question.js';
import type { NewTicketResult, SignedNewTicket } from '../../../src/domain/new-ticket.js';
import type { WaitingFor } from '../../../src/domain/phase.js';
import type { SweepFindings } from '../../../src/domain/sweep.js';
import type { LaneWindows } from '../../../src/domain/window-record.js';
import type { PolledQueue } from '../../../src/domain/workers.js';
import type { ControlView, LaneView, Outcome, ParkingView, TicketView } from '../../../src/domain/view.js';

export type { HistoryFact } from '../../../src/domain/history-fact.js';

/** One row of a list: from search attributes only, so that lists need no worker and no replay. */
export interface TicketSummary {
  readonly ticketId: string;
  readonly runId: string;
  readonly running: boolean;
  readonly startedAtMs: number;
  readonly closedAtMs: number | null;
  /** null for a ticket that has not been read yet. */
  readonly subject: string | null;
  readonly workflow: string | null;
  readonly step: string | null;
  readonly phase: string | null;
  readonly waitingFor: string | null;
  readonly requester: string | null;
  readonly risk: string | null;
  readonly itsmId: string | null;
  readonly devices: readonly string[];
  readonly windowOpensAtMs: number | null;
  readonly needsAttention: boolean;
  readonly outcome: Outcome | null;
  /** Parts of it that cannot be decoded, by name: not written by this product. Absent where there are none. */
  readonly undecodable?: readonly string[];
}

export interface TicketFilter {
  readonly open?: boolean;
  readonly needsAttention?: boolean;
  readonly step?: string;
  readonly phase?: string;
  readonly device?: string;
  readonly itsmId?: string;
  readonly workflow?: string;
  readonly limit?: number;
}

/** Where a page of a list ended: the next one goes on behind it. */
export interface ListPlace {
  readonly running: boolean;
  /** Of a running ticket its start, of an ended one its end. */
  readonly atMs: number;
  /** Rows of this instant that earlier pages had. */
  readonly skip: number;
}

export interface TicketPage {
  readonly rows: readonly TicketSummary[];
  /** null: these are the last. A page may have fewer rows than asked for, or none, and still not be the last. */
  readonly next: ListPlace | null;
}

export interface TicketsClient {
  /** The newest run that has read the ticket and whose outcome is not `lateEvent`. Needs a worker; throws ClientError `ticketNotFound`, `workerAway`, `temporalAway`. */
  get(ticketId: string): Promise<TicketView>;
  list(filter?: TicketFilter): Promise<readonly TicketSummary[]>;
  /** The same page by page, at most `limit` rows each (200): running tickets first, the newest start first, then the newest end. */
  page(filter: TicketFilter, after: ListPlace | null): Promise<TicketPage>;
  /** A message of the ticket's outbox with its body; null when it is not there (any more). */
  message(ticketId: string, number: number): Promise<QueuedMessage | null>;
  /** Yields the view at once and whenever it changed, until the ticket's run ended or `signal` aborts. */
  watch(ticketId: string, options?: { signal?: AbortSignal; everyMs?: number }): AsyncIterable<TicketView>;
  /** Every run of the ticket in order, oldest first, continue-as-new runs included. */
  history(ticketId: string): Promise<readonly HistoryFact[]>;
  /** Resolves with the first view for which `until` holds; ClientError `deadlineExceeded` after `deadlineMs`. */
  waitFor(
    ticketId: string,
    until: (view: TicketView) => boolean,
    options: { deadlineMs: number },
  ): Promise<TicketView>;
}

/** A lane that gave no answer: it is in the list all the same, with the reason. */
export interface UnreadableLane {
  readonly key: string;
  readonly unreadable: string;
}

export function isReadable<L extends { readonly key: string }>(lane: L | UnreadableLane): lane is L {
  return !('unreadable' in lane);
}

export interface LanesClient {
  /** Every lane that runs, by name; one that cannot be read fails neither the list nor the others. */
  list(): Promise<readonly (LaneView | UnreadableLane)[]>;
  /** Of every lane that runs: what went live in which window, and which openings were missed. */
  windows(): Promise<readonly (LaneWindows | UnreadableLane)[]>;
  /** By key (`20`, `update`) or by name (`PANO-8`). */
  get(keyOrName: string): Promise<LaneView>;
}

/** A ticket that waits for a person. */
export interface ParkedTicket {
  readonly ticketId: string;
  readonly subject: string | null;
  /** Everything it waits for; empty when it could not be asked. */
  readonly parkings: readonly ParkingView[];
  readonly moreParkings: number;
  /** Why it could not be asked, for a person. */
  readonly unreadable: string | null;
}

/** How many open tickets there are. */
export interface TicketFigures {
  readonly open: number;
  readonly parked: number;
  readonly waiting: Readonly<Record<WaitingFor, number>>;
}

/** What an operator has to know before anything else. */
export interface StatusClient {
  /** What each worker said last about its configuration, the newest first; empty before the first sweep. Needs no worker. */
  configurations(): Promise<readonly ConfigurationFacts[]>;
  /** Tickets that need attention. Needs no worker. */
  attention(
    limit: number,
  ): Promise<readonly { readonly ticketId: string; readonly subject: string | null }[]>;
  /** The same with everything they wait for. A ticket that cannot be asked is in the list all the same. */
  parked(limit: number): Promise<readonly ParkedTicket[]>;
  /** What the last sweep could not read in SecureChange; null when none has ended. Needs no worker. */
  unread(): Promise<SweepFindings | null>;
  /** Open tickets, counted. Needs no worker. */
  tickets(): Promise<TicketFigures>;
  /** Our task queues with the workers that asked them within the last minutes. Needs no worker. */
  queues(): Promise<readonly PolledQueue[]>;
  /** When the newest sweep ended that did not fail; null when none of the last few did. Needs no worker. */
  lastSweep(): Promise<{ readonly endedAtMs: number | null }>;
  /** The next change window that opens for a running ticket. Needs no worker. */
  nextOpening(nowMs: number): Promise<{ readonly ticketId: string; readonly opensAtMs: number } | null>;
}

export interface EvidenceClient {
  /**
   * Adds every closed and open run to the evidence log of the workers, and waits for it; joins an export that runs. Throws ClientError
   * `deadlineExceeded` (10 minutes) while it goes on, `refused` with the reason when it failed.
   */
  export(options?: { readonly deadlineMs?: number }): Promise<EvidenceExport>;
}

/** What the package exports: reading needs a Temporal address only; commands go through the gateway. */
export interface OrchestratorClient {
  readonly tickets: TicketsClient;
  readonly lanes: LanesClient;
  readonly control: { get(): Promise<ControlView> };
  /** Open workflows whose code fails: they stand still while lists look normal. Needs no worker. */
  readonly workflows: { failing(): Promise<FailingWorkflows> };
  readonly status: StatusClient;
  readonly evidence: EvidenceClient;
  /** Releases of the workers, where they are started with `SCO_RELEASE`. Needs no worker. */
  readonly releases: ReleasesClient;
  close(): Promise<void>;
}

/** What only the gateway (and start-up code) may do: it has authenticated the caller. */
export interface IntakeClient {
  /** Durable when it resolves: Temporal has stored the event (signal-with-start of `ticket/<id>`, no search attributes). */
  report(
    event: TicketEvent,
    options: { deadlineMs: number },
  ): Promise<{ readonly workflowId: string; readonly runId: string }>;
  /**
   * The result of the script that a reported event named, once it is there; at the deadline whatever is known then. Never
   * throws: the event is stored already.
   */
  scriptReply(
    event: { readonly ticketId: string; readonly runId: string } & ScriptDelivery,
    options: { deadlineMs: number },
  ): Promise<ScriptReply>;
  /** Runs a script that SecureChange waits for; throws ClientError when there is no result within `deadlineMs` of the question. */
  ask(question: ScriptQuestion): Promise<QuestionResult>;
  /** Opens the ticket of an ITSM, or finds it; throws ClientError when there is no result in time. */
  openTicket(ticket: SignedNewTicket, options: { deadlineMs: number }): Promise<NewTicketResult>;
  /** Sends a signed command to its workflow as a Temporal update with `command.key` as updateId. */
  operate(command: SignedCommand<Command>, options: { deadlineMs: number }): Promise<CommandResult>;
  /** Temporal answers, its namespace exists, and it can store. */
  ready(deadlineMs: number): Promise<boolean>;
}

export type ClientErrorCode =
  | 'temporalAway'
  | 'workerAway'
  | 'ticketNotFound'
  | 'laneNotFound'
  | 'pushNotFound'
  | 'deadlineExceeded'
  | 'commandUnknown'
  | 'historyGone'
  | 'refused'
  | 'notAllowed'
  | 'gatewayAway'
  | 'payloadUnreadable'
  | 'unexpected';

/** The closed union every error of Temporal and of the gateway is turned into; the message says what to do next. */
export class ClientError extends Error {
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ClientError';
    this.code = code;
  }
}
