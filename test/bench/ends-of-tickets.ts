import { fewAtOnce } from '../../src/domain/few-at-once.js';
import type { TestEnvironment } from '../support/test-environment.js';
import { AT_ONCE } from './seen-in-histories.js';

export interface Ends {
  readonly parked: number;
  readonly closed: number;
}

/**
 * Waits until every ticket has ended, or until the deadline, and counts those that are parked or closed then. The parked are
 * counted by the server: a view of each would be a task more for a worker that is late already.
 */
export async function endsOf(
  env: TestEnvironment,
  ids: readonly string[],
  deadlineMs: number,
): Promise<Ends> {
  await fewAtOnce(
    ids,
    async (id) => {
      const leftMs = deadlineMs - Date.now();
      if (leftMs > 0) await env.hasEnded(id, leftMs);
    },
    AT_ONCE,
  );
  const { tickets } = env.secureChange;
  return {
    parked: (await env.client.status.tickets()).parked,
    closed: ids.filter((id) => tickets.get(id)?.status === 'closed').length,
  };
}
