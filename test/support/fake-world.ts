import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

import type { ActivityDeps, ActivitySettings } from '../../activities/contract.js';
import { createActivities, type Activities } from '../../activities/index.js';
import type { SweepResult } from '../../activities/sweep.js';
import type { CommandResult, TicketCommand } from '../../src/domain/commands.js';
import type { TicketEvent } from '../../src/domain/event.js';
import { CallFailure, type FailureFacts, isFailureKind } from '../../src/domain/failure.js';
import { correlationId } from '../../src/domain/ids.js';
import type { RenderedMessage } from '../../src/domain/outbox.js';
import type { IntegrationPoint, ProcessDefinition } from '../../src/domain/process.js';
import type { TicketView } from '../../src/domain/view.js';
import type { Interval } from '../../src/domain/window.js';
import type { ScriptEntry, ScriptResult } from '../../src/scripts/scripts.js';
import type { TicketState } from '../../workflows/ticket-state.js';
import { viewOf } from '../../workflows/ticket-view.js';
import { FakeActivityFailure, type Invoke } from './fake-engine.js';
import { FakeSecureChange, strike } from './fake-secure-change.js';
import { ACTOR_KEY, FakeTemporal, type RecordedRun } from './fake-temporal.js';
import type { FakeTicket, FakeTicketInput } from './fake-ticket.js';
import { firewallChange, manager, STEPS } from './firewall-change.js';
import { VirtualTime } from './virtual-time.js';
import { suffer, type Mortal } from './worker-death.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday, ten in the morning. */
export const START_MS = Date.UTC(2026, 10, 23, 10, 0, 0);
/** The window of calendar `nightly`: that evening. */
export const WINDOW: Interval = { opensAtMs: START_MS + 12 * HOUR, closesAtMs: START_MS + 16 * HOUR };

/** Temporal (or whatever is asked) is away for this call. */
export class Unavailable extends Error {}

const ONE_ATTEMPT: ReadonlySet<string> = new Set(['push', 'runScript']);
const MOST_ATTEMPTS = 200;
const HEARTBEAT_MS = 12_000;

export interface Call {
  readonly name: keyof Activities;
  readonly input: unknown;
  readonly atMs: number;
}

/**
 * Everything outside a ticket's workflow, without a server: SecureChange, ITSM, scripts, Temporal, one clock that jumps.
 * The activities are the real ones, with their profiles' retries; what they reach is pretended.
 */
export class FakeWorld {
  readonly time = new VirtualTime(START_MS);
  readonly secureChange = new FakeSecureChange(this.time);
  readonly temporal: FakeTemporal;
  readonly activities: Activities;
  readonly calls: Call[] = [];
  readonly processes = new Map<string, ProcessDefinition>();
  readonly calendars = new Map<string, readonly Interval[]>([
    ['nightly', [0, 1, 2, 3, 4, 5, 6].map((day) => shifted(WINDOW, day * DAY))],
  ]);
  /** Changes when somebody edits a calendar. */
  ruleVersion = 'r1';
  serviceAccounts: readonly string[] = ['sco', 'automation'];
  /** Messages the ITSM has taken, in order. */
  readonly messages: RenderedMessage[] = [];
  /** What a point's template is filled to. */
  bodyOf: (point: IntegrationPoint) => string = ({ body }) => JSON.stringify(body);
  /** Points whose template can not be filled. */
  readonly unrenderable = new Map<string, CallFailure>();
  readonly scripts = new Map<string, Partial<ScriptEntry>>();
  /** What the runner answers, by script name; a clean exit unless told. */
  readonly scriptResults = new Map<string, Partial<ScriptResult>[]>();
  settings: ActivitySettings = {
    pollEveryMs: 1_000,
    evidenceGraceMs: 30_000,
    settleMs: 2_000,
    pushTimeoutMs: 2 * HOUR,
    advanceLagMs: 5_000,
    actorKeys: [ACTOR_KEY],
    restored: false,
    sweepDeepReads: 20,
  };
  /** How long an activity takes to be picked up. */
  latencyMs: (name: keyof Activities) => number = () => 5;
  /** How the mediator's reports travel: each delay is one delivery, none is a lost one. */
  deliver: (event: TicketEvent) => readonly number[] = () => [1];
  private readonly closing = new AbortController();
  private events = 0;

