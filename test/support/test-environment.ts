import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { NativeConnection } from '@temporalio/worker';

import type { ActivityDeps, Clock } from '../../activities/contract.js';
import { NO_KEYS, type PayloadProtection } from '../../src/config/payload-keys.js';
import { clientOf } from '../../packages/client/src/client-of.js';
import { shareReader } from '../../packages/client/src/open-reader.js';
import { createIntake } from '../../packages/client/src/create-intake.js';
import type { HistoryFact, IntakeClient, OrchestratorClient } from '../../packages/client/src/contract.js';
import { signLaneMessage, signReport } from '../../packages/client/src/sign.js';
import type { Command, CommandResult } from '../../src/domain/commands.js';
import type { TicketEvent } from '../../src/domain/event.js';
import {
  CONTROL_WORKFLOW_ID,
  FIRST_IN_QUEUE,
  laneWorkflowId,
  TASK_QUEUES,
  ticketWorkflowId,
} from '../../src/domain/ids.js';
import type { LaneView, TicketView } from '../../src/domain/view.js';
import type { Traces } from '../../src/domain/traces.js';
import type { Interval } from '../../src/domain/window.js';
import { connectTemporal, type TemporalAccess } from '../../src/temporal/connect.js';
import { readHistory } from '../../src/temporal/read-history.js';
import { sendTraces } from '../../src/temporal/trace-headers.js';
import { toHistoryFacts } from '../../src/temporal/history-facts.js';
import { workflowsToRun } from '../../workers/bundle-workflows.js';
import { createWorkers, type Workers } from '../../workers/create-worker.js';
import {
  controlView,
  laneState,
  laneReplan,
  laneView,
  ticketView,
  WORKFLOW_TYPES,
} from '../../workflows/messages.js';
import { reportedInfo } from './reported-info.js';
import { eventually } from './eventually.js';
import type { FakeSecureChange } from './fake-secure-change.js';
import { ACTOR_KEY, IDA, OLGA, signedCommand } from './fake-temporal.js';
import type { FakeTicket, FakeTicketInput } from './fake-ticket.js';
import { DAY, FakeEnvironment } from './fake-environment.js';
import { manager, STEPS } from './firewall-change.js';

export interface TestEnvironmentOptions {
  readonly address: string;
  readonly maxCachedWorkflows?: number;
  /** How payloads are encrypted; not at all without it. */
  readonly payloads?: PayloadProtection;
  readonly traces?: Traces;
  /** Sends an event of SecureChange as a mediator's request does; at once without it. */
  readonly reportThrough?: (ticketId: string, send: () => Promise<unknown>) => Promise<unknown>;
  /** Puts something else in the place of a fake. */
  readonly deps?: (deps: ActivityDeps) => Partial<ActivityDeps>;
}

/** The same answer, with the note that nothing was done now. */
export function repetitionOf({ message, ...rest }: CommandResult): CommandResult {
  const started = message.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const text: unknown = expect.stringMatching(`^${started} .*nothing was done now`);
  return { ...rest, message: text as string };
}

type Signing = Parameters<typeof signedCommand>[3];

/**
 * The real workflows, workers and activities on a real Temporal server; SecureChange, calendars, ITSM and scripts are
 * pretended, on the server's time.
 */
export class TestEnvironment {
  readonly fake: FakeEnvironment;
  temporal: TemporalAccess;
  client: OrchestratorClient;
  intake: IntakeClient;
  /** How events travel: false loses them. */
  mediatorWorks = true;
  private readonly connection: NativeConnection;
  private readonly clock: ServerClock;
  private readonly options: TestEnvironmentOptions;
  private workers: { readonly all: Workers; readonly ended: Promise<void> } | null = null;
  private driving = true;
  private readonly driver: Promise<void>;
  private events = 0;

