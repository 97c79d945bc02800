import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { createEvidenceLog, type EvidenceLog } from '../../src/audit/evidence/evidence-log.js';
import { recordOf, subjectsOf, type RunFacts } from '../../src/audit/evidence/record.js';
import { toHistoryFacts } from '../../src/temporal/history-facts.js';
import { recordingsOf } from './recordings.js';

export const EXPORTED_AT = Date.UTC(2026, 10, 27);

export function evidenceFolder(): string {
  return join(mkdtempSync(join(tmpdir(), 'sco-evidence-')), 'evidence');
}

export function logIn(folder: string, now: () => number = () => EXPORTED_AT): EvidenceLog {
  return createEvidenceLog({ folder, now });
}

/** The recorded runs of a scenario, as an export finds them. */
export function recordedRuns(
  scenario: string,
): readonly { readonly run: RunFacts; readonly facts: ReturnType<typeof toHistoryFacts> }[] {
  return recordingsOf(scenario)
    .filter(({ file }) => /^(ticket|push)-/.test(file))
    .map(({ file, history }) => {
      const runId = `run-of-${file}`;
      const facts = toHistoryFacts(historyFromJSON(history), { runId });
      const name = file.replace(/(-run-\d+)?\.json$/, '');
      const run: RunFacts = {
        workflowId: name.replace(/-/g, '/'),
        runId,
        type: facts[0]?.name ?? '',
        status: 'completed',
        startedAtMs: facts[0]?.atMs ?? 0,
        closedAtMs: facts.at(-1)?.atMs ?? 0,
      };
      return { run, facts };
    });
}

/** Appends and signs every recorded run of the scenarios, of each its first `events`. */
export async function exportRecorded(
  log: EvidenceLog,
  scenarios: readonly string[],
  events = Infinity,
): Promise<void> {
  await log.write(async (open) => {
    for (const { run, facts } of scenarios.flatMap(recordedRuns)) {
      const some = facts.slice(0, events);
      const record = recordOf(run, some, { after: 0, nowMs: EXPORTED_AT });
      if (record !== null) await open.append(record, subjectsOf(run, facts));
    }
    await open.sign();
  });
}
