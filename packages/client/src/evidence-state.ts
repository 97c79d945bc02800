import type { Client } from '@temporalio/client';

import type { EvidenceExport } from '../../../src/domain/evidence.js';
import { AUDIT_EXPORT_NOW_WORKFLOW_ID, AUDIT_EXPORT_SCHEDULE_ID } from '../../../src/domain/ids.js';
import type { EvidenceState } from './deployment-facts.js';
import { readEnded, readSchedule } from './schedule-state.js';

/** The folder of the log is on the machine of the workers: what the exports returned is read. null when their schedule does not exist. */
export async function readEvidence(client: Client): Promise<EvidenceState | null> {
  const state = await readSchedule(client, AUDIT_EXPORT_SCHEDULE_ID);
  if (state === null) return null;
  const { paused, everyMs, firstRunAtMs, ended } = state;
  const byPerson = await readEnded(client, AUDIT_EXPORT_NOW_WORKFLOW_ID);
  const newest = (byPerson?.endedAtMs ?? 0) > (ended?.endedAtMs ?? 0) ? byPerson : ended;
  const head = (newest?.result as Pick<EvidenceExport, 'head'> | undefined)?.head ?? null;
  return {
    paused,
    everyMs,
    firstRunAtMs,
    endedAtMs: newest?.endedAtMs ?? null,
    head: head === null ? null : { size: head.size, atMs: head.atMs },
  };
}
