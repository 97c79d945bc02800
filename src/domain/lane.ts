/**
 * The state of a lane. There is one lane for each topmost manager; it runs one push at a time. Its rules are in `lane-places.ts`,
 * `ledger.ts`, `lane-order.ts` and `fence.ts`.
 */
import type { Tolerated } from './commit-report.js';
import type { ConflictPolicy, Touches } from './conflicts.js';
import type { NamedToCarry } from './emergency.js';
import { DEFAULT_FOREIGN, type ForeignPolicy, type ForeignRecord, type Revisions } from './foreign.js';
import { NONE_IGNORED, type Ignored } from './ignored.js';
import type { LaneOverride } from './lane-overrides.js';
import type { EarlierWave, FailedTarget, NotedFailure, PartialFailure } from './partial-failure.js';
import type { Member, MemberResult, NotSentCause, PushCall, PushKind } from './push.js';
import type { DevicePath } from './scope.js';
import type { WatchedCommit } from './watched-commits.js';
import type { Interval } from './window.js';
import type { WindowAlert } from './window-alerts.js';
import type { Enforced, JudgedWindow, LiveByOthers, MissedOpening } from './window-record.js';

export interface EnrolmentWindow {
  readonly calendar: string;
  /** Version of the calendar that the intervals were computed from. */
  readonly ruleVersion: string;
  readonly intervals: readonly Interval[];
  readonly minimumRemainingMs: number;
  /** A ticket that has a target live in an opening needs no minimum for its others in the same opening. */
  readonly finish?: boolean;
  /** Digest of all configuration that windows are computed from; absent in a place of an older release. */
  readonly basis?: string;
}

/** With the target's id, name and path, what decides its windows. */
export interface WindowFor {
  readonly workflow: string;
  readonly vendor: string;
  readonly domain: string | null;
  /** Planned start and end of the ticket's change, as they were when it enrolled. */
  readonly planned: Interval | null;
}

/** When the Update of a managed device is saved: in the window, `aheadMs` before it, or as early as possible. */
export type SaveTime = 'inWindow' | 'early' | { readonly aheadMs: number };

/** One target of one ticket. It enrols once, for Update and Commit together. */
export interface Enrolment extends Member {
  /** commit: a managed target. enforcingUpdate: a direct device, or a device of which this is unknown. */
  readonly kind: 'commit' | 'enforcingUpdate';
  /** saved: the step contains the Update only; the Commit follows in a later step. */
  readonly wants: 'live' | 'saved';
  /** Its Update is saved on the manager already, by us or by others: it belongs in the ledger. */
  readonly hasSaved: boolean;
  readonly saves: SaveTime;
  /** Absent in a place of an older release: its window stays as it is. */
  readonly windowFor?: WindowFor;
  /** Newest revisions of target and managers above when it enrolled; absent when they could not be read. */
  readonly revisions?: Revisions;
  /** Lower first: emergencies 0, Critical 1 … Low 4. */
  readonly priority: number;
  /** Of an emergency: whom two persons named to be carried. Only where their signatures were checked. */
  readonly carries?: NamedToCarry;
  /** Absent: other tickets on the same device or rule are ignored. */
  readonly conflicts?: ConflictPolicy;
  /** What it changes on the device; absent where nothing is only added. */
  readonly touches?: Touches;
  /** Of its process; the manager may be stricter. Absent: `continue`. */
  readonly partialFailure?: PartialFailure;
  /** A target of its ticket on this manager whose push failed. */
  readonly failed?: FailedTarget;
  /** Number of the last push of its manager whose result its ticket had read when it asked for the place. */
  readonly readUntil?: number;
  /** Failed targets without which an operator lets it go on. */
  readonly without?: readonly string[];
  /** What it was held back by and is live, or of this ticket no more, as far as the ticket has read. */
  readonly over?: readonly string[];
  /** Targets of its ticket that go before it with `waves`. */
  readonly earlierWave?: EarlierWave;
  /** A change window of SecureTrack commits it, with all else that is saved: no Commit of ours does. */
  readonly secureTrack?: boolean;
  /** Grows each time the ticket enrols, also over its epochs: a lane refuses an enrolment that is older than a leave. */
  readonly placeNumber: number;
}

