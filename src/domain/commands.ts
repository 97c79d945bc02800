/** The commands to a ticket, a lane, a push or the control workflow. The gateway authenticates and signs them; see SignedCommand. */
import type { Code } from './codes.js';
import { canonicalJson } from './canonical-json.js';
import type { ItsmCommand } from './itsm-commands.js';
import type { Phase } from './phase.js';

export type OperatorTicketCommand =
  | { readonly kind: 'retry' }
  | { readonly kind: 'skip' }
  | { readonly kind: 'hold' }
  | { readonly kind: 'resume' }
  /** We stop driving; the SecureChange ticket stays, the sweep does not restart it. */
  | { readonly kind: 'abort' }
  /** Drive a ticket that was only observed because it is older than the definition's driveSince. */
  | { readonly kind: 'adopt' }
  /** After a Commit that reached some devices and not others. */
  | { readonly kind: 'decidePartial'; readonly target: string; readonly answer: 'accept' | 'repeat' }
  /** A person did it by hand, with evidence. */
  | { readonly kind: 'completeManual'; readonly target: string; readonly evidence: string }
  /** Asks to push these devices outside their window, once, for so many hours; it counts when another person confirms it. */
  | {
      readonly kind: 'override';
      readonly devices: readonly string[];
      readonly hours: number;
      /** Of an emergency: tickets whose saved changes may go live with it. */
      readonly carries?: readonly string[];
    }
  /** `override`: the key of the command that asked for it. */
  | { readonly kind: 'confirm'; readonly override: string }
  /** Opens a ticket that takes back what is live; no device: all of them. */
  | { readonly kind: 'backOut'; readonly devices: readonly string[] }
  /** A person records the approval that an emergency owes, with evidence. */
  | { readonly kind: 'recordApproval'; readonly evidence: string }
  /** The message is sent again at once; `message` is its number in the outbox. */
  | { readonly kind: 'retryMessage'; readonly message: number }
  | { readonly kind: 'dropMessage'; readonly message: number };

export type TicketCommand = OperatorTicketCommand | ItsmCommand;

export type LaneCommand =
  /** ticketId null: every hindrance of the lane. */
  | { readonly kind: 'acceptLedger'; readonly ticketId: string | null }
  /** `seen` names the reading that is accepted: exactly these changes, for one Commit, for so many hours. */
  | {
      readonly kind: 'acceptForeign';
      readonly target: string;
      readonly seen: string;
      readonly hours: number;
    }
  /** The shared Commit that failed is made again in the next open window. */
  | { readonly kind: 'retryPush' }
  /** Closes the review of an override: its key. */
  | { readonly kind: 'closeReview'; readonly override: string }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' };

/** Answers "was the call made?" after a push whose intent is recorded and whose evidence is missing. */
export interface PushCommand {
  readonly kind: 'decideUnknownPush';
  readonly answer: 'wasSent' | 'wasNotSent';
}

export type ControlCommand = { readonly kind: 'stop' } | { readonly kind: 'start' };

export type Command = TicketCommand | LaneCommand | PushCommand | ControlCommand;

