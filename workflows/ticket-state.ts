import type { ApprovalRecord } from '../src/domain/approval.js';
import type { BackOut } from '../src/domain/back-out.js';
import { emptyMemory, type CommandMemory } from '../src/domain/command-memory.js';
import type { CommandRecord, Parking } from '../src/domain/commands.js';
import type { OwedApproval } from '../src/domain/emergency.js';
import type { TicketEvent } from '../src/domain/event.js';
import type { ItsmQuestion } from '../src/domain/itsm-commands.js';
import type { Identities } from '../src/domain/identities.js';
import { NONE_IGNORED, type Ignored } from '../src/domain/ignored.js';
import type { LaneNotice } from '../src/domain/lane-notices.js';
import type { LaneDevice } from '../activities/index.js';
import type { MemberResult, PushCall } from '../src/domain/push.js';
import type { Delivery, ItsmChange, QueuedMessage } from '../src/domain/outbox.js';
import type { TicketOverride } from '../src/domain/override.js';
import type { Phase } from '../src/domain/phase.js';
import type { Mode, ProcessDefinition } from '../src/domain/process.js';
import type { Target } from '../src/domain/provisioning.js';
import { memoryOfNewRun, type QueuedScript } from '../src/domain/script-runs.js';
import type { TakenTask } from '../src/domain/taken-task.js';
import type { Severity, TicketStatus } from '../src/domain/ticket.js';
import type { EventView, Outcome, TicketView, TimelineEntry, Waiting } from '../src/domain/view.js';
import type { WindowWait } from './window-wait.js';

/** A target's place in a lane, from its enrolment until the result of its push is in this state. */
export interface Place {
  readonly laneKey: string;
  readonly target: string;
  readonly wants: 'live' | 'saved';
  /** The lane has the place. False after a run was cancelled while it enrolled: it enrols again. */
  enrolled: boolean;
  /** Number of the push that it rides; null while it waits. */
  n: number | null;
  result: MemberResult | null;
  /** Of the result. */
  signature: string;
  /** Results that were signalled while that one was unread: a forged one takes the place of no true one. */
  later: SignalledEnd[];
  notice: LaneNotice | null;
  missed: boolean;
  /** The question of its push to an operator. */
  question: { readonly call: PushCall; readonly message: string } | null;
}

/** A place that the lane is asked for, of which nothing is known yet. */
export function newPlace({ laneKey, target, wants }: Pick<Place, 'laneKey' | 'target' | 'wants'>): Place {
  return {
    laneKey,
    target,
    wants,
    enrolled: false,
    n: null,
    result: null,
    notice: null,
    missed: false,
    signature: '',
    later: [],
    question: null,
  };
}

/** A result of a push as its lane signalled it: it counts when it is proven. */
export interface SignalledEnd {
  readonly n: number;
  readonly result: MemberResult;
  readonly signature: string;
}

/** Of a push that the ticket has no place in. */
export interface Carried extends SignalledEnd {
  readonly laneKey: string;
  readonly target: string;
}

/** The assessment of this epoch: approval and gate compare with its digests. */
export interface Assessment {
  readonly epoch: number;
  readonly requestDigest: string;
  readonly riskDigest: string;
  readonly designDigest: string;
  readonly verdict: 'allow' | 'needsApproval';
  readonly severity: Severity | null;
  readonly reason: string | null;
}

/** A parking that was reported. */
export interface ReportedAttention {
  readonly key: string;
  /** Since when the ticket was parked. */
  readonly sinceMs: number;
  readonly atMs: number;
}

/** The state of a ticket's run: plain data, carried unchanged by continue-as-new. */
export interface TicketState {
  readonly ticketId: string;
  subject: string;
  requester: string;
  workflow: string;
  status: TicketStatus | 'unread';
  priority: string;
  epoch: number;
  stepInstance: string | null;
  stepName: string | null;
  seenState: string;
  automationFailed: boolean;

  definition: ProcessDefinition | null;
  serviceAccounts: readonly string[];
  /** Logins by role, for the approvals of the process; absent in states of before. */
  approvers?: Readonly<Record<string, readonly string[]>>;
  /** Names of the same persons, as the definition came with them; absent in states of before. */
  identities?: Identities;
  /** Of the request in the last reading that showed one, for views. */
  requestDigest?: string | null;
  mode: Mode;
  modeReason: string | null;
  /** Why the process file cannot be used. */
  fault: string | null;
  adopted: boolean;
  aborted: { by: string; reason: string } | null;
  held: { by: string; reason: string; sinceMs: number } | null;

  /** Of the current step instance. */
  donePhases: Phase[];
  /** An operator skipped a phase of it, and the lanes have not answered yet whether a call was begun. */
  leavesSkipped?: true;
  phase: Phase | null;
  inboundFired: boolean;
  /** Its inbound points with `runs: always` were due while the ticket was observed; absent in states of before. */
  alwaysInboundFired?: boolean;
  waiting: Waiting | null;
  /** An integration point asked to complete this step instance; absent in states of before. */
  completionAsked?: { readonly by: string; readonly stepInstance: string } | null;
  /** Tasks that `taskAccess: reassign` took from people and has not given back; absent in states of before. */
  takenTasks?: TakenTask[];
  /** Taken tasks of this step that a person took back: they are not taken again. */
  keptTasks?: string[];

