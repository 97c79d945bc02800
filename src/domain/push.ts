/** A push: one visit to one manager for one or many tickets. What it is requested to do, and its results. */
import type { ApprovalRecord } from './approval.js';
import type { PoliciesOf } from './commit-report.js';
import type { FailureFacts } from './failure.js';
import type { GateReason } from './gate.js';
import type { EnrolmentWindow } from './lane.js';
import type { OverrideGrant } from './override.js';
import type { DevicePath } from './scope.js';

/** The two calls that change a device. `update` saves on a manager and enforces on a direct device. */
export type PushCall = 'update' | 'commit';

/** What a push does: it saves one Update ahead of the window, makes one enforcing Update, or commits a target. */
export type PushKind = 'save' | 'enforcingUpdate' | 'commit';

/** What was assessed and approved for one target of a ticket: the gate compares it with what it reads. */
export interface Claim {
  readonly stepInstance: string;
  readonly stepName: string;
  readonly requestField: string;
  readonly taskAccess: 'accept' | 'reassign' | 'waitForHandler';
  readonly adopted: boolean;
  readonly instructionDigest: string;
  readonly requestDigest: string;
  readonly riskDigest: string;
  readonly designDigest: string;
  readonly approvals: readonly ApprovalRecord[];
  /** Key of the Commit evidence when the Update ended; other evidence means that a Commit was made since. */
  readonly commitBaseline: string | null;
  /** Two persons let it be pushed outside its window. */
  readonly override?: OverrideGrant;
}

/** A place that a push serves. */
export interface Member {
  readonly ticketId: string;
  readonly epoch: number;
  readonly target: string;
  readonly targetName: string;
  readonly path: DevicePath;
  /** Its Update is saved, or it has nothing to save. */
  readonly saved: boolean;
  /** The Commit may be called on its task. */
  readonly mayLead: boolean;
  readonly window: EnrolmentWindow;
  readonly claim: Claim;
}

/** Why nothing was sent, where the cause is not in a ticket: every member keeps its place. */
export const NOT_SENT_CAUSES = [
  'hindered',
  'stopped',
  'paused',
  'changed',
  'windowClosed',
  'locked',
  'busy',
  'noLeader',
  'clockDiffers',
  /** SecureTrack shows an older state than before: it was restored, or failed over to an older copy. */
  'wentBack',
  'stale',
  /** The outcome of the call was unknown, and a person recorded that it was not made. */
  'saidNotSent',
  /** A call for several tickets failed: one item for an operator, at the lane. The changes stay saved. */
  'sharedFailure',
] as const;
export type NotSentCause = (typeof NOT_SENT_CAUSES)[number];

/** The result of one member. A push ends with one for each member. */
export type MemberResult =
  /** Live. `joined`: it was live already, and this push sent nothing for it. */
  | {
      readonly kind: 'live';
      readonly joined: boolean;
      readonly message: string;
      /** The ticket on whose task the Commit was called. */
      readonly leader: string;
      readonly otherTickets: readonly string[];
      readonly atMs: number;
      readonly commitEvidence: string;
      readonly revisionBefore: number | null;
      readonly committedUntil: string | null;
      /** When others made it live, where that is known exactly. */
      readonly liveSinceMs?: number;
      /** What was known of saved changes of others just before the Commit. */
      readonly foreign?: string;
    }
  /** The Update is on the manager and waits for a Commit. */
  | {
      readonly kind: 'saved';
      readonly message: string;
      readonly commitEvidence: string;
      /** Before this instant its Update was not begun; absent where that is not known. */
      readonly notBeforeMs?: number;
      /** When its push knew that it is saved; absent in results of before. */
      readonly atMs?: number;
    }
  | { readonly kind: 'failed'; readonly call: PushCall; readonly message: string }
  | { readonly kind: 'partial'; readonly call: PushCall; readonly message: string }
  /** Firewalls took the change and went back to what they had: it is saved, and not live there. */
  | { readonly kind: 'reverted'; readonly call: PushCall; readonly message: string }
  /** Proven not sent for a reason in this ticket: it enrols again when the reason is gone. */
  | { readonly kind: 'gateClosed'; readonly reason: GateReason; readonly message: string }
  | { readonly kind: 'refused'; readonly call: PushCall; readonly failure: FailureFacts }
  /** Proven not sent; the member keeps its place in the queue. */
  | { readonly kind: 'notSent'; readonly cause: NotSentCause; readonly message: string };

export interface PushResults {
  /** By ticket id and target. */
  readonly members: readonly {
    readonly ticketId: string;
    readonly target: string;
    readonly result: MemberResult;
  }[];
  /** A call for several tickets failed: one item for an operator, at the lane. */
  readonly sharedFailure: string | null;
  /** How long the lane rests after a push that sent something. */
  readonly restMs: number;
}

const WORST_FIRST: readonly MemberResult['kind'][] = [
  'partial',
  'failed',
  'reverted',
  'refused',
  'notSent',
  'gateClosed',
  'saved',
  'live',
];

/** One word for a push: `live` only when every member is. */
export function worstOf({ members, sharedFailure }: PushResults): MemberResult['kind'] {
  const kinds = members.map(({ result }) => result.kind);
  if (sharedFailure !== null) return 'failed';
  return WORST_FIRST.find((kind) => kinds.includes(kind)) ?? 'notSent';
}

export function memberKey({ ticketId, target }: { ticketId: string; target: string }): string {
  return `${ticketId}/${target}`;
}

/** The ticket of a member; a ticket id has no slash. */
export function ticketOfMember(key: string): string {
  const end = key.indexOf('/');
  return end < 0 ? key : key.slice(0, end);
}

/** What SecureChange showed before a call: only evidence that differs from it counts. */
export interface Baseline {
  /** `ticket/target` of the member on whose task the call is made. */
  readonly leader: string;
  readonly ref: {
    readonly ticketId: string;
    readonly stepId: string;
    readonly taskId: string;
    readonly fieldId: string;
  };
  readonly seen: string;
  /** Newest revision of the target: only a later revision counts for the verifier. */
  readonly revision: number | null;
  /** When the last of the members' changes was saved; null where the lane has none of them saved. */
  readonly savedUntilMs: number | null;
  /** Of a Commit: the policies that each member changes, to match its report. */
  readonly policies?: PoliciesOf;
  /** What was known of saved changes of others, and what was decided. */
  readonly foreign?: string;
}

/** As a call recorded it: the lane takes only texts of this form. */
export function baselineOf({ baseline }: { readonly baseline: string }): Baseline {
  return JSON.parse(baseline) as Baseline;
}
