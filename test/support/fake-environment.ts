import { createHash } from 'node:crypto';
import type { ActivityDeps, ActivitySettings } from '../../activities/contract.js';
import { createActivities, type Activities } from '../../activities/index.js';
import { createManagersInRuns, type ManagersInRuns } from '../../activities/managers-in-runs.js';
import { createOutboxAges } from '../../activities/outbox-ages.js';
import type { SweepResult } from '../../activities/sweep.js';
import { signReport } from '../../packages/client/src/sign.js';
import { processFactsOf } from '../../src/domain/configuration-facts.js';
import type { CommandResult, Role, TicketCommand } from '../../src/domain/commands.js';
import type { TicketEvent } from '../../src/domain/event.js';
import { DEFAULT_RULES, type ManagerRules } from '../../src/domain/lane.js';
import type { CallFailure } from '../../src/domain/failure.js';
import type { RenderedMessage } from '../../src/domain/outbox.js';
import type { IntegrationPoint, ProcessDefinition } from '../../src/domain/process.js';
import type { Identities } from '../../src/domain/identities.js';
import type { PushRight } from '../../src/domain/push-rights.js';
import type { TicketView } from '../../src/domain/view.js';
import type { Interval } from '../../src/domain/window.js';
import type { ScriptEntry } from '../../src/domain/script-entry.js';
import type { ScriptResult } from '../../src/scripts/scripts.js';
import type { TicketState } from '../../workflows/ticket-state.js';
import { viewOf } from '../../workflows/ticket-view.js';
import { reportedInfo } from './reported-info.js';
import { expectDeclared } from './declared-effects.js';
import { evidenceFolder, logIn } from './evidence.js';
import { fakeCalendars, fakeItsm, fakeKeys, fakeScripts } from './fake-borders.js';
import type { Invoke } from './fake-engine.js';
import { FakeSecureChange } from './fake-secure-change.js';
import { ACTOR_KEY, FakeTemporal, type RecordedRun } from './fake-temporal.js';
import type { FakeTicket, FakeTicketInput } from './fake-ticket.js';
import { FakeWorker, type Call } from './fake-worker.js';
import { firewallChange, manager, STEPS } from './firewall-change.js';
import type { AlertRoute } from '../../src/domain/alerts.js';
import { VirtualTime } from './virtual-time.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday, ten in the morning. */
export const START_MS = Date.UTC(2026, 10, 23, 10, 0, 0);
/** The window of calendar `nightly`: that evening. */
export const WINDOW: Interval = { opensAtMs: START_MS + 12 * HOUR, closesAtMs: START_MS + 16 * HOUR };

/**
 * Everything outside a ticket's workflow, without a server: SecureChange, ITSM, scripts, Temporal, one clock that jumps.
 * The activities are the real ones, with their profiles' retries; what they reach is pretended.
 */
export class FakeEnvironment {
  readonly time = new VirtualTime(START_MS);
  readonly secureChange: FakeSecureChange;
  readonly worker: FakeWorker = new FakeWorker(this.time, () => this.activities);
  readonly temporal: FakeTemporal;
  alertRoutes: readonly AlertRoute[] = [];
  readonly activities: Activities;
  readonly processes = new Map<string, ProcessDefinition>();
  /** By workflow: why its process file cannot be used. */
  readonly faults = new Map<string, string>();
  readonly calendars = new Map<string, readonly Interval[]>([
    ['nightly', [0, 1, 2, 3, 4, 5, 6].map((day) => shifted(WINDOW, day * DAY))],
  ]);
  /** uuid of the SecureTrack window that a calendar copies. */
  readonly windowCopies = new Map<string, string>();
  /** Of all calendars; what an override may not open. */
  freezes: readonly (Interval & { readonly overridableBy: readonly Role[] })[] = [];
  /** Of the evidence log; made at its first use. */
  evidenceFolder: string | undefined;
  /** Changes when an operator edits a calendar. */
  ruleVersion = 'r1';
  /** Of one calendar, where each has its own. */
  /** Fields of the ITSM changes, by ticket. */
  readonly records = new Map<string, Readonly<Record<string, string>>>();
  readonly ruleVersions = new Map<string, string>();
  approvers: Readonly<Record<string, readonly string[]>> = {};
  pushRights: readonly PushRight[] = [];
  identities: Identities = [];
  serviceAccounts: readonly string[] = ['sco', 'automation'];
  /** Messages the ITSM has taken, in order. */
  readonly messages: RenderedMessage[] = [];
  /** The change that owns all tickets of the test; null: each has its own. */
  shared: { readonly tickets: readonly string[]; readonly isOpen: boolean } | null = null;
  /** What a point's template is filled to. */
  bodyOf: (point: IntegrationPoint) => string = ({ body }) => JSON.stringify(body);
  /** What a system answers to the call of a point. */
  readonly answers = new Map<string, unknown>();
  /** Points whose template cannot be rendered. */
  readonly unrenderable = new Map<string, CallFailure>();
  readonly scripts = new Map<string, Partial<ScriptEntry>>();
  /** What the runner answers, by script name; exit code 0 by default. */
  /** As the files that all workers share. */
  readonly askedQuestions = new Set<string>();
  readonly openings = new Set<string>();
  readonly managersInRuns: ManagersInRuns;
  readonly outboxAges = createOutboxAges(() => this.time.nowMs);
  readonly scriptResults = new Map<string, Partial<ScriptResult>[]>();
  settings: ActivitySettings = {
    pollEveryMs: 1_000,
    evidenceGraceMs: 30_000,
    restMs: 2_000,
    pushTimeoutMs: 2 * HOUR,
    advanceLagMs: 5_000,
    actorKeys: [ACTOR_KEY],
    restored: false,
    sweepDeepReads: 20,
  };
  /** How the mediator's reports travel: each delay is one delivery, none is a lost one. */
  deliver: (event: TicketEvent) => readonly number[] = () => [1];
  private events = 0;