  assessment: Assessment | null;
  approvals: ApprovalRecord[];
  /** What the ITSM is asked to approve; absent in states of before. */
  itsmQuestions?: readonly ItsmQuestion[];
  /** Its answer no, until the phase has dealt with it. */
  itsmRejection?: { readonly question: string; readonly by: string; readonly reason: string } | null;
  targets: Target[];
  places: Place[];
  /** Number of the last place that the ticket took: the time when it enrolled, or one more than the last. */
  lastPlaceNumber: number;
  /** Every lane in which the ticket ever had a place: it leaves them when it ends. */
  lanes: string[];
  /** By target: the last push whose result is in this state. */
  readPushes: Readonly<Record<string, number>>;
  /** By target: the push that made its change live, and which change; kept over epochs. */
  live: Readonly<Record<string, { readonly n: number; readonly instructionDigest: string }>>;
  /** By target; absent in states of before, and where no change window of SecureTrack commits. */
  windowWaits?: Readonly<Record<string, WindowWait>>;
  /** Pushes that made live what it had saved, after it gave up its place: their results are still to be read. */
  carriedBy: Carried[];
  /** What SecureChange may push by itself since a step was completed: their lanes wait for the end. */
  automatic: readonly LaneDevice[];
  /** The epoch of `automatic`. */
  automaticEpoch: number;
  window: TicketView['window'];
  overrides: TicketOverride[];
  /** Asked for, the newest last; absent in states of before. */
  backOuts?: readonly BackOut[];
  /** Of an emergency that two persons allowed; absent in states of before. */
  owed?: OwedApproval | null;
  /** Without a place in a lane nothing reports an edited calendar: the basis on which no window was open; null when it waits for none. */
  windowBasis: string | null;
  /** How often an edited calendar was reported to it. */
  calendarEdits: number;
  /** How often the ITSM set its planned dates; absent in states of before. */
  plannedEdits?: number;
  parkings: Parking[];
  proposals: string[];

  itsm: ItsmChange | null;
  outbox: QueuedMessage[];
  /** Since when the first message is under way; null while none is. */
  outboxSendingSinceMs: number | null;
  /** Acknowledged and dropped messages; bounded. */
  delivered: Delivery[];
  outboxBlocked: string | null;
  outboxBlockedSinceMs: number;
  renderings: number;
  /** Parkings that points for NEEDS_ATTENTION have reported, the newest; absent in states of before. */
  attentionReported?: readonly ReportedAttention[];

  queue: TicketEvent[];
  scripts: QueuedScript[];
  /** Keys of the script runs so far; bounded. */
  scriptRuns: string[];
  /** See `ScriptMemory`. */
  reportsNotBeforeMs: number;
  seenKeys: string[];
  lastEvents: EventView[];
  timeline: TimelineEntry[];
  commands: CommandRecord[];
  commandMemory: CommandMemory;
  ignored: Ignored;
  outcome: Outcome | null;
  /** How often the run continued as new. */
  continueAsNewCount: number;
}

/** All versions ever started stay in this union. */
export interface TicketStart {
  readonly version: 1;
  readonly ticketId: string;
  readonly carry?: TicketState;
}

/** How a run ended. */
export interface TicketOutcome {
  readonly ticketId: string;
  readonly outcome: Outcome;
  /** Keys of the scripts that it ran, for a run that a later event starts. */
  readonly scriptRuns?: readonly string[];
  /** The change that it wrote to in the ITSM, for the same. */
  readonly change?: ItsmChange;
  /** Its devices where a push made one live, for the same: firewalls may take a Commit back later, and a person a change. */
  readonly targets?: readonly Target[];
}

/** A result has a size: of a ticket with more devices the first ones, those that are live before others. */
export const MOST_TARGETS = 50;

export function outcomeOf(
  { ticketId, scriptRuns, itsm, targets }: TicketState,
  outcome: Outcome,
): TicketOutcome {
  const live = targets.filter(({ push }) => push !== null);
  const others = targets.filter((target) => !live.includes(target));
  return {
    ticketId,
    outcome,
    ...(scriptRuns.length > 0 && { scriptRuns }),
    ...(itsm !== null && { change: itsm }),
    ...(live.length > 0 && { targets: [...live, ...others].slice(0, MOST_TARGETS) }),
  };
}

export function freshState(ticketId: string, nowMs = 0, startedAtMs = nowMs): TicketState {
  return {
    ticketId,
    subject: '',
    requester: '',
    workflow: '',
    status: 'unread',
    priority: '',
    epoch: 1,
    stepInstance: null,
    stepName: null,
    seenState: '',
    automationFailed: false,
    definition: null,
    serviceAccounts: [],
    mode: 'observe',
    modeReason: null,
    fault: null,
    adopted: false,
    aborted: null,
    held: null,
    donePhases: [],
    phase: null,
    inboundFired: false,
    alwaysInboundFired: false,
    waiting: null,
    assessment: null,
    approvals: [],
    targets: [],
    places: [],
    lastPlaceNumber: 0,
    lanes: [],
    readPushes: {},
    live: {},
    carriedBy: [],
    automatic: [],
    automaticEpoch: 0,
    window: null,
    overrides: [],
    windowBasis: null,
    calendarEdits: 0,
    parkings: [],
    proposals: [],
    itsm: null,
    outbox: [],
    outboxSendingSinceMs: null,
    delivered: [],
    outboxBlocked: null,
    outboxBlockedSinceMs: 0,
    renderings: 0,
    queue: [],
    scripts: [],
    ...memoryOfNewRun(startedAtMs),
    seenKeys: [],
    lastEvents: [],
    timeline: [],
    commands: [],
    commandMemory: emptyMemory(nowMs),
    ignored: NONE_IGNORED,
    outcome: null,
    continueAsNewCount: 0,
  };
}
