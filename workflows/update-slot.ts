import { allHandlersFinished, condition, continueAsNew } from '@temporalio/workflow';

import { UPDATE_SLOT_WORKFLOW_ID } from '../src/domain/ids.js';
import { handle } from './handle.js';
import { checkStart } from './start.js';
import { slotEngine } from './temporal-engine.js';
import { UpdateSlotRun, type SlotCarry } from './update-slot-run.js';

export interface UpdateSlotStart {
  readonly version: 1;
  readonly carry?: SlotCarry;
}

/** One for a SecureChange: it saves one Update at a time. */
export async function updateSlot(start: UpdateSlotStart): Promise<void> {
  checkStart(start, () => UPDATE_SLOT_WORKFLOW_ID, String);
  const run = new UpdateSlotRun(slotEngine(), start.carry);
  handle(
    {
      updateSlotRequested: (request) => {
        run.requested(request);
      },
      updateSlotReleased: (request) => {
        run.released(request);
      },
    },
    // It holds up no push: a request that it did not understand is made again.
    () => undefined,
  );
  const carry = await run.live();
  await condition(allHandlersFinished);
  await continueAsNew<typeof updateSlot>({ version: 1, carry });
}
