import { hostname } from 'node:os';
import { Client, type Connection } from '@temporalio/client';
import { openTemporal } from '../temporal/connect.js';
import { withReadableRows } from '../temporal/readable-rows.js';
import type { TemporalReader } from './ask-temporal.js';
import type { ClientOptions } from './create-client.js';

/** The connection behind a client. */
export interface OpenReader {
  readonly reader: TemporalReader;
  readonly close: () => Promise<void>;
}

const DEADLINE_MS = 10_000;
const identity = `client@${hostname()}`;

/** A connection of its own. */
export function openReader({ deadlineMs = DEADLINE_MS, ...address }: ClientOptions): OpenReader {
  const access = openTemporal({ ...address, identity, attempts: 6 });
  return { reader: { ...access, deadlineMs }, close: access.close };
}

/** An open connection, with its namespace; `close()` leaves it open. A `TemporalAccess` fits. */
export function shareReader({
  connection,
  namespace,
}: {
  readonly connection: Connection;
  readonly namespace: string;
}): OpenReader {
  withReadableRows(connection);
  const client = new Client({ connection, namespace, identity });
  return { reader: { client, connection, deadlineMs: DEADLINE_MS }, close: () => Promise.resolve() };
}
