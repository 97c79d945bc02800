import type { Client } from '@temporalio/client';

import { CONTROL_WORKFLOW_ID } from '../src/domain/ids.js';
import type { ControlView } from '../src/domain/view.js';
import { controlView, WORKFLOW_TYPES } from '../workflows/messages.js';
import { runsOurCode } from './runs-our-code.js';

const READ_WITHIN_MS = 3_000;

/**
 * Reads the stop switch. When it cannot be read, it counts as on, and so does a workflow that another caller of Temporal
 * started under its id.
 */
export async function readStopSwitch(
  temporal: Client,
  now: () => number,
): Promise<{ stopped: boolean; message: string }> {
  let view: ControlView | null;
  try {
    view = await temporal.withDeadline(now() + READ_WITHIN_MS, async () => {
      const found = await temporal.workflow.getHandle(CONTROL_WORKFLOW_ID).describe();
      if (found.type !== WORKFLOW_TYPES.control || !runsOurCode(found)) return null;
      return await temporal.workflow.getHandle(CONTROL_WORKFLOW_ID, found.runId).query(controlView);
    });
  } catch {
    return {
      stopped: true,
      message: 'the stop switch (workflow `control`) cannot be read, so it counts as on',
    };
  }
  if (view === null) {
    return {
      stopped: true,
      message:
        'the workflow `control` is not ours, so the stop switch counts as on; terminate it (sco doctor)',
    };
  }
  if (!view.stopped) return { stopped: false, message: 'the stop switch is off' };
  return {
    stopped: true,
    message: `stopped by ${view.by ?? 'securechange-orchestrator'}: ${view.reason ?? 'no reason given'}`,
  };
}