  constructor(secureChange = (time: VirtualTime) => new FakeSecureChange(time)) {
    this.secureChange = secureChange(this.time);
    this.managersInRuns = createManagersInRuns(this.secureChange);
    this.temporal = new FakeTemporal(this.time, this.invoke);
    this.activities = createActivities(this.deps());
    this.processes.set('Firewall change', firewallChange());
    this.secureChange.onEvent = (ticket, name, stage) => this.mediate(ticket, name, stage);
  }

  // — building —

  ticket(part: Partial<FakeTicketInput> = {}): FakeTicket {
    return this.secureChange.create({
      id: '4711',
      workflow: 'Firewall change',
      steps: STEPS,
      devices: [manager('FW1')],
      ...part,
    });
  }

  /** Lets the ticket come to a step: people do what they do there. */
  async reach(ticket: FakeTicket, step: string): Promise<void> {
    if (ticket.current?.name === 'Open Request') ticket.complete(ticket.requester);
    if (step === 'Open Request' || step === 'Design and Risk') return;
    await this.time.until(`ticket in Approval`, () => ticket.current?.name === 'Approval');
    await this.time.pass(MINUTE);
    if (step === 'Approval') return;
    ticket.approve('a.schmidt');
    await this.time.until(`ticket in step ${step}`, () => ticket.current?.name === step);
  }

  // — looking —

  state(ticketId = '4711'): TicketState {
    return this.temporal.newestRun(ticketId).run.state;
  }

  view(ticketId = '4711'): TicketView {
    return viewOf(this.state(ticketId));
  }

  run(ticketId = '4711'): RecordedRun {
    return this.temporal.newestRun(ticketId);
  }

  /** `update FW1`, in the order they were made. */
  effects(...kinds: string[]): string[] {
    return this.secureChange.effects
      .filter((effect) => kinds.length === 0 || kinds.includes(effect.kind))
      .map((effect) => `${effect.kind} ${effect.target}`);
  }

  /** Every activity that was asked for, in order. */
  get calls(): readonly Call[] {
    return this.worker.calls;
  }

  called(name: keyof Activities): readonly Call[] {
    return this.calls.filter((call) => call.name === name);
  }

  async operate(command: TicketCommand, ticketId = '4711'): Promise<CommandResult> {
    return await this.temporal.operate(ticketId, command);
  }

  /** Until the ticket waits for a person under this code. */
  async parked(code: string, ticketId = '4711'): Promise<void> {
    await this.time.until(
      `parked with ${code}`,
      () =>
        this.temporal.runs.length > 0 && this.state(ticketId).parkings.some((parked) => parked.code === code),
    );
  }

  async ended(ticketId = '4711'): Promise<void> {
    await this.time.until('the run ended', () => this.run(ticketId).outcome !== null);
  }

