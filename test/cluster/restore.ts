import { isDeepStrictEqual } from 'node:util';

import { DONE_ONCE, editForRestore, restoreRound, type Restorable } from '../support/restore-round.js';
import { startCluster, type Cluster, type ClusterProcess } from './cluster.js';

/** Sets the database of a cluster back, with SCO_RESTORED and without. Returns the exit code. */
export async function restoreCluster(log: (line: string) => void): Promise<number> {
  const cluster = await startCluster({ log, edit: editForRestore });
  try {
    await cluster.simulator.timings({ designMs: 100, updateMs: 150, commitMs: 200 });
    for (const saysRestored of [true, false]) {
      const how = saysRestored ? 'with SCO_RESTORED' : 'SCO_RESTORED forgotten';
      const done = await restoreRound(restorable(cluster), { saysRestored, log });
      const right = isDeepStrictEqual(done, DONE_ONCE);
      console.log(`${how}: ${right ? 'everything was done once' : `WRONG: ${JSON.stringify(done)}`}`);
      if (!right) return 1;
    }
    return 0;
  } finally {
    await cluster.stop();
  }
}

function restorable({ victims, postgresql, ...cluster }: Cluster): Restorable {
  const each = async (names: readonly ClusterProcess[], what: 'kill' | 'start' | 'stop'): Promise<void> => {
    await Promise.all(names.map(async (name) => victims[name][what]()));
  };
  return {
    ...cluster,
    stopAll: async () => {
      await each(['gateway-1', 'gateway-2', 'worker-1', 'worker-2'], 'kill');
      await each(['temporal'], 'kill');
    },
    startAll: async ({ restored }) => {
      await each(['temporal'], 'start');
      // A process gets our environment when it starts.
      if (restored) process.env.SCO_RESTORED = 'true';
      try {
        await each(['worker-1', 'worker-2', 'gateway-1', 'gateway-2'], 'start');
      } finally {
        delete process.env.SCO_RESTORED;
      }
    },
    restartWorkers: async () => {
      await each(['worker-1', 'worker-2'], 'stop');
      await each(['worker-1', 'worker-2'], 'start');
    },
    backUp: async () => {
      const putBack = await postgresql.backUp();
      return async () => {
        await victims.postgresql.stop();
        putBack();
        await victims.postgresql.start();
      };
    },
  };
}
