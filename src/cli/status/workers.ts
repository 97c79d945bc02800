import type { DeploymentFacts } from '../../../packages/client/src/deployment-facts.js';
import { TASK_QUEUES } from '../../domain/ids.js';
import { formatRelative } from '../../domain/duration-text.js';
import { ASKS_WITHIN_MS, type Poller } from '../../domain/workers.js';

export interface WorkerState extends Poller {
  readonly queue: string;
  readonly alive: boolean;
  /** Its process was on this machine and is not there any more. */
  readonly ended: boolean;
}

export const QUEUE_USES: Readonly<Record<string, string>> = {
  [TASK_QUEUES.main]: 'workflows and reads',
  [TASK_QUEUES.push]: 'Update and Commit',
  [TASK_QUEUES.script]: 'custom scripts',
  [TASK_QUEUES.question]: 'scripts that SecureChange waits for',
};

/**
 * Who of those that asked for work is still there. A process that has ended on this machine counts as gone at once, others when they
 * have not asked for longer than a living one ever waits. `answered`: a worker has just answered a question.
 */
export function workersOf(
  queues: DeploymentFacts['queues'],
  nowMs: number,
  hasEnded: (identity: string) => boolean,
  answered: boolean,
): readonly WorkerState[] {
  const judged = (seesProcesses: boolean): readonly WorkerState[] =>
    queues.flatMap(({ name, pollers }) =>
      pollers.map((poller) => {
        const ended = seesProcesses && hasEnded(poller.identity);
        return {
          ...poller,
          queue: name,
          ended,
          alive: !ended && nowMs - poller.lastAskedAtMs <= ASKS_WITHIN_MS,
        };
      }),
    );
  const workers = judged(true);
  // Containers may share the name of a machine and not its processes: then what we see of processes says nothing.
  const contradicts = answered && !workers.some(({ queue, alive }) => queue === TASK_QUEUES.main && alive);
  return contradicts ? judged(false) : workers;
}

/** `worker@a/7 (asked 12 s ago)`. */
export function workerText({ identity, lastAskedAtMs, ended }: WorkerState, nowMs: number): string {
  return `${identity} (last poll ${formatRelative(lastAskedAtMs, nowMs)}${ended ? ', its process has ended' : ''})`;
}
