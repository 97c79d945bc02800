import { createHmac, randomUUID } from 'node:crypto';

import {
  WorkflowContinuedAsNewError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';

import {
  canonicalCommand,
  type Actor,
  type Command,
  type CommandResult,
  type ControlCommand,
  type LaneCommand,
  type SignedCommand,
  type TicketCommand,
} from '../../src/domain/commands.js';
import type { TicketEvent } from '../../src/domain/event.js';
import {
  CONTROL_WORKFLOW_ID,
  laneKeyOf,
  laneWorkflowId,
  pushWorkflowId,
  TASK_QUEUES,
  ticketIdOf,
  ticketWorkflowId,
} from '../../src/domain/ids.js';
import { knownResult } from '../../src/domain/kept-results.js';
import { laneViewOf } from '../../src/domain/lane-view.js';
import { laneWindowsOf } from '../../src/domain/window-record.js';
import type { LaneState, PlaceInPush } from '../../src/domain/lane.js';
import { conflictsWith, type ConflictQuestion } from '../../src/domain/conflicts.js';
import { basesOf, questionsToPlan } from '../../src/domain/lane-places.js';
import type { PushResults } from '../../src/domain/push.js';
import type { Outcome } from '../../src/domain/view.js';
import { ControlRun } from '../../workflows/control-run.js';
import { runLane } from '../../workflows/lane-life.js';
import { LaneRun } from '../../workflows/lane-run.js';
import {
  LANE_BASES,
  TICKET_BASIS,
  WORKFLOW_TYPES,
  type LaneNews,
  type SlotRequest,
} from '../../workflows/messages.js';
import { runPush } from '../../workflows/push-life.js';
import { PushRun, type PushStart } from '../../workflows/push-run.js';
import { STARTS } from '../../workflows/start-shapes.js';
import { UpdateSlotRun } from '../../workflows/update-slot-run.js';
import { operate } from '../../workflows/ticket-commands.js';
import { runTicket } from '../../workflows/ticket-life.js';
import { TicketRun } from '../../workflows/ticket-run.js';
import { outcomeOf, type TicketState } from '../../workflows/ticket-state.js';
import { FakeEngine, type Invoke, type Measured } from './fake-engine.js';
import type { VirtualTime } from './virtual-time.js';
import { suffer } from './worker-death.js';

export const ACTOR_KEY = 'a key that only gateway and worker know';

/** One run of one ticket's workflow. */
export interface RecordedRun {
  readonly ticketId: string;
  readonly run: TicketRun;
  readonly engine: FakeEngine;
  /** null while it runs. */
  outcome: Outcome | 'continuedAsNew' | null;
}

export interface RecordedLane {
  readonly engine: FakeEngine;
  readonly run: LaneRun;
  readonly state: LaneState;
  operate(command: LaneCommand, by: string): CommandResult;
}

export interface RecordedPush {
  readonly run: PushRun;
  readonly engine: FakeEngine;
  results: PushResults | null;
  gone: boolean;
}

function laneSignal(lane: LaneRun, name: string, input: unknown): void {
  const copy = JSON.parse(JSON.stringify(input)) as never;
  switch (name) {
    case 'laneEnrol': {
      lane.enrolled(copy);
      return;
    }
    case 'laneReplan': {
      lane.replanned(copy);
      return;
    }
    default:
      throw new Error(`a lane knows no signal ${name}`);
  }
}

function laneUpdate(lane: LaneRun, name: string, input: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(input)) as never;
  switch (name) {
    case 'laneLeave':
      return lane.leaving(copy);
    case 'laneBeginSend':
      return lane.begin(copy);
    case 'laneCallNotMade':
      return lane.notMade(copy);
    case 'laneSavedInPush':
      return lane.saved(copy);
    case 'laneBeginAutomatic':
      return lane.beginAutomatic(copy);
    case 'laneEndAutomatic':
      return lane.endAutomatic(copy);
    case 'lanePushEnded':
      return lane.pushEnded(copy);
    default:
      throw new Error(`a lane knows no update ${name}`);
  }
}

function isRunning({ results, gone }: RecordedPush): boolean {
  return results === null && !gone;
}

