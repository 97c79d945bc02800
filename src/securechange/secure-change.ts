import type { GroupUses } from '../domain/group-uses.js';
import type { DeviceKind } from '../domain/capabilities.js';
import type { ClockDifference } from '../domain/clock-difference.js';
import type { NewTicket } from '../domain/new-ticket.js';
import type { ShownTicket } from '../domain/own-ticket.js';
import type { CommitReport, DesignFacts } from '../domain/provisioning.js';
import type { TicketContent } from '../domain/ticket-content.js';
import type { TicketFacts } from '../domain/ticket.js';
import type { Listing, OddRow } from './rows.js';

/** One task of one step, as the path of every call needs it. */
export interface TaskRef {
  readonly ticketId: string;
  readonly stepId: string;
  readonly taskId: string;
}

/** The field that carries the request, in the *current* step: ids differ per step. */
export interface FieldRef extends TaskRef {
  readonly fieldId: string;
}

/** A row of the ticket list: enough for the sweep to see that something may have changed. */
export interface TicketRow {
  readonly id: string;
  readonly status: TicketFacts['status'];
  readonly workflow: string;
  readonly stepId: string | null;
  readonly stepName: string | null;
}

export interface TicketPage {
  readonly rows: readonly TicketRow[];
  /** Rows that could not be read. */
  readonly odd: readonly OddRow[];
  /** Start of the following page; null: this is the last, or `cut` says that its successor cannot be asked for. */
  readonly next: number | null;
  readonly cut: boolean;
}

export interface ListCheck extends Omit<Listing<never>, 'rows'> {
  readonly list: 'open tickets' | 'devices';
  /** How many rows could be read. */
  readonly read: number;
}

export interface VerifierFacts {
  readonly state: 'implemented' | 'notImplemented' | 'unverified';
  readonly message: string | null;
  /** What it looked at: one entry for each device and access request; empty where SecureChange does not say. */
  readonly targets: readonly VerifierTarget[];
}

export interface VerifierTarget {
  readonly managementId: string | null;
  readonly name: string | null;
  readonly status: 'implemented' | 'notImplemented' | 'unknown';
  /** SecureTrack's number of the device's revision it looked at. */
  readonly revision: number | null;
  /** When that revision came, as printed: `2025-11-22T23:41:03.000`, in the host's zone, which is not said. */
  readonly revisionAt: string | null;
}

/** A field value we write; the type decides the shape on the wire. */
export type FieldValue =
  | { readonly kind: 'text'; readonly fieldName: string; readonly text: string }
  | {
      readonly kind: 'approveReject';
      readonly fieldName: string;
      readonly approved: boolean;
      readonly reason: string;
    };

/**
 * SecureChange and SecureTrack, as far as a ticket's life needs them. Every method makes its calls once (retries are
 * Temporal's), honours `signal`, and throws only `CallFailure`.
 */
/** A run of a SecureTrack change window that made live what was saved on a device. */
export interface WindowCommit {
  readonly window: string;
  readonly runId: string;
  readonly startMs: number;
  /** As the vendor says; null when its date cannot be read. */
  readonly endMs: number | null;
}

/** A SecureTrack change window as its API shows it: no recurrence, no next start, no member devices. */
export interface ChangeWindow {
  readonly uuid: string;
  readonly name: string;
  readonly description: string | null;
  readonly domainId: string | null;
  readonly enabled: boolean;
}

/** What a run did to one device; `skipped`: it says "not performed", also under a success. */
export interface WindowRunDevice {
  readonly managementId: string;
  readonly outcome: 'committed' | 'skipped' | 'failed' | 'unknown';
  readonly revisionId: string | null;
  readonly message: string | null;
}

/** What SecureTrack shows of its change windows since an instant. */
export interface WindowRuns {
  readonly windows: readonly ChangeWindow[];
  /** Every window could be read: one that is not in the list does not exist. */
  readonly complete: boolean;
  /** Runs of which it is not known when they were, by the window. */
  readonly unread: readonly { readonly uuid: string; readonly row: string }[];
  /** The oldest first. */
  readonly runs: readonly {
    readonly uuid: string;
    readonly window: string;
    readonly runId: string;
    readonly startMs: number;
    readonly endMs: number | null;
    readonly errors: readonly string[];
    readonly devices: readonly WindowRunDevice[];
    /** Rows that cannot be read: what it did to a device that is not among `devices` is not known. */
    readonly odd: readonly string[];
  }[];
}

