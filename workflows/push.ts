import { workflowInfo } from '@temporalio/workflow';

import { emptyMemory } from '../src/domain/command-memory.js';
import { pushWorkflowId } from '../src/domain/ids.js';
import type { PushResults } from '../src/domain/push.js';
import { activities } from './activity-proxies.js';
import { handle } from './handle.js';
import { carryOut } from './carry-out.js';
import { runPush } from './push-life.js';
import { PushRun, type PushStart } from './push-run.js';
import { pushEngine } from './temporal-engine.js';

/** One visit to one manager for one or many tickets. Its history is the record of the visit. */
export async function push(start: PushStart): Promise<PushResults> {
  const { laneKey, laneName, n } = start;
  const run = new PushRun(pushEngine(), start);
  const answered = { commandMemory: emptyMemory(workflowInfo().startTime.getTime()) };
  handle(
    {
      pushView: () => run.view(),
      updateSlotGranted: (round) => {
        run.slotGranted(round);
      },
      operatePush: async (signed) =>
        await carryOut(signed, {
          workflowId: pushWorkflowId(laneKey, n),
          state: answered,
          checkActor: activities.checkActor,
          nowMs: () => run.engine.nowMs(),
          apply: (by) => run.command(signed, by),
          // An answer cannot be undone.
          standing: () => ({ holds: true, now: `push ${n} is ${run.view().doing}` }),
          record: () => undefined,
        }),
    },
    (message, why) => {
      run.ignored(message, why);
    },
  );
  const results = await runPush(run);
  await run.untilDone(async () => activities.reportPushEnd({ laneKey, laneName, end: { n, ...results } }));
  return results;
}