  private constructor(
    options: TestEnvironmentOptions,
    temporal: TemporalAccess,
    connection: NativeConnection,
    clock: ServerClock,
  ) {
    this.options = options;
    this.temporal = temporal;
    this.connection = connection;
    this.clock = clock;
    this.client = clientOf(shareReader({ ...temporal, deadlineMs: 20_000 }));
    this.intake = createIntake(temporal);
    this.fake = new FakeEnvironment();
    this.fake.time.nowMs = clock.now();
    this.fake.settings = {
      ...this.fake.settings,
      pollEveryMs: 20,
      evidenceGraceMs: 2_000,
      restMs: 20,
      advanceLagMs: 2_000,
    };
    this.fake.calendars.clear();
    this.open('nightly', clock.now());
    this.secureChange.pushMs = 40;
    this.secureChange.designMs = 20;
    this.secureChange.onEvent = (ticket, name, stage) => {
      if (!this.mediatorWorks) return;
      // Those of a ticket one after the other, as they happened; tickets do not wait for each other.
      const before = this.reporting.get(ticket.id) ?? Promise.resolve();
      this.reporting.set(
        ticket.id,
        before.then(async () => {
          const send = async (): Promise<unknown> => this.report(ticket.id, name, stage);
          return this.options.reportThrough?.(ticket.id, send) ?? send();
        }),
      );
    };
    this.driver = this.drive();
  }