/** Temporal as activities and people meet it: runs of tickets, lanes and the stop switch, reached by workflow id. */
export class FakeTemporal {
  readonly lanes = new Map<string, RecordedLane>();
  readonly measured: Measured[] = [];
  /** What terminated lanes knew, newest first. */
  private readonly lostLanes = new Map<string, LaneState[]>();
  readonly pushes = new Map<string, RecordedPush>();
  private readonly runsOfPushes = new Map<string, RecordedPush>();
  private pushRuns = 0;
  private updateSlot: { readonly engine: FakeEngine; readonly run: UpdateSlotRun } | null = null;
  private readonly updates = new Map<string, unknown>();
  readonly runs: RecordedRun[] = [];
  /** Runs of tickets that were terminated: they have no result. */
  readonly endedByForce = new Set<RecordedRun>();
  readonly control: ControlRun;
  /** What Temporal says of the run under the id of the stop switch. */
  describedControl = {
    status: { name: 'RUNNING' },
    type: WORKFLOW_TYPES.control as string,
    runId: 'control-run',
    raw: { executionConfig: { taskQueue: { name: TASK_QUEUES.main as string } } },
  };
  /** Asked before each message to a workflow: the error that befalls it. */
  beforeCall: (workflowId: string, message: string) => Error | null = () => null;
  /** Asked after it took effect; what it gives is an answer that got lost. */
  afterCall: (workflowId: string, message: string) => Error | null = () => null;
  historyIsLong: (run: TicketRun) => boolean = () => false;
  onContinueAsNew: (state: TicketState) => void = () => {};
  private readonly time: VirtualTime;
  private readonly invoke: Invoke;

  constructor(time: VirtualTime, invoke: Invoke) {
    this.time = time;
    this.invoke = invoke;
    this.control = new ControlRun(new FakeEngine(time, invoke), { version: 1 });
    this.control.startsAs('never');
  }

  /** Turns the stop switch on or off, as an operator does. */
  turnSwitch(kind: ControlCommand['kind'], reason = 'an incident'): void {
    const actor = kind === 'stop' ? OLGA : IDA;
    const signed = signedCommand({ kind }, CONTROL_WORKFLOW_ID, this.time.nowMs, { reason, actor });
    this.control.command(signed, actor.login, true);
  }

  // — tickets —

  /** Signal-with-start, as the gateway and the sweep do it. */
  report(event: TicketEvent): void {
    const running = this.runningRun(event.ticketId);
    if (running) running.run.inbox.reported(event);
    else this.start(event.ticketId, { event });
  }

