/** Custom scripts: found by name or declared legacy path in `config/scripts.yaml`, never executed as a path a caller names. */
import type { ScriptEntry } from '../domain/script-entry.js';

export interface ScriptCall {
  readonly event: string;
  readonly args: readonly string[];
  readonly stdin: string;
  /** What this run is for: while a run under a key may live, no other is started under it. */
  readonly key: string;
  /** Id of an earlier run under the key of which a person says that it ended. */
  readonly endedRun?: string | null;
  /** How much of each output is kept; 16 KiB when left out. */
  readonly keptBytes?: number;
}

export interface ScriptResult {
  /** `busy`: as many runs of this script as may run at once are under way; nothing was started. */
  readonly outcome: 'exited' | 'timedOut' | 'outputTooLarge' | 'refused' | 'earlierMayRun' | 'busy';
  /** null unless `exited`. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** First 16 KiB each: what goes into the history; caps on the child are 1 MiB and 256 KiB. */
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutSha256: string;
  /** With `earlierMayRun`: the run that may still live, when only a person can say whether it does. */
  readonly earlierRun?: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

export interface ScriptRegistry {
  /** By name or legacy path; undefined when nothing is registered under it. */
  find(nameOrLegacyPath: string): ScriptEntry | undefined;
  applies(entry: ScriptEntry, event: string, stepName: string | null): boolean;
  /** Why these arguments may not be handed to the script; null when they may. Never echoes them. */
  refusedArgs(entry: ScriptEntry, args: readonly string[]): string | null;
  entries(): readonly ScriptEntry[];
}

export interface ScriptRunner {
  /**
   * Runs a private copy of the bytes that were checked, without a shell; never throws for what the script does. Nothing
   * that it started lives on when this returns, or when our process is killed. Throws `signal`'s reason, after everything
   * has been killed, when `signal` aborts.
   */
  run(entry: ScriptEntry, call: ScriptCall, signal?: AbortSignal): Promise<ScriptResult>;
}
