import type { Client, WorkflowHandle } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';

import { fewAtOnce } from '../../src/domain/few-at-once.js';
import { eventually } from '../support/eventually.js';
import type { bareWaiting } from './bare-ticket.js';
import { BARE_QUEUE, createBareWorker } from './bare-worker.js';
import { heapsUsed } from './worker-heap.js';

export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** Of `bareWaiting`: its start with the first workflow task, an activity with the task after it, and a report with all of these. */
const EVENTS_OF_START = 4;
const EVENTS_OF_READING = 6;
const EVENTS_OF_REPORT = 10;
const AT_ONCE = 40;
const WAITS_WITHIN_MS = 5 * 60_000;

/** Heap of the workflow thread in bytes for one bare workflow that waits after about as many events; measured like ours. */
export async function bareHeap(
  client: Client,
  connection: NativeConnection,
  { workflows, notCounted, events }: { workflows: number; notCounted: number; events: number },
): Promise<number> {
  const readings = Math.max(1, Math.round((events - EVENTS_OF_START) / EVENTS_OF_READING));
  const ids = Array.from({ length: workflows }, (_, index) => `bare-waiting/${index}`);
  const begin = async (some: readonly string[]): Promise<void> => {
    await fewAtOnce(
      some,
      async (workflowId) => {
        const handle = await client.workflow.start<typeof bareWaiting>('bareWaiting', {
          workflowId,
          taskQueue: BARE_QUEUE,
          args: [readings],
        });
        await eventually(
          `${workflowId} waits`,
          async () => (await handle.query<number>('readings')) === readings,
          WAITS_WITHIN_MS,
        );
      },
      AT_ONCE,
    );
  };
  const worker = await createBareWorker(connection);
  return await worker.runUntil(async () => {
    await begin(ids.slice(0, notCounted));
    const before = await heapsUsed();
    await begin(ids.slice(notCounted));
    const after = await heapsUsed();
    return (after.threads - before.threads) / (workflows - notCounted);
  });
}

/** History of a bare workflow that was reported to, one report after the other, until it had about so many events. */
export async function bareHistory(
  client: Client,
  connection: NativeConnection,
  { workflowId, events }: { workflowId: string; events: number },
): Promise<History> {
  const worker = await createBareWorker(connection);
  return await worker.runUntil(async () => {
    const handle = await client.workflow.start<typeof bareWaiting>('bareWaiting', {
      workflowId,
      taskQueue: BARE_QUEUE,
      args: [1],
    });
    const reports = Math.round((events - EVENTS_OF_START - EVENTS_OF_READING) / EVENTS_OF_REPORT);
    for (let read = 1; read <= reports; read += 1) {
      await eventually(
        `report ${read} was read`,
        async () =>
          (await handle.describe()).historyLength >= EVENTS_OF_READING + EVENTS_OF_REPORT * (read - 1),
      );
      await handle.signal('reported');
    }
    await eventually(
      'the last report was read',
      async () => (await handle.query<number>('readings')) === 1 + reports,
    );
    return await handle.fetchHistory();
  });
}
