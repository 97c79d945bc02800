import type { SweepFindings } from '../../../src/domain/sweep.js';
import type { PolledQueue } from '../../../src/domain/workers.js';
import type { Releases } from './release-facts.js';

/** What is set up in Temporal for us, for `sco doctor` and `sco status`. */
export interface DeploymentFacts {
  readonly serverVersion: string;
  readonly retentionDays: number;
  readonly missingSearchAttributes: readonly string[];
  /** What to type to register them with Temporal's own command line; null when none is missing. */
  readonly registerCommand: string | null;
  readonly queues: readonly PolledQueue[];
  readonly releases: Releases;
  /** What stands still because its code fails. */
  readonly workflows: FailingWorkflows;
  /** What runs under our ids and is not ours. */
  readonly foreign: ForeignWorkflows;
  /** Status of the newest run of the stop switch, as Temporal names it; null when it never ran. */
  readonly control: string | null;
  /** null when the sweep's schedule does not exist. */
  readonly sweep: SweepState | null;
  /** null when the schedule of the export does not exist. */
  readonly evidence: EvidenceState | null;
}

/** An open workflow whose code fails: it does nothing and answers nothing until a worker can run it again. */
export interface FailingWorkflow {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  /** How often its present workflow task was tried. */
  readonly attempt: number;
  /** When that task was first scheduled. */
  readonly sinceMs: number | null;
  /** Of the newest failure that its history shows; null when it has none (a time-out, or no worker). */
  readonly reason: string | null;
}

/** An open workflow with parts that cannot be decoded: it was not written by this product. */
export interface UndecodableWorkflow {
  readonly workflowId: string;
  readonly runId: string;
  /** `memo subject (encoding binary/unheard-of)` */
  readonly what: readonly string[];
}

export interface FailingWorkflows {
  readonly failing: readonly FailingWorkflow[];
  readonly undecodable: readonly UndecodableWorkflow[];
  /** How many open workflows were looked at, and whether there are more. */
  readonly examined: number;
  readonly more: boolean;
}

/** A running workflow with an id of ours that this product did not start: what is sent to this id is lost. */
export interface ForeignWorkflow {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly taskQueue: string;
}

export interface ForeignWorkflows {
  readonly found: readonly ForeignWorkflow[];
  /** There may be more: the search ended at its limit. */
  readonly more: boolean;
}

export interface SweepState {
  readonly paused: boolean;
  readonly lastRunAtMs: number | null;
  /** Of the newest run that ended; null when none of the last few did. */
  readonly findings: SweepFindings | null;
  /** When that run ended. */
  readonly endedAtMs: number | null;
}

/** What the exports into the evidence log of the workers came to. */
export interface EvidenceState {
  readonly paused: boolean;
  /** Time between two exports. */
  readonly everyMs: number | null;
  /** The first of the last few exports of the schedule, whatever became of it; null when none has started. */
  readonly firstRunAtMs: number | null;
  /** When the newest one ended that succeeded; null when none of the last few did. */
  readonly endedAtMs: number | null;
  /** The newest signed tree head, as that export found it; null while the log is empty, or it is not known. */
  readonly head: { readonly size: number; readonly atMs: number } | null;
}
