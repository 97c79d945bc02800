import type { JsonObject } from './json.js';
import type { ChangeWindow, ScenarioDevice } from './scenario.js';

export const TICKET_STATUSES = [
  'In Progress',
  'Ticket Closed',
  'Ticket Cancelled',
  'Ticket Rejected',
  'Ticket Resolved',
] as const;
export type TicketStatus = (typeof TICKET_STATUSES)[number];

export const TASK_STATUSES = [
  'WAITING_TO_BE_ASSIGNED',
  'ASSIGNED',
  'DONE',
  'INVALID',
  'PENDING',
  'N/A',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** The ten events a trigger may name, the vendor's complete list. */
export const TRIGGER_EVENTS = [
  'ADVANCE',
  'AUTOMATION_FAILED',
  'CANCEL',
  'CLOSE',
  'CREATE',
  'REDO',
  'REJECT',
  'REOPEN',
  'RESOLVE',
  'RESUBMIT',
] as const;
export type TriggerEvent = (typeof TRIGGER_EVENTS)[number];

/** A field's own members (`access_request`, `text`, …) in the JSON tree form. */
export interface Field {
  id: number;
  name: string;
  type: string;
  readOnly: boolean;
  body: JsonObject;
}

export interface Task {
  id: number;
  name: string;
  /** Login of the holder; null while no user has accepted it. */
  assignee: string | null;
  /** Login or group the task was given to. */
  participant: string;
  status: TaskStatus;
  pendingReason: string | null;
  pendingDescription: string | null;
  fields: Field[];
}

export interface Step {
  id: number;
  name: string;
  /** Place in the workflow's list of steps. */
  index: number;
  redone: boolean;
  skipped: boolean;
  tasks: Task[];
}

export interface TicketComment {
  id: number;
  type: string;
  content: string;
  user: string;
  userId: number;
  createdMs: number;
  taskName: string;
  attachments: { uid: string; name: string }[];
}

export interface Ticket {
  id: number;
  subject: string;
  requester: string;
  requesterId: number;
  priority: string;
  status: TicketStatus;
  domainName: string;
  workflowId: number;
  workflowName: string;
  usesTopology: boolean;
  createMs: number;
  updateMs: number;
  closeMs: number | null;
  steps: Step[];
  /** Steps a redo took off the list; with `redoStepIds: keep` they give their ids back when reached again. */
  retiredSteps: Step[];
  currentStepId: number | null;
  comments: TicketComment[];
  /** Grows with every redo, reopen and resubmit. */
  epoch: number;
  /** Epoch and digest of the request at the last Designer run. */
  designed: { epoch: number; digest: string; resultsId: number; status: string } | null;
  expired: boolean;
  externalData: JsonObject | null;
}

export interface HistoryEntry {
  ticketId: number;
  seq: number;
  atMs: number;
  performedBy: string;
  description: string;
  stepName: string;
  taskName: string;
  update: { vendor: string; device: string; commands: DesignerCommand[] } | null;
}

export interface LifecycleEvent {
  seq: number;
  type: string;
  atMs: number;
  ticketId: number;
  workflowId: number;
  workflowName: string;
  workflowType: string;
  step: { id: number; name: string } | null;
  task: { id: number; name: string; assignee: string | null } | null;
  reason: string | null;
}

export interface DesignerCommand {
  status: string;
  order: number;
  command: string;
  failureReason: string | null;
}

/** One device in a ticket's Designer results. */
export interface Suggestion {
  key: string;
  ticketId: number;
  deviceId: number;
  id: number;
  resultsId: number;
  bindingId: number;
  firstInstructionId: number;
  instructionCount: number;
  instructionStatus: 'DESIGN_SUCCESS' | 'DESIGN_FULLY_IMPLEMENTED' | 'DESIGN_FAILED';
  requestOrders: string[];
  revision: number;
  ancestorRevision: number | null;
  newRevisionArrived: boolean;
  pushStatus: string | null;
  pushReason: string | null;
  commands: DesignerCommand[];
  commit: CommitReport | null;
  /** What the verifier saw when it ran last. */
  verified?: { revision: number; atMs: number; implemented: boolean };
}

export interface CommitReport {
  status: string;
  startMs: number;
  endMs: number;
  deviceStatus: string;
  errors: string[];
  warnings: string[];
  firewalls: { name: string; policy: string; status: string; errors: string[]; warnings: string[] }[];
}

export interface DeviceChange {
  /** The one policy that it changes; absent: any. */
  policy?: string;
  ticketId: number | null;
  by: string;
  atMs: number;
  what: string;
}

export interface Device extends ScenarioDevice {
  revisions: { id: number; number: number; atMs: number; admin: string; action: string; tickets: number[] }[];
  saved: DeviceChange[];
  enforced: (DeviceChange & { enforcedAtMs: number; through: string; partial: boolean })[];
  /** Name of the administrator who holds the device, and until when (null: until unlocked). */
  lockedBy: string | null;
  lockedUntilMs: number | null;
}

export type WindowRecord = ChangeWindow;

/** Something that finishes later. Kept in the journal, so it goes on after a restart. */
export interface Operation {
  id: number;
  kind:
    | 'redesign'
    | 'update'
    | 'commit'
    | 'redo'
    | 'autoTool'
    | 'reveal'
    | 'mapRules'
    | 'windowRun'
    | 'windowTick';
  dueMs: number;
  startMs: number;
  user: string;
  ticketId: number | null;
  stepId: number | null;
  taskId: number | null;
  deviceId: number | null;
  /** Kind-specific data: tool index, target step, fault to play, window id. */
  data: JsonObject;
}

export interface TriggerRecord {
  id: number;
  name: string;
  path: string;
  arguments: string;
  groups: { name: string; workflow: string; workflowId: number | null; events: string[] }[];
}

export interface ScriptAttempt {
  attempt: number;
  startMs: number;
  endMs: number | null;
  exitCode: number | null;
  signal: string | null;
  stdoutTail: string;
  stderrTail: string;
}

export interface ScriptRun {
  id: number;
  triggerId: number;
  triggerName: string;
  path: string;
  arguments: string;
  ticketId: number | null;
  event: string;
  xml: string;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'dropped';
  nextMs: number;
  createdMs: number;
  attempts: ScriptAttempt[];
}

export interface WriteRecord {
  seq: number;
  atMs: number;
  system: 'securechange' | 'securetrack' | 'itsm';
  method: string;
  path: string;
  user: string | null;
  action: string;
  ticketId?: number;
  deviceId?: number;
  body?: JsonObject | string;
  /** null while unanswered; 0 when the connection was broken instead of an answer. */
  status: number | null;
  applied: boolean;
  faultId?: number;
}

export type FaultKind =
  | 'delay'
  | 'resetBefore'
  | 'resetAfter'
  | 'status'
  | 'maxConcurrent'
  | 'wrongSchema'
  | 'deviceLocked'
  | 'updateFailed'
  | 'commitPartiallyFailed'
  | 'commitReverted'
  | 'commitSkippedWithWarning';

export interface Fault {
  id: number;
  match: {
    system?: string | undefined;
    action?: string | undefined;
    pathRegex?: string | undefined;
    ticketId?: number | undefined;
    deviceId?: number | undefined;
  };
  kind: FaultKind;
  /** How often it still strikes; null for always. */
  left: number | null;
  after: boolean;
  delayMs: number;
  status: number;
  retryAfterS: number | null;
  body: JsonObject | string | null;
}

export interface ItsmRecord {
  sysId: string;
  fields: Record<string, string>;
  journal: { element: string; atMs: number; user: string; text: string }[];
}