export interface QueuedEnrolment extends Enrolment {
  readonly enrolledAtMs: number;
  /** Its ticket began in the opening that ends then, and finishes in it. */
  readonly finishUntilMs?: number;
  /** Position in the queue; an enrolment that is repeated keeps it. */
  readonly seq: number;
}

/** Rules for one manager, from `config/managers.yaml`; a manager that is not listed has the defaults. */
export interface ManagerPolicy {
  readonly owner: string | null;
  /** No other administrator works on this manager: Updates may be saved early. */
  readonly exclusive: boolean;
  /** The most unsaved members of one push; at most 50. */
  readonly maxMembers: number;
  readonly commit: 'together' | 'each';
  /** What the failure of a target means for the others of its ticket. Absent in a message of an older release. */
  readonly partialFailure?: PartialFailure;
  /** How long a push takes, while the lane has no push to measure. */
  readonly expectedPushMs: number;
  readonly expectedSaveMs: number;
  /**
   * How long the report of a Commit is read again, because firewalls may revert it; 0: not at all. Absent in a message of an
   * older release.
   */
  readonly watchRevertMs?: number;
  /** How long a lock may be held before its tickets ask a person. Absent in a message of an older release. */
  readonly lockAlarmMs?: number;
  /** How long before each window its owner is alerted to what it will hold. Absent in a message of an older release. */
  readonly alertBeforeMs?: readonly number[];
}

export const DEFAULT_MANAGER: ManagerPolicy = {
  owner: null,
  exclusive: false,
  maxMembers: 50,
  commit: 'together',
  expectedPushMs: 10 * 60_000,
  expectedSaveMs: 2 * 60_000,
};

export const LEFT_BECAUSE = [
  'held',
  'redone',
  'movedOn',
  'rejected',
  'cancelled',
  'aborted',
  /** An operator skipped the phase that would have made it live. */
  'skipped',
  'ended',
  'gateClosed',
  'failed',
  /** Firewalls went back to what they had, after its Commit had succeeded. */
  'reverted',
  /** A named person recorded that the change is live: nothing saved is left. */
  'doneByHand',
  /** The ITSM set other planned dates: it enrols again. */
  'replanned',
] as const;
export type LeftBecause = (typeof LEFT_BECAUSE)[number];

/** All rules for one manager: what its lane needs, and what only activities read, live. */
export interface ManagerRules extends ManagerPolicy {
  /** Nothing goes live on this manager while this calendar is closed, whatever the process's calendar says. */
  readonly calendar: string | null;
  /** Firewalls whose failure does not stop a change from counting as live. */
  readonly tolerate: readonly Tolerated[];
  readonly foreignChanges: ForeignPolicy;
  readonly maintenance: readonly Maintenance[];
  /** A person knows that change windows of SecureTrack commit it too; null: its pushes are refused while their runs show it. */
  readonly secureTrackWindows: Acknowledged | null;
  /** Name of the server that gets the alerts to its owner; null: only lane and views show them. */
  readonly alertServer: string | null;
  /** Members of that message, with placeholders; null: those of ServiceNow. */
  readonly alertBody: Readonly<Record<string, unknown>> | null;
}

/** Who let something count that is refused otherwise, and why. */
export interface Acknowledged {
  readonly by: string;
  readonly reason: string;
}

/** Planned work on a manager: nothing is saved or committed meanwhile. */
export interface Maintenance {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly reason: string;
}

export const DEFAULT_RULES: ManagerRules = {
  ...DEFAULT_MANAGER,
  calendar: null,
  tolerate: [],
  foreignChanges: DEFAULT_FOREIGN,
  maintenance: [],
  secureTrackWindows: null,
  alertServer: null,
  alertBody: null,
};

