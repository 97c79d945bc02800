/**
 * What a lane knows: one for each topmost manager, one push at a time. Its rules, pure, are in `lane-places.ts`,
 * `ledger.ts`, `lane-order.ts` and `fence.ts`.
 */
import { NONE_IGNORED, type Ignored } from './ignored.js';
import type { Member, MemberResult, NotSentCause, PushCall, PushKind } from './push.js';
import type { DevicePath } from './scope.js';
import type { Interval } from './window.js';

export interface EnrolmentWindow {
  readonly calendar: string;
  /** Of the calendar's definition when the intervals were computed. */
  readonly ruleVersion: string;
  readonly intervals: readonly Interval[];
  readonly minimumRemainingMs: number;
}

/** When the Update of a managed device is saved: in the ticket's window, that long before it, or as soon as may be. */
export type SaveTime = 'inWindow' | 'early' | { readonly aheadMs: number };

/** One target of one ticket, enrolled once: its Update and its Commit together. */
export interface Enrolment extends Member {
  /** commit: a managed target. enforcingUpdate: a direct device, or one of which nobody knows. */
  readonly kind: 'commit' | 'enforcingUpdate';
  /** saved: its step asks for the Update alone, the Commit follows in a later one. */
  readonly wants: 'live' | 'saved';
  /** Its Update is on the manager already, whoever saved it: it belongs in the ledger. */
  readonly hasSaved: boolean;
  readonly saves: SaveTime;
  /** Lower first: Critical 1 … Low 4. */
  readonly priority: number;
}

export interface QueuedEnrolment extends Enrolment {
  readonly enrolledAtMs: number;
  /** Place in the queue: kept when the same enrolment comes again. */
  readonly seq: number;
}

/** Rules for one manager, from `config/managers.yaml`; a manager that is not listed has the defaults. */
export interface ManagerPolicy {
  readonly owner: string | null;
  /** No other administrator works on it: saving early harms nobody. */
  readonly exclusive: boolean;
  /** Unsaved members that one push may take along; at most 50. */
  readonly maxMembers: number;
  readonly commit: 'together' | 'each';
  /** How long a push takes until 20 were seen. */
  readonly expectedPushMs: number;
  readonly expectedSaveMs: number;
}

export const DEFAULT_MANAGER: ManagerPolicy = {
  owner: null,
  exclusive: false,
  maxMembers: 50,
  commit: 'together',
  expectedPushMs: 10 * 60_000,
  expectedSaveMs: 2 * 60_000,
};

export type LeftBecause =
  'held' | 'redone' | 'movedOn' | 'rejected' | 'cancelled' | 'aborted' | 'ended' | 'gateClosed' | 'failed';

/** A saved Update that is not known to be live. */
export interface LedgerEntry {
  readonly ticketId: string;
  readonly epoch: number;
  readonly target: string;
  readonly targetName: string;
  readonly path: DevicePath;
  readonly instructionDigest: string;
  readonly savedAtMs: number;
  /** unknown: a call may have saved it; it counts as saved. */
  readonly state: 'saved' | 'unknown';
  /** Set when its ticket gave up its place: nothing of it may go live unless a named person accepts it. */
  readonly left: { readonly because: LeftBecause; readonly atMs: number } | null;
  readonly accepted: { readonly by: string; readonly reason: string; readonly atMs: number } | null;
}

/** The recorded intent to make one call. After it only evidence counts. */
export interface Begun {
  readonly call: PushCall;
  readonly effectKey: string;
  readonly nonce: string;
  readonly atMs: number;
  readonly baseline: string;
  /** `ticket/target` of everybody whose change the call makes live or saves. */
  readonly members: readonly string[];
  /** Of other tickets' saved changes that a named person let go live with it. */
  readonly accepted: readonly string[];
  /** Enrolled for another target, saved at or below this one: a Commit makes them live as well. */
  readonly passengers: readonly string[];
  /** What the ledger said of the members before: it says so again when the call is proven not made. */
  readonly replaced: readonly LedgerEntry[];
  /** Its outcome is known, and the push goes on: whoever leaves now is out. */
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
  /** Of the lane at its start: whether ledger or queue changed since the push was judged. */
  readonly version: number;
  readonly nextSeq: number;
  readonly members: readonly QueuedEnrolment[];
  readonly begun: readonly Begun[];
  /** Members that asked to leave after a call was begun: they get no place again. */
  readonly leaving: readonly { readonly key: string; readonly because: LeftBecause }[];
}

/** A past push, for estimates and for people. */
export interface PastPush {
  readonly n: number;
  readonly kind: PushKind;
  readonly target: string;
  readonly targetName: string;
  readonly tickets: readonly string[];
  readonly result: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly sent: boolean;
}

/** A result that its ticket has not confirmed yet. */
export interface KeptResult {
  readonly n: number;
  readonly ticketId: string;
  readonly target: string;
  readonly result: MemberResult;
}

export interface Rest {
  /** null: the whole lane rests; else only what is enrolled for this target. */
  readonly target: string | null;
  readonly untilMs: number;
  readonly cause: NotSentCause | 'settling';
  readonly why: string;
  /** How often in a row nothing was sent for this cause. */
  readonly tries: number;
  /** Of the lane then: a rest because something hinders ends as soon as they change. */
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
  /** It carried what it knew, or has read it from its earlier runs: nothing is started and no call begun before. */
  recovered: boolean;
  name: string;
  manager: ManagerPolicy;
  nextSeq: number;
  /** Grows whenever something changes that a judgement of members and ledger could depend on. */
  version: number;
  queue: QueuedEnrolment[];
  push: RunningPush | null;
  ledger: LedgerEntry[];
  paused: { by: string; reason: string; sinceMs: number } | null;
  /** After a push: no other one before this instant, at most one of each target. A hindered one ends when `version` changes. */
  rests: readonly Rest[];
  /** Shared Commits that failed: each target waits for a person, as one item for all who ride. */
  failures: SharedFailure[];
  unconfirmed: KeptResult[];
  past: PastPush[];
  /** Numbers never repeat: server time at the start, or one more than the last. */
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
    ledger: [],
    paused: null,
    rests: [],
    failures: [],
    unconfirmed: [],
    past: [],
    lastN: 0,
    ignored: NONE_IGNORED,
  };
}
