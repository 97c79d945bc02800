/** Operators' files, read live by name: an edited file counts from the next question on, a broken one never does. */
import { resolve } from 'node:path';
import type { CalendarRules } from '../domain/calendar-rules.js';
import { CallFailure } from '../domain/failure.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import type { ProcessDefinition } from '../domain/process.js';
import { openConfigFolder } from './config-folder.js';
import type { ConfigFolder } from './config-folder.js';
import { loadFolder } from './load-config.js';
import type { OperatorConfig } from './operator-config.js';
import type { ScriptEntry } from '../domain/script-entry.js';
import { resolveServer } from './resolve-server.js';
import { createReferences } from './secret-reference.js';
import type { References } from './secret-reference.js';
import type { Environment } from './settings.js';

export interface ConfigSource {
  /** The last good content. */
  current(): OperatorConfig;
  /** Of a SecureChange workflow; null when it is only followed. */
  processFor(workflow: string): ProcessDefinition | null;
  workflowsWithProcess(): readonly string[];
  serviceAccounts(): readonly string[];
  calendar(name: string): CalendarRules | undefined;
  calendarNames(): readonly string[];
  scripts(): readonly ScriptEntry[];
  /** With address and secrets; throws a `CallFailure` of kind rejected for an unknown name or an unset reference. */
  server(name: string): OutboundServer;
  readonly references: References;
}

export interface ConfigSourceOptions {
  readonly env?: Environment;
  /** Called once for each bad new content; the last good one stays in use. */
  readonly onProblem?: (error: Error) => void;
  readonly onReload?: (config: OperatorConfig) => void;
}

/** Throws `ConfigError` when the first content is bad: nothing starts on files that cannot be used. */
export function createConfigSource(path: string, options: ConfigSourceOptions = {}): ConfigSource {
  const folderPath = resolve(path);
  const references = createReferences(folderPath, options.env ?? process.env);
  let folder: ConfigFolder = openConfigFolder(folderPath);
  let config = loadFolder(folder);

  function current(): OperatorConfig {
    if (!folder.changed()) return config;
    const fresh = openConfigFolder(folderPath);
    try {
      config = loadFolder(fresh);
      options.onReload?.(config);
    } catch (error) {
      options.onProblem?.(error instanceof Error ? error : new Error(String(error)));
    }
    folder = fresh;
    return config;
  }

  return {
    current,
    references,
    processFor: (workflow) => current().processes.find((process) => process.workflow === workflow) ?? null,
    workflowsWithProcess: () => current().processes.map((process) => process.workflow),
    serviceAccounts: () => current().serviceAccounts,
    calendar: (name) => current().calendars.find((calendar) => calendar.name === name),
    calendarNames: () => current().calendars.map((calendar) => calendar.name),
    scripts: () => current().scripts,
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
