import type { Connection } from '@temporalio/client';

const DAY_SECONDS = 86_400;

type WorkflowConnection = Pick<Connection, 'workflowService'>;

/** How long a closed run stays, in days; retention counts from the close of each run, continue-as-new runs included. */
export async function readRetentionDays(connection: WorkflowConnection, namespace: string): Promise<number> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / DAY_SECONDS;
}

/** Raises the retention to at least `days`; an operator's longer one is left alone. Returns what holds afterwards. */
export async function ensureRetentionDays(
  connection: WorkflowConnection,
  namespace: string,
  days: number,
): Promise<number> {
  const current = await readRetentionDays(connection, namespace);
  if (current >= days) return current;
  await connection.workflowService.updateNamespace({
    namespace,
    // The proto type wants a Long, and the encoder takes a number for it.
    config: { workflowExecutionRetentionTtl: { seconds: (days * DAY_SECONDS) as never } },
  });
  return days;
}
