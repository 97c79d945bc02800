/** Custom scripts: found by name or declared legacy path in `config/scripts.yaml`, never executed as a path a caller names. */
import type { ScriptEntry } from '../domain/script-entry.js';

export interface ScriptCall {
  readonly event: string;
  readonly args: readonly string[];
  readonly stdin: string;
}

export interface ScriptResult {
  readonly outcome: 'exited' | 'timedOut' | 'outputTooLarge' | 'refused';
  /** null unless `exited`. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** First 16 KiB each: what goes into the history; caps on the child are 1 MiB and 256 KiB. */
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutSha256: string;
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
   * Runs without a shell in a process group of its own; never throws for what the script does. Nothing of the group
   * lives on when it returns. Throws `signal`'s reason, after the group has been killed, when `signal` aborts.
   */
  run(entry: ScriptEntry, call: ScriptCall, signal?: AbortSignal): Promise<ScriptResult>;
}
