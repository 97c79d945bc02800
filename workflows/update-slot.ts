import { allHandlersFinished, condition, continueAsNew } from '@temporalio/workflow';

import { handle } from './handle.js';
import { slotEngine } from './temporal-engine.js';
import { UpdateSlotRun, type SlotCarry } from './update-slot-run.js';

export interface UpdateSlotStart {
  readonly version: 1;
  readonly carry?: SlotCarry;
}

/** One workflow for one SecureChange, which runs one Update at a time. */
export async function updateSlot(start: UpdateSlotStart): Promise<void> {
  const run = new UpdateSlotRun(slotEngine(), start.carry);
  handle(
    {
      continueAsNew: () => {
        run.engine.wantNewRun();
      },
      updateSlotRequested: (request) => {
        run.requested(request);
      },
      updateSlotReleased: (request) => {
        run.released(request);
      },
    },
    (message, why) => {
      run.ignored(message, why);
    },
  );
  const carry = await run.live();
  await condition(allHandlersFinished);
  await continueAsNew<typeof updateSlot>({ version: 1, carry });
}
