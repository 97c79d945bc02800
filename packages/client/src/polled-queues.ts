import type { Client, WorkflowService } from '@temporalio/client';
import { TASK_QUEUES } from '../../../src/domain/ids.js';
import type { PolledQueue, Poller } from '../../../src/domain/workers.js';

type PollerInfo = Awaited<ReturnType<WorkflowService['describeTaskQueue']>>['pollers'][number];
/** Numbers of temporal.api.enums.v1.TaskQueueType. */
type QueueType = NonNullable<Parameters<WorkflowService['describeTaskQueue']>[0]['taskQueueType']>;
const QUEUE_TYPES: readonly QueueType[] = [1, 2];

/** Our task queues with who asked them. Needs no worker. */
export async function readPolledQueues({
  workflowService,
  options: { namespace },
}: Client): Promise<readonly PolledQueue[]> {
  return await Promise.all(
    Object.values(TASK_QUEUES).map(async (name) => {
      const answers = await Promise.all(
        QUEUE_TYPES.map((taskQueueType) =>
          workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType }),
        ),
      );
      return { name, pollers: pollersOf(answers.flatMap(({ pollers }) => pollers)) };
    }),
  );
}

/** One entry for each identity, the one that asked last first. */
function pollersOf(found: readonly PollerInfo[]): readonly Poller[] {
  const last = new Map<string, number>();
  for (const { identity, lastAccessTime } of found) {
    const name = identity ?? '?';
    const atMs = Number(lastAccessTime?.seconds ?? 0) * 1_000 + (lastAccessTime?.nanos ?? 0) / 1_000_000;
    last.set(name, Math.max(last.get(name) ?? 0, Math.round(atMs)));
  }
  return [...last]
    .map(([identity, lastAskedAtMs]) => ({ identity, lastAskedAtMs }))
    .sort((a, b) => b.lastAskedAtMs - a.lastAskedAtMs);
}
