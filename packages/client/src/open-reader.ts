import { hostname } from 'node:os';
import type { Client, Connection } from '@temporalio/client';
import { openTemporal } from '../../../src/temporal/connect.js';
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

/** An open connection, with its client and namespace; `close()` leaves it open. A `TemporalAccess` fits. */
export function shareReader({
  connection,
  client,
  deadlineMs = DEADLINE_MS,
}: {
  readonly connection: Connection;
  readonly client: Client;
  readonly deadlineMs?: number;
}): OpenReader {
  return { reader: { client, connection, deadlineMs }, close: () => Promise.resolve() };
}
