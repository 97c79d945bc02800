/** The facts of a SecureChange ticket after one read, independent of the wire format. Ids are always text. */

export type TicketStatus = 'inProgress' | 'resolved' | 'closed' | 'rejected' | 'cancelled';

export type TaskStatus =
  | 'WAITING_TO_BE_ASSIGNED'
  | 'ASSIGNED'
  | 'WAITING_FOR_MORE_INFO'
  | 'DONE'
  | 'INVALID'
  | 'PENDING'
  | 'PENDING_LICENSE';

/** The life of Update and Commit on the field that carries the request; one for all devices of the ticket. */
export type DesignerStatus =
  | 'not run'
  | 'designer running'
  | 'designer success'
  | 'designer cannot compute'
  | 'designer fully implement'
  | 'implementation running'
  | 'implementation success'
  | 'implementation failure'
  | 'commit running'
  | 'commit success'
  | 'commit failure'
  | 'unknown';

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** What an access request's risk analysis says; `notAvailable` is never read as "no risk". */
export interface RequestRisk {
  /** `AR1`, … */
  readonly order: string;
  readonly status: 'notRun' | 'noRisk' | 'hasRisk' | 'disregarded' | 'notAvailable';
  /** Worst severity among violations and the external analysis; null when there is none. */
  readonly severity: Severity | null;
}

/** The field that carries the request: multi_access_request, multi_group_change, decommission or rule change. */
export interface RequestField {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly designerStatus: DesignerStatus;
  readonly cannotComputeReason: string | null;
  /** SHA-256 over what was asked (sources, destinations, services, action, targets), without ids: equal in every step. */
  readonly requestDigest: string;
  /** SHA-256 over the risk results. */
  readonly riskDigest: string;
  readonly risks: readonly RequestRisk[];
  readonly verifier: 'notRun' | 'notAvailable' | 'implemented' | 'notImplemented';
}

export interface TaskFacts {
  readonly id: string;
  readonly name: string;
  readonly status: TaskStatus;
  readonly assignee: string | null;
  readonly assigneeId: string | null;
  readonly pendingReason: string | null;
}

export interface StepFacts {
  readonly id: string;
  readonly name: string;
  readonly tasks: readonly TaskFacts[];
  /** The request field of the task we hold, else of the step's first task; null when there is none. */
  readonly request: (RequestField & { readonly taskId: string }) | null;
  /** Names of all fields of the step, to say what is missing when one is not found. */
  readonly fieldNames: readonly string[];
}

/** One Approve/Reject field of one task, of any step reached so far. */
export interface ApprovalFacts {
  readonly stepId: string;
  readonly stepName: string;
  readonly taskId: string;
  readonly taskStatus: TaskStatus;
  readonly fieldName: string;
  /** null = not answered. */
  readonly approved: boolean | null;
  readonly reason: string | null;
  /** Login of the task's assignee. */
  readonly by: string | null;
  /** A step that was skipped, or redone since, is no approval. */
  readonly skipped: boolean;
  readonly redone: boolean;
  /**
   * By the ticket's history, the step was completed after the newest redo, reopening or revert (or there was none): an
   * answer of an earlier epoch is void, whether or not SecureChange still shows it.
   */
  readonly inEpoch: boolean;
  /** Completed in an earlier epoch, and the ticket was only sent back to later steps since. */
  readonly before?: true;
  /** Digest of the request in the very task that was approved; absent where its step does not show the request. */
  readonly requestDigest?: string;
}

/** Something that happened, by the ticket's history; its event may have been lost. */
export interface ShownEvent {
  readonly event: 'ADVANCE' | 'REDO' | 'REOPEN' | 'RESUBMIT' | 'AUTOMATION_FAILED';
  /** The step that was left or failed; null where the line does not say which step the event is about. */
  readonly step: string | null;
  /** Distinguishes it from others of its kind: the epoch in which it happened, or the number of the failure. */
  readonly nth: number;
}

export type AutomationTool = 'target' | 'verifier' | 'design' | 'risk' | 'update' | 'unknown';

export interface TicketFacts {
  readonly id: string;
  readonly subject: string;
  readonly requester: string;
  readonly workflow: string;
  readonly status: TicketStatus;
  readonly priority: string;
  /** `create_date`, else the oldest line of the history; null where neither can be read. */
  readonly createdAtMs: number | null;
  readonly expired: boolean;
  /** null when the ticket is not in progress. */
  readonly step: StepFacts | null;
  readonly previousStepName: string | null;
  /** Names of the steps that led here, the present one last, skipped ones left out; at most the last 50. */
  readonly path: readonly string[];
  /** 1 + the redos, reopenings and reverts of the ticket's history, whether or not their event reached us. */
  readonly epoch: number;
  /** At most the newest 60. */
  readonly shownEvents: readonly ShownEvent[];
  readonly approvals: readonly ApprovalFacts[];
  /** Closed without a last handler: reported as AUTOCLOSE. */
  readonly autoClosed: boolean;
  /** The newest "Automatic step: X failed due to: R" of this step, if any; `none given` without a reason. */
  readonly automationFailure: { readonly tool: AutomationTool; readonly reason: string } | null;
  /** The newest comment, clipped to 500 characters: the reason of a redo or rejection. */
  readonly latestComment: string | null;
  /** Who performed the newest Update or Commit of this step and epoch by hand, as the history names them. */
  readonly provisionedBy: string | null;
  /** The same for the step before this one: a ticket that moved on shows it there. */
  readonly provisionedBefore?: string | null;
  /** Lines of the history that could not be read, at most 5; each counts as a redo. */
  readonly odd?: readonly string[];
}

/** step id + task ids + epoch: a redo may keep the step id. */
export function stepInstanceOf(facts: TicketFacts): string | null {
  if (facts.status !== 'inProgress' || facts.step === null) return null;
  const tasks = facts.step.tasks.map((task) => task.id).sort();
  return `${facts.step.id}:${tasks.slice(0, 5).join(',')}${tasks.length > 5 ? `+${tasks.length - 5}` : ''}:${facts.epoch}`;
}

/** What the sweep compares: it differs when the work of a phase may differ. */
export function seenStateOf(facts: TicketFacts): string {
  return `${facts.status}/${stepInstanceOf(facts) ?? '-'}`.slice(0, 255);
}

export function isFinal(status: TicketStatus): boolean {
  return status === 'closed' || status === 'rejected' || status === 'cancelled';
}

/** True while SecureChange works on the step: nothing may be written. */
export function isPending(facts: TicketFacts): boolean {
  return facts.step?.tasks.some((task) => task.status === 'PENDING') ?? false;
}
