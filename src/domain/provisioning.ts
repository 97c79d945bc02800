import type { Touches } from './conflicts.js';
import type { CommitPart } from './commit-report.js';
import type { DevicePath } from './scope.js';
import type { WindowQuestion } from './window.js';

/** Devices of a ticket: what the Designer suggests, what can be done to them, and the state of each. */

/** `refused`: the capability matrix does not allow it, also not by hand through the orchestrator. */
export type Ability = 'automatic' | 'manual' | 'refused' | 'none' | 'unknown';

/** What the capability matrix says of one device and what is asked of it; unknown means by hand. */
export interface Capability {
  readonly update: Ability;
  readonly commit: Ability;
  /** What makes the change live: the Update (direct devices), a Commit (managers), or unknown. */
  readonly enforcedBy: 'update' | 'commit' | 'unknown';
  /** Which row of the matrix says so, and by which source; a clause. */
  readonly reason?: string;
  /** Login or team that does it by hand. */
  readonly person?: string;
}

/** One device suggestion of the Designer. */
export interface DeviceDesign {
  /** The suggestion's management_id: what Update and Commit are addressed to, and the commit target. */
  readonly managementId: string;
  readonly name: string;
  readonly vendor: string;
  readonly model: string | null;
  /** Topmost manager: the key of the lane; the device itself when it has no manager. */
  readonly laneKey: string;
  readonly laneName: string;
  /** From the topmost manager down to the device; empty when SecureTrack does not say. */
  readonly path: DevicePath;
  /** Of SecureTrack; absent where it names none. */
  readonly domain?: string;
  readonly capability: Capability;
  readonly design: 'computed' | 'fullyImplemented' | 'failed';
  readonly designMessage: string | null;
  readonly instructions: number;
  /** SHA-256 over the instructions without ids and states. */
  readonly instructionDigest: string;
  /** The policies that it changes, as the vendor names them; absent when there are many. */
  readonly policies?: readonly string[];
  /** Rules, objects and groups that it changes; absent where it only adds. */
  readonly touches?: Touches;
  readonly newRevisionArrived: boolean;
  readonly offline: boolean;
  readonly update: 'none' | 'updated' | 'failed';
  readonly updateMessage: string | null;
  readonly commit: CommitEvidence;
}

/** What SecureChange shows of the last Commit of one target. Differing evidence means that a Commit happened since. */
export interface CommitEvidence {
  readonly state: 'none' | 'committed' | 'partial' | 'failed' | 'reverted' | 'skipped' | 'unknown';
  /** Start time of the newest commit report, as the vendor printed it; the baseline of a new push. */
  readonly reportStart: string | null;
  /** When that Commit ended, as the vendor printed it. */
  readonly reportEnd?: string;
  readonly message: string | null;
  /** It failed because the manager was locked, before anything was installed. */
  readonly locked?: true;
}

/** The same with what the report says of each firewall. */
export interface CommitReport extends CommitEvidence {
  readonly parts: readonly CommitPart[];
}

export interface DesignFacts {
  readonly designerStatus: string;
  readonly cannotComputeReason: string | null;
  readonly devices: readonly DeviceDesign[];
  /** SHA-256 over all instruction digests. */
  readonly designDigest: string;
}

/** Where one target stands, kept in the ticket's state and shown in its view. */
export interface Target {
  readonly managementId: string;
  readonly name: string;
  readonly vendor: string;
  readonly laneKey: string;
  readonly laneName: string;
  readonly path: DevicePath;
  readonly domain?: string;
  readonly enforcedBy: Capability['enforcedBy'];
  readonly updateBy: 'automatic' | 'manual';
  readonly commitBy: 'automatic' | 'manual' | 'none';
  /** Why a part of it is done by hand, and by whom; absent where the matrix does not say. */
  readonly byHand?: { readonly reason: string; readonly person?: string };
  instructionDigest: string;
  /** As the design says when its devices were planned; absent where it only adds. */
  readonly touches?: Touches;
  update: 'todo' | 'running' | 'done' | 'notNeeded' | 'failed' | 'unknown';
  commit: 'todo' | 'running' | 'done' | 'notNeeded' | 'failed' | 'unknown';
  /** When its push, or a person, knew that its Update is saved; absent: not yet. What SecureTrack begins later commits it. */
  savedAtMs?: number;
  /** Before this instant it was not saved; absent where that is not known. */
  notSavedBeforeMs?: number;
  /** Key of the Commit evidence when the Update ended; other evidence means that a Commit was made since. */
  commitBaseline: string | null;
  /** Number of SecureTrack's revision just before our push went live; null or absent: unknown. */
  revisionBefore?: number | null;
  /** When the Commit that our evidence shows ended, as the vendor printed it; null or absent: unknown. */
  committedUntil?: string | null;
  /** Number of its last push; null: none yet. */
  push: number | null;
  /** A person's evidence for a manual device. */
  manualEvidence: string | null;
  message: string | null;
  /** It was live, and firewalls went back to what they had: an operator decides. Absent: no. */
  reverted?: boolean;
  /** With `waves`, its number among the targets of this manager; absent where it is the only one. */
  readonly wave?: number;
  /** Live and verified before the targets of the next wave; absent: not, or not asked for. */
  verified?: true;
  /** Its push failed: it holds back the others on this manager, or an operator lets them go on without it. */
  failure?: 'holds' | 'skipped';
}

/** What rules of calendars can be limited to. */
export function windowTargetOf(
  device: Pick<DeviceDesign, 'managementId' | 'name' | 'vendor' | 'laneKey' | 'laneName' | 'path' | 'domain'>,
): WindowQuestion['target'] {
  const { managementId: id, name, vendor, laneKey, laneName, path, domain } = device;
  return { id, name, vendor, laneKey, laneName, path, domain: domain ?? null };
}

/** The target enforces at Update, or this is unknown: its Update waits for window, lane and gate like a Commit. */
export function updateEnforces(target: Pick<Target, 'enforcedBy'>): boolean {
  return target.enforcedBy !== 'commit';
}

export function isDone(target: Target): boolean {
  const updated = target.update === 'done' || target.update === 'notNeeded';
  const committed = target.commit === 'done' || target.commit === 'notNeeded';
  return updated && committed;
}

/** Equal keys mean that no Commit of the target was seen in between. */
export function evidenceKey(evidence: CommitEvidence): string {
  return `${evidence.state}|${evidence.reportStart ?? '-'}`;
}

const MARKS: Readonly<Record<Target['update'], string>> = {
  todo: '· to do',
  running: '▸ running',
  done: '✓ done',
  notNeeded: '✓ not needed',
  failed: '✗ failed',
  unknown: '? unknown',
};

/** The state of an Update or Commit for a person: text and shape, not colour only. */
export function stateMark(state: Target['update']): string {
  return MARKS[state];
}
