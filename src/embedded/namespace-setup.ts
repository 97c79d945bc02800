import { createConnection } from 'node:net';
import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';

/** A search attribute as the operator API names it, for instance `{ name: 'ScoPhase', type: 'KEYWORD' }`. */
export interface SearchAttributeRow {
  readonly name: string;
  readonly type: string;
}

export interface NamespaceWish {
  readonly namespace: string;
  /** At least so long; an operator's longer one is left alone, and so is any when absent. */
  readonly retentionDays?: number;
  readonly searchAttributes: readonly SearchAttributeRow[];
}

const CALL_MS = 10_000;

/** The operator API's `IndexedValueType`. */
const TYPE_NUMBERS: Readonly<Record<string, number>> = {
  TEXT: 1,
  KEYWORD: 2,
  INT: 3,
  DOUBLE: 4,
  BOOL: 5,
  DATETIME: 6,
  KEYWORD_LIST: 7,
};

function typeNumber(type: string): number {
  const number = TYPE_NUMBERS[type];
  if (number === undefined) throw new Error(`${type} is no type of a search attribute`);
  return number;
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
 * new and on an existing database, with any Temporal server.
 *
 * @throws Error when an attribute exists with another type, naming it.
 */
export async function prepareNamespace(connection: Connection, wish: NamespaceWish): Promise<void> {
  const { namespace } = wish;
  const call = async <T>(fn: () => Promise<T>): Promise<T> =>
    connection.withDeadline(Date.now() + CALL_MS, fn);

  if (wish.retentionDays !== undefined) {
    const wantedMs = wish.retentionDays * 24 * 60 * 60 * 1000;
    const { config } = await call(async () => connection.workflowService.describeNamespace({ namespace }));
    const retention = config?.workflowExecutionRetentionTtl;
    if (retention == null || tsToMs(retention) < wantedMs) {
      await call(async () =>
        connection.workflowService.updateNamespace({
          namespace,
          config: { workflowExecutionRetentionTtl: msToTs(wantedMs) },
        }),
      );
    }
  }

  const missing = await missingSearchAttributes(connection, namespace, wish.searchAttributes);
  if (missing.length === 0) return;
  await call(async () =>
    connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, typeNumber(type)])),
    }),
  );
  const until = Date.now() + 15_000;
  while ((await missingSearchAttributes(connection, namespace, wish.searchAttributes)).length > 0) {
    if (Date.now() > until)
      throw new Error(`Temporal did not register the search attributes of namespace ${namespace}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function missingSearchAttributes(
  connection: Connection,
  namespace: string,
  wanted: readonly SearchAttributeRow[],
): Promise<SearchAttributeRow[]> {
  if (wanted.length === 0) return [];
  const { customAttributes } = await connection.withDeadline(Date.now() + CALL_MS, async () =>
    connection.operatorService.listSearchAttributes({ namespace }),
  );
  return wanted.filter(({ name, type }) => {
    const existing = customAttributes[name];
    if (existing !== undefined && existing.valueOf() !== typeNumber(type)) {
      throw new Error(
        `Search attribute ${name} of namespace ${namespace} exists with another type than ${type}. ` +
          'Remove it with `temporal operator search-attribute remove`, or use another namespace.',
      );
    }
    return existing === undefined;
  });
}
