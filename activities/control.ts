import type { Client } from '@temporalio/client';

import { CONTROL_WORKFLOW_ID } from '../src/domain/ids.js';
import type { ControlView } from '../src/domain/view.js';
import { controlView } from '../workflows/messages.js';

const READ_WITHIN_MS = 3_000;

/** Reads the stop switch. When it cannot be read, it counts as on. */
export async function readStopSwitch(
  temporal: Client,
  now: () => number,
): Promise<{ stopped: boolean; message: string }> {
  let view: ControlView;
  try {
    view = await temporal.withDeadline(
      now() + READ_WITHIN_MS,
      async () => await temporal.workflow.getHandle(CONTROL_WORKFLOW_ID).query(controlView),
    );
  } catch {
    return {
      stopped: true,
      message: 'the stop switch (workflow `control`) cannot be read, so it counts as on',
    };
  }
  if (!view.stopped) return { stopped: false, message: 'the stop switch is off' };
  return {
    stopped: true,
    message: `stopped by ${view.by ?? 'securechange-orchestrator'}: ${view.reason ?? 'no reason given'}`,
  };
}
