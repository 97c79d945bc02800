import { continueAsNew } from '@temporalio/workflow';

import { CONTROL_WORKFLOW_ID } from '../src/domain/ids.js';
import { activities } from './activity-proxies.js';
import { ControlRun, type ControlStart } from './control-run.js';
import { handle } from './handle.js';
import { carryOut } from './carry-out.js';
import { controlEngine } from './temporal-engine.js';

/** The stop switch and its record. While it is on, every gate is closed. */
export async function control(start: ControlStart): Promise<void> {
  const run = new ControlRun(controlEngine(), start);
  handle(
    {
      continueAsNew: () => {
        run.engine.wantNewRun();
      },
      controlView: () => run.view(),
      // A stop must not wait for a sign-in: every caller may stop, and the record names what is known of the caller.
      operateControl: async (signed) =>
        await carryOut(signed, {
          workflowId: CONTROL_WORKFLOW_ID,
          state: run.state,
          checkActor: activities.checkActor,
          nowMs: () => run.engine.nowMs(),
          apply: (by, verified) => run.command(signed, by, verified),
          standing: (command) => run.standing(command),
          record: ({ by, result }) => {
            run.record(signed, by, result);
          },
        }),
    },
    (message, why) => {
      run.ignored(message, why);
    },
  );
  const carry = await run.untilLong();
  await continueAsNew<typeof control>({ version: 1, carry });
}
