import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';

import type { EvidenceExport } from '../../../src/domain/evidence.js';
import { AUDIT_EXPORT_NOW_WORKFLOW_ID, TASK_QUEUES } from '../../../src/domain/ids.js';
import { WORKFLOW_TYPES } from '../../../workflows/messages.js';
import { askTemporal, type TemporalReader } from './ask-temporal.js';
import { ClientError, type EvidenceClient } from './contract.js';
import type { Call } from './errors.js';

const EXPORT_MS = 600_000;
const LOOK_EVERY_MS = 300;
const CALL: Call = { what: 'export of evidence', kind: 'read', notFound: 'unexpected' };

export function createEvidence(reader: TemporalReader): EvidenceClient {
  return {
    export: async ({ deadlineMs = EXPORT_MS } = {}) => {
      const handle = await askTemporal(reader, CALL, () =>
        reader.client.workflow.start(WORKFLOW_TYPES.auditExport, {
          workflowId: AUDIT_EXPORT_NOW_WORKFLOW_ID,
          taskQueue: TASK_QUEUES.main,
          args: [],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: 'Export of evidence',
        }),
      );
      const end = Date.now() + deadlineMs;
      while ((await askTemporal(reader, CALL, () => handle.describe())).status.name === 'RUNNING') {
        if (Date.now() > end)
          throw new ClientError(
            'deadlineExceeded',
            `export of evidence: it still runs after ${deadlineMs} ms; look at the workflow ${AUDIT_EXPORT_NOW_WORKFLOW_ID}, and whether a worker runs: sco doctor`,
          );
        await sleep(LOOK_EVERY_MS);
      }
      const ended = await askTemporal(reader, CALL, async () => {
        try {
          return { result: (await handle.result()) as EvidenceExport };
        } catch (error) {
          if (!(error instanceof WorkflowFailedError)) throw error;
          return { failed: lastCause(error) };
        }
      });
      if (ended.result !== undefined) return ended.result;
      throw new ClientError('refused', ended.failed);
    },
  };
}

/** The activity's own words. */
function lastCause(error: Error): string {
  return error.cause instanceof Error ? lastCause(error.cause) : error.message;
}
