import { activityInfo } from '@temporalio/activity';

import { CONTROL_WORKFLOW_ID } from '../src/domain/ids.js';
import { WORKFLOW_TYPES } from '../workflows/messages.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

export interface EarlierSwitchActivities {
  /**
   * Whether a stop switch ran before the run that asks: another run of it is listed, or a lane or push, which only exist
   * after a switch did. Its start arguments prove nothing: every caller of Temporal can give them.
   */
  findEarlierSwitch: () => Promise<{ readonly ranBefore: boolean }>;
}

export function createEarlierSwitchActivities({
  temporal,
}: Pick<ActivityDeps, 'temporal'>): EarlierSwitchActivities {
  async function isListed(query: string, exceptRunId: string): Promise<boolean> {
    // Lists lag: a run that was terminated a moment ago is listed as running, and counts as well.
    for await (const { runId } of temporal.workflow.list({ query, pageSize: 2 })) {
      if (runId !== exceptRunId) return true;
    }
    return false;
  }

  return {
    findEarlierSwitch: async () =>
      await withHeartbeat(async () => {
        const { runId } = activityInfo().workflowExecution ?? { runId: '' };
        const { control, lane, push } = WORKFLOW_TYPES;
        const switches = `WorkflowId = '${CONTROL_WORKFLOW_ID}' AND WorkflowType = '${control}'`;
        const witnesses = `WorkflowType IN ('${lane}', '${push}')`;
        return { ranBefore: (await isListed(switches, runId)) || (await isListed(witnesses, runId)) };
      }),
  };
}
