import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';

import { fewAtOnce } from '../../src/domain/few-at-once.js';
import type { bareLane, bareMember } from './bare-lane.js';
import { AT_ONCE } from './seen-in-histories.js';

export interface BareShape {
  readonly tickets: number;
  readonly managers: number;
  readonly commitMs: number;
  /** Time for all members to enrol. */
  readonly enrolMs: number;
}

export interface BareResult {
  readonly sendsMs: readonly number[];
  readonly recordedMs: number;
  readonly opensAtMs: number;
}

const TASK_QUEUE = 'bench-bare';

/** Runs the bare workflows on the same server; times count from the opening. */
export async function runBareLanes(
  client: Client,
  connection: NativeConnection,
  { tickets, managers, commitMs, enrolMs }: BareShape,
): Promise<BareResult> {
  const sentAt: number[] = [];
  const worker = await Worker.create({
    connection,
    taskQueue: TASK_QUEUE,
    workflowsPath: fileURLToPath(new URL('./bare-lane.ts', import.meta.url)),
    activities: {
      commit: async () => {
        sentAt.push(Date.now());
        await sleep(commitMs);
      },
    },
    maxConcurrentActivityTaskExecutions: 200,
  });
  return await worker.runUntil(async () => {
    const opensAtMs = Date.now() + enrolMs;
    const laneOf = (ticket: number): string => `bare-lane/${ticket % managers}`;
    const expected = (lane: number): number => Math.ceil((tickets - lane) / managers);
    await Promise.all(
      Array.from({ length: managers }, async (_, lane) =>
        client.workflow.start<typeof bareLane>('bareLane', {
          workflowId: laneOf(lane),
          taskQueue: TASK_QUEUE,
          args: [expected(lane), opensAtMs],
        }),
      ),
    );
    const members = await fewAtOnce(
      Array.from({ length: tickets }, (_, ticket) => ticket),
      async (ticket) =>
        client.workflow.start<typeof bareMember>('bareMember', {
          workflowId: `bare-ticket/${ticket}`,
          taskQueue: TASK_QUEUE,
          args: [laneOf(ticket)],
        }),
      AT_ONCE,
    );
    // The server refuses a namespace's 1,200th caller that waits.
    await fewAtOnce(members, async (member) => member.result(), AT_ONCE);
    return { sendsMs: sentAt.map((atMs) => atMs - opensAtMs), recordedMs: Date.now() - opensAtMs, opensAtMs };
  });
}