/** A manager that a run of an enabled change window had, newest run of that window. */
export interface ManagerInRun {
  /** Key and name of its lane. */
  readonly laneKey: string;
  readonly laneName: string;
  /** Name of the device that the run shows: the manager, or a group below it. */
  readonly device: string;
  readonly window: string;
  readonly runId: string;
  readonly startMs: number;
}

/** A policy that SecureTrack fetched from a device. */
export interface Revision {
  readonly number: number;
  /** null: SecureTrack names no account. */
  readonly administrator: string | null;
  /** As printed, in the zone of its host; null when it is not said. */
  readonly printedAt: string | null;
}

export interface KnownDevice extends DeviceKind {
  readonly id: string;
  readonly name: string;
  /** null: SecureTrack names none. */
  readonly domain: string | null;
}

export interface TicketToOpen extends Pick<
  NewTicket,
  'externalId' | 'workflow' | 'subject' | 'priority' | 'fields'
> {
  readonly requester: string;
  readonly requesterId: string;
  readonly firstStep: string;
}

/** What a back-out takes back. */
export interface ReverseRequest {
  readonly ticketId: string;
  readonly requestField: string;
  /** Of the request that was pushed; null where it is not known any more. */
  readonly requestDigest: string | null;
  /** Management ids. */
  readonly devices: readonly string[];
  /** These are all devices of the ticket. */
  readonly all: boolean;
}

