import { NativeConnection } from '@temporalio/worker';

import { fewAtOnce } from '../../src/domain/few-at-once.js';
import { eventually } from '../support/eventually.js';
import { startTestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';
import type { bareTicket } from './bare-ticket.js';
import { BARE_QUEUE, createBareWorker } from './bare-worker.js';
import { watchCpu } from './cpu-used.js';
import { atLeast, exactly } from './goal.js';
import { workOf, type Work } from './history-work.js';
import type { Report } from './report.js';
import { AT_ONCE, percentile, seconds } from './seen-in-histories.js';

export interface LifeOptions {
  readonly tickets: number;
  readonly inFlight: number;
  readonly log: (line: string) => void;
}

/** Loading what is loaded once is not what a ticket costs. */
const WARM_UP = 2;

/**
 * One-device tickets from their creation to their end, so many in flight, each on a manager of its own whose window is open;
 * then as many bare workflows with the same number of activities, on the same server.
 */
export async function life({ tickets, inFlight, log }: LifeOptions): Promise<Report> {
  const server = await startTestDevServer();
  const connection = await NativeConnection.connect({ address: server.address });
  const env = await TestEnvironment.start({ address: server.address });
  const cpu = watchCpu(() => server.pid);
  // A person who approves at once: to ask the workflow until it waits would cost what is measured.
  env.secureChange.onChange = (changed) => {
    if (changed.current?.name === 'Approval') changed.approve('a.schmidt');
  };
  const play = async (id: string): Promise<void> => {
    const ticket = env.ticket(id);
    ticket.complete(ticket.requester);
    const before = ['Open Request', 'Design and Risk', 'Approval'];
    await eventually(`ticket ${id} is approved`, () => !before.includes(ticket.current?.name ?? ''));
    if (!(await env.hasEnded(id, 300_000))) throw new Error(`ticket ${id} has not ended within 300 s`);
  };
  try {
    await Promise.all(idsFrom(100, WARM_UP).map(play));
    const ids = idsFrom(1_000, tickets);
    const fromMs = Date.now();
    await fewAtOnce(ids, play, inFlight);
    const untilMs = Date.now();
    log(`${tickets} tickets ended after ${seconds(untilMs - fromMs)} s`);
    const { closed } = {
      closed: ids.filter((id) => env.secureChange.tickets.get(id)?.status === 'closed').length,
    };
    const works = await fewAtOnce(ids, async (id) => workOf(env.temporal.client, `ticket/${id}`), AT_ONCE);
    const middle = (of: (work: Work) => number): number => percentile(works.map(of), 0.5);
    const activities = middle((work) => work.activities);

    const bare = await runBare(env, connection, { tickets, inFlight, activities });
    log(`as many bare workflows ended after ${seconds(bare.untilMs - bare.fromMs)} s`);
    const rate = (from: number, until: number): number => (tickets * 1_000) / (until - from);
    const used = cpu.between(fromMs, untilMs);
    const bareUsed = cpu.between(bare.fromMs, bare.untilMs);
    const each = (ms: number): number => Math.round(ms / tickets);
    return {
      part: `life: ${tickets} one-device tickets, ${inFlight} in flight`,
      figures: [
        { name: 'closed', value: closed, unit: '', goal: exactly(tickets) },
        {
          name: 'tickets ended',
          value: Number(rate(fromMs, untilMs).toFixed(2)),
          unit: '/s',
          bare: Number(rate(bare.fromMs, bare.untilMs).toFixed(2)),
        },
        {
          name: 'of bare workflows with as many activities',
          value: Number((rate(fromMs, untilMs) / rate(bare.fromMs, bare.untilMs)).toFixed(2)),
          unit: 'x',
          goal: atLeast(0.8),
        },
        {
          name: 'activities of a ticket, p50',
          value: activities,
          unit: '',
          bare: activities,
        },
        {
          name: 'local activities of a ticket, p50',
          value: middle((work) => work.localActivities),
          unit: '',
        },
        {
          name: 'events of a ticket, p50',
          value: middle((work) => work.events),
          unit: '',
          bare: bare.events,
        },
        {
          name: 'workflow tasks of a ticket, p50',
          value: middle((work) => work.workflowTasks),
          unit: '',
          bare: bare.workflowTasks,
        },
        {
          name: 'updates of search attributes and memo of a ticket, p50',
          value: middle((work) => work.upserts),
          unit: '',
        },
        { name: 'signals to and from a ticket, p50', value: middle((work) => work.signals), unit: '' },
        {
          name: 'CPU of the server for a ticket, with its lane and push',
          value: each(used.serverMs),
          unit: 'ms',
          bare: each(bareUsed.serverMs),
        },
        {
          name: 'CPU of worker, fake SecureChange and bench for a ticket',
          value: each(used.ownMs),
          unit: 'ms',
          bare: each(bareUsed.ownMs),
        },
      ],
    };
  } finally {
    cpu.stop();
    await env.stop();
    await connection.close();
    await server.stop();
  }
}

async function runBare(
  env: TestEnvironment,
  connection: NativeConnection,
  { tickets, inFlight, activities }: { tickets: number; inFlight: number; activities: number },
): Promise<{ fromMs: number; untilMs: number; events: number; workflowTasks: number }> {
  const worker = await createBareWorker(connection);
  return await worker.runUntil(async () => {
    const { client } = env.temporal;
    const play = async (workflowId: string): Promise<void> =>
      await client.workflow.execute<typeof bareTicket>('bareTicket', {
        workflowId,
        taskQueue: BARE_QUEUE,
        args: [activities],
      });
    await Promise.all(idsFrom(100, WARM_UP).map(async (id) => play(`bare/${id}`)));
    const ids = idsFrom(1_000, tickets).map((id) => `bare/${id}`);
    const fromMs = Date.now();
    await fewAtOnce(ids, play, inFlight);
    const untilMs = Date.now();
    const { events, workflowTasks } = await workOf(client, ids[0] ?? '');
    return { fromMs, untilMs, events, workflowTasks };
  });
}

function idsFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(first + index));
}
