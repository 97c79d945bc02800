import { setCurrentDetails } from '@temporalio/workflow';

import type { EvidenceExport } from '../activities/index.js';
import { evidenceDetails } from '../src/domain/evidence.js';
import { activities } from './activity-proxies.js';
import { handle } from './handle.js';

export interface AuditExportStart {
  /** Open runs too: those not exported for a day, or all of them. */
  readonly open: 'daily' | 'all';
}

/** One export of histories into the evidence log, started by a schedule, or by a person who does not wait for it. */
export async function auditExport(start: AuditExportStart): Promise<EvidenceExport> {
  // An export has no messages.
  handle({}, () => undefined);
  const result = await activities.exportEvidence(start);
  setCurrentDetails(evidenceDetails(result));
  return result;
}
