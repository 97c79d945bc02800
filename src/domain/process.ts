/**
 * A process definition: which phases run in which step of one SecureChange workflow, and under which rules.
 * Written by operators in `config/processes/*.yaml`; the schema there satisfies these types.
 */
import type { Role } from './commands.js';
import type { ConflictPolicy } from './conflicts.js';
import type { EmergencyPolicy } from './emergency.js';
import type { ItsmAct } from './itsm-commands.js';
import type { SaveTime } from './lane.js';
import type { PartialFailure } from './partial-failure.js';
import type { Phase } from './phase.js';
import type { PointAction } from './point-action.js';
import type { Severity } from './ticket.js';

export type Mode = 'observe' | 'propose' | 'drive';

export interface PhaseRule {
  readonly phase: Phase;
  /** orchestrator: we call the API. securechange: an automatic step, which we watch. person: by hand, and recorded. */
  readonly by: 'orchestrator' | 'securechange' | 'person';
}

export interface IntegrationPoint {
  readonly name: string;
  readonly enabled: boolean;
  /** When it is due. A point of a step replaces a general one for the same event. */
  readonly when:
    | { readonly kind: 'inbound'; readonly step: string }
    | { readonly kind: 'outbound'; readonly step: string }
    | { readonly kind: 'event'; readonly event: string; readonly step: string | null };
  /** Name of an outbound server in `config/servers.yaml`; `securechange` where nothing is sent. */
  readonly server: string;
  /**
   * create looks up by correlation id first; update and close address the change this ticket created; call is a request of
   * its own, see `call`; mail has `to`, `subject` and `text` as its body; none sends nothing: the point has `before` and `after` only.
   */
  readonly action: 'create' | 'update' | 'close' | 'call' | 'mail' | 'none';
  /** Of action call. */
  readonly call?: PointCall;
  /** A blocking point is the phase itsmSync: the step's phases wait until it is acknowledged. */
  readonly blocking: boolean;
  /** JSON template; `#placeholder#` in string leaves. Not used for methods without a body. */
  readonly body: Readonly<Record<string, unknown>>;
  /** It sends for tickets that are only observed as well, and never changes them. */
  readonly runs?: 'always';
  /** It sends only when these hold. */
  readonly conditions?: PointConditions;
  /** What is done in SecureChange before and after the message, in this order. Not for tickets that are only observed. */
  readonly before?: readonly PointAction[];
  readonly after?: readonly PointAction[];
  /** Shaped like the answer: each leaf `#Field#` names the field of the ticket that gets the value. */
  readonly response?: Readonly<Record<string, unknown>>;
  /** A name that stands for nothing: refused (default), or sent as the text `#name#`. */
  readonly unresolved?: 'refuse' | 'literal';
}

export const CALL_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type CallMethod = (typeof CALL_METHODS)[number];

/** A request of any kind. Each path is a message of its own, with the same body. */
export interface PointCall {
  readonly method: CallMethod;
  /** Templates; a value stands encoded in them. */
  readonly paths: readonly string[];
  /** Statuses of an answer that accepts the call. */
  readonly accept: readonly number[];
  /** A plain text that is the whole answer of a receiver without JSON, such as a chat. */
  readonly answer?: string;
  /** The receiver does it once, also when it gets it twice. */
  readonly repeatable: boolean;
}

/** GET and DELETE carry no body. */
export function hasBody(method: CallMethod): boolean {
  return method !== 'GET' && method !== 'DELETE';
}

export interface PointConditions {
  readonly join: 'all' | 'any';
  readonly of: readonly PointCondition[];
}

/** `is`: any of them, in any letter case; of a risk, from that severity on. `not` turns it around. */
export type PointCondition = { readonly is: readonly string[]; readonly not: boolean } & (
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'risk' | 'device' | 'step' | 'event' | 'priority' | 'skipped' }
);

export interface RiskPolicy {
  /** all: the worst request decides (default). any: one request without risk is enough; must be written. */
  readonly requests: 'all' | 'any';
  /** From this severity on, a person must approve. `always`: also without risk. */
  readonly approvalFrom: Severity | 'always' | 'never';
  /** From this severity on, we stop. */
  readonly blockFrom: Severity | 'never';
}

/** What an approval is given for. `requestAndDesign` covers the risk as well; the others cover the request too. */
export type Covers = 'request' | 'risk' | 'requestAndDesign';

