import type { Client } from '@temporalio/client';
import { Worker, type ReplayResult, type WorkerOptions } from '@temporalio/worker';

import { fewAtOnce } from '../../src/domain/few-at-once.js';

export interface Replayed {
  readonly replayed: number;
  /** Runs that could not go on with these workflows: `workflow id (run id): what would differ`. */
  readonly failed: readonly string[];
}

/** Histories in memory at the same time. */
const AT_ONCE = 100;

/**
 * Replays the runs that a list filter finds with a bundle of workflows: one that fails would stand still, and answer no question,
 * when a worker with that bundle gets it. Reads only.
 */
export async function replayRuns(
  client: Client,
  workflowBundle: NonNullable<WorkerOptions['workflowBundle']>,
  query: string,
): Promise<Replayed> {
  const failed: string[] = [];
  let replayed = 0;
  let some: { workflowId: string; runId: string }[] = [];
  const replaySome = async (): Promise<void> => {
    const histories = await fewAtOnce(some, async ({ workflowId, runId }) => ({
      workflowId,
      history: await client.workflow.getHandle(workflowId, runId).fetchHistory(),
    }));
    some = [];
    const results: AsyncIterable<ReplayResult> = Worker.runReplayHistories({ workflowBundle }, histories);
    for await (const { workflowId, runId, error } of results) {
      replayed += 1;
      if (error !== undefined) failed.push(`${workflowId} (run ${runId}): ${error.message}`);
    }
  };
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    some.push({ workflowId, runId });
    if (some.length >= AT_ONCE) await replaySome();
  }
  if (some.length > 0) await replaySome();
  return { replayed, failed };
}
