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

/** One workflow for one SecureChange, which runs one Update at a time. */
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
    // Malformed requests are dropped: the push repeats its request every minute.
    () => undefined,
  );
  const carry = await run.live();
  await condition(allHandlersFinished);
  await continueAsNew<typeof updateSlot>({ version: 1, carry });
}
