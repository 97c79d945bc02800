import type { Client } from '@temporalio/client';

/** What a workflow did until it first ended, or until now, by its histories. */
export interface Work {
  readonly runs: number;
  readonly events: number;
  readonly activities: number;
  readonly localActivities: number;
  readonly workflowTasks: number;
  readonly upserts: number;
  /** Received ones, and those it sent. */
  readonly signals: number;
}

const LOCAL_ACTIVITY = 'core_local_activity';

/** Of all runs that continue-as-new joined; a late event starts another run, which is not counted. */
export async function workOf(client: Client, workflowId: string): Promise<Work> {
  const runs = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
  runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  const first = runs.findIndex(({ status }) => status.name !== 'CONTINUED_AS_NEW');
  const joined = first < 0 ? runs : runs.slice(0, first + 1);
  const histories = await Promise.all(
    joined.map(async ({ runId }) => client.workflow.getHandle(workflowId, runId).fetchHistory()),
  );
  const events = histories.flatMap((history) => history.events ?? []);
  const count = (holds: (event: (typeof events)[number]) => boolean): number => events.filter(holds).length;
  return {
    runs: joined.length,
    events: events.length,
    activities: count(({ activityTaskScheduledEventAttributes: it }) => it != null),
    localActivities: count(({ markerRecordedEventAttributes: it }) => it?.markerName === LOCAL_ACTIVITY),
    workflowTasks: count(({ workflowTaskCompletedEventAttributes: it }) => it != null),
    upserts: count(
      ({
        upsertWorkflowSearchAttributesEventAttributes: one,
        workflowPropertiesModifiedEventAttributes: other,
      }) => one != null || other != null,
    ),
    signals: count(
      ({
        workflowExecutionSignaledEventAttributes: received,
        signalExternalWorkflowExecutionInitiatedEventAttributes: sent,
      }) => received != null || sent != null,
    ),
  };
}
