import { activityInfo } from '@temporalio/activity';
import { WorkflowContinuedAsNewError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';

import { SIGNATURE_VALID_MS } from '../src/domain/command-memory.js';
import { ticketWorkflowId } from '../src/domain/ids.js';
import type { ItsmChange } from '../src/domain/outbox.js';
import type { Target } from '../src/domain/provisioning.js';
import { WORKFLOW_TYPES } from '../workflows/messages.js';
import type { TicketOutcome } from '../workflows/ticket-state.js';
import type { ActivityDeps } from './contract.js';
import { withHeartbeat } from './with-heartbeat.js';

/** A report of before the start of the run that asks is accepted for so long; twice, because clocks differ. */
const MUST_BE_READ_MS = 2 * SIGNATURE_VALID_MS;
/** Lists lag: a run that ended a moment ago may not be in one yet. */
const LISTED_WITHIN_MS = 4_000;
const LOOK_EVERY_MS = 500;
const MOST_RUNS_READ = 20;

export interface EarlierRuns {
  /**
   * Keys of the scripts that they ran; null when one of them ended without saying so (terminated or failed), or when there were so
   * many a moment ago that not all are read.
   */
  readonly scriptRuns: readonly string[] | null;
  /** The change that they wrote to in the ITSM; null when there is none, or it is not known. */
  readonly change: ItsmChange | null;
  /** Its devices as the newest of them that had any left them. */
  readonly targets: readonly Target[];
}

/** Newest first; `isAll`: the others started too long ago to count. */
interface Listed {
  readonly runIds: string[];
  readonly isAll: boolean;
}

export interface EarlierRunsActivities {
  /** From the last 20 runs of the ticket before the one that asks; empty when the ticket had no run. */
  findEarlierRuns: (input: { readonly ticketId: string }) => Promise<EarlierRuns>;
}

export function createEarlierRunsActivities({
  temporal,
  clock,
}: Pick<ActivityDeps, 'temporal' | 'clock'>): EarlierRunsActivities {
  async function listed(workflowId: string, exceptRunId: string): Promise<Listed> {
    const runIds: string[] = [];
    const query = `WorkflowId = '${workflowId}' AND WorkflowType = '${WORKFLOW_TYPES.ticket}'`;
    for await (const { runId, startTime } of temporal.workflow.list({
      query,
      pageSize: MOST_RUNS_READ + 2,
    })) {
      if (runId === exceptRunId) continue;
      if (runIds.length === MOST_RUNS_READ)
        return { runIds, isAll: startTime.getTime() < clock.now() - MUST_BE_READ_MS };
      runIds.push(runId);
    }
    return { runIds, isAll: true };
  }

  /** Null when the run ended without a result. */
  async function outcomeOf(
    workflowId: string,
    runId: string,
  ): Promise<Pick<TicketOutcome, 'scriptRuns' | 'change' | 'targets'> | null> {
    try {
      const handle = temporal.workflow.getHandle(workflowId, runId, { followRuns: false });
      return (await handle.result()) as TicketOutcome;
    } catch (error) {
      // What it did is in the run that followed, or that run is past its retention.
      if (error instanceof WorkflowContinuedAsNewError || error instanceof WorkflowNotFoundError) return {};
      if (error instanceof WorkflowFailedError) return null;
      throw error;
    }
  }

  return {
    findEarlierRuns: async ({ ticketId }) =>
      await withHeartbeat(async ({ signal }) => {
        const own = activityInfo().workflowExecution?.runId ?? '';
        const workflowId = ticketWorkflowId(ticketId);
        const untilMs = clock.now() + LISTED_WITHIN_MS;
        let { runIds, isAll } = await listed(workflowId, own);
        while (runIds.length === 0 && clock.now() < untilMs) {
          await clock.sleep(LOOK_EVERY_MS, signal);
          ({ runIds, isAll } = await listed(workflowId, own));
        }
        let scriptRuns: string[] | null = isAll ? [] : null;
        let change: ItsmChange | null = null;
        let targets: readonly Target[] = [];
        // The oldest first: of too many, the newest are kept.
        for (const runId of runIds.reverse()) {
          const found = await outcomeOf(workflowId, runId);
          change = found?.change ?? change;
          targets = found?.targets ?? targets;
          const known: readonly string[] | null = scriptRuns;
          scriptRuns =
            found === null || known === null
              ? null
              : [...known, ...(found.scriptRuns ?? []).filter((key) => !known.includes(key))];
        }
        return { scriptRuns, change, targets };
      }),
  };
}