/** A saved Update that is not known to be live. */
export interface LedgerEntry {
  readonly ticketId: string;
  readonly epoch: number;
  readonly target: string;
  readonly targetName: string;
  readonly path: DevicePath;
  readonly instructionDigest: string;
  readonly savedAtMs: number;
  /** Where a change window of SecureTrack commits it: the calendar that it was saved for. */
  readonly secureTrackCalendar?: string;
  /** unknown: a call may have saved it; it counts as saved. */
  readonly state: 'saved' | 'unknown';
  /** Set when its ticket left the lane: it may go live only after a named person accepted it. */
  readonly left: { readonly because: LeftBecause; readonly atMs: number } | null;
  readonly accepted: {
    readonly by: string;
    readonly reason: string;
    readonly atMs: number;
    /** Key of an override: only for the Commit that is made under it. */
    readonly onlyWith?: string;
  } | null;
}

/** The recorded intent to make one call. From then on only evidence counts. */
export interface Begun {
  readonly call: PushCall;
  readonly effectKey: string;
  readonly nonce: string;
  readonly atMs: number;
  readonly baseline: string;
  /** `ticket/target` of each member whose change the call saves or makes live. */
  readonly members: readonly string[];
  /** `ticket/target` of each saved change of another ticket that a named person accepted. */
  readonly accepted: readonly string[];
  /** Places enrolled for another target and saved at or below this one: the Commit makes them live as well. */
  readonly alsoLive: readonly string[];
  /** What was known of saved changes of others, of a Commit. */
  readonly foreign?: string;
  /** Of a call that makes live: the openings that its gates judged by. */
  readonly windows?: readonly JudgedWindow[];
  /** The ledger entries that the call replaced; restored when the call is proven not made. */
  readonly replaced: readonly LedgerEntry[];
  /** Its outcome is known and the push continues: a member that leaves now is out. */
  readonly ended: boolean;
}

export interface RunningPush {
  readonly n: number;
  readonly runId: string | null;
  readonly kind: PushKind;
  readonly target: string;
  readonly targetName: string;
  readonly path: DevicePath;
  readonly startedAtMs: number;
  /** The lane's version when the push started: shows whether ledger or queue changed since then. */
  readonly version: number;
  readonly nextSeq: number;
  readonly members: readonly QueuedEnrolment[];
  readonly begun: readonly Begun[];
  /** Members that left after a call was begun: they do not return to the queue. */
  readonly leaving: readonly { readonly key: string; readonly because: LeftBecause }[];
}

/** One device of an automatic push. */
export interface AutomaticDevice {
  readonly target: string;
  readonly targetName: string;
  readonly path: DevicePath;
  readonly instructionDigest: string;
  /** A Commit makes it live, with everything else that is saved in its scope. */
  readonly commits: boolean;
}

/** SecureChange pushes by itself once a step of a ticket is completed; the lane starts nothing beside it. */
export interface AutomaticPush {
  readonly ticketId: string;
  readonly epoch: number;
  readonly stepName: string;
  readonly targets: readonly AutomaticDevice[];
  readonly atMs: number;
  /** From then on the lane goes on although no end was reported. What it may have saved stays in the ledger as unknown. */
  readonly untilMs: number;
  /** The ledger entries that it replaced; restored when the step was not completed. */
  readonly replaced: readonly LedgerEntry[];
}

/** A past push, for estimates and views. */
export interface PastPush {
  readonly n: number;
  readonly runId: string | null;
  readonly kind: PushKind;
  readonly target: string;
  readonly targetName: string;
  readonly tickets: readonly string[];
  readonly result: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly sent: boolean;
  /** How long its Commit took, without the Updates before it; null where it made none. */
  readonly commitMs: number | null;
  /** How long one of its Updates took on average; null where it made none. */
  readonly saveMs: number | null;
  /** Absent when it made nothing live, and in a push of an older release. */
  readonly enforced?: Enforced;
}

/** The place of one target of a ticket in one push. */
export type PlaceInPush = Omit<KeptResult, 'result'>;