  static async start(options: TestEnvironmentOptions): Promise<TestEnvironment> {
    const temporal = await connectAs(options, options.payloads);
    const connection = await NativeConnection.connect({ address: options.address });
    const env = new TestEnvironment(options, temporal, connection, new ServerClock());
    await env.startWorkers();
    await temporal.client.workflow.start(WORKFLOW_TYPES.control, {
      workflowId: CONTROL_WORKFLOW_ID,
      taskQueue: TASK_QUEUES.main,
      args: [{ version: 1 }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      priority: FIRST_IN_QUEUE,
    });
    await env.switchedOff();
    return env;
  }

  /** A server that ran other tests before has their lanes: the new switch is on there until an operator starts. */
  private async switchedOff(): Promise<void> {
    const control = this.temporal.client.workflow.getHandle(CONTROL_WORKFLOW_ID);
    const { stopped } = await eventually('the stop switch has looked for earlier runs', async () => {
      const view = await control.query(controlView);
      return view.reason?.includes('is being read') === true ? undefined : view;
    });
    if (stopped) await this.startPushes();
  }

  /** Two persons end the stop, whoever stopped. */
  async startPushes(): Promise<CommandResult> {
    const first = await this.operate(CONTROL_WORKFLOW_ID, { kind: 'start' }, { actor: OLGA });
    return first.accepted
      ? first
      : await this.operate(CONTROL_WORKFLOW_ID, { kind: 'start' }, { actor: IDA });
  }

  private readonly reporting = new Map<string, Promise<unknown>>();

  get secureChange(): FakeSecureChange {
    return this.fake.secureChange;
  }

  nowMs(): number {
    return this.clock.now();
  }

  /** From here on the machine of the workers is so late. */
  lag(ms: number): void {
    this.clock.lagMs = ms;
  }

  /** Called when the server skipped time. */
  skippedTo(serverMs: number): void {
    this.clock.seen(serverMs);
  }

  // — workers —

  async startWorkers(): Promise<void> {
    const all = await this.createWorkers('worker@test');
    this.workers = { all, ended: all.run() };
  }

  /** Workers of a release beside those that run already; call what it returns to stop them. */
  async startRelease(release: string): Promise<() => Promise<void>> {
    const all = await this.createWorkers(`worker@test/${release}`, release);
    const ended = all.run();
    return async () => {
      all.shutdown();
      await ended;
    };
  }

  private async createWorkers(identity: string, release?: string): Promise<Workers> {
    const { maxCachedWorkflows, deps, traces } = this.options;
    const pretended = { ...this.fake.deps(), temporal: this.temporal.client, clock: this.clock };
    return await createWorkers({
      deps: { ...pretended, ...deps?.(pretended) },
      connection: this.connection,
      namespace: this.temporal.namespace,
      identity,
      workflowBundle: await workflowsToRun(process.env.SCO_WORKFLOW_BUNDLE),
      ...(maxCachedWorkflows !== undefined && { maxCachedWorkflows }),
      ...(release !== undefined && { release }),
      ...(traces !== undefined && { traces }),
    });
  }

  /** Workers and gateway end, and start with other keys. */
  async restartWith(payloads: PayloadProtection): Promise<void> {
    await Promise.all(this.reporting.values());
    await this.stopWorkers();
    await this.temporal.close();
    this.temporal = await connectAs(this.options, payloads);
    this.client = clientOf(shareReader({ ...this.temporal, deadlineMs: 20_000 }));
    this.intake = createIntake(this.temporal);
    await this.startWorkers();
  }

  async stopWorkers(): Promise<void> {
    this.workers?.all.shutdown();
    await this.workers?.ended;
    this.workers = null;
  }

  // — the pretended side —

  /** Opens a calendar at the instant, for a day. */
  open(calendar: string, opensAtMs: number): Interval {
    const interval = { opensAtMs, closesAtMs: opensAtMs + DAY };
    this.fake.calendars.set(calendar, [interval]);
    return interval;
  }

  ticket(id: string, part: Partial<FakeTicketInput> = {}): FakeTicket {
    return this.secureChange.create({
      id,
      workflow: 'Firewall change',
      steps: STEPS,
      devices: [manager(`FW-${id}`)],
      createdAtMs: this.nowMs(),
      ...part,
    });
  }

  /** Lets the ticket come to a step: people do what they do there. */
  async reach(ticket: FakeTicket, step: string): Promise<void> {
    if (ticket.current?.name === 'Open Request') ticket.complete(ticket.requester);
    for (;;) {
      if (ticket.current?.name === step) return;
      await eventually(
        `ticket ${ticket.id} in Approval or ${step}`,
        () => ticket.current?.name === 'Approval' || ticket.current?.name === step,
      );
      if (ticket.current?.name === 'Approval' && step !== 'Approval') {
        await this.until(ticket.id, 'asks for approval', (view) => view.waiting?.for === 'approval');
        ticket.approve('a.schmidt');
      }
    }
  }

  effects(ticketId: string, ...kinds: string[]): string[] {
    return this.secureChange.effects
      .filter((effect) => effect.ticketId === ticketId && (kinds.length === 0 || kinds.includes(effect.kind)))
      .map((effect) => `${effect.kind} ${effect.target}`);
  }

  // — Temporal's side —

  async report(
    ticketId: string,
    name: string,
    stage: string | null = null,
    key = `${name}-${(this.events += 1)}`,
  ) {
    const event: TicketEvent = {
      key,
      name,
      ticketId,
      source: 'mediator',
      receivedAtMs: this.nowMs(),
      info: reportedInfo(ticketId, stage),
    };
    return await this.intake.report(signReport(event, ACTOR_KEY), { deadlineMs: 10_000 });
  }

  /** As the gateway sends it; with `signature` null as a caller sends it who does not use the gateway. */
  /** A start is the second person's. */
  async operate(workflowId: string, command: Command, signing: Signing = {}): Promise<CommandResult> {
    const actor = command.kind === 'start' ? IDA : OLGA;
    const signed = signedCommand(command, workflowId, this.nowMs(), { actor, ...signing });
    return await this.intake.operate(signed, { deadlineMs: 20_000 });
  }

  /** Of the newest run. */
  async view(ticketId: string): Promise<TicketView> {
    return await this.temporal.client.workflow.getHandle(ticketWorkflowId(ticketId)).query(ticketView);
  }

  async lane(key: string): Promise<LaneView> {
    return await this.temporal.client.workflow.getHandle(laneWorkflowId(key)).query(laneView);
  }

  /** Sends the edited calendar to the lanes, as the sweep does. */
  async replan(calendar: string, ...laneKeys: string[]): Promise<void> {
    const intervals = this.fake.calendars.get(calendar) ?? [];
    const ruleVersion = `edited ${intervals[0]?.opensAtMs ?? 'away'}`;
    for (const key of laneKeys) {
      const lane = this.temporal.client.workflow.getHandle(laneWorkflowId(key));
      const places = await eventually(`lane ${key} has a place for ${calendar}`, async () => {
        const { queue, push } = await lane.query(laneState);
        const ofIt = [...queue, ...(push?.members ?? [])].filter(
          ({ window }) => window.calendar === calendar,
        );
        return ofIt.length > 0 ? ofIt : undefined;
      });
      const plans = places.flatMap(({ target, window: { minimumRemainingMs }, windowFor }) => {
        if (windowFor === undefined) return [];
        const { workflow, planned } = windowFor;
        const zone = 'Europe/Berlin';
        return [{ workflow, planned, target, calendar, zone, ruleVersion, intervals, minimumRemainingMs }];
      });
      const replanned = { basis: 'edited', plans };
      await lane.signal(laneReplan, signLaneMessage(key, 'laneReplan', replanned, ACTOR_KEY));
    }
  }

  async until(
    ticketId: string,
    what: string,
    holds: (view: TicketView) => boolean,
    withinMs = 90_000,
  ): Promise<TicketView> {
    let last: TicketView | undefined;
    try {
      return await eventually(
        `ticket ${ticketId}: ${what}`,
        async () => {
          // Without a cache every look replays the whole run.
          if (this.options.maxCachedWorkflows === 0) await sleep(200);
          last = await this.view(ticketId);
          return holds(last) ? last : undefined;
        },
        withinMs,
      );
    } catch (error) {
      const { phase, waiting, needsAttention, timeline, outcome } = last ?? {};
      const seen = JSON.stringify({ phase, waiting, needsAttention, outcome, timeline: timeline?.slice(-8) });
      throw new Error(`ticket ${ticketId}: ${what}; last seen: ${seen}`, { cause: error });
    }
  }

  /** The last view of the ticket, once its run (and whatever continued it) has ended. */
  async ended(ticketId: string, withinMs = 90_000): Promise<TicketView> {
    if (!(await this.hasEnded(ticketId, withinMs)))
      return await this.until(ticketId, 'ends', ({ outcome }) => outcome !== null, 1_000);
    return await this.view(ticketId);
  }

  /** False when its run has not ended in time. */
  async hasEnded(ticketId: string, withinMs: number): Promise<boolean> {
    const result = this.temporal.client.workflow.getHandle(ticketWorkflowId(ticketId)).result();
    result.catch(() => undefined);
    const inTime = new AbortController();
    const late = sleep(withinMs, 'late', { signal: inTime.signal }).catch(() => 'in time');
    const first = await Promise.race([result, late]);
    inTime.abort();
    return first !== 'late';
  }

  /** Every run of the ticket that continue-as-new joined, as plain facts. */
  async history(ticketId: string): Promise<readonly HistoryFact[]> {
    return await this.client.tickets.history(ticketId);
  }

  /** Also on a server without lists. */
  async newestRun(ticketId: string): Promise<readonly HistoryFact[]> {
    const history = await readHistory(this.temporal.client, ticketWorkflowId(ticketId));
    return toHistoryFacts(history, { runId: 'the newest' });
  }

  async historyLength(workflowId: string): Promise<number> {
    return (await this.temporal.client.workflow.getHandle(workflowId).describe()).historyLength;
  }

  /** Ends everything that still runs (a test may leave a lane or a waiting ticket), then the workers. */
  async stop(): Promise<void> {
    await Promise.all(this.reporting.values());
    const { workflow } = this.temporal.client;
    try {
      for await (const { workflowId } of workflow.list({ query: `ExecutionStatus = 'Running'` }))
        await workflow.getHandle(workflowId).terminate('the test is over');
    } catch {
      // The time-skipping server has no lists; what runs there ends with it.
    }
    await this.stopWorkers();
    this.driving = false;
    await this.driver;
    this.fake.close();
    await this.client.close();
    await this.connection.close();
    await this.temporal.close();
  }

  /** Lets what is pretended happen at its time. */
  private async drive(): Promise<void> {
    while (this.driving) {
      const behindMs = this.nowMs() - this.fake.time.nowMs;
      if (behindMs > 0) await this.fake.time.pass(behindMs);
      await sleep(5);
    }
  }
}

function connectAs(
  { address, traces }: TestEnvironmentOptions,
  payloads: PayloadProtection = { encrypts: false, ...NO_KEYS },
): Promise<TemporalAccess> {
  const interceptors = traces === undefined ? [] : [sendTraces(traces)];
  return connectTemporal({ address, identity: 'gateway@test', payloads, interceptors });
}

/** The server's time: the wall clock, or ahead of it where the server skips time. */
class ServerClock implements Clock {
  lagMs = 0;
  private aheadMs = 0;

  readonly now = (): number => {
    this.seen(scheduledMs());
    return Date.now() + this.aheadMs - this.lagMs;
  };

  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  };

  seen(serverMs: number): void {
    this.aheadMs = Math.max(this.aheadMs, serverMs - Date.now());
  }
}

/** Inside an activity its time on the server; elsewhere nothing is known. */
function scheduledMs(): number {
  try {
    return Context.current().info.currentAttemptScheduledTimestampMs;
  } catch {
    return 0;
  }
}
