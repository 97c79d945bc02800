import { WorkflowNotFoundError } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';

import { createExportEvidenceActivities } from '../../activities/export-evidence.js';
import type { EvidenceRecord } from '../../src/audit/evidence/record.js';
import { TASK_QUEUES } from '../../src/domain/ids.js';
import { WORKFLOW_TYPES } from '../../workflows/messages.js';

it('what is about no ticket is not exported: sweeps, exports, and the alerts, which look each minute', async () => {
  const types = Object.values(WORKFLOW_TYPES);
  const exported: string[] = [];
  const log = {
    entries: [],
    cut: null,
    sign: async () => null,
    append: async ({ type }: Pick<EvidenceRecord, 'type'>) => exported.push(type),
  };
  const temporal = {
    options: { loadedDataConverter: { payloadCodecs: [] } },
    workflow: {
      async *list({ query }: { query: string }) {
        for (const type of types.filter((one) => query.includes(`'${one}'`)))
          yield {
            workflowId: type,
            runId: type,
            type,
            taskQueue: TASK_QUEUES.main,
            status: { name: 'COMPLETED' },
            startTime: new Date(0),
            closeTime: new Date(1),
          };
      },
      getHandle: (workflowId: string) => ({
        fetchHistory: async () => {
          throw new WorkflowNotFoundError('gone', workflowId, undefined);
        },
      }),
    },
  };
  const { exportEvidence } = createExportEvidenceActivities({
    temporal,
    clock: { now: () => 2 },
    evidence: { write: async (work: (opened: typeof log) => Promise<unknown>) => await work(log) },
  } as never);
  await new MockActivityEnvironment().run(async () => exportEvidence({ open: 'all' }));
  expect(types.filter((type) => !exported.includes(type)).toSorted()).toEqual([
    'alerts',
    'auditExport',
    'sweep',
  ]);
});
