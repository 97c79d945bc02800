import { hostname } from 'node:os';
import { Client, type Connection } from '@temporalio/client';
import { CONTROL_WORKFLOW_ID } from '../domain/ids.js';
import type { ControlView } from '../domain/view.js';
import { openTemporal, type TemporalAddress } from '../temporal/connect.js';
import { withReadableRows } from '../temporal/readable-rows.js';
import { controlView } from '../../workflows/messages.js';
import { askTemporal, type TemporalReader } from './ask-temporal.js';
import { ClientError, type OrchestratorClient } from './contract.js';
import { createEvidence } from './evidence.js';
import { findFailingWorkflows } from './failing-workflows.js';
import { createLanes } from './lanes.js';
import { createStatus } from './status.js';
import { createTicketRuns } from './ticket-runs.js';
import { createTickets } from './tickets.js';

export interface ClientOptions extends TemporalAddress {
  /** An open connection to share, with its namespace; `close()` leaves it open. A `TemporalAccess` fits. */
  readonly connection?: Connection;
  /** How long one answer may take, in ms; default 10 s. */
  readonly deadlineMs?: number;
}

/**
 * Opens the typed client for reading: tickets, lanes, stop switch. Nothing is sent before the first call. The address is
 * the one given, else what the SDK's environment configuration says (TEMPORAL_ADDRESS, …). Every error is a ClientError.
 */
export function createClient(options: ClientOptions = {}): OrchestratorClient {
  const { reader, close } = openReader(options);
  const runs = createTicketRuns(reader);
  const tickets = createTickets(runs);
  return {
    tickets,
    lanes: createLanes(reader),
    control: { get: () => readControl(reader) },
    workflows: { failing: () => findFailingWorkflows(reader) },
    evidence: createEvidence(reader),
    status: createStatus(reader, tickets, runs),
    close,
  };
}

/** The connection behind a client, shared or its own. */
export function openReader(options: ClientOptions): {
  reader: TemporalReader;
  close: () => Promise<void>;
} {
  const { connection, deadlineMs = 10_000, ...address } = options;
  const identity = `client@${hostname()}`;
  if (connection === undefined) {
    const access = openTemporal({ ...address, identity, attempts: 6 });
    return { reader: { ...access, deadlineMs }, close: access.close };
  }
  withReadableRows(connection);
  const client = new Client({ connection, namespace: options.namespace ?? 'default', identity });
  return { reader: { client, connection, deadlineMs }, close: () => Promise.resolve() };
}

/** What a gate reads where there is nothing to read: unreadable means stopped. */
const NO_SWITCH: ControlView = {
  stopped: true,
  by: null,
  reason: 'there is no workflow `control` yet, and unreadable means stopped: type `sco start`',
  sinceMs: null,
};

async function readControl(reader: TemporalReader): Promise<ControlView> {
  try {
    return await askTemporal(reader, { what: 'stop switch', kind: 'query', notFound: 'ticketNotFound' }, () =>
      reader.client.workflow.getHandle(CONTROL_WORKFLOW_ID).query(controlView),
    );
  } catch (error) {
    if (error instanceof ClientError && error.code === 'ticketNotFound') return NO_SWITCH;
    throw error;
  }
}