  async sweep(): Promise<SweepResult> {
    const swept = this.invoke('sweepTickets', {}, new AbortController().signal) as Promise<SweepResult>;
    return await this.time.finish(swept);
  }

  close(): void {
    this.time.close();
  }

  // — the machinery —

  readonly invoke: Invoke = async (...call) => await this.worker.invoke(...call);
  /** Rules by lane key; the defaults unless set. */
  readonly managers = new Map<string, Partial<ManagerRules>>();

  private mediate(ticket: FakeTicket, name: string, stage: string | null): void {
    this.events += 1;
    const event: TicketEvent = {
      key: `${name}-${this.events}`,
      name,
      ticketId: ticket.id,
      source: 'mediator',
      receivedAtMs: this.time.nowMs,
      info: reportedInfo(ticket.id, stage),
    };
    for (const delayMs of this.deliver(event))
      this.time.at(this.time.nowMs + delayMs, () => this.temporal.report(signReport(event, ACTOR_KEY)));
  }

  /** As the files of operators give it: another one with each edit that windows are computed from. */
  windowsBasis(): string {
    const decides = [
      this.ruleVersion,
      [...this.ruleVersions],
      [...this.calendars.keys()],
      [...this.processes.values()].map(({ workflow, window }) => [
        workflow,
        window.calendar,
        window.perTarget,
        window.plannedDates,
      ]),
      [...this.managers].map(([key, { calendar }]) => [key, calendar]),
    ];
    return createHash('sha256').update(JSON.stringify(decides)).digest('hex').slice(0, 12);
  }

  /** What real activities are handed: every border pretended. */
  deps(): ActivityDeps {
    const { time, secureChange, temporal } = this;
    return {
      secureChange,
      temporal: temporal.client,
      evidence: {
        write: async (work) => await logIn((this.evidenceFolder ??= evidenceFolder()), time.now).write(work),
      },
      clock: { now: time.now, sleep: time.sleep },
      measure: (name, value, labels) => {
        temporal.measured.push({ name, value, labels });
      },
      managersInRuns: this.managersInRuns,
      outboxAges: this.outboxAges,
      definitions: {
        processFor: (workflow) => this.processes.get(workflow) ?? null,
        faultFor: (workflow) => this.faults.get(workflow) ?? null,
        serviceAccounts: () => this.serviceAccounts,
        approvers: () => this.approvers,
        pushRights: () => this.pushRights,
        alertRoutes: () => this.alertRoutes,
        identities: () => this.identities,
        workflowsWithProcess: () => [...this.processes.keys()],
        windowsBasis: () => this.windowsBasis(),
      },
      describeConfiguration: async () => ({
        worker: 'worker@test/1',
        atMs: time.nowMs,
        release: '0.0.0',
        folder: '/etc/sco/config',
        digest: 'ab12cd34ef56',
        loadedAtMs: time.nowMs,
        problem: null,
        faultyProcesses: [],
        refusedScripts: [],
        restored: this.settings.restored,
        processes: [...this.processes.values()].map(processFactsOf),
        warnings: [],
      }),
      calendars: fakeCalendars(this),
      managers: {
        policyFor: ({ key }) => ({ ...DEFAULT_RULES, ...this.managers.get(key) }),
        tagsOf: () => [],
      },
      itsm: fakeItsm(this),
      scripts: fakeScripts(this),
      openings: fakeKeys(this.openings),
      // Read each time, so that a test can change it.
      settings: new Proxy({} as ActivitySettings, {
        get: (_, name) => this.settings[name as keyof ActivitySettings],
      }),
    };
  }

  recordEffect(kind: 'itsm' | 'script', ticketId: string, target: string): void {
    expectDeclared(kind);
    const epoch = this.secureChange.tickets.get(ticketId)?.epoch ?? 0;
    this.secureChange.effects.push({ atMs: this.time.nowMs, ticketId, kind, target, epoch });
  }
}

const environments: FakeEnvironment[] = [];
// Bench and year use this environment without jest, and close it themselves.
globalThis.afterEach?.(() => {
  for (const env of environments.splice(0)) env.close();
});

/** An environment of its own for one test; it is closed after it. */
export function fakeEnvironment(): FakeEnvironment {
  const env = new FakeEnvironment();
  environments.push(env);
  return env;
}

export function shifted({ opensAtMs, closesAtMs }: Interval, ms: number): Interval {
  return { opensAtMs: opensAtMs + ms, closesAtMs: closesAtMs + ms };
}
