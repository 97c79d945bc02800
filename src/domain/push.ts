/** One visit to one manager for one or many tickets: what is asked of it, what it answers. `design.md`, Sharing a manager. */
import type { ApprovalRecord } from './approval.js';
import type { FailureFacts } from './failure.js';
import type { GateReason } from './gate.js';
import type { EnrolmentWindow } from './lane.js';
import type { DevicePath } from './scope.js';

/** The two calls that change a device. `update` saves on a manager and enforces on a direct device. */
export type PushCall = 'update' | 'commit';

/** What a visit is for: saving one Update before the window, one enforcing Update, or the Commit of a target. */
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
  readonly approval: ApprovalRecord | null;
  /** Key of the Commit evidence seen when the Update ended; other evidence means that it was committed since. */
  readonly commitBaseline: string | null;
  readonly calendar: string;
}

/** A ticket's place in a push. */
export interface Member {
  readonly ticketId: string;
  readonly epoch: number;
  readonly target: string;
  readonly targetName: string;
  readonly path: DevicePath;
  /** Its Update is saved, or it has nothing to save. */
  readonly saved: boolean;
  /** Its own task may carry the Commit call. */
  readonly mayLead: boolean;
  readonly window: EnrolmentWindow;
  readonly claim: Claim;
}

/** Why nothing was sent, where the manager or the time is the reason and every member keeps its place. */
export const NOT_SENT_CAUSES = [
  'hindered',
  'stopped',
  'paused',
  'changed',
  'windowClosed',
  'locked',
  'busy',
  'noLeader',
  'stale',
  /** A person said of a call with an unknown outcome that it was not made. */
  'saidNotSent',
  /** A call for several failed: one item for a person, at the lane; the change stays saved. */
  'sharedFailure',
] as const;
export type NotSentCause = (typeof NOT_SENT_CAUSES)[number];

/** What became of one member. A push ends with one for each. */
export type MemberResult =
  /** Live. `joined`: found live, this push sent nothing for it. */
  | {
      readonly kind: 'live';
      readonly joined: boolean;
      readonly message: string;
      /** Whose task carried the Commit. */
      readonly leader: string;
      readonly riders: readonly string[];
      readonly atMs: number;
      readonly commitEvidence: string;
      readonly revisionBefore: number | null;
      readonly committedUntil: string | null;
    }
  /** The Update is on the manager and waits for a Commit. */
  | { readonly kind: 'saved'; readonly message: string; readonly commitEvidence: string }
  | { readonly kind: 'failed'; readonly call: PushCall; readonly message: string }
  | { readonly kind: 'partial'; readonly call: PushCall; readonly message: string }
  /** Proven not sent for a reason of this ticket alone: it enrols again when the reason is gone. */
  | { readonly kind: 'gateClosed'; readonly reason: GateReason; readonly message: string }
  | { readonly kind: 'refused'; readonly call: PushCall; readonly failure: FailureFacts }
  /** Proven not sent; the place in the queue is kept. */
  | { readonly kind: 'notSent'; readonly cause: NotSentCause; readonly message: string };

export interface PushResults {
  /** By ticket id and target. */
  readonly members: readonly {
    readonly ticketId: string;
    readonly target: string;
    readonly result: MemberResult;
  }[];
  /** A call was made for several tickets and failed: one item for a person, at the lane. */
  readonly sharedFailure: string | null;
  /** How long the manager is left alone after a push that was sent. */
  readonly settleMs: number;
}

export function memberKey({ ticketId, target }: { ticketId: string; target: string }): string {
  return `${ticketId}/${target}`;
}

/** What the record of a call says of the moment before it: later evidence must differ from it. */
export interface Baseline {
  /** `ticket/target` of the member whose task carries the call. */
  readonly leader: string;
  readonly ref: {
    readonly ticketId: string;
    readonly stepId: string;
    readonly taskId: string;
    readonly fieldId: string;
  };
  readonly seen: string;
  /** Newest revision of the target: what the verifier looks at later must follow it. */
  readonly revision: number | null;
}
