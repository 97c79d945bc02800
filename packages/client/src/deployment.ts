import { CONTROL_WORKFLOW_ID } from '../../../src/domain/ids.js';
import { temporalAddressOf } from '../../../src/temporal/connect.js';
import { missingSearchAttributes } from '../../../src/temporal/ensure-search-attributes.js';
import { readRetentionDays } from '../../../src/temporal/namespace.js';
import { searchAttributeTable } from '../../../workflows/search-attributes.js';
import { askTemporal, type TemporalReader } from './ask-temporal.js';
import { ClientError } from './contract.js';
import type { ClientOptions } from './create-client.js';
import type { DeploymentFacts } from './deployment-facts.js';
import { readEvidence } from './evidence-state.js';
import { findFailingWorkflows } from './failing-workflows.js';
import { findForeignWorkflows } from './foreign-workflows.js';
import { openReader } from './open-reader.js';
import { readPolledQueues } from './polled-queues.js';
import { readReleases } from './releases.js';
import { readSweep } from './sweep-state.js';

const CLI_TYPES: Readonly<Record<string, string>> = {
  KEYWORD: 'Keyword',
  KEYWORD_LIST: 'KeywordList',
  DATETIME: 'Datetime',
  BOOL: 'Bool',
};

function registerCommand(namespace: string, missing: readonly string[]): string {
  const each = searchAttributeTable()
    .filter(({ name }) => missing.includes(name))
    .map(({ name, type }) => `--name ${name} --type ${CLI_TYPES[type] ?? type}`);
  return `temporal operator search-attribute create -n ${namespace} ${each.join(' ')}`;
}

/** Asks Temporal what is there; ClientError `temporalAway` when it does not answer within `deadlineMs` (default 5 s). */
export async function inspectDeployment(options: ClientOptions = {}): Promise<DeploymentFacts> {
  const { reader, close } = openReader({ deadlineMs: 5_000, ...options });
  const { client } = reader;
  const { workflowService } = client;
  const { namespace } = client.options;
  try {
    const facts = await askTemporal(
      reader,
      { what: `namespace ${namespace}`, kind: 'read', notFound: 'temporalAway' },
      async () => {
        const { serverVersion } = await workflowService.getSystemInfo({});
        const retentionDays = await readRetentionDays({ workflowService }, namespace);
        const { operatorService } = client.connection;
        const missing = await missingSearchAttributes({ operatorService }, namespace, searchAttributeTable());
        return {
          serverVersion,
          retentionDays,
          missingSearchAttributes: missing,
          registerCommand: missing.length === 0 ? null : registerCommand(namespace, missing),
          queues: await readPolledQueues(client),
          sweep: await readSweep(client),
          evidence: await readEvidence(client),
        };
      },
    );
    return {
      ...facts,
      releases: await readReleases(reader),
      workflows: await findFailingWorkflows(reader),
      foreign: await findForeignWorkflows(reader),
      control: await controlStatus(reader),
    };
  } finally {
    await close();
  }
}

async function controlStatus(reader: TemporalReader): Promise<string | null> {
  try {
    const call = { what: 'stop switch', kind: 'read', notFound: 'ticketNotFound' } as const;
    const { status } = await askTemporal(reader, call, () =>
      reader.client.workflow.getHandle(CONTROL_WORKFLOW_ID).describe(),
    );
    return status.name;
  } catch (error) {
    if (error instanceof ClientError && error.code === 'ticketNotFound') return null;
    throw error;
  }
}

/** `host:port` of the Temporal a client without options would use. */
export function defaultTemporalAddress(): string {
  return temporalAddressOf();
}
