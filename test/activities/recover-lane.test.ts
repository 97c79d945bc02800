import { WorkflowNotFoundError, type Client } from '@temporalio/client';

import { createPushLinkActivities } from '../../activities/push-link.js';
import { enrol } from '../../src/domain/lane-places.js';
import { newLane, type LaneState } from '../../src/domain/lane.js';
import { enrolment } from '../support/enrolment.js';
import { fakeEnvironment } from '../support/fake-environment.js';
import { runActivity } from './activity-environment.js';

const HISTORY_GONE = null;

function run(recovered: boolean, ticketId: string): LaneState {
  const lane = { ...newLane('M', 'Panorama'), recovered };
  enrol(lane, enrolment({ ticketId }), 0);
  return lane;
}

/** The lane's ended runs, newest first. */
async function recovered(...runs: readonly (LaneState | typeof HISTORY_GONE)[]) {
  const { secureChange, settings, clock } = fakeEnvironment().deps();
  const temporal = {
    workflow: {
      async *list() {
        for (const index of runs.keys()) yield { runId: String(index) };
      },
      getHandle: (workflowId: string, runId: string) => ({
        query: async () => {
          const state = runs[Number(runId)];
          if (!state) throw new WorkflowNotFoundError('no history', workflowId, runId);
          return state;
        },
      }),
    },
  } as unknown as Client;
  const { recoverLane } = createPushLinkActivities({ secureChange, temporal, settings, clock });
  return await runActivity(recoverLane, { laneKey: 'M' });
}

const tickets = (found: Awaited<ReturnType<typeof recovered>>): readonly string[] =>
  found.kind === 'found' ? found.state.queue.map(({ ticketId }) => ticketId) : [];

describe('a lane that starts without its memory', () => {
  it('has nothing to read when it never ran', async () => {
    expect(await recovered()).toEqual({ kind: 'never' });
  });

  it('knows what its newest run knew', async () => {
    expect(tickets(await recovered(run(true, '2'), run(true, '1')))).toEqual(['2']);
  });

  it('reads on when the newest run was lost before it had read its own past', async () => {
    expect(tickets(await recovered(run(false, '3'), run(false, '2'), run(true, '1')))).toEqual([
      '1',
      '2',
      '3',
    ]);
  });

  it('claims to know nothing when the history of such a run is gone', async () => {
    expect(await recovered(run(false, '2'), HISTORY_GONE, run(true, '1'))).toEqual({ kind: 'unreadable' });
  });
});
