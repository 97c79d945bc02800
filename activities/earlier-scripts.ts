import { activityInfo } from '@temporalio/activity';
import { WorkflowContinuedAsNewError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';

import { ticketWorkflowId } from '../src/domain/ids.js';
import { WORKFLOW_TYPES } from '../workflows/messages.js';
import type { TicketOutcome } from '../workflows/ticket-state.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

/** Lists lag: a run that ended a moment ago may not be in one yet. */
const LISTED_WITHIN_MS = 4_000;
const LOOK_EVERY_MS = 500;
const MOST_RUNS_READ = 20;

export interface EarlierScriptsActivities {
  /**
   * Keys of the script runs in the last 20 runs of the ticket before the one that asks; null when one of these runs ended
   * without saying so (terminated or failed). Empty when the ticket had no run.
   */
  findEarlierScripts: (input: {
    readonly ticketId: string;
  }) => Promise<{ readonly scriptRuns: readonly string[] | null }>;
}

export function createEarlierScriptsActivities({
  temporal,
  clock,
}: Pick<ActivityDeps, 'temporal' | 'clock'>): EarlierScriptsActivities {
  async function listed(workflowId: string, exceptRunId: string): Promise<string[]> {
    const runIds: string[] = [];
    const query = `WorkflowId = '${workflowId}' AND WorkflowType = '${WORKFLOW_TYPES.ticket}'`;
    for await (const { runId } of temporal.workflow.list({ query, pageSize: MOST_RUNS_READ + 1 })) {
      if (runId !== exceptRunId) runIds.push(runId);
      if (runIds.length === MOST_RUNS_READ) break;
    }
    return runIds;
  }

  /** Null when the run ended without a result. */
  async function scriptsOf(workflowId: string, runId: string): Promise<readonly string[] | null> {
    try {
      const handle = temporal.workflow.getHandle(workflowId, runId, { followRuns: false });
      const { scriptRuns = [] } = (await handle.result()) as TicketOutcome;
      return scriptRuns;
    } catch (error) {
      // What it ran is in the run that followed, or that run is past its retention.
      if (error instanceof WorkflowContinuedAsNewError || error instanceof WorkflowNotFoundError) return [];
      if (error instanceof WorkflowFailedError) return null;
      throw error;
    }
  }

  return {
    findEarlierScripts: async ({ ticketId }) =>
      await withHeartbeat(async ({ signal }) => {
        const own = activityInfo().workflowExecution?.runId ?? '';
        const workflowId = ticketWorkflowId(ticketId);
        const untilMs = clock.now() + LISTED_WITHIN_MS;
        let runIds = await listed(workflowId, own);
        while (runIds.length === 0 && clock.now() < untilMs) {
          await clock.sleep(LOOK_EVERY_MS, signal);
          runIds = await listed(workflowId, own);
        }
        const scriptRuns: string[] = [];
        // The oldest first: of too many, the newest are kept.
        for (const runId of runIds.reverse()) {
          const found = await scriptsOf(workflowId, runId);
          if (found === null) return { scriptRuns: null };
          scriptRuns.push(...found.filter((key) => !scriptRuns.includes(key)));
        }
        return { scriptRuns };
      }),
  };
}