/** A result that its ticket has not been signalled yet. */
export interface KeptResult {
  readonly n: number;
  readonly ticketId: string;
  readonly target: string;
  readonly result: MemberResult;
}

export interface Rest {
  /** null: the whole lane rests; otherwise only the places of this target. */
  readonly target: string | null;
  readonly untilMs: number;
  readonly cause: NotSentCause | 'afterPush';
  readonly why: string;
  /** How many pushes in a row sent nothing for this cause. */
  readonly tries: number;
  /** When the first of them ended; absent in a rest of an older release. */
  readonly sinceMs?: number;
  /** The lane's version at that moment: the rest of a hindered lane ends as soon as it changes. */
  readonly version: number;
  readonly nextSeq: number;
}

export interface SharedFailure {
  readonly n: number;
  readonly target: string;
  readonly targetName: string;
  readonly tickets: readonly string[];
  readonly message: string;
  readonly atMs: number;
}

export interface LaneState {
  readonly key: string;
  /** The lane has its earlier state, carried or recovered: before that it starts no push and begins no call. */
  recovered: boolean;
  name: string;
  manager: ManagerPolicy;
  nextSeq: number;
  /** Increases with each change that the judgement of members and ledger depends on. */
  version: number;
  queue: QueuedEnrolment[];
  push: RunningPush | null;
  /** SecureChange pushes by itself for a ticket: the lane starts nothing beside it. */
  automatic: AutomaticPush | null;
  /** When the running push is checked if it has not reported its end. */
  checkPushAtMs: number;
  ledger: LedgerEntry[];
  /** What was seen of saved changes of others before the last Commit of each target. */
  foreign: readonly ForeignRecord[];
  /** By target: revisions up to these are not foreign. */
  foreignSince: Readonly<Record<string, Revisions>>;
  /** `wentBack`: SecureTrack shows an older state than before; the lane paused itself. */
  paused: { by: string; reason: string; sinceMs: number; wentBack?: true } | null;
  /** By target: the newest revision that SecureTrack showed before a call. */
  newestRevisions: Readonly<Record<string, number>>;
  /** After a push: the next one does not start before this instant; at most one rest per target. A hindrance ends when `version` changes. */
  rests: readonly Rest[];
  /** Shared Commits that failed: each target waits for an operator, as one item for all members. */
  failures: SharedFailure[];
  /** Targets whose last push failed, each of one ticket. */
  notedFailures?: readonly NotedFailure[];
  undelivered: KeptResult[];
  past: PastPush[];
  /** Commits that are live and may still be reverted by firewalls. */
  watched: readonly WatchedCommit[];
  /** Alerts to its owner before windows, the newest last. */
  alerts: readonly WindowAlert[];
  liveByOthers: readonly LiveByOthers[];
  missed: readonly MissedOpening[];
  /** Overrides that its places came with. */
  overrides: readonly LaneOverride[];
  /** Its earlier runs could not be read: an override that was confirmed before may have been used. */
  overridesFromMs?: number;
  /** By `ticket/target`, and by `ticket/` for all its targets: the number of the last place taken or given up. */
  placeNumbers: Readonly<Record<string, number>>;
  /** Places with a number up to this one were forgotten: an enrolment with such a number is refused. */
  forgottenUpTo: number;
  /** Number of the last push. Numbers never repeat: the server's time at the start, or one more than the last. */
  lastN: number;
  ignored: Ignored;
}

export function newLane(key: string, name: string): LaneState {
  return {
    key,
    recovered: false,
    name,
    manager: DEFAULT_MANAGER,
    nextSeq: 1,
    version: 1,
    queue: [],
    push: null,
    automatic: null,
    checkPushAtMs: 0,
    ledger: [],
    foreign: [],
    foreignSince: {},
    paused: null,
    newestRevisions: {},
    rests: [],
    failures: [],
    undelivered: [],
    past: [],
    watched: [],
    alerts: [],
    liveByOthers: [],
    missed: [],
    overrides: [],
    placeNumbers: {},
    forgottenUpTo: 0,
    lastN: 0,
    ignored: NONE_IGNORED,
  };
}
