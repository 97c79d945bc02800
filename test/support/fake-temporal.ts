import { createHmac, randomUUID } from 'node:crypto';

import { WorkflowNotFoundError, type Client } from '@temporalio/client';

import {
  canonicalCommand,
  type Actor,
  type Command,
  type CommandResult,
  type SignedCommand,
  type TicketCommand,
} from '../../src/domain/commands.js';
import type { TicketEvent } from '../../src/domain/event.js';
import { laneKeyOf, laneWorkflowId, ticketIdOf, ticketWorkflowId } from '../../src/domain/ids.js';
import { plansOf } from '../../src/domain/lane.js';
import type { ControlView, Outcome } from '../../src/domain/view.js';
import { LANE_PLANS } from '../../workflows/messages.js';
import { operate } from '../../workflows/operator.js';
import { liveTicket } from '../../workflows/ticket-life.js';
import { TicketRun } from '../../workflows/ticket-run.js';
import type { TicketState } from '../../workflows/ticket-state.js';
import { FakeEngine, type Invoke } from './fake-engine.js';
import { FakeLane, type LaneEars } from './fake-lane.js';
import type { VirtualTime } from './virtual-time.js';
import { suffer } from './worker-death.js';

export const ACTOR_KEY = 'a key that only gateway and worker know';

/** One run of one ticket's workflow. */
export interface RecordedRun {
  readonly ticketId: string;
  readonly run: TicketRun;
  readonly engine: FakeEngine;
  /** null while it runs. */
  outcome: Outcome | 'rolled' | null;
}

/** Temporal as activities and people meet it: runs of tickets, lanes and the stop switch, reached by workflow id. */
export class FakeTemporal {
  readonly lanes = new Map<string, FakeLane>();
  readonly runs: RecordedRun[] = [];
  control: ControlView = { stopped: false, by: null, reason: null, sinceMs: null };
  /** Asked before each message to a workflow: the error that befalls it. */
  beforeCall: (workflowId: string, message: string) => Error | null = () => null;
  /** Asked after it took effect; what it gives is an answer that got lost. */
  afterCall: (workflowId: string, message: string) => Error | null = () => null;
  historyIsLong: (run: TicketRun) => boolean = () => false;
  onRoll: (state: TicketState) => void = () => {};
  private readonly time: VirtualTime;
  private readonly invoke: Invoke;
  private readonly ears: LaneEars;

  constructor(time: VirtualTime, invoke: Invoke) {
    this.time = time;
    this.invoke = invoke;
    this.ears = {
      granted: (ticketId, grant) => this.withRun(ticketId, (run) => run.granted(grant)),
      refused: (ticketId, refusal) => this.withRun(ticketId, (run) => run.refused(refusal)),
      holder: async (ticketId) =>
        (await this.invoke('readHolder', { ticketId }, new AbortController().signal)) as {
          alive: boolean;
          working: boolean;
        },
    };
  }

  // — tickets —

  /** Signal-with-start, as the gateway and the sweep do it. */
  report(event: TicketEvent): void {
    const running = this.runningRun(event.ticketId);
    if (running) running.run.reported(event);
    else this.start(event.ticketId, { event });
  }

  start(ticketId: string, { event, carry }: { event?: TicketEvent; carry?: TicketState }): RecordedRun {
    const engine = new FakeEngine(this.time, this.invoke);
    const run = new TicketRun(engine, { version: 1, ticketId, ...(carry && { carry }) });
    engine.isLong = () => this.historyIsLong(run);
    const record: RecordedRun = { ticketId, run, engine, outcome: null };
    this.runs.push(record);
    this.time.onClose(() => engine.close());
    if (event) run.reported(event);
    engine
      .enter(async () => liveTicket(run))
      .then((outcome) => {
        record.outcome = outcome;
        if (outcome === 'rolled') {
          this.onRoll(run.state);
          // What a real roll carries is what JSON carries.
          this.start(ticketId, { carry: JSON.parse(JSON.stringify(run.state)) as TicketState });
        }
      })
      .catch((error: unknown) => {
        if (!engine.isCancellation(error)) this.time.crash(error);
      });
    return record;
  }

  runningRun(ticketId: string): RecordedRun | undefined {
    return this.runs.findLast((record) => record.ticketId === ticketId && record.outcome === null);
  }

  /** The run that tells the ticket's story: the newest that is not just a late event. */
  newestRun(ticketId: string): RecordedRun {
    const record = this.runs.findLast((each) => each.ticketId === ticketId && each.outcome !== 'lateEvent');
    if (!record) throw new Error(`ticket ${ticketId} never had a run`);
    return record;
  }

