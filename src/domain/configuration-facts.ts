/** The configuration that a worker uses. The files on the machine of the command line may differ. */
import type { Mode, ProcessDefinition } from './process.js';
import type { RefreshTokenAlarm } from './refresh-token.js';

export interface ConfigurationFacts {
  /** Identity of the worker, as Temporal lists it. */
  readonly worker: string;
  readonly atMs: number;
  /** Version of the release it runs. */
  readonly release: string;
  readonly folder: string;
  /** SHA-256 over all its files, first 12: the same digest is the same content. */
  readonly digest: string;
  readonly loadedAtMs: number;
  /** Why the files as they are now cannot be used; the last good ones stay in use. null when all is well. */
  readonly problem: string | null;
  /** Process files that are faulty, one sentence each: their tickets are not driven, everything else is in use. At most 20. */
  readonly faultyProcesses: readonly string[];
  /** Registered scripts that this worker would refuse to run now. At most 20. */
  readonly refusedScripts: readonly RefusedScript[];
  /** SCO_RESTORED is set: everything is only observed. */
  readonly restored: boolean;
  /** Servers whose refresh token ends soon or has ended. At most 20; absent from a worker that does not say. */
  readonly refreshTokens?: readonly RefreshTokenAlarm[];
  /** Servers of servers.yaml that this worker cannot use. At most 20; absent from a worker that does not say. */
  readonly unusableServers?: readonly UnusableServer[];
  readonly processes: readonly ProcessFacts[];
  /** Choices that are allowed and unsafe, one sentence each. */
  readonly warnings: readonly string[];
}

export interface RefusedScript {
  readonly name: string;
  readonly executable: string;
  /** One sentence for an operator, without its subject: `it is not executable; chmod +x`. */
  readonly why: string;
}

export interface UnusableServer {
  readonly server: string;
  /** Names the setting. */
  readonly why: string;
}

/** Of a process definition what can be compared with SecureChange. */
export interface ProcessFacts {
  readonly name: string;
  readonly version: string;
  readonly workflow: string;
  readonly mode: Mode;
  readonly steps: readonly string[];
  readonly requestField: string;
  /** Those that are given in a step. */
  readonly approvals: readonly { readonly step: string; readonly field: string }[];
  /** Steps in which SecureChange saves or commits by itself; absent from a worker that does not say. */
  readonly pushesByItself?: readonly string[];
}

export function processFactsOf(process: ProcessDefinition): ProcessFacts {
  const { name, version, workflow, mode, steps, requestField, approvals } = process;
  return {
    name,
    version,
    workflow,
    mode,
    steps: Object.keys(steps),
    requestField,
    approvals: approvals.flatMap(({ step, field }) => (field === null ? [] : [{ step, field }])),
    pushesByItself: Object.keys(steps).filter((step) =>
      steps[step]?.phases.some(
        (rule) => (rule.phase === 'update' || rule.phase === 'commit') && rule.by === 'securechange',
      ),
    ),
  };
}
