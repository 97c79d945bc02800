import { NativeConnection, Worker, type ReplayWorkerOptions } from '@temporalio/worker';

import { ticketWorkflowId } from '../../src/domain/ids.js';
import { workflowsToRun } from '../../workers/bundle-workflows.js';
import { eventually } from '../support/eventually.js';
import { startTestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';
import { bareHistory, type History } from './bare-waiting.js';
import { bareBundle } from './bare-worker.js';
import { atMost } from './goal.js';
import type { Report } from './report.js';
import { seconds } from './seen-in-histories.js';

export interface ReplayOptions {
  /** A ticket continues as new at 2,000. */
  readonly events: number;
  readonly times: number;
  readonly log: (line: string) => void;
}

interface Took {
  readonly wallMs: number;
  /** Of the whole process: the thread that runs workflows, the native part of the SDK, and the thread between them. */
  readonly cpuMs: number;
}

const HOUR_MS = 3_600_000;
const ID = '1000';
const BARE_ID = 'bare-reported';
/** What the next report adds at most. */
const EVENTS_OF_A_REPORT = 14;

/**
 * Replays the history of a ticket that waits for its window and was reported to again and again; then that of a bare workflow with
 * about as many events, which does nothing but an activity after each report.
 */
export async function replay({ events, times, log }: ReplayOptions): Promise<Report> {
  const server = await startTestDevServer();
  const connection = await NativeConnection.connect({ address: server.address });
  const env = await TestEnvironment.start({ address: server.address });
  try {
    const history = await ticketHistory(env, events);
    await env.stopWorkers();
    const counted = history.events?.length ?? 0;
    log(`a history of ${counted} events`);
    const bare = await bareHistory(env.temporal.client, connection, {
      workflowId: BARE_ID,
      events: counted,
    });
    const bareCounted = bare.events?.length ?? 0;
    log(`a bare history of ${bareCounted} events`);

    const options = { workflowBundle: await workflowsToRun(process.env.SCO_WORKFLOW_BUNDLE) };
    const { once, each } = await replayed(options, ticketWorkflowId(ID), history, times);
    log(`once, with the start of a worker, ${seconds(once.wallMs)} s`);
    const bareOptions = { workflowBundle: await bareBundle() };
    const { once: bareOnce, each: bareEach } = await replayed(bareOptions, BARE_ID, bare, times);
    return {
      part: `replay: a ticket of ${counted} events`,
      figures: [
        { name: 'events', value: counted, unit: '', bare: bareCounted },
        { name: 'size as JSON', value: kibOf(history), unit: 'KiB', bare: kibOf(bare) },
        {
          name: `replay, average of ${times}`,
          value: Math.round(each.wallMs),
          unit: 'ms',
          goal: atMost(700),
          bare: Math.round(bareEach.wallMs),
        },
        {
          name: 'for each event',
          value: rounded(each.wallMs / counted),
          unit: 'ms',
          bare: rounded(bareEach.wallMs / bareCounted),
        },
        {
          name: 'CPU of the process for each event',
          value: rounded(each.cpuMs / counted),
          unit: 'ms',
          bare: rounded(bareEach.cpuMs / bareCounted),
        },
        {
          name: 'start of a replaying worker and one replay',
          value: Math.round(once.wallMs),
          unit: 'ms',
          bare: Math.round(bareOnce.wallMs),
        },
      ],
    };
  } finally {
    await env.stop();
    await connection.close();
    await server.stop();
  }
}

async function ticketHistory(env: TestEnvironment, events: number): Promise<History> {
  env.open('nightly', env.nowMs() + 6 * HOUR_MS);
  const ticket = env.ticket(ID);
  await env.reach(ticket, 'Implementation');
  await env.until(ID, 'waits for its window', (view) => view.waiting?.for === 'window');
  const handle = env.temporal.client.workflow.getHandle(ticketWorkflowId(ID));
  const length = async (): Promise<number> => (await handle.describe()).historyLength;
  for (let now = await length(); now < events - EVENTS_OF_A_REPORT;) {
    const before = now;
    await env.report(ID, 'ADVANCE', 'Approval');
    // Its signal, its reading and the workflow tasks around them: then it waits again.
    now = await eventually('the report was read', async () => {
      const next = await length();
      return next > before + 6 ? next : undefined;
    });
  }
  return await handle.fetchHistory();
}

/** Replays it once, with the start of a worker, and then so many times more. */
async function replayed(
  options: ReplayWorkerOptions,
  workflowId: string,
  history: History,
  times: number,
): Promise<{ readonly once: Took; readonly each: Took }> {
  const began = now();
  const histories = Array.from({ length: 1 + times }, () => ({ workflowId, history }));
  const ended: Took[] = [];
  for await (const { error } of Worker.runReplayHistories(options, histories)) {
    if (error !== undefined) throw error;
    ended.push(now());
  }
  const [first = began] = ended;
  const last = ended.at(-1) ?? first;
  return {
    once: { wallMs: first.wallMs - began.wallMs, cpuMs: first.cpuMs - began.cpuMs },
    each: { wallMs: (last.wallMs - first.wallMs) / times, cpuMs: (last.cpuMs - first.cpuMs) / times },
  };
}

function now(): Took {
  const { user, system } = process.cpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1_000 };
}

function kibOf(history: History): number {
  const bytes = history.events?.reduce((all, event) => all + JSON.stringify(event).length, 0) ?? 0;
  return Math.round(bytes / 1_024);
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
