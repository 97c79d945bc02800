import { Client, Connection } from '@temporalio/client';
import { Worker, type ReplayResult } from '@temporalio/worker';

import { fewAtOnce } from '../../src/domain/few-at-once.js';
import { workflowBundle } from './replay.js';

/**
 * Replays every run that the server has with the workflows of today, and says which of them could not have gone on so: a
 * worker that was killed leaves histories that no undisturbed run has, and one that cannot be replayed answers no
 * question any more, and stops at its next task.
 */
export async function failedReplays(address: string): Promise<readonly string[]> {
  const connection = await Connection.connect({ address });
  try {
    const { workflow } = new Client({ connection });
    const runs = [];
    for await (const { workflowId, runId } of workflow.list()) runs.push({ workflowId, runId });
    if (runs.length === 0) throw new Error('the server has no runs');
    const histories = await fewAtOnce(runs, async ({ workflowId, runId }) => ({
      workflowId,
      history: await workflow.getHandle(workflowId, runId).fetchHistory(),
    }));
    const results: AsyncIterable<ReplayResult> = Worker.runReplayHistories(
      { workflowBundle: await workflowBundle() },
      histories,
    );
    const failed = [];
    for await (const { workflowId, runId, error } of results)
      if (error !== undefined) failed.push(`${workflowId} (run ${runId}): ${error.message}`);
    return failed;
  } finally {
    await connection.close();
  }
}
