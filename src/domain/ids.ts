/** Workflow ids, effect keys and correlation ids: every name that another system or another run must find again. */
import { isTicketId } from './canonical-id.js';

export const CONTROL_WORKFLOW_ID = 'control';
export const ALERTS_WORKFLOW_ID = 'alerts';
export const SWEEP_WORKFLOW_ID = 'sweep';
export const SWEEP_SCHEDULE_ID = 'sweep';
export const AUDIT_EXPORT_WORKFLOW_ID = 'auditExport';
export const AUDIT_EXPORT_SCHEDULE_ID = 'auditExport';
/** The export that a person asks for. */
export const AUDIT_EXPORT_NOW_WORKFLOW_ID = 'auditExport/now';
/** The update slot: SecureChange runs one Update at a time. */
export const UPDATE_SLOT_WORKFLOW_ID = 'lane/update';

/** Name of our deployment in Temporal's worker versioning; its versions are our releases. */
export const RELEASES = 'securechange-orchestrator';

export const TASK_QUEUES = {
  /** Workflows, and every activity that reads or can be repeated. */
  main: 'sco',
  /** Update and Commit: own slots, so that a herd of reads never delays a push and pushes never starve reads. */
  push: 'sco-push',
  /** Custom scripts: own slots, because their run time is not bounded by us. */
  script: 'sco-script',
  /** Scripts that SecureChange waits for: own slots, because its questions have a deadline of seconds. */
  question: 'sco-question',
} as const;

/**
 * Of workflows that many tickets or a person wait for, with all that they ask of a worker: lanes, pushes, the update slot, the
 * stop switch, questions of SecureChange. They come before tickets, which have the server's usual priority, 3.
 */
export const FIRST_IN_QUEUE = { priorityKey: 1 } as const;

/** Throws for what is not the one text of a ticket's id: `ticket/004` would be a second driver of ticket 4. */
export function ticketWorkflowId(ticketId: string): string {
  if (!isTicketId(ticketId)) throw new RangeError('a workflow id needs the canonical id of a ticket');
  return `ticket/${ticketId}`;
}

export function laneWorkflowId(laneKey: string): string {
  return `lane/${laneKey}`;
}

/** One visit to one manager; `n` never repeats. */
export function pushWorkflowId(laneKey: string, n: number): string {
  return `push/${laneKey}/${n}`;
}

/** One question of SecureChange to a script. */
export function questionWorkflowId(kind: string, key: string): string {
  return `script/${kind}/${key}`;
}

export function isQuestionId(workflowId: string): boolean {
  return workflowId.startsWith('script/');
}

/** The workflow that opens the ticket of an ITSM. */
export function itsmTicketWorkflowId(externalId: string): string {
  return `itsm/${externalId}`;
}

export function isItsmTicketId(workflowId: string): boolean {
  return workflowId.startsWith('itsm/');
}

export function isPushId(workflowId: string): boolean {
  return workflowId.startsWith('push/');
}

/** The ticket id of a `ticket/<id>` workflow id, or undefined when no ticket can have this workflow. */
export function ticketIdOf(workflowId: string): string | undefined {
  if (!workflowId.startsWith('ticket/')) return undefined;
  const id = workflowId.slice('ticket/'.length);
  return isTicketId(id) ? id : undefined;
}

export function laneKeyOf(workflowId: string): string | undefined {
  return workflowId.startsWith('lane/') ? workflowId.slice('lane/'.length) : undefined;
}

/** The name of one intended write. It contains nothing of a run, so that a second run finds the effect of the first. */
export interface Effect {
  readonly ticketId: string;
  readonly epoch: number;
  readonly stepName: string;
  readonly phase: string;
  /** Device, commit target, task or integration point. */
  readonly target: string;
}

export function effectKey({ ticketId, epoch, stepName, phase, target }: Effect): string {
  return [ticketId, epoch, stepName, phase, target].map((part) => encodeURIComponent(String(part))).join('/');
}

/** What the ITSM stores about us, and what we look up before we create: one change per ticket and server. */
export const CORRELATION_PREFIX = 'securechange-';

export function correlationId(ticketId: string, server: string): string {
  return `${CORRELATION_PREFIX}${ticketId}-${server}`;
}

/** The ticket of a correlation id; null when it is none of this server. */
export function ticketOfCorrelation(id: string, server: string): string | null {
  const end = `-${server}`;
  if (!id.startsWith(CORRELATION_PREFIX) || !id.endsWith(end)) return null;
  const ticketId = id.slice(CORRELATION_PREFIX.length, -end.length);
  return isTicketId(ticketId) ? ticketId : null;
}
