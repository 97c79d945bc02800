import { fileURLToPath } from 'node:url';
import { TypedSearchAttributes } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';

import { clientOf } from '../../packages/client/src/client-of.js';
import { shareReader } from '../../packages/client/src/open-reader.js';
import { fewAtOnce } from '../../src/domain/few-at-once.js';
import { CONTROL_WORKFLOW_ID, laneWorkflowId, TASK_QUEUES, ticketWorkflowId } from '../../src/domain/ids.js';
import type { LaneView } from '../../src/domain/view.js';
import { connectTemporal, type TemporalAccess } from '../../src/temporal/connect.js';
import { TICKET_SUBJECT, WORKFLOW_TYPES } from '../../workflows/messages.js';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.js';
import { eventually } from '../support/eventually.js';
import { laneView, pageFacts, PARKING } from '../support/page-client.js';
import { NOW_MS, startGateway, TOKENS, type RunningGateway } from '../support/running-gateway.js';
import { startTestDevServer } from '../support/temporal-server.js';
import { ticketViewOf } from '../support/ticket-view.js';
import { atMost, exactly } from './goal.js';
import type { Figure, Report } from './report.js';

export interface PageOptions {
  readonly tickets: number;
  /** Of these, tickets that have ended. */
  readonly ended: number;
  /** Of these, tickets that wait for a person. */
  readonly waiting: number;
  readonly managers: number;
  readonly log: (line: string) => void;
}

const HOUR_MS = 3_600_000;
const STARTS_AT_ONCE = 40;
const TIMES = 5;
/** Longer than anything that the gateway remembers. */
const FORGOTTEN_MS = 5 * 60_000;
const GOAL = atMost(1_000);

/**
 * The page over tickets that are workflows on a development server, through the gateway's own routes. What their workflows
 * answer is made; each request counts from nothing remembered, and most tickets are in no worker's cache.
 */
export async function page(options: PageOptions): Promise<Report> {
  const { log } = options;
  const server = await startTestDevServer();
  const connection = await NativeConnection.connect({ address: server.address });
  const temporal = await connectTemporal({ address: server.address, identity: 'gateway@bench' });
  const worker = await Worker.create({
    connection,
    taskQueue: TASK_QUEUES.main,
    workflowsPath: fileURLToPath(new URL('./page-workflows.ts', import.meta.url)),
    maxCachedWorkflows: 100,
  });
  const client = clientOf(shareReader(temporal));
  const gateway = await startGateway({ client });
  try {
    return await worker.runUntil(async () => {
      await seed(temporal, options);
      log(`${options.tickets} tickets and ${options.managers} managers started`);
      await eventually(
        'every ticket is listed as it is',
        async () => {
          const running = await temporal.client.workflow.count(
            `WorkflowType = 'ticket' AND ExecutionStatus = 'Running'`,
          );
          const all = await temporal.client.workflow.count(`WorkflowType = 'ticket'`);
          return running.count === options.tickets - options.ended && all.count === options.tickets;
        },
        300_000,
      );
      log('every ticket is listed as it is');
      // A worker that still begins thousands of workflows answers no question.
      await eventually(
        'the worker has begun every workflow',
        async () => {
          const beganMs = performance.now();
          await Promise.all(
            Array.from({ length: 40 }, async (_, index) =>
              client.tickets.get(String(Math.max(1, options.tickets - index * 100))),
            ),
          );
          return performance.now() - beganMs < 2_000;
        },
        300_000,
      );
      log('the worker has begun every workflow');
      return { part: 'page', figures: await measure(gateway, options, log) };
    });
  } finally {
    await gateway.close();
    await client.close();
    await temporal.close();
    await connection.close();
    await server.stop();
  }
}

