import { Worker, type ReplayWorkerOptions } from '@temporalio/worker';

import { ticketWorkflowId } from '../../src/domain/ids.js';
import { workflowsToRun } from '../../workers/bundle-workflows.js';
import { eventually } from '../support/eventually.js';
import { startTestDevServer } from '../support/temporal-server.js';
import { TestEnvironment } from '../support/test-environment.js';
import { atMost } from './goal.js';
import type { Report } from './report.js';
import { seconds } from './seen-in-histories.js';

export interface ReplayOptions {
  /** A ticket continues as new at 2,000. */
  readonly events: number;
  readonly times: number;
  readonly log: (line: string) => void;
}

const HOUR_MS = 3_600_000;
const ID = '1000';
/** What the next report adds at most. */
const EVENTS_OF_A_REPORT = 14;

/** Replays the history of a ticket that waits for its window and was reported to again and again. */
export async function replay({ events, times, log }: ReplayOptions): Promise<Report> {
  const server = await startTestDevServer();
  const env = await TestEnvironment.start({ address: server.address });
  try {
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
    const history = await handle.fetchHistory();
    const counted = history.events?.length ?? 0;
    const bytes = history.events?.reduce((all, event) => all + JSON.stringify(event).length, 0) ?? 0;
    log(`a history of ${counted} events`);

    const options: ReplayWorkerOptions = { workflowBundle: await workflowsToRun() };
    const replayed = async (howOften: number): Promise<number> => {
      const beganMs = performance.now();
      const histories = Array.from({ length: howOften }, () => ({
        workflowId: ticketWorkflowId(ID),
        history,
      }));
      for await (const { error } of Worker.runReplayHistories(options, histories))
        if (error !== undefined) throw error;
      return performance.now() - beganMs;
    };
    const once = await replayed(1);
    const more = await replayed(1 + times);
    const each = (more - once) / times;
    log(`once, with the start of a worker, ${seconds(once)} s`);
    return {
      part: `replay: a ticket of ${counted} events`,
      figures: [
        { name: 'events', value: counted, unit: '' },
        { name: 'size as JSON', value: Math.round(bytes / 1_024), unit: 'KiB' },
        { name: `replay, average of ${times}`, value: Math.round(each), unit: 'ms', goal: atMost(700) },
        { name: 'for each event', value: Number((each / counted).toFixed(3)), unit: 'ms' },
        { name: 'start of a replaying worker and one replay', value: Math.round(once), unit: 'ms' },
      ],
    };
  } finally {
    await env.stop();
    await server.stop();
  }
}
