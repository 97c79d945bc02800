import type { CommitEvidence } from '../domain/provisioning.js';
import { clip, MESSAGE_LENGTH, toList, toObject, toText } from './normalise.js';
import { saysNotPerformed } from './vendor-texts.js';

type Outcome = 'done' | 'failed' | 'skipped' | 'unknown';

const NO_COMMIT: CommitEvidence = { state: 'none', reportStart: null, message: null };

/**
 * What SecureChange shows of the last Commit of one target. `committed` only on a positive signal of every part; a part
 * that says "not performed" under a success was skipped; mixed parts are `partial`; everything else is `unknown`.
 * Total: whatever the vendor puts into a report, this answers.
 *
 * @param status `commit_results.status` of the suggestion; null = there are no commit results.
 * @param report the body of `GET …/commit_report/{id}`; null = there is none.
 */
export function toCommitEvidence(
  results: { readonly status: string | null } | null,
  report: unknown,
): CommitEvidence {
  if (results === null) return NO_COMMIT;
  const root = findReport(report);
  const overall = results.status === null ? 'unknown' : outcomeOf(results.status, []);
  if (root === undefined) {
    // The bare status counts one firewall and a hundred alike: as proof of success it is not enough.
    const state = overall === 'failed' ? 'failed' : 'unknown';
    return { state, reportStart: null, message: 'there is no commit report' };
  }
  const parts: Part[] = [];
  for (const device of toList(root['device'])) collect(device, parts);
  const notRun = toText(root['notRunReason']);
  if (notRun !== null) parts.push({ outcome: 'skipped', text: notRun });
  const state = judge(parts);
  const start = toText(root['startTime']);
  const end = toText(root['endTime']);
  return {
    state: state === 'committed' && overall === 'failed' ? 'unknown' : state,
    reportStart: start === null ? null : clip(start, 64),
    ...(end !== null && { reportEnd: clip(end, 64) }),
    message: messageOf(parts),
  };
}

/** Whose report it says it is; null where it does not say. */
export function reportSubject(report: unknown): {
  readonly ticketId: string | null;
  readonly managementName: string | null;
} {
  const root = findReport(report);
  return {
    ticketId: toText(root?.['ticketId']),
    // As the vendor spells it, and as it may spell it one day.
    managementName: toText(root?.['managmentName']) ?? toText(root?.['managementName']),
  };
}

interface Part {
  readonly outcome: Outcome;
  readonly text: string | null;
}

const MOST_PARTS = 5000;

/** Devices hold policies, policies hold firewalls; only the innermost say "done", every level may say otherwise. */
function collect(value: unknown, parts: Part[]): void {
  if (parts.length > MOST_PARTS) return;
  const node = toObject(value);
  if (node === undefined) {
    // A part that cannot be read may be one that failed.
    parts.push({ outcome: 'unknown', text: null });
    return;
  }
  const before = parts.length;
  const inner = [...toList(node['policy']), ...toList(node['fw_result'])];
  for (const child of inner) collect(child, parts);
  const texts = [...textsOf(node['error']), ...textsOf(node['warning'])];
  const outcome = outcomeOf(toText(node['status']) ?? '', texts);
  const isLeaf = parts.length === before;
  const alreadySaid = parts.slice(before).some((part) => part.outcome === outcome);
  if (isLeaf || (outcome !== 'done' && outcome !== 'unknown' && !alreadySaid)) {
    parts.push({ outcome, text: texts[0] ?? null });
  }
}

function outcomeOf(status: string, texts: readonly string[]): Outcome {
  if (texts.some(saysNotPerformed)) return 'skipped';
  if (/\b(not|un|in)[ _-]?succe/i.test(status)) return 'unknown';
  if (/fail|error|abort|reject|partial/i.test(status)) return 'failed';
  return /(^|_)(success|succeeded)($|_with_warnings$)/i.test(status.trim()) ? 'done' : 'unknown';
}

function judge(parts: readonly Part[]): CommitEvidence['state'] {
  const count = (outcome: Outcome): number => parts.filter((part) => part.outcome === outcome).length;
  if (parts.length === 0 || count('unknown') === parts.length) return 'unknown';
  if (count('done') === parts.length) return 'committed';
  if (count('done') > 0) return 'partial';
  if (count('unknown') > 0) return 'unknown';
  return count('failed') > 0 ? 'failed' : 'skipped';
}

function messageOf(parts: readonly Part[]): string | null {
  const worst = (['failed', 'skipped', 'unknown', 'done'] as const).flatMap((outcome) =>
    parts.flatMap((part) => (part.outcome === outcome && part.text !== null ? [part.text] : [])),
  );
  return worst[0] === undefined ? null : clip(worst[0].replace(/\s+/g, ' ').trim(), MESSAGE_LENGTH);
}

function textsOf(value: unknown): string[] {
  return toList(value).flatMap((entry) => toText(entry) ?? toText(toObject(entry)?.['message']) ?? []);
}

/** The name of the root is not published: the object that has devices or a start time is the report. */
function findReport(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const object = toObject(value);
  if (object === undefined) return undefined;
  if ('device' in object || 'startTime' in object || 'notRunReason' in object) return object;
  const inside = Object.values(object);
  return inside.length === 1 ? findReport(inside[0]) : undefined;
}