  constructor() {
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
    const swept = this.invoke('sweepTickets', {}, this.closing.signal) as Promise<SweepResult>;
    return await this.time.finish(swept);
  }

  close(): void {
    this.closing.abort();
    this.time.close();
  }

  // — the machinery —

  readonly invoke: Invoke = async (name, input, signal) => {
    this.calls.push({ name, input: copy(input), atMs: this.time.nowMs });
    const until = AbortSignal.any([signal, this.closing.signal]);
    for (let attempt = 1; ; attempt += 1) {
      await this.time.sleep(this.latencyMs(name), until);
      const failure = await this.attempt(name, input, until);
      if ('result' in failure) return copy(failure.result);
      if (ONE_ATTEMPT.has(name) || failure.final || attempt >= MOST_ATTEMPTS) {
        throw new FakeActivityFailure(failure.facts);
      }
      await this.time.sleep(
        failure.facts.retryAfterMs ?? Math.min(1_000 * 2 ** (attempt - 1), MINUTE),
        until,
      );
    }
  };

  private async attempt(
    name: keyof Activities,
    input: unknown,
    signal: AbortSignal,
  ): Promise<{ result: unknown } | { facts: FailureFacts; final: boolean }> {
    let died = false;
    let declareDead: () => void = () => {};
    const death = new Promise<void>((resolve) => (declareDead = resolve));
    const context = {
      die: async () => {
        died = true;
        declareDead();
        return await new Promise((_, reject) => {
          this.closing.signal.addEventListener('abort', () => reject(new Error('the world is closed')));
        });
      },
      info: { workflowExecution: { workflowId: 'ticket/4711', runId: 'a-run' } },
      cancellationSignal: signal,
      heartbeat: () => {},
    } satisfies Mortal & Record<string, unknown> as unknown as Context;
    const run = this.activities[name] as (input: unknown) => Promise<unknown>;
    try {
      const living = asyncLocalStorage.run(context, async () => run(copy(input)));
      const result = await Promise.race([living, death]);
      if (!died) return { result };
      living.catch(() => {});
      await this.time.sleep(HEARTBEAT_MS, signal);
      return { facts: facts('transient', name, 'temporal.timeout', 'no answer in time'), final: false };
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof Unavailable)
        return { facts: facts('bug', name, 'orchestrator.unforeseen', error.message), final: false };
      if (!(error instanceof ApplicationFailure)) {
        this.time.crash(error);
        throw error;
      }
      const detail = error.details?.[0] as FailureFacts;
      if (!isFailureKind(error.type ?? '')) throw error;
      return { facts: detail, final: error.nonRetryable === true };
    }
  }

  private mediate(ticket: FakeTicket, name: string, stage: string | null): void {
    this.events += 1;
    const event: TicketEvent = {
      key: `${name}-${this.events}`,
      name,
      ticketId: ticket.id,
      source: 'mediator',
      receivedAtMs: this.time.nowMs,
      info: {
        id: ticket.id,
        subject: 'Access',
        priority: null,
        createDate: null,
        updateDate: null,
        requester: null,
        stage: stage === null ? null : { id: null, name: stage, task: null },
        openRequestStage: null,
        comment: null,
      },
    };
    for (const delayMs of this.deliver(event))
      this.time.at(this.time.nowMs + delayMs, () => this.temporal.report(event));
  }

  /** What real activities are handed: every border pretended. */
  deps(): ActivityDeps {
    const { time, secureChange, temporal } = this;
    return {
      secureChange,
      temporal: temporal.client,
      clock: { now: time.now, sleep: time.sleep },
      definitions: {
        processFor: (workflow) => this.processes.get(workflow) ?? null,
        serviceAccounts: () => this.serviceAccounts,
        workflowsWithProcess: () => [...this.processes.keys()],
      },
      calendars: {
        names: () => [...this.calendars.keys()],
        plan: (calendar, fromMs, horizonDays) => {
          const all = this.calendars.get(calendar);
          if (!all) {
            const message = `there is no calendar "${calendar}"`;
            throw new CallFailure({
              ...facts('rejected', 'plan', 'calendar.unknown', message),
              system: 'calendar',
            });
          }
          const intervals = all.filter(
            ({ opensAtMs, closesAtMs }) => closesAtMs > fromMs && opensAtMs < fromMs + horizonDays * DAY,
          );
          const noneReason = intervals.length > 0 ? null : `no opening within ${horizonDays} days`;
          return {
            calendar,
            ruleVersion: this.ruleVersion,
            tzdataVersion: 't1',
            zone: 'Europe/Berlin',
            intervals,
            noneReason,
          };
        },
      },
      itsm: {
        render: (point, context) => {
          const failure = this.unrenderable.get(point.name);
          if (failure) throw failure;
          return {
            key: context.key,
            point: point.name,
            server: point.server,
            action: point.action,
            correlationId: correlationId(context.facts.id, point.server),
            body: this.bodyOf(point),
            blocking: point.blocking,
          };
        },
        send: async (message, change) => await this.send(message, change),
      },
      scripts: {
        registry: {
          find: (name) => {
            const entry = this.scripts.get(name);
            return entry === undefined ? undefined : scriptEntry(name, entry);
          },
          applies: (entry, event) => entry.events.length === 0 || entry.events.includes(event),
          refusedArgs: () => null,
          entries: () => [...this.scripts].map(([name, entry]) => scriptEntry(name, entry)),
        },
        runner: { run: async (entry) => await this.runScript(entry) },
      },
      // Read afresh, so that a test may change its mind.
      settings: new Proxy({} as ActivitySettings, {
        get: (_, name) => this.settings[name as keyof ActivitySettings],
      }),
    };
  }

  private async send(
    message: RenderedMessage,
    change: { server: string } | null,
  ): Promise<{ server: string; number: string; id: string }> {
    const fault = strike(this.secureChange.faults, 'send', message.point);
    if (fault?.before) await suffer(fault.before);
    if (message.action !== 'create' && change === null) {
      const text = `the ticket has no change on ${message.server}`;
      throw new CallFailure({
        ...facts('rejected', message.action, 'itsm.no_change', text),
        system: 'itsm/servicenow',
      });
    }
    const known = this.messages.some(
      (taken) =>
        taken.key === message.key ||
        (taken.action === 'create' &&
          taken.correlationId === message.correlationId &&
          message.action === 'create'),
    );
    if (!known) {
      this.messages.push(message);
      this.effect('itsm', message.correlationId.split('-')[1] ?? '-', `${message.action} ${message.point}`);
    }
    if (fault?.after) await suffer(fault.after);
    return { server: message.server, number: 'CHG0030001', id: 'sys-1' };
  }

  private async runScript({ name }: ScriptEntry): Promise<ScriptResult> {
    const fault = strike(this.secureChange.faults, 'runScript', name);
    if (fault?.before) await suffer(fault.before);
    this.effect('script', '-', name);
    if (fault?.after) await suffer(fault.after);
    const result = this.scriptResults.get(name)?.shift();
    return {
      outcome: 'exited',
      exitCode: 0,
      signal: null,
      stdout: 'done',
      stderr: '',
      stdoutSha256: '',
      startedAtMs: this.time.nowMs,
      endedAtMs: this.time.nowMs,
      ...result,
    };
  }

  private effect(kind: 'itsm' | 'script', ticketId: string, target: string): void {
    const epoch = this.secureChange.tickets.get(ticketId)?.epoch ?? 0;
    this.secureChange.effects.push({ atMs: this.time.nowMs, ticketId, kind, target, epoch });
  }
}

const worlds: FakeWorld[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});

/** A world of its own for one test; it is closed after it. */
export function fakeWorld(): FakeWorld {
  const world = new FakeWorld();
  worlds.push(world);
  return world;
}

export function shifted({ opensAtMs, closesAtMs }: Interval, ms: number): Interval {
  return { opensAtMs: opensAtMs + ms, closesAtMs: closesAtMs + ms };
}

function scriptEntry(name: string, part: Partial<ScriptEntry>): ScriptEntry {
  return {
    name,
    executable: `/scripts/${name}`,
    legacyPaths: [],
    sha256: null,
    events: [],
    workflows: [],
    steps: [],
    timeoutMs: 5_000,
    reply: 'accepted',
    env: {},
    ...part,
  };
}

function facts(kind: FailureFacts['kind'], operation: string, code: string, message: string): FailureFacts {
  return { kind, system: 'temporal', operation, code, message };
}

/** Nothing crosses the border of a workflow but what JSON carries. */
function copy<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
