import { createConnection } from 'node:net';
import { Connection } from '@temporalio/client';
import { ensureSearchAttributes } from '../temporal/ensure-search-attributes.js';
import type { SearchAttributeSpec } from '../temporal/ensure-search-attributes.js';
import { ensureRetentionDays } from '../temporal/namespace.js';

const PREPARE_MS = 20_000;

export interface NamespaceWish {
  readonly namespace: string;
  /** At least so long; an operator's longer one is left alone. */
  readonly retentionDays: number;
  readonly searchAttributes: readonly SearchAttributeSpec[];
}

/**
 * Connects once the server answers and knows the namespace, or gives up after `withinMs`. `stillHopeful` is called before each
 * further try and throws when there is no sense in one.
 */
export async function connectWhenReady(
  address: string,
  namespace: string,
  withinMs: number,
  stillHopeful: () => void = () => undefined,
): Promise<Connection> {
  const until = Date.now() + withinMs;
  for (;;) {
    let connection: Connection | undefined;
    try {
      // A refused gRPC connection is tried again only after a second; a socket can be tried at once.
      await canConnect(address);
      connection = await Connection.connect({ address, connectTimeout: 1_000 });
      const open = connection;
      await open.withDeadline(Date.now() + 1_000, async () =>
        open.workflowService.describeNamespace({ namespace }),
      );
      return connection;
    } catch (error) {
      await connection?.close();
      stillHopeful();
      if (Date.now() > until) {
        throw new Error(
          `Temporal at ${address} did not answer for namespace ${namespace} within ${withinMs} ms`,
          {
            cause: error,
          },
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function canConnect(address: string): Promise<void> {
  const { hostname, port } = new URL(`http://${address}`);
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.setTimeout(1_000, () => socket.destroy(new Error(`no answer from ${address}`)));
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}

/**
 * Makes the namespace what we need: retention, and every missing search attribute. Does nothing that is already so; works on a
 * new and on an existing database.
 *
 * @throws Error when an attribute exists with another type, naming it.
 */
export async function prepareNamespace(connection: Connection, wish: NamespaceWish): Promise<void> {
  const { namespace, retentionDays, searchAttributes } = wish;
  await connection.withDeadline(Date.now() + PREPARE_MS, async () => {
    await ensureRetentionDays(connection, namespace, retentionDays);
    await ensureSearchAttributes(connection, namespace, searchAttributes);
  });
}
