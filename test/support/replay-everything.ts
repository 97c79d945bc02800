import { Client, Connection } from '@temporalio/client';

import { replayRuns } from '../../workers/check/replay-runs.js';
import { workflowBundle } from './replay.js';

/**
 * Replays every run that the server has, ended ones too, and says which could not have gone on: a worker that was killed leaves
 * histories that no undisturbed run has.
 */
export async function failedReplays(address: string): Promise<readonly string[]> {
  const connection = await Connection.connect({ address });
  try {
    const { replayed, failed } = await replayRuns(new Client({ connection }), await workflowBundle(), '');
    if (replayed === 0) throw new Error('the server has no runs');
    return failed;
  } finally {
    await connection.close();
  }
}