  /** A command through the gateway; with `signature` null one that went past it. */
  async operate(
    ticketId: string,
    command: TicketCommand,
    options: { actor?: Actor; reason?: string; key?: string; signature?: null } = {},
  ): Promise<CommandResult> {
    const { run, engine } = this.newestRun(ticketId);
    const signed = signedCommand(command, ticketWorkflowId(ticketId), this.time.nowMs, options);
    engine.busyHandlers += 1;
    try {
      return await this.time.finish(engine.enter(async () => operate(run, signed)));
    } finally {
      engine.busyHandlers -= 1;
      await this.time.settle();
    }
  }

  // — what the activities' client reaches —

  lane(key: string): FakeLane {
    const lane = this.lanes.get(key);
    if (!lane) throw new WorkflowNotFoundError('no such lane', `lane/${key}`, undefined);
    return lane;
  }

  openLane(key: string, name: string): FakeLane {
    const lane = this.lanes.get(key) ?? new FakeLane(key, name, this.time, this.ears);
    this.lanes.set(key, lane);
    return lane;
  }

  /** The part of the SDK's client that activities use. */
  get client(): Client {
    const part = {
      withDeadline: async (_: number, call: () => Promise<unknown>) => await call(),
      workflow: {
        getHandle: (workflowId: string) => this.handle(workflowId),
        signalWithStart: async (_: string, options: Record<string, unknown>) => this.signalWithStart(options),
        list: ({ query }: { query: string }) =>
          query.includes("'lane'") ? this.listLanes() : this.listTickets(),
      },
    };
    return part as unknown as Client;
  }

  private handle(workflowId: string) {
    const talk = async <T>(message: string, call: () => T): Promise<T> => {
      await this.meet(this.beforeCall, workflowId, message);
      const answer = call();
      await this.meet(this.afterCall, workflowId, message);
      return answer;
    };
    const lane = (): FakeLane => this.lane(laneKeyOf(workflowId) ?? '');
    return {
      query: async (query: { name: string }, input?: unknown) =>
        await talk(query.name, () =>
          workflowId === 'control' ? this.control : lane().query(query.name, input),
        ),
      signal: async (signal: { name: string }, input: unknown) =>
        await talk(signal.name, () => lane().signal(signal.name, input)),
      executeUpdate: async (
        update: { name: string },
        { args, updateId }: { args: unknown[]; updateId?: string },
      ) => await talk(update.name, () => lane().update(update.name, args[0], updateId)),
      describe: async () =>
        await talk('describe', () => {
          const ticketId = ticketIdOf(workflowId) ?? '';
          if (!this.runs.some((record) => record.ticketId === ticketId))
            throw new WorkflowNotFoundError('no such workflow', workflowId, undefined);
          return { status: { name: this.runningRun(ticketId) ? 'RUNNING' : 'COMPLETED' } };
        }),
    };
  }

  private async signalWithStart(options: Record<string, unknown>): Promise<void> {
    const workflowId = options['workflowId'] as string;
    const { name } = options['signal'] as { name: string };
    const [input] = options['signalArgs'] as [unknown];
    await this.meet(this.beforeCall, workflowId, name);
    const laneKey = laneKeyOf(workflowId);
    if (laneKey === undefined) this.report(input as TicketEvent);
    else {
      const [start] = options['args'] as [{ name: string }];
      this.openLane(laneKey, start.name).signal(name, input);
    }
    await this.meet(this.afterCall, workflowId, name);
  }

  private async *listLanes() {
    for (const [key, { state }] of this.lanes) {
      yield { workflowId: laneWorkflowId(key), memo: { [LANE_PLANS]: plansOf(state) } };
    }
  }

  private async *listTickets() {
    await this.meet(this.beforeCall, '', 'list');
    for (const { ticketId, engine } of this.runs.filter((record) => record.outcome === null)) {
      const seenState = engine.published.at(-1)?.seenState ?? '';
      yield {
        workflowId: ticketWorkflowId(ticketId),
        typedSearchAttributes: { get: () => seenState },
      };
    }
  }

  private async meet(ask: FakeTemporal['beforeCall'], workflowId: string, message: string): Promise<void> {
    const error = ask(workflowId, message);
    if (error !== null) await suffer(error);
  }

  private withRun(ticketId: string, tell: (run: TicketRun) => void): boolean {
    const running = this.runningRun(ticketId);
    if (running) tell(running.run);
    return running !== undefined;
  }
}

export const OLGA: Actor = { login: 'olga', roles: ['operator'] };

/** A command as the gateway signs it. */
export function signedCommand<C extends Command>(
  command: C,
  workflowId: string,
  issuedAtMs: number,
  {
    actor = OLGA,
    reason = 'because of the test',
    key = randomUUID(),
    signature,
    secret = ACTOR_KEY,
  }: { actor?: Actor; reason?: string; key?: string; signature?: null; secret?: string } = {},
): SignedCommand<C> {
  const unsigned = { command, reason, key, workflowId, actor, issuedAtMs };
  const digest = createHmac('sha256', secret).update(canonicalCommand(unsigned)).digest('hex');
  return { ...unsigned, signature: signature === null ? null : digest };
}
