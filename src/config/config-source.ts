/** Operators' files, read live by name: an edited file counts from the next question on; a faulty one stops what it is about. */
import type { AlertRoute } from '../domain/alerts.js';
import type { Identities } from '../domain/identities.js';
import type { PushRight } from '../domain/push-rights.js';
import { resolve } from 'node:path';
import type { CalendarRules } from '../domain/calendar-rules.js';
import { CallFailure } from '../domain/failure.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import type { ProcessDefinition } from '../domain/process.js';
import { openConfigFolder } from './config-folder.js';
import type { ConfigFolder } from './config-folder.js';
import { loadFolder } from './load-config.js';
import { formatMistake } from './mistakes.js';
import type { FaultyProcess, OperatorConfig } from './operator-config.js';
import type { ScriptEntry } from '../domain/script-entry.js';
import { resolveServer } from './resolve-server.js';
import { createReferences } from './secret-reference.js';
import type { References } from './secret-reference.js';
import type { ManagerRules } from '../domain/lane.js';
import type { WindowQuestion } from '../domain/window.js';
import { basisOf, tagsOf } from './windows-basis.js';
import type { Environment } from './settings.js';

/** What is in use, and what keeps newer files from being used. */
export interface ConfigurationInUse {
  readonly folder: string;
  readonly digest: string;
  readonly loadedAtMs: number;
  readonly problem: string | null;
  /** Process files that are faulty, one sentence each: their processes are stopped, everything else is in use. */
  readonly faultyProcesses: readonly string[];
}

export interface ConfigSource {
  /** The last good content. */
  current(): OperatorConfig;
  /** Looks for edited files first, like every question (see `lookEveryMs`). */
  inUse(): ConfigurationInUse;
  /** Of a SecureChange workflow; null when it is only followed, or its file is faulty. */
  processFor(workflow: string): ProcessDefinition | null;
  /** Why the process of a SecureChange workflow is stopped, for a person; null when its file is not faulty, or there is none. */
  faultFor(workflow: string): string | null;
  workflowsWithProcess(): readonly string[];
  serviceAccounts(): readonly string[];
  approvers(): Readonly<Record<string, readonly string[]>>;
  pushRights(): readonly PushRight[];
  alertRoutes(): readonly AlertRoute[];
  identities(): Identities;
  calendar(name: string): CalendarRules | undefined;
  calendarNames(): readonly string[];
  /** Digest of all that windows are computed from. */
  windowsBasis(): string;
  /** Tags of a target, of its managers and of the device groups above it. */
  tagsOf(target: WindowQuestion['target']): readonly string[];
  /** Rules of one manager, by name or management id. */
  manager(name: string): ManagerRules | undefined;
  scripts(): readonly ScriptEntry[];
  /** Absolute paths of the modules with custom functions. */
  functionModules(): readonly string[];
  serverNames(): readonly string[];
  /** With address and secrets; throws a `CallFailure` of kind rejected for an unknown name or an unset reference. */
  server(name: string): OutboundServer;
  readonly references: References;
}

export interface ConfigSourceOptions {
  readonly env?: Environment;
  /** Called once for each bad new content; the last good one stays in use. */
  readonly onProblem?: (error: Error) => void;
  readonly onReload?: (config: OperatorConfig) => void;
  /** Called when a process file is or became faulty, at the start too: its process is stopped, the others go on. */
  readonly onFaulty?: (faulty: FaultyProcess) => void;
  readonly now?: () => number;
  /**
   * Edited files are looked for at most once in this time; absent: at every question. For who asks hundreds of times a second:
   * a look lists each folder and stats each file, synchronously.
   */
  readonly lookEveryMs?: number;
}

/** So long a process goes on as it was while its file is being edited into something that cannot be used. */
const EDITING_MS = 10_000;