  start(ticketId: string, { event, carry }: { event?: TicketEvent; carry?: TicketState }): RecordedRun {
    const engine = new FakeEngine(this.time, this.invoke);
    engine.measured = this.measured;
    const run = new TicketRun(engine, { version: 1, ticketId, ...(carry && { carry }) });
    engine.isLong = () => this.historyIsLong(run);
    const record: RecordedRun = {
      ticketId,
      engine,
      outcome: null,
      // Whoever has the run in hands may change what it waits for.
      get run() {
        engine.touch();
        return run;
      },
    };
    this.runs.push(record);
    this.time.onClose(() => engine.close());
    if (event) run.inbox.reported(event);
    engine
      .enter(async () => runTicket(run))
      .then((outcome) => {
        record.outcome = outcome;
        engine.ended();
        if (outcome === 'continuedAsNew') {
          this.onContinueAsNew(run.state);
          // continue-as-new carries JSON.
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

  /** The run that counts: the newest one that is no late event. */
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
      engine.touch();
      await this.time.runDue();
    }
  }

  /** Retention took the earlier runs of every lane. */
  deletedHistories = false;

  /** The gateway starts a run for it where the ticket has ended. */
  async backOut(
    ticketId: string,
    devices: readonly string[] = [],
    options: { actor?: Actor; reason?: string; key?: string } = {},
  ): Promise<CommandResult> {
    if (this.runningRun(ticketId) === undefined) this.start(ticketId, {});
    return await this.operate(ticketId, { kind: 'backOut', devices }, options);
  }

  /** A person's answer about a push whose outcome is unknown. */
  async decide(answer: 'wasSent' | 'wasNotSent', by = 'olga'): Promise<CommandResult> {
    const asking = [...this.pushes.values()].find(({ run }) => run.view().question !== null);
    if (!asking) throw new Error('no push asks anything');
    const command = { kind: 'decideUnknownPush', answer } as const;
    const { laneKey, n } = asking.run.start;
    const signed = signedCommand(command, pushWorkflowId(laneKey, n), this.time.nowMs);
    const result = asking.run.command(signed, by);
    await this.time.runDue();
    return result;
  }

  // — what the activities' client reaches —

  lane(key: string): RecordedLane {
    const lane = this.lanes.get(key);
    if (!lane) throw new WorkflowNotFoundError('no such lane', `lane/${key}`, undefined);
    return lane;
  }

  openLane(key: string, name: string): RecordedLane {
    const known = this.lanes.get(key);
    if (known) return known;
    const engine = this.engine(`lane-${key}`);
    const run = new LaneRun(engine, { version: 1, key, name });
    const lane: RecordedLane = {
      engine,
      get run() {
        engine.touch();
        return run;
      },
      get state() {
        engine.touch();
        return run.state;
      },
      operate: (command, by) => {
        const signed = signedCommand(command, laneWorkflowId(key), this.time.nowMs);
        const result = run.command(signed, by);
        run.touch();
        engine.touch();
        return result;
      },
    };
    this.lanes.set(key, lane);
    this.spawn(engine, async () => runLane(run));
    return lane;
  }

  private engine(runId: string): FakeEngine {
    const engine = new FakeEngine(this.time, this.invoke);
    engine.measured = this.measured;
    engine.runId = runId;
    engine.links = {
      startPush: (workflowId, start) => this.startPush(workflowId, start),
      signalTicket: (workflowId, news) =>
        this.withRun(ticketIdOf(workflowId) ?? '', (run) => run.inbox.laneNews(news)),
      grantSlot: (workflowId, round) => {
        const push = this.pushes.get(workflowId);
        if (push === undefined || push.results !== null) return false;
        push.run.slotGranted(round);
        return true;
      },
    };
    this.time.onClose(() => engine.close());
    return engine;
  }

  private spawn(engine: FakeEngine, body: () => Promise<unknown>): void {
    engine
      .enter(body)
      .finally(() => engine.ended())
      .catch((error: unknown) => {
        if (!engine.isCancellation(error)) this.time.crash(error);
      });
  }

  /** Starts a workflow under this id, as the lane does, and as every caller can. */
  startPush(workflowId: string, start: PushStart): string {
    const before = this.pushes.get(workflowId);
    if (before !== undefined && isRunning(before)) this.terminatePush(workflowId);
    this.pushRuns += 1;
    const runId = `run-of-${workflowId}${before === undefined ? '' : `#${this.pushRuns}`}`;
    const engine = this.engine(runId);
    const [checked] = STARTS.push({ start: JSON.parse(JSON.stringify(start)), workflowId, carry: null });
    const run = new PushRun(engine, checked);
    const push: RecordedPush = {
      engine,
      get run() {
        engine.touch();
        return run;
      },
      results: null,
      gone: false,
    };
    this.pushes.set(workflowId, push);
    this.runsOfPushes.set(runId, push);
    this.spawn(engine, async () => {
      const results = await runPush(run);
      const { laneKey, laneName, n } = start;
      await run.untilDone(async () =>
        engine.activities.reportPushEnd({ laneKey, laneName, end: { n, ...results } }),
      );
      push.results = results;
    });
    return runId;
  }

  /** A push that runs without an engine: its activities are called by the test. */
  pretendPush(workflowId: string, runId: string): void {
    const engine = this.engine(runId);
    const run = { view: () => ({ question: null }) } as unknown as PushRun;
    const push = { run, engine, results: null, gone: false };
    this.pushes.set(workflowId, push);
    this.runsOfPushes.set(engine.runId, push);
  }

  /** A workflow that another caller started under the id of a push that has ended; returns its run. */
  forgePush(workflowId: string, results: PushResults): string {
    const [, laneKey = '', n = ''] = workflowId.split('/');
    const runId = this.startPush(workflowId, {
      version: 1,
      laneKey,
      laneName: laneKey,
      n: Number(n),
      kind: 'commit',
      target: 'any',
      targetName: 'any',
      members: [],
      expectedSaveMs: 0,
      restMs: 0,
      resolve: [],
    });
    const push = this.runsOfPushes.get(runId)!;
    push.engine.close();
    push.results = results;
    return runId;
  }

  /** kill: a lane that is terminated from outside; the next message that needs it starts a new one. */
  terminateLane(key: string): void {
    const { state, engine } = this.lane(key);
    this.lanes.delete(key);
    this.lostLanes.set(key, [state, ...(this.lostLanes.get(key) ?? [])]);
    engine.close();
  }

  /** kill: the newest run of a ticket, terminated from outside. */
  terminateTicket(ticketId: string): void {
    const run = this.runningRun(ticketId);
    if (!run) throw new Error(`ticket ${ticketId} has no run`);
    run.outcome = 'continuedAsNew';
    this.endedByForce.add(run);
    run.engine.close();
  }

  /** kill: a push that is terminated from outside. */
  terminatePush(workflowId: string): void {
    const push = this.pushes.get(workflowId);
    if (!push) throw new Error(`there is no ${workflowId}`);
    push.gone = true;
    push.engine.close();
  }

  private slot(): UpdateSlotRun {
    if (this.updateSlot === null) {
      const engine = this.engine('update-slot');
      const run = new UpdateSlotRun(engine, undefined);
      this.updateSlot = { engine, run };
      this.spawn(engine, async () => run.live());
    }
    this.updateSlot.engine.touch();
    return this.updateSlot.run;
  }

  /** The part of the SDK's client that activities use. */
  get client(): Client {
    const part = {
      options: { identity: 'the fake worker' },
      withDeadline: async (_: number, call: () => Promise<unknown>) => await call(),
      workflow: {
        getHandle: (workflowId: string, runId?: string) => this.handle(workflowId, runId),
        signalWithStart: async (_: string, options: Record<string, unknown>) => this.signalWithStart(options),
        list: ({ query }: { query: string }) => {
          if (query.startsWith("WorkflowId = 'ticket/")) return this.listRunsOf(query);
          if (query.startsWith('WorkflowId')) return this.listLost(query);
          if (query.includes('Terminated')) return this.listLostLanes();
          return query.includes("'lane'") ? this.listLanes() : this.listTickets();
        },
      },
    };
    return part as unknown as Client;
  }

  private handle(workflowId: string, runId?: string) {
    const talk = async <T>(message: string, call: () => T | Promise<T>): Promise<T> => {
      await this.meet(this.beforeCall, workflowId, message);
      const answer = await call();
      await this.meet(this.afterCall, workflowId, message);
      return answer;
    };
    const pushRun = () => (runId === undefined ? this.pushes.get(workflowId) : this.runsOfPushes.get(runId));
    const lane = (): LaneRun => this.lane(laneKeyOf(workflowId) ?? '').run;
    return {
      query: async (query: { name: string }, input?: unknown) =>
        await talk(query.name, () => {
          if (workflowId === CONTROL_WORKFLOW_ID) return this.control.view();
          if (query.name === 'laneSendFacts') return lane().facts(input as { n: number; runId: string });
          if (query.name === 'laneState' && this.deletedHistories)
            throw new WorkflowNotFoundError('no history', workflowId, runId);
          if (query.name === 'laneState')
            return this.lostLanes.get(laneKeyOf(workflowId) ?? '')?.[Number(runId)] ?? lane().state;
          if (query.name === 'laneQuestionsToPlan') return questionsToPlan(lane().state, input as string);
          if (query.name === 'laneKnownResults')
            return (input as PlaceInPush[]).map((place) => knownResult(lane().state, place));
          if (query.name === 'laneConflicts') return conflictsWith(lane().state, input as ConflictQuestion);
          if (query.name === 'laneWindows') return laneWindowsOf(lane().state);
          return laneViewOf(lane().state, this.time.nowMs);
        }),
      signal: async (signal: { name: string }, input: unknown) =>
        await talk(signal.name, () => {
          if (signal.name === 'ticketReported')
            this.runningRun(ticketIdOf(workflowId) ?? '')?.run.inbox.reported(input as TicketEvent);
          else if (signal.name === 'laneNews') {
            const run = this.runningRun(ticketIdOf(workflowId) ?? '');
            if (run === undefined) throw new WorkflowNotFoundError('no run', workflowId, undefined);
            this.bringNews(run.ticketId, input as LaneNews);
          } else if (signal.name === 'updateSlotReleased') this.slot().released(input as SlotRequest);
          else laneSignal(lane(), signal.name, input);
        }),
      executeUpdate: async (
        update: { name: string },
        { args, updateId }: { args: unknown[]; updateId?: string },
      ) =>
        await talk(update.name, async () => {
          const known = updateId === undefined ? undefined : this.updates.get(updateId);
          if (known !== undefined) return known;
          const run = lane();
          const { engine } = this.lane(laneKeyOf(workflowId) ?? '');
          if (!run.state.recovered)
            await engine.enter(async () => engine.condition(() => run.state.recovered));
          const result = laneUpdate(run, update.name, args[0]);
          if (updateId !== undefined) this.updates.set(updateId, result);
          return result;
        }),
      result: async () => {
        const ended = ticketIdOf(workflowId) === undefined ? undefined : this.runs[Number(runId)];
        if (ended && this.endedByForce.has(ended))
          throw new WorkflowFailedError('terminated', undefined, 'NON_RETRYABLE_FAILURE');
        if (ended) {
          if (ended.outcome === null || ended.outcome === 'continuedAsNew')
            throw new WorkflowContinuedAsNewError('continued', 'next');
          return outcomeOf(ended.run.state, ended.outcome);
        }
        const push = pushRun();
        if (!push?.results) throw new WorkflowNotFoundError('no such push', workflowId, undefined);
        await Promise.resolve();
        return push.results;
      },
      describe: async () =>
        await talk('describe', () => {
          if (workflowId === CONTROL_WORKFLOW_ID) return this.describedControl;
          const push = pushRun();
          if (push) {
            const { runId: ownRunId } = push.engine;
            const name = push.gone ? 'TERMINATED' : push.results ? 'COMPLETED' : 'RUNNING';
            const raw = { workflowExecutionInfo: { firstRunId: ownRunId } };
            return { status: { name }, runId: ownRunId, raw };
          }
          const laneKey = laneKeyOf(workflowId);
          if (laneKey !== undefined)
            return { status: { name: this.lanes.has(laneKey) ? 'RUNNING' : 'TERMINATED' } };
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
    if (name === 'laneNews') this.bringNews(ticketIdOf(workflowId) ?? '', input as LaneNews);
    else if (laneKey === undefined) this.report(input as TicketEvent);
    else if (laneKey === 'update') this.slot().requested(input as SlotRequest);
    else {
      const [start] = options['args'] as [{ name: string }];
      laneSignal(this.openLane(laneKey, start.name).run, name, input);
    }
    await this.meet(this.afterCall, workflowId, name);
  }

  private bringNews(ticketId: string, news: LaneNews): void {
    const { run } = this.runningRun(ticketId) ?? this.start(ticketId, {});
    run.inbox.laneNews(JSON.parse(JSON.stringify(news)) as LaneNews);
  }

  private async *listLanes() {
    for (const [key, { state }] of this.lanes) {
      yield { workflowId: laneWorkflowId(key), memo: { [LANE_BASES]: basesOf(state) } };
    }
  }

  private async *listRunsOf(query: string) {
    const ticketId = /'ticket\/([^']*)'/.exec(query)?.[1] ?? '';
    for (const [index, record] of this.runs.entries())
      if (record.ticketId === ticketId && record.outcome !== null) yield { runId: `${index}` };
  }

  private async *listLost(query: string) {
    const key = /'lane\/([^']*)'/.exec(query)?.[1] ?? '';
    for (const index of (this.lostLanes.get(key) ?? []).keys()) yield { runId: `${index}` };
  }

  private async *listLostLanes() {
    for (const key of this.lostLanes.keys()) yield { workflowId: laneWorkflowId(key) };
  }

  private async *listTickets() {
    await this.meet(this.beforeCall, '', 'list');
    for (const { ticketId, engine } of this.runs.filter((record) => record.outcome === null)) {
      const { attributes, windowBasis = null } = engine.published.at(-1) ?? {};
      const seenState = attributes?.seenState ?? '';
      yield {
        workflowId: ticketWorkflowId(ticketId),
        typedSearchAttributes: { get: () => seenState },
        memo: { [TICKET_BASIS]: windowBasis ?? '' },
      };
    }
  }

  private async meet(ask: FakeTemporal['beforeCall'], workflowId: string, message: string): Promise<void> {
    const error = ask(workflowId, message);
    if (error !== null) await suffer(error);
  }

  private withRun(ticketId: string, use: (run: TicketRun) => void): boolean {
    const running = this.runningRun(ticketId);
    if (running) use(running.run);
    return running !== undefined;
  }
}

export const OLGA: Actor = { login: 'olga', roles: ['operator'] };
/** The second person where one is needed. */
export const IDA: Actor = { login: 'ida', roles: ['operator'] };

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
