import { CONTROL_WORKFLOW_ID } from '../../../src/domain/ids.js';
import type { ControlView } from '../../../src/domain/view.js';
import { controlView } from '../../../workflows/messages.js';
import { askTemporal, type TemporalReader } from './ask-temporal.js';
import { ClientError, type OrchestratorClient } from './contract.js';
import { createEvidence } from './evidence.js';
import { findFailingWorkflows } from './failing-workflows.js';
import { createLanes } from './lanes.js';
import type { OpenReader } from './open-reader.js';
import { createReleases } from './releases.js';
import { createStatus } from './status.js';
import { createTicketRuns } from './ticket-runs.js';
import { createTickets } from './tickets.js';

/** The typed client on a connection. */
export function clientOf({ reader, close }: OpenReader): OrchestratorClient {
  const runs = createTicketRuns(reader);
  const tickets = createTickets(runs);
  return {
    tickets,
    lanes: createLanes(reader),
    control: { get: () => readControl(reader) },
    workflows: { failing: () => findFailingWorkflows(reader) },
    evidence: createEvidence(reader),
    releases: createReleases(reader),
    status: createStatus(reader, tickets, runs),
    close,
  };
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