/** Throws `ConfigError` when the first content is bad: nothing starts on files that cannot be used. */
export function createConfigSource(path: string, options: ConfigSourceOptions = {}): ConfigSource {
  const folderPath = resolve(path);
  const references = createReferences(folderPath, options.env ?? process.env);
  let folder: ConfigFolder = openConfigFolder(folderPath);
  let config = loadFolder(folder);
  const now = options.now ?? Date.now;
  const lookEveryMs = options.lookEveryMs ?? 0;
  let lookedAtMs = now();
  /** Since when a process file that was right is not. */
  let editedSinceMs: number | null = null;
  const reportFaulty = (before: readonly FaultyProcess[]): void => {
    const known = before.map(faultText);
    for (const faulty of config.faultyProcesses)
      if (!known.includes(faultText(faulty))) options.onFaulty?.(faulty);
  };
  reportFaulty([]);
  const usedNow = (of: ConfigFolder): ConfigurationInUse => ({
    folder: folderPath,
    digest: of.digest(),
    loadedAtMs: Date.now(),
    problem: null,
    faultyProcesses: config.faultyProcesses.map(faultText),
  });
  let used = usedNow(folder);

  function current(): OperatorConfig {
    const sinceMs = now() - lookedAtMs;
    // A clock that was set back must not delay a change.
    if (sinceMs >= 0 && sinceMs < lookEveryMs) return config;
    lookedAtMs = now();
    if (!folder.changed()) return config;
    const fresh = openConfigFolder(folderPath);
    try {
      const loaded = loadFolder(fresh);
      if (brokeNow(config, loaded)) {
        editedSinceMs ??= now();
        // Not taken as read: the next question reads it again.
        if (now() - editedSinceMs < EDITING_MS) return config;
      }
      editedSinceMs = null;
      const before = config.faultyProcesses;
      config = loaded;
      used = usedNow(fresh);
      reportFaulty(before);
      options.onReload?.(config);
    } catch (error) {
      const problem = error instanceof Error ? error : new Error(String(error));
      used = { ...used, problem: problem.message.slice(0, 2_000) };
      options.onProblem?.(problem);
    }
    folder = fresh;
    return config;
  }

  return {
    current,
    inUse: () => {
      current();
      return used;
    },
    references,
    processFor: (workflow) => current().processes.find((process) => process.workflow === workflow) ?? null,
    faultFor: (workflow) => {
      const { processes, faultyProcesses } = current();
      if (processes.some((process) => process.workflow === workflow)) return null;
      const faulty = faultyProcesses.find((one) => one.workflow === workflow);
      return faulty === undefined ? null : faultText(faulty);
    },
    workflowsWithProcess: () => current().processes.map((process) => process.workflow),
    serviceAccounts: () => current().serviceAccounts,
    approvers: () => current().approvers,
    pushRights: () => current().pushRights,
    alertRoutes: () => current().alertRoutes,
    identities: () => {
      const { people } = current();
      if (people.every(({ alsoKnownAs = [] }) => alsoKnownAs.length === 0)) return [];
      return people.map(({ login, alsoKnownAs = [] }) => [login, ...alsoKnownAs]);
    },
    calendar: (name) => current().calendars.find((calendar) => calendar.name === name),
    manager: (name) => current().managers.find((manager) => manager.name === name)?.policy,
    calendarNames: () => current().calendars.map((calendar) => calendar.name),
    windowsBasis: () => basisOf(current()),
    tagsOf: (target) => tagsOf(current(), target),
    scripts: () => current().scripts,
    serverNames: () => current().servers.map(({ name }) => name),
    functionModules: () => current().functionModules,
    server: (name) => {
      const { servers } = current();
      const found = servers.find((server) => server.name === name);
      if (found !== undefined) return resolveServer(found, references);
      throw new CallFailure({
        kind: 'rejected',
        system: `itsm/${name}`,
        operation: 'find the server',
        code: 'itsm.unknown_server',
        message: `there is no server ${name} in servers.yaml (it has: ${servers.map((one) => one.name).join(', ') || 'none'}); add it, then retry`,
      });
    },
  };
}

/** A process that was in use has a faulty file now. */
function brokeNow(before: OperatorConfig, after: OperatorConfig): boolean {
  return after.faultyProcesses.some(({ workflow }) =>
    workflow === null
      ? after.processes.length < before.processes.length
      : before.processes.some((process) => process.workflow === workflow),
  );
}

/** `the process file processes/web.yaml is faulty: …`, with its first mistakes. */
export function faultText({ file, mistakes }: FaultyProcess): string {
  const shown = mistakes.slice(0, 3).map(formatMistake).join('; ');
  const more = mistakes.length > 3 ? ` (and ${mistakes.length - 3} more)` : '';
  return `the process file ${file} is faulty: ${shown}${more}`;
}
