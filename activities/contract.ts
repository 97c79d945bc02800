/** What the activities get and give that more than one of them shares. */
import type { Client } from '@temporalio/client';

import type { Calendars } from '../src/calendar/calendar.js';
import type { ConfigurationFacts } from '../src/domain/configuration-facts.js';
import type { ManagerPolicy } from '../src/domain/lane.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { Itsm } from '../src/integrations/itsm.js';
import type { ScriptRegistry, ScriptRunner } from '../src/scripts/scripts.js';
import type { SecureChange } from '../src/securechange/secure-change.js';

export interface Clock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Operators' files, read live by name. */
export interface Definitions {
  processFor(workflow: string): ProcessDefinition | null;
  /** Why the process of this workflow is stopped; null when it is not. */
  faultFor(workflow: string): string | null;
  serviceAccounts(): readonly string[];
  workflowsWithProcess(): readonly string[];
}

export interface ActivitySettings {
  /** How often SecureChange is asked while it works. */
  readonly pollEveryMs: number;
  /** How long a push that was begun may go without any sign before a person is asked. */
  readonly evidenceGraceMs: number;
  /** How long a manager is left alone after an enforcing push. */
  readonly settleMs: number;
  /** How long the Designer, an Update or a Commit may run. */
  readonly pushTimeoutMs: number;
  /** How long a reading after ADVANCE waits for the ticket to show the step it entered. */
  readonly advanceLagMs: number;
  /** HMAC keys of the gateway, newest first; more than one during rotation. */
  readonly actorKeys: readonly string[];
  /** After a restored database everything is observed. */
  readonly restored: boolean;
  /** How many running tickets one sweep re-reads in depth, in turn. */
  readonly sweepDeepReads: number;
}

/** Rules for each manager, from `config/managers.yaml`, read live by key or name. */
export interface Managers {
  policyFor(lane: { readonly key: string; readonly name: string }): ManagerPolicy;
}

export interface ActivityDeps {
  readonly secureChange: SecureChange;
  readonly definitions: Definitions;
  /** For people who look from outside: which configuration this worker works with. */
  readonly describeConfiguration: () => Promise<ConfigurationFacts>;
  readonly calendars: Calendars;
  readonly managers: Managers;
  readonly itsm: Itsm;
  readonly scripts: { readonly registry: ScriptRegistry; readonly runner: ScriptRunner };
  readonly temporal: Client;
  readonly clock: Clock;
  readonly settings: ActivitySettings;
}
