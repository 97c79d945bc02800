import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { TASK_QUEUES } from '../domain/ids.js';
import { isAlive } from './process-facts.js';

const PROBE_MS = 2_000;
/** WORKFLOW and ACTIVITY in the API of Temporal. */
const POLLER_TYPES = [1, 2] as const;

/** Whether it answers at all, and with this status where one is given. Of a certificate only its server is asked. */
export async function answersHttp(url: string, status?: number): Promise<boolean> {
  const get = url.startsWith('https:') ? getHttps : getHttp;
  return new Promise((resolve) => {
    const request = get(url, { rejectUnauthorized: false, timeout: PROBE_MS, agent: false }, (answer) => {
      answer.resume();
      resolve(status === undefined || answer.statusCode === status);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}

/**
 * Whether a living worker process of this machine, started since, asks for work on every queue: by the server's own record. Those of
 * `others` are not meant.
 */
export async function workerPolls(
  temporal: { readonly address: string; readonly namespace: string },
  startedAtMs: number,
  others: readonly (number | undefined)[] = [],
): Promise<boolean> {
  const connection = await Connection.connect({ address: temporal.address, connectTimeout: PROBE_MS });
  try {
    const polled = await connection.withDeadline(Date.now() + PROBE_MS, async () =>
      Promise.all(
        Object.values(TASK_QUEUES).map(async (name) => {
          const answers = await Promise.all(
            POLLER_TYPES.map(async (taskQueueType) =>
              connection.workflowService.describeTaskQueue({
                namespace: temporal.namespace,
                taskQueue: { name },
                taskQueueType,
              }),
            ),
          );
          return answers
            .flatMap(({ pollers }) => pollers)
            .some(
              ({ identity, lastAccessTime }) =>
                livesHere(identity ?? '', others) &&
                Number(lastAccessTime?.seconds ?? 0) * 1_000 >= startedAtMs - 1_000,
            );
        }),
      ),
    );
    return polled.every(Boolean);
  } finally {
    await connection.close();
  }
}

/** As workers name themselves. */
function livesHere(identity: string, others: readonly (number | undefined)[]): boolean {
  const prefix = `worker@${hostname()}/`;
  if (!identity.startsWith(prefix)) return false;
  const pid = Number(identity.slice(prefix.length));
  return !others.includes(pid) && isAlive(pid);
}
