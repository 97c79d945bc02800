import { hostname } from 'node:os';
import { msToTs } from '@temporalio/common/lib/time.js';
import { searchAttributeTable } from '../../workflows/search-attributes.js';
import { connectTemporal, temporalAddressOf } from './connect.js';
import { ensureSearchAttributes } from './ensure-search-attributes.js';
import { ensureRetentionDays } from './namespace.js';

const RETENTION_DAYS = 30;
const ALREADY_EXISTS = 6;

/** `npm run namespace`: makes the namespace what workers need, on any Temporal server; repeating it changes nothing. */
async function main(): Promise<void> {
  const temporal = await connectTemporal({ identity: `namespace@${hostname()}` });
  const { connection, namespace } = temporal;
  try {
    await connection.workflowService
      .registerNamespace({
        namespace,
        description: 'SecureChange tickets',
        workflowExecutionRetentionPeriod: msToTs(RETENTION_DAYS * 24 * 60 * 60 * 1000),
      })
      .catch((error: unknown) => {
        if ((error as { code?: number }).code !== ALREADY_EXISTS) throw error;
      });
    const days = await eventually(async () => ensureRetentionDays(connection, namespace, RETENTION_DAYS));
    const added = await eventually(async () =>
      ensureSearchAttributes(connection, namespace, searchAttributeTable()),
    );
    console.log(
      `namespace ${namespace} on ${temporalAddressOf()}: closed runs are kept ${days} days, ` +
        (added.length === 0 ? 'every search attribute was there' : `registered ${added.join(', ')}`),
    );
  } finally {
    await temporal.close();
  }
}

/** A namespace made a moment ago is not known to every part of the server yet. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === 30) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`namespace: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
