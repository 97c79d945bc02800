// Exit 0 when the worker of this container asked Temporal for work within the last minutes.
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

const RECENT_MS = 150_000;
const { connectionOptions, namespace } = loadClientConnectConfig();
const connection = await Connection.connect({ ...connectionOptions, connectTimeout: 5_000 });
const { pollers } = await connection.withDeadline(Date.now() + 5_000, () =>
  connection.workflowService.describeTaskQueue({
    namespace: namespace ?? 'default',
    taskQueue: { name: 'sco' },
    taskQueueType: 1,
  }),
);
const alive = pollers.some(
  ({ identity, lastAccessTime }) =>
    identity.startsWith(`worker@${hostname()}/`) &&
    Date.now() - Number(lastAccessTime.seconds) * 1000 < RECENT_MS,
);
await connection.close();
process.exit(alive ? 0 : 1);
