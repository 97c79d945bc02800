import type { EvidenceState } from '../../../packages/client/src/deployment-facts.js';
import { durationText, formatRelative } from '../../domain/duration-text.js';

/** What an export may take, beyond one that was skipped because the one before it still ran. */
const EXPORT_MS = 600_000;

/** Age and size of the newest signed tree head. An export that finds nothing new signs nothing: it confirms the head that there is. */
export function evidenceText({ head, endedAtMs }: EvidenceState, nowMs: number): string {
  if (endedAtMs === null) return 'no export has ended lately';
  const confirmed = `confirmed by the export that ended ${formatRelative(endedAtMs, nowMs)}`;
  if (head === null) return `the log is empty; ${confirmed}`;
  return `newest tree head signs ${head.size} ${head.size === 1 ? 'record' : 'records'}, signed ${formatRelative(head.atMs, nowMs)}; ${confirmed}`;
}

/** Why what happens now may not reach the evidence log; null while the exports are in time. */
export function evidenceProblem(evidence: EvidenceState | null, nowMs: number): string | null {
  if (evidence === null) return 'the schedule of the evidence export does not exist';
  const { paused, everyMs, firstRunAtMs, endedAtMs } = evidence;
  if (paused) return 'the schedule of the evidence export is paused';
  const sinceMs = endedAtMs ?? firstRunAtMs;
  if (everyMs === null || sinceMs === null || nowMs - sinceMs <= 2 * everyMs + EXPORT_MS) return null;
  return endedAtMs === null
    ? `no evidence export has succeeded since ${formatRelative(sinceMs, nowMs)}; one is due every ${durationText(everyMs)}`
    : `the tree head of the evidence log is too old: the last export that succeeded ended ${formatRelative(endedAtMs, nowMs)}, one is due every ${durationText(everyMs)}`;
}

export const EVIDENCE_ADVICE =
  'export now, which says what fails: sco evidence export (a paused schedule: temporal schedule toggle --unpause -s auditExport)';
