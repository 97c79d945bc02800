/** What operators wrote, checked and mapped to the domain's words. */
import type { PushRight } from '../domain/push-rights.js';
import type { AlertRoute } from '../domain/alerts.js';
import type { CalendarRules } from '../domain/calendar-rules.js';
import type { CapabilityMatrix } from '../domain/capabilities.js';
import type { Role } from '../domain/commands.js';
import type { ManagerRules } from '../domain/lane.js';
import type { ProcessDefinition } from '../domain/process.js';
import type { RecordRules } from '../domain/record-rules.js';
import type { ScriptEntry } from '../domain/script-entry.js';
import type { Mistake } from './mistakes.js';
import type { CredentialFile, SigningFile } from './people-schema.js';
import type { ServerFile } from './server-schema.js';

/** Addresses and secrets are still references; `outboundServer` of the config source resolves them at each use. */
export interface ConfiguredServer {
  readonly name: string;
  readonly kind: 'servicenow' | 'http' | 'mail';
  readonly file: ServerFile;
  /** Of kind `http`. */
  readonly records: RecordRules | null;
  /** null: any. */
  readonly allowedHosts: readonly string[] | null;
  /** Ranges of addresses; null: any. */
  readonly allowedAddresses: readonly string[] | null;
}

/** Named as in the file: by the manager's name or its management id. */
export interface ConfiguredManager {
  readonly name: string;
  readonly policy: ManagerRules;
}

export interface ConfiguredPerson {
  readonly login: string;
  readonly name: string;
  readonly mail?: string;
  readonly roles: readonly Role[];
  readonly credentials: readonly CredentialFile[];
  readonly signing: readonly SigningFile[];
  /** Who this is for the OpenID provider. */
  readonly oidcSubject?: string;
  /** Other names of the same person; absent where there is none. */
  readonly alsoKnownAs?: readonly string[];
}

/** Who may end a stop of their own while a calendar is open; null: at any time. */
export interface StartAloneRule {
  readonly name: string;
  readonly logins: readonly string[];
  readonly calendar: string | null;
}

/** A process file that cannot be used: its process stops, the others go on. */
export interface FaultyProcess {
  /** Below the configuration folder: `processes/firewall-change.yaml`. */
  readonly file: string;
  /** SecureChange workflow that the file is for; null when the file does not say so legibly. */
  readonly workflow: string | null;
  readonly mistakes: readonly Mistake[];
}

export interface OperatorConfig {
  readonly processes: readonly ProcessDefinition[];
  readonly faultyProcesses: readonly FaultyProcess[];
  readonly calendars: readonly CalendarRules[];
  readonly managers: readonly ConfiguredManager[];
  /** What may be done to which device; empty when there is no capabilities.yaml. */
  readonly capabilities: CapabilityMatrix;
  /** Names or management ids of devices, groups and managers, by tag. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
  readonly servers: readonly ConfiguredServer[];
  readonly alertRoutes: readonly AlertRoute[];
  readonly scripts: readonly ScriptEntry[];
  /** Absolute paths of the modules with custom functions of templates. */
  readonly functionModules: readonly string[];
  readonly people: readonly ConfiguredPerson[];
  readonly serviceAccounts: readonly string[];
  readonly startAlone: readonly StartAloneRule[];
  /** Logins by role. */
  readonly approvers: Readonly<Record<string, readonly string[]>>;
  readonly pushRights: readonly PushRight[];
  /** Choices that are allowed and unsafe, one sentence each. */
  readonly warnings: readonly string[];
}
