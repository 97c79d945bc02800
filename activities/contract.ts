/** Dependencies and types that several activities share. */
import type { Client } from '@temporalio/client';

import type { EvidenceLog } from '../src/audit/evidence/evidence-log.js';
import type { Calendars } from '../src/calendar/calendar.js';
import type { AlertRoute } from '../src/domain/alerts.js';
import type { ConfigurationFacts } from '../src/domain/configuration-facts.js';
import type { ManagerRules } from '../src/domain/lane.js';
import type { Measure } from '../src/domain/metrics.js';
import type { ProcessDefinition } from '../src/domain/process.js';
import type { Identities } from '../src/domain/identities.js';
import type { PushRight } from '../src/domain/push-rights.js';
import type { WindowQuestion } from '../src/domain/window.js';
import type { Itsm } from '../src/integrations/itsm.js';
import type { UsedKeys } from '../src/scripts/used-keys.js';
import type { ScriptRegistry, ScriptRunner } from '../src/scripts/scripts.js';
import type { SecureChange } from '../src/securechange/secure-change.js';
import type { ManagersInRuns } from './managers-in-runs.js';
import type { OutboxAges } from './outbox-ages.js';

export interface Clock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Files of the operators, read at each call. */
export interface Definitions {
  processFor(workflow: string): ProcessDefinition | null;
  /** Why the process file of this workflow cannot be used; null when it can. */
  faultFor(workflow: string): string | null;
  serviceAccounts(): readonly string[];
  /** Logins by role, of people whose approval counts where a process asks for the role. */
  approvers(): Readonly<Record<string, readonly string[]>>;
  /** Names of the same persons, by people.yaml. */
  identities(): Identities;
  /** Who may let which device be pushed. */
  pushRights(): readonly PushRight[];
  /** Who is alerted to what. */
  alertRoutes(): readonly AlertRoute[];
  workflowsWithProcess(): readonly string[];
  /** Digest of all that windows are computed from: another one means that lanes may have old windows. */
  windowsBasis(): string;
}

export interface ActivitySettings {
  /** How often SecureChange is read while it works. */
  readonly pollEveryMs: number;
  /** How long a begun call may show no evidence before an operator is asked. */
  readonly evidenceGraceMs: number;
  /** How long the lane rests after an enforcing push. */
  readonly restMs: number;
  /** How long the Designer, an Update or a Commit may run. */
  readonly pushTimeoutMs: number;
  /** How long a reading after ADVANCE waits for the ticket to show the step it entered. */
  readonly advanceLagMs: number;
  /** HMAC keys of the gateway, newest first; more than one during rotation. */
  readonly actorKeys: readonly string[];
  /** Address of the page for people: tickets and lanes that start lead to theirs. */
  readonly pageUrl?: string | undefined;
  /** SCO_RESTORED is set: all tickets are only observed. */
  readonly restored: boolean;
  /** How many running tickets one sweep re-reads in depth, in turn. */
  readonly sweepDeepReads: number;
}

/** Rules for each manager, from `config/managers.yaml`, read live by key or name. */
export interface Managers {
  policyFor(lane: { readonly key: string; readonly name: string }): ManagerRules;
  /** Tags of the target, of its managers and of the device groups above it. */
  tagsOf(target: WindowQuestion['target']): readonly string[];
}

export interface ActivityDeps {
  readonly secureChange: SecureChange;
  readonly definitions: Definitions;
  /** Which configuration this worker uses, for `sco status` and `sco doctor`. */
  readonly describeConfiguration: () => Promise<ConfigurationFacts>;
  readonly calendars: Calendars;
  readonly managers: Managers;
  readonly managersInRuns: ManagersInRuns;
  readonly itsm: Itsm;
  readonly scripts: {
    readonly registry: ScriptRegistry;
    readonly runner: ScriptRunner;
    /** Questions that were put to a script. */
    readonly asked: UsedKeys;
  };
  /** Tickets that we began to open. */
  readonly openings: UsedKeys;
  readonly temporal: Client;
  readonly evidence: EvidenceLog;
  readonly clock: Clock;
  readonly measure: Measure;
  readonly outboxAges: OutboxAges;
  readonly settings: ActivitySettings;
}

/** What judging whether something may be pushed needs. */
export type JudgeDeps = Pick<
  ActivityDeps,
  'secureChange' | 'itsm' | 'definitions' | 'calendars' | 'managers' | 'managersInRuns' | 'clock' | 'settings'
>;

/** What judging and making a call that pushes needs. */
export type PushDeps = JudgeDeps & Pick<ActivityDeps, 'scripts' | 'temporal'>;