async function seed({ client }: TemporalAccess, options: PageOptions): Promise<void> {
  const { tickets, ended, waiting, managers } = options;
  const start = async (
    type: string,
    workflowId: string,
    args: unknown[],
    more: object = {},
  ): Promise<void> => {
    await client.workflow.start(type, { workflowId, taskQueue: TASK_QUEUES.main, args, ...more });
  };
  await start(WORKFLOW_TYPES.control, CONTROL_WORKFLOW_ID, [pageFacts().stop]);
  for (let index = 0; index < managers; index += 1) {
    const key = String(index + 1);
    await start(WORKFLOW_TYPES.lane, laneWorkflowId(key), [fullLane(key)]);
  }
  await fewAtOnce(
    Array.from({ length: tickets }, (_, index) => index + 1),
    async (index) => {
      const ticketId = String(index);
      const ends = index <= ended;
      const needsAttention = index > tickets - waiting;
      const view = ticketViewOf({ ticketId, parkings: needsAttention ? [PARKING] : [] });
      await start(WORKFLOW_TYPES.ticket, ticketWorkflowId(ticketId), [view, ends], {
        memo: { [TICKET_SUBJECT]: `Open access for application ${ticketId}` },
        typedSearchAttributes: new TypedSearchAttributes([
          { key: SEARCH_ATTRIBUTES.workflowName, value: 'Firewall change' },
          { key: SEARCH_ATTRIBUTES.step, value: 'Implementation' },
          { key: SEARCH_ATTRIBUTES.phase, value: 'changeWindow' },
          { key: SEARCH_ATTRIBUTES.devices, value: [`FW-${index % 50}`, 'ASA-EDGE'] },
          { key: SEARCH_ATTRIBUTES.needsAttention, value: needsAttention },
          // The tickets that came first have the nearest windows: the worst order for who looks for the next one.
          ...(ends
            ? []
            : [{ key: SEARCH_ATTRIBUTES.windowOpensAt, value: new Date(NOW_MS + HOUR_MS + index * 1_000) }]),
        ]),
      });
    },
    STARTS_AT_ONCE,
  );
}

/** As many rows as a lane shows, and as many saved changes. */
function fullLane(key: string): LaneView {
  const place = laneView().queue[0]!;
  const rows = Array.from({ length: 200 }, (_, index) => index + 1);
  return laneView({
    key,
    name: `PANO-${key}`,
    queue: rows.map((position) => ({ ...place, position, ticketId: String(position) })),
    ledger: rows.map((row) => ({
      ticketId: String(row),
      target: 'DG-B',
      savedAtMs: NOW_MS - HOUR_MS,
      state: 'saved',
      left: null,
      path: [],
      acceptedBy: null,
    })),
  });
}

async function measure(
  gateway: RunningGateway,
  { tickets, managers }: PageOptions,
  log: (line: string) => void,
): Promise<Figure[]> {
  const signedIn = await fetch(`${gateway.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ token: TOKENS.olga, next: '/' }),
  });
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const headers = { cookie, authorization: `Bearer ${TOKENS.vera}` };
  const figures: Figure[] = [];

  async function get(path: string): Promise<{ tookMs: number; text: string }> {
    const beganMs = performance.now();
    const answer = await fetch(`${gateway.url}${path}`, { headers });
    const text = await answer.text();
    const tookMs = performance.now() - beganMs;
    if (answer.status !== 200) throw new Error(`${path}: HTTP ${answer.status}: ${text.slice(0, 500)}`);
    return { tookMs, text };
  }
  function figure(name: string, tookMs: readonly number[]): void {
    figures.push({ name, value: Math.round(Math.max(...tookMs)), unit: 'ms', goal: GOAL });
    log(`${name}: ${tookMs.map((each) => Math.round(each)).join(', ')} ms`);
  }

  for (const [name, path] of [
    ['attention', '/'],
    ['attention, second page', '/?from=25'],
    ['open tickets', '/tickets'],
    ['tickets of one device', '/tickets?open=true&device=FW-7'],
    ['tickets that need attention', '/tickets?open=true&needsAttention=true'],
    ['a filter that only we can compare', `/tickets?open=true&step=${encodeURIComponent('"x"')}`],
    ['ended tickets', '/tickets?open=false'],
    ['one ticket', `/tickets/${tickets - 1}`],
    [`${managers} managers`, '/managers'],
    ['one manager', '/managers/1'],
    ['change calendar', '/calendar'],
    ['200 tickets for a program', '/v1/tickets'],
  ] as const) {
    const took: number[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      gateway.clock.nowMs += FORGOTTEN_MS;
      took.push((await get(path)).tookMs);
    }
    figure(`${name}, the slowest of ${TIMES}`, took);
  }

  const seen = new Set<string>();
  const took: number[] = [];
  for (let path: string | undefined = '/tickets?open='; path !== undefined;) {
    const { text, tookMs } = await get(path);
    took.push(tookMs);
    for (const [, id = ''] of text.matchAll(/<th scope="row"><a href="\/tickets\/(\d+)">/g)) seen.add(id);
    path = /<a href="([^"]*)" rel="next">/.exec(text)?.[1]?.replaceAll('&amp;', '&');
  }
  figure(`all ${took.length} pages of the list, the slowest`, took);
  figures.push({ name: 'tickets seen on these pages', value: seen.size, unit: '', goal: exactly(tickets) });

  gateway.clock.nowMs += FORGOTTEN_MS;
  const together = await Promise.all(Array.from({ length: 20 }, async () => (await get('/')).tookMs));
  figure('attention for 20 readers at once, the slowest', together);
  return figures;
}