export interface SecureChange {
  /** How far its clock is from ours, by the answers of the last minute; null when none shows a readable time. Reads nothing. */
  clockDifference(): ClockDifference | null;
  /** The same of SecureTrack, by whose clock its windows run. */
  secureTrackClockDifference(): ClockDifference | null;
  /**
   * The ticket and its history as they are now; `requestField` names the field that carries the request, or finds the name
   * by the ticket's workflow.
   */
  readTicket(
    ticketId: string,
    options: { requestField: string | null | ((workflow: string) => string | null); signal?: AbortSignal },
  ): Promise<TicketFacts>;
  /** Fields, comments and links of the ticket, for messages; mail addresses of people when they are asked for. */
  readContent(
    ticketId: string,
    signal?: AbortSignal,
    more?: { readonly withMails: boolean },
  ): Promise<TicketContent>;
  /** One page (at most 100) of tickets in progress, oldest first. */
  listOpenTickets(start: number, signal?: AbortSignal): Promise<TicketPage>;
  /** What the lists we work from hold that cannot be read, for `sco doctor`: reads every page of each. */
  listOddRows(signal?: AbortSignal): Promise<readonly ListCheck[]>;
  /** The devices SecureTrack knows, with what the capability matrix goes by; rows that cannot be read are left out. */
  listDevices(signal?: AbortSignal): Promise<readonly KnownDevice[]>;
  /** Designer results of every device, each with its place in the device tree and its capability for this action. */
  readDesign(ref: FieldRef, signal?: AbortSignal): Promise<DesignFacts>;
  /** Which rules and groups use the groups that the request changes, by SecureTrack; nothing for another request. */
  readGroupUses(ref: FieldRef, signal?: AbortSignal): Promise<GroupUses>;
  /** What SecureChange shows of the last Commit of one target, with what its report says of each firewall. */
  readCommitReport(ref: FieldRef, managementId: string, signal?: AbortSignal): Promise<CommitReport>;
  /** 202: the Designer runs; "not needed" is `notNeeded`, a result. */
  redesign(ref: FieldRef, signal?: AbortSignal): Promise<'started' | 'notNeeded'>;
  /** 202: Update accepted; never with `force`: an outdated design is refused. Called by `activities/send.ts` only. */
  update(ref: FieldRef, managementId: string, signal?: AbortSignal): Promise<void>;
  /** 202: Commit accepted. Called by `activities/send.ts` only. */
  commit(ref: FieldRef, managementId: string, signal?: AbortSignal): Promise<void>;
  /** Marks the task DONE with these explicit values and nothing else. */
  completeTask(ref: TaskRef, values: readonly FieldValue[], signal?: AbortSignal): Promise<void>;
  /** Writes fields without advancing. */
  writeFields(ref: TaskRef, values: readonly FieldValue[], signal?: AbortSignal): Promise<void>;
  acceptTask(ref: TaskRef, signal?: AbortSignal): Promise<void>;
  reassignTask(ref: TaskRef, userId: string, comment: string, signal?: AbortSignal): Promise<void>;
  readVerifier(ref: FieldRef, signal?: AbortSignal): Promise<VerifierFacts>;
  /** Number of the newest revision SecureTrack has of a device; null when it has none. */
  readRevision(managementId: string, signal?: AbortSignal): Promise<number | null>;
  /** The newest revisions SecureTrack has of a device, newest first, at most 100. */
  readRevisions(managementId: string, signal?: AbortSignal): Promise<readonly Revision[]>;
  /** Runs of SecureTrack's change windows that committed a device and started since then, newest first. */
  windowCommits(
    managementId: string,
    sinceMs: number,
    signal?: AbortSignal,
  ): Promise<readonly WindowCommit[]>;
  /** SecureTrack's change windows, and their completed runs that ended since then, or of which the end is not known. */
  readWindowRuns(sinceMs: number, signal?: AbortSignal): Promise<WindowRuns>;
  /** Which managers the runs since then of enabled change windows had, whatever came of it there. */
  readManagersInRuns(sinceMs: number, signal?: AbortSignal): Promise<readonly ManagerInRun[]>;
  /** The user with exactly this login; null when there is none. */
  findUser(
    login: string,
    signal?: AbortSignal,
  ): Promise<{ readonly login: string; readonly id: string } | null>;
  /** Tickets in any status whose subject contains the text; rows that cannot be read are in `odd`. */
  findTickets(
    subject: string,
    signal?: AbortSignal,
  ): Promise<{ readonly rows: readonly { readonly id: string }[]; readonly odd: readonly OddRow[] }>;
  /** What a ticket shows of who opened it, for what. */
  readShown(ticketId: string, signal?: AbortSignal): Promise<ShownTicket>;
  /** Opens a ticket on behalf of a user, with its first step filled. */
  createTicket(ticket: TicketToOpen, signal?: AbortSignal): Promise<void>;
  /** Sends the ticket back from the task to an earlier step, by name; it moves some time after the answer. */
  redo(ref: TaskRef, toStep: string, comment: string, signal?: AbortSignal): Promise<void>;
  /** Cancels the ticket on behalf of its requester, as our user. */
  cancelTicket(ticketId: string, signal?: AbortSignal): Promise<void>;
  rejectTicket(ticketId: string, comment: string, signal?: AbortSignal): Promise<void>;
  /** Opens the reverse of its access requests as a new ticket of the same workflow, as our user. Kind `rejected`: a person does it. */
  openReverse(request: ReverseRequest, signal?: AbortSignal): Promise<void>;
  /** Whether a comment of the ticket ends with this mark and is, as far as SecureChange says whose it is, ours. */
  hasOwnComment(ticketId: string, mark: string, signal?: AbortSignal): Promise<boolean>;
  /** The newest task of a ticket, also of one that has ended; null when it shows none. */
  readLastTask(ticketId: string, signal?: AbortSignal): Promise<TaskRef | null>;
  addComment(ref: TaskRef, text: string, signal?: AbortSignal): Promise<void>;
  /** Login and id of the user we act as. */
  whoAmI(signal?: AbortSignal): Promise<{ readonly login: string; readonly id: string }>;
  /** Steps of an active workflow by name, for `sco doctor` and definition checks; null when there is none. */
  readWorkflow(
    name: string,
    signal?: AbortSignal,
  ): Promise<{ readonly steps: readonly string[]; readonly odd?: readonly OddRow[] } | null>;
}