/** One of the approvals that a process names. */
export interface ApprovalPolicy {
  /** Shown to people: `business`. */
  readonly name: string;
  /** The step whose Approve/Reject fields count; of an approval in the ITSM, the step that waits for it. */
  readonly step: string;
  /** null: it is given in the ITSM. */
  readonly field: string | null;
  readonly covers: Covers;
  /** always, or only where the risk asks for an approval. */
  readonly needed: 'always' | 'byRisk';
  /** Roles under `approvers` of people.yaml, one of which an approver must have; empty: every handler of the task. */
  readonly roles: readonly string[];
  readonly onReject: 'park' | 'rejectTicket' | 'redo';
  /** With `redo`: the earlier step. */
  readonly redoTo?: string;
  /** Four eyes: the requester's own approval does not count. */
  readonly requesterMayApprove: boolean;
  /** Of an approval in an ITSM that cannot call. */
  readonly poll?: ItsmPoll;
}

/** Where the answer of an ITSM that cannot call is read. All are fields of the ticket's change. */
export interface ItsmPoll {
  /** Of `config/servers.yaml`. */
  readonly server: string;
  readonly field: string;
  readonly approved: readonly string[];
  readonly rejected: readonly string[];
  /** Holds the login of the person who decided. */
  readonly approverField: string;
  /** Holds `#itsm_question#`, as our message wrote it. */
  readonly questionField: string;
  readonly everyMs: number;
}

/** Where the planned start and end of the ITSM change are: nothing goes live outside them. */
export interface PlannedDates {
  /** Of `config/servers.yaml`, with the fields of its record; null: fields of the ticket. */
  readonly server: string | null;
  readonly start: string;
  readonly end: string;
  /** IANA name, for dates without an offset. */
  readonly zone: string;
  /** A blank date parks the ticket, or does not limit. */
  readonly blank: 'refuse' | 'ignore';
}

export interface WindowPolicy {
  /** Name of a calendar in `config/calendars.yaml`, for devices that are not listed in `perTarget`. */
  readonly calendar: string;
  /** Calendar by name or management id of the device, else of its manager. */
  readonly perTarget: Readonly<Record<string, string>>;
  /** A push starts only when at least this much of the window is left. */
  readonly minimumRemainingMs: number;
  /**
   * finish: a push that began in time makes its other calls while the window is open, and so do the pushes of the ticket's
   * other targets on that manager that are saved. stopBeforeNextTarget: each call needs `minimumRemainingMs` again. Nothing
   * is sent after the window has closed.
   */
  readonly whenWindowCloses: 'finish' | 'stopBeforeNextTarget';
  /** Each lane begins up to this much later than a window opens, always by the same amount. */
  readonly openingJitterMs: number;
  readonly plannedDates: PlannedDates | null;
  /** Roles that may ask to push outside the window; none when absent. */
  readonly overrideRoles?: readonly Role[];
  /** Of an emergency process: what two persons allow is its only window. */
  readonly onlyOverride?: true;
  /** No opening within this span parks the ticket at planning time. */
  readonly horizonDays: number;
}

/** Fields of the ticket's change that the gate reads before each call. */
export interface ItsmGate {
  readonly server: string;
  /** Stored values, of which each field must have one. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** How often the change is read while it forbids the push. */
  readonly everyMs: number;
}

export interface ProcessDefinition {
  readonly name: string;
  /** SHA-256 of the file, first 12: recorded with every step that used it. */
  readonly version: string;
  /** The SecureChange workflow it belongs to. */
  readonly workflow: string;
  readonly mode: Mode;
  /** Tickets created earlier are only observed until an operator adopts them. UTC epoch ms. */
  readonly driveSinceMs: number;
  /** Group and decommission types have no risk results. */
  readonly workflowType: string;
  /** Name of the field that carries the request. */
  readonly requestField: string;
  readonly taskAccess: 'accept' | 'reassign' | 'waitForHandler';
  readonly commitBy: 'orchestrator' | 'securetrack';
  /** Comment in SecureChange which push made the change live. */
  readonly commentPushes: boolean;
  readonly risk: RiskPolicy;
  /** Of an emergency process: two persons take the place of its approvals, and the ITSM approves afterwards. */
  readonly emergency?: EmergencyPolicy;
  /** The gate asks for all of them. */
  readonly approvals: readonly ApprovalPolicy[];
  readonly window: WindowPolicy;
  /** What the ITSM change must show for a push; absent: it is not asked. */
  readonly itsmGate?: ItsmGate;
  /** What other tickets on the same device or rule do to an Update; absent: nothing. */
  readonly conflicts?: ConflictPolicy;
  /** What the failure of one target means for the others of a ticket on the same manager; absent: they go on. */
  readonly partialFailure?: PartialFailure;
  /** When Updates of managed targets are saved. */
  readonly saveUpdates: SaveTime;
  readonly steps: Readonly<Record<string, { readonly phases: readonly PhaseRule[] }>>;
  readonly integrationPoints: readonly IntegrationPoint[];
  /** Servers whose changes the ITSM opens, each for many tickets: no point creates one. Absent: none. */
  readonly sharedOn?: readonly string[];
  /** What the ITSM may ask for; nothing when absent. Its approvals are under `approvals`. */
  readonly itsmMay?: readonly ItsmAct[];
}
