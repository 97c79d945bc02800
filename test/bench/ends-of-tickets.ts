import { fewAtOnce } from '../../src/domain/few-at-once.js';
import { eventually } from '../support/eventually.js';
import type { TestEnvironment } from '../support/test-environment.js';
import { AT_ONCE } from './seen-in-histories.js';

export interface Ends {
  readonly parked: number;
  readonly closed: number;
}

/** Waits until every ticket has ended, or until the deadline, and counts those that are parked or closed then. */
export async function endsOf(
  env: TestEnvironment,
  ids: readonly string[],
  deadlineMs: number,
): Promise<Ends> {
  const parked = await fewAtOnce(
    ids,
    async (id) => {
      // Nothing is parked in an ended run, and each view of one would be a replay of its whole history.
      if (await env.hasEnded(id, Math.max(1_000, deadlineMs - Date.now()))) return false;
      // A view that does not come in time must not end a run of many minutes.
      const view = await eventually(`the view of ticket ${id}`, async () => env.client.tickets.get(id));
      return view.parkings.length > 0;
    },
    AT_ONCE,
  );
  const { tickets } = env.secureChange;
  return {
    parked: parked.filter(Boolean).length,
    closed: ids.filter((id) => tickets.get(id)?.status === 'closed').length,
  };
}