export const ROLES = ['mediator', 'viewer', 'operator', 'approver', 'itsm', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

export interface Actor {
  readonly login: string;
  readonly roles: readonly Role[];
  /** The rule of people.yaml that lets this person, now, end a stop of their own. */
  readonly startsAlone?: string;
  /** Listed as a service account: it is no second person. */
  readonly machine?: boolean;
}

/** A command with the gateway's signature: HMAC-SHA256 over the canonical JSON of everything but `signature`. */
export interface SignedCommand<C extends Command = Command> {
  readonly command: C;
  /** Required, at least 3 characters. */
  readonly reason: string;
  /** Idempotency key; also the Temporal updateId. */
  readonly key: string;
  /** The workflow that the command is for: it cannot be replayed elsewhere. */
  readonly workflowId: string;
  readonly actor: Actor;
  readonly issuedAtMs: number;
  readonly signature: string | null;
}

/** The text that is signed: canonical JSON of everything but `signature`. Gateway and workers must agree on it. */
export function canonicalCommand({
  command,
  reason,
  key,
  workflowId,
  actor,
  issuedAtMs,
}: Omit<SignedCommand, 'signature'>): string {
  return canonicalJson({ command, reason, key, workflowId, actor, issuedAtMs });
}

/** Refusals are results, not errors, so that the timeline shows them. */
export interface CommandResult {
  readonly accepted: boolean;
  /**
   * `keyReused`: the key was given to another request. `tooOld`: issued before what this workflow remembers.
   * `undone`: the same request was carried out under this key, and something later has undone it. `secondPerson`:
   * another person must ask for it as well. `tooMany`: too much waits already; nothing is kept of it, the same key may be
   * sent again later.
   */
  readonly code:
    | 'done'
    | 'wrongState'
    | 'notAllowed'
    | 'notFound'
    | 'unverified'
    | 'keyReused'
    | 'tooOld'
    | 'undone'
    | 'secondPerson'
    | 'tooMany';
  /** One sentence that names the state of the workflow. */
  readonly message: string;
  /** Number of the message in the outbox that does it. */
  readonly queued?: number;
}

export function done(message: string): CommandResult {
  return { accepted: true, code: 'done', message };
}

export function wrongState(message: string): CommandResult {
  return { accepted: false, code: 'wrongState', message };
}

export function notAllowed(message: string): CommandResult {
  return { accepted: false, code: 'notAllowed', message };
}

export function tooMany(message: string): CommandResult {
  return { accepted: false, code: 'tooMany', message };
}

export function secondPerson(message: string): CommandResult {
  return { accepted: false, code: 'secondPerson', message };
}

/** Recorded for every command, also refused ones. */
export interface CommandRecord {
  readonly atMs: number;
  readonly key: string;
  readonly by: string;
  readonly kind: string;
  readonly reason: string;
  readonly result: CommandResult;
  /** Of its request; absent where it was unverified. */
  readonly fingerprint?: string;
}

/** The commands that need no signature: they only hold, pause or stop. */
export function allowedUnverified(command: Command): boolean {
  return command.kind === 'hold' || command.kind === 'stop' || command.kind === 'pause';
}

export interface WayOut {
  readonly command:
    | Exclude<OperatorTicketCommand['kind'], 'override' | 'confirm' | 'backOut'>
    | 'acceptLedger'
    | 'acceptForeign'
    | 'retryPush'
    | 'resumeLane'
    | 'decideUnknownPush'
    | 'start';
  /** What to type, with the ticket's id in place. */
  readonly hint: string;
}

/** Why a ticket waits for a person. */
export interface Parking {
  readonly code: Code;
  readonly phase: Phase | null;
  readonly target: string | null;
  /** What happened, as one clause. */
  readonly reason: string;
  /** What helps, as one clause, when the ways out are not enough. */
  readonly advice?: string;
  readonly evidence: string | null;
  readonly sinceMs: number;
  readonly waysOut: readonly WayOut[];
}

/** The one rule of who may give which command. Reading needs no more than `viewer`. */
export function mayCommand(actor: Actor, command: Command): boolean {
  const allowed = rolesFor(command);
  return actor.roles.some((role) => allowed.includes(role));
}

/** Who may give a command. Viewers, auditors and mediators give none; the ITSM gives only its own. */
export function rolesFor(command: Command): readonly Role[] {
  switch (command.kind) {
    case 'acceptLedger':
    case 'acceptForeign':
    case 'retryPush':
    case 'decideUnknownPush':
    case 'decidePartial':
    case 'completeManual':
    case 'override':
    case 'confirm':
    case 'closeReview':
      return ['operator', 'approver'];
    case 'recordApproval':
      return ['approver'];
    case 'backOut':
    case 'retry':
    case 'skip':
    case 'hold':
    case 'resume':
    case 'abort':
    case 'adopt':
    case 'retryMessage':
    case 'dropMessage':
    case 'pause':
    case 'stop':
    case 'start':
      return ['operator'];
    case 'itsmApprove':
    case 'itsmReject':
    case 'itsmComment':
    case 'itsmPlannedDates':
    case 'itsmCancel':
    case 'itsmChanged':
    case 'itsmAdvance':
      return ['itsm'];
  }
}
