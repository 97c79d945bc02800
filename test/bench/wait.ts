import { defaultPayloadConverter } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';

import { fewAtOnce } from '../../src/domain/few-at-once.js';
import { TASK_QUEUES, ticketWorkflowId } from '../../src/domain/ids.js';
import { ticketView, WORKFLOW_TYPES, type TicketStart } from '../../workflows/messages.js';
import { eventually } from '../support/eventually.js';
import type { FakeTicket } from '../support/fake-ticket.js';
import { startTestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';
import { bareHeap } from './bare-waiting.js';
import { percentile, seconds } from './seen-in-histories.js';
import { atMost } from './goal.js';
import type { Report } from './report.js';
import { heapsUsed, writeSnapshot } from './worker-heap.js';

export interface WaitOptions {
  readonly tickets: number;
  /** Gets what the thread that runs workflows has in its heap while all wait. */
  readonly snapshot?: string;
  readonly log: (line: string) => void;
}

/** All ids have as many digits, so that a carried state can be made another ticket's. */
const FIRST_ID = 700_000_001;
/** The heap counts from here on: what the first tickets load is loaded once. */
const BEFORE_COUNTING = 20;
const SEEDS_AT_ONCE = 40;
const QUESTIONS_AT_ONCE = 40;
const ALL_ANSWER_WITHIN_MS = 15 * 60_000;
/** More bare workflows say no more. */
const BARE_AT_MOST = 1_000;
const KIB = 1_024;

/**
 * Tickets that wait for their approval. The first one came there by itself; all others are started with its carried state, as
 * if they had continued as new there: playing the lives of 10,000 tickets would take hours.
 */
export async function wait({ tickets, snapshot, log }: WaitOptions): Promise<Report> {
  const server = await startTestDevServer();
  const connection = await NativeConnection.connect({ address: server.address });
  const env = await TestEnvironment.start({ address: server.address });
  try {
    const template = env.ticket(String(FIRST_ID));
    const start = await carriedWhileItWaits(env, template);
    log('the first ticket waits for its approval');
    // From here on nothing happens in SecureChange that anything must hear of.
    env.mediatorWorks = false;
    const ids = Array.from({ length: tickets }, (_, index) => String(FIRST_ID + 1 + index));
    const early = Math.min(BEFORE_COUNTING, Math.floor(tickets / 2));
    await seed(env, template, start, ids.slice(0, early));
    const before = await heapsUsed();
    const seededFromMs = Date.now();
    await seed(env, template, start, ids.slice(early));
    log(`all wait after ${seconds(Date.now() - seededFromMs)} s`);
    const after = await heapsUsed();
    if (snapshot !== undefined) await writeSnapshot(snapshot);
    const lengths = await fewAtOnce(
      ids.slice(0, 100),
      async (id) => env.historyLength(ticketWorkflowId(id)),
      SEEDS_AT_ONCE,
    );

    await env.stopWorkers();
    const events = percentile(lengths, 0.5);
    const bareBytes = await bareHeap(env.temporal.client, connection, {
      workflows: Math.min(tickets, BARE_AT_MOST),
      notCounted: early,
      events,
    });
    log('the bare workflows were measured; starting another worker of ours');
    const startedAtMs = performance.now();
    await env.startWorkers();
    const readyMs = performance.now() - startedAtMs;
    const answeredMs = await fewAtOnce(
      ids,
      async (id) => {
        await untilItWaits(env, id, ALL_ANSWER_WITHIN_MS);
        return performance.now() - startedAtMs;
      },
      QUESTIONS_AT_ONCE,
    );
    const allMs = Math.max(...answeredMs);
    log(`all answer after ${seconds(allMs)} s`);
    const counted = tickets - early;
    return {
      part: `wait: ${tickets} tickets that wait for their approval`,
      figures: [
        {
          name: 'heap of the workflow thread for a cached waiting ticket',
          value: Math.round((after.threads - before.threads) / counted / KIB),
          unit: 'KiB',
          goal: atMost(60),
          bare: Math.round(bareBytes / KIB),
        },
        {
          name: 'heap of the main thread, with the fake SecureChange',
          value: Math.round((after.own - before.own) / counted / KIB),
          unit: 'KiB',
        },
        { name: 'workers created', value: Math.round(readyMs), unit: 'ms' },
        {
          name: 'start of the worker to all tickets answering queries',
          value: Math.round(allMs),
          unit: 'ms',
          ...(tickets >= 10_000 && { goal: atMost(60_000) }),
        },
        { name: '… to the first of them', value: Math.round(Math.min(...answeredMs)), unit: 'ms' },
        { name: '… to half of them', value: Math.round(percentile(answeredMs, 0.5)), unit: 'ms' },
        { name: 'tickets answering', value: Math.round((tickets * 1_000) / allMs), unit: '/s' },
        { name: 'events of a waiting ticket, p50', value: events, unit: '' },
      ],
    };
  } finally {
    await env.stop();
    await connection.close();
    await server.stop();
  }
}

/** What the next run of the ticket is started with. */
async function carriedWhileItWaits(env: TestEnvironment, ticket: FakeTicket): Promise<TicketStart> {
  const { id } = ticket;
  await env.reach(ticket, 'Approval');
  await env.until(id, 'asks for approval', (view) => view.waiting?.for === 'approval');
  const handle = env.temporal.client.workflow.getHandle(ticketWorkflowId(id));
  const { runId } = await handle.describe();
  await handle.signal('continueAsNew');
  await eventually('the ticket continues as new', async () => (await handle.describe()).runId !== runId);
  await env.until(id, 'asks for approval again', (view) => view.waiting?.for === 'approval');
  const { events } = await handle.fetchHistory();
  const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  if (input == null) throw new Error(`the next run of ticket ${id} has no input`);
  return defaultPayloadConverter.fromPayload<TicketStart>(input);
}

async function seed(
  env: TestEnvironment,
  template: FakeTicket,
  start: TicketStart,
  ids: readonly string[],
): Promise<void> {
  const text = JSON.stringify(start);
  await fewAtOnce(
    ids,
    async (id) => {
      const ticket = env.ticket(id);
      ticket.complete(ticket.requester);
      ticket.designerStatus = template.designerStatus;
      for (const [index, device] of ticket.devices.entries())
        Object.assign(device, { design: template.devices[index]?.design });
      if (ticket.current?.name !== 'Approval') ticket.complete('orchestrator');
      await env.temporal.client.workflow.start(WORKFLOW_TYPES.ticket, {
        workflowId: ticketWorkflowId(id),
        taskQueue: TASK_QUEUES.main,
        args: [JSON.parse(text.replaceAll(template.id, id)) as TicketStart],
      });
    },
    SEEDS_AT_ONCE,
  );
  await fewAtOnce(ids, async (id) => untilItWaits(env, id, ALL_ANSWER_WITHIN_MS), QUESTIONS_AT_ONCE);
}

async function untilItWaits(env: TestEnvironment, id: string, withinMs: number): Promise<void> {
  const handle = env.temporal.client.workflow.getHandle(ticketWorkflowId(id));
  await eventually(
    `ticket ${id} answers that it waits for its approval`,
    async () => (await handle.query(ticketView)).waiting?.for === 'approval',
    withinMs,
  );
}
