import type { CommitPart } from '../domain/commit-report.js';
import type { CommitEvidence, CommitReport } from '../domain/provisioning.js';
import { clip, MESSAGE_LENGTH, NAME_LENGTH, toList, toObject, toText } from './normalise.js';
import { saidBeside } from './said-beside.js';
import { saysLocked, saysNotPerformed, saysReverted } from './vendor-texts.js';

type Outcome = CommitPart['outcome'];

const NO_COMMIT: CommitReport = { state: 'none', reportStart: null, message: null, parts: [] };

/**
 * What SecureChange shows of the last Commit of one target. `committed` only on a positive signal of every part; a part
 * that says "not performed" under a success was skipped, one that reports an error under it is unknown; one part that
 * was reverted makes it `reverted`; mixed parts are `partial`; everything else is `unknown`. Total: whatever the vendor puts into a report, this answers.
 *
 * @param status `commit_results.status` of the suggestion; null = there are no commit results.
 * @param report the body of `GET …/commit_report/{id}`; null = there is none.
 */
export function toCommitReport(
  results: { readonly status: string | null } | null,
  report: unknown,
): CommitReport {
  if (results === null) return NO_COMMIT;
  const root = findReport(report);
  const overall = results.status === null ? 'unknown' : outcomeOf(results.status, [], []);
  if (root === undefined) {
    // The bare status counts one firewall and a hundred alike: as proof of success it is not enough.
    const state = overall === 'failed' ? 'failed' : 'unknown';
    return { state, reportStart: null, message: 'there is no commit report', parts: [] };
  }
  const parts: CommitPart[] = [];
  for (const device of toList(root['device'])) collect(device, { policy: null, firewall: null }, parts);
  const { errors, warnings } = saidBeside(root, ['device']);
  const outcome = outcomeOf('SUCCESS', errors, [...errors, ...warnings]);
  if (outcome !== 'done')
    parts.push({ policy: null, firewall: null, outcome, text: textOf([...errors, ...warnings]) });
  const notRun = toText(root['notRunReason']);
  if (notRun !== null) parts.push({ policy: null, firewall: null, outcome: 'skipped', text: notRun });
  const state = judge(parts);
  const start = toText(root['startTime']);
  const end = toText(root['endTime']);
  return {
    state: state === 'committed' && overall === 'failed' ? 'unknown' : state,
    reportStart: start === null ? null : clip(start, 64),
    ...(end !== null && { reportEnd: clip(end, 64) }),
    message: messageOf(parts),
    ...(state === 'failed' && parts.every(isLockOfManager) && { locked: true }),
    parts,
  };
}

/** Without what it says of each firewall: a design holds the evidence of many devices. */
export function evidenceIn({ parts: _parts, ...evidence }: CommitReport): CommitEvidence {
  return evidence;
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

const MOST_PARTS = 5000;

type Place = Pick<CommitPart, 'policy' | 'firewall' | 'displayName'>;

/** Devices hold policies, policies hold firewalls; only the innermost say "done", every level may say otherwise. */
function collect(value: unknown, place: Place, parts: CommitPart[]): void {
  if (parts.length > MOST_PARTS) return;
  const node = toObject(value);
  if (node === undefined) {
    // A part that cannot be read may be one that failed.
    parts.push({ ...place, outcome: 'unknown', text: null });
    return;
  }
  const before = parts.length;
  for (const policy of toList(node['policy'])) {
    const name = toText(toObject(policy)?.['name']);
    collect(policy, { ...place, policy: name === null ? null : clip(name, NAME_LENGTH) }, parts);
  }
  for (const firewall of toList(node['fw_result'])) collect(firewall, placeOf(place, firewall), parts);
  const { errors, warnings } = saidBeside(node, ['policy', 'fw_result']);
  const texts = [...errors, ...warnings];
  const outcome = outcomeOf(toText(node['status']) ?? '', errors, texts);
  const isLeaf = parts.length === before;
  const alreadySaid = errors.length === 0 && parts.slice(before).some((part) => part.outcome === outcome);
  const says = outcome !== 'done' && (outcome !== 'unknown' || errors.length > 0);
  if (isLeaf || (says && !alreadySaid)) parts.push({ ...place, outcome, text: textOf(texts) });
}

function placeOf({ policy }: Place, value: unknown): Place {
  const node = toObject(value);
  const [name, shown] = [toText(node?.['name']), toText(node?.['display_name'])];
  const firewall = name ?? shown;
  return {
    policy,
    firewall: firewall === null ? null : clip(firewall, NAME_LENGTH),
    ...(shown !== null && shown !== firewall && { displayName: clip(shown, NAME_LENGTH) }),
  };
}

function outcomeOf(status: string, errors: readonly string[], texts: readonly string[]): Outcome {
  if ([status, ...texts].some(saysReverted)) return 'reverted';
  if (texts.some(saysNotPerformed)) return 'skipped';
  if (/\b(not|un|in)[ _-]?succe/i.test(status)) return 'unknown';
  if (/fail|error|abort|reject|partial/i.test(status)) return 'failed';
  // A success that reports an error is none.
  if (errors.length > 0) return 'unknown';
  return /(^|_)(success|succeeded)($|_with_warnings$)/i.test(status.trim()) ? 'done' : 'unknown';
}

function judge(parts: readonly CommitPart[]): CommitEvidence['state'] {
  const count = (outcome: Outcome): number => parts.filter((part) => part.outcome === outcome).length;
  if (parts.length === 0 || count('unknown') === parts.length) return 'unknown';
  if (count('reverted') > 0) return 'reverted';
  if (count('done') === parts.length) return 'committed';
  // What is said of a level, not of a firewall, does not say which firewall it is about.
  const others = parts.filter((part) => part.outcome !== 'done');
  if (
    others.every(({ outcome, firewall, text }) => outcome === 'unknown' && firewall === null && text !== null)
  )
    return 'unknown';
  if (count('done') > 0) return 'partial';
  if (count('unknown') > 0) return 'unknown';
  return count('failed') > 0 ? 'failed' : 'skipped';
}

function messageOf(parts: readonly CommitPart[]): string | null {
  const worst = (['reverted', 'failed', 'skipped', 'unknown', 'done'] as const).flatMap((outcome) =>
    parts.flatMap((part) => (part.outcome === outcome && part.text !== null ? [part.text] : [])),
  );
  return worst[0] ?? null;
}

/** The manager refused the whole Commit; a lock that one firewall reports says nothing about the others. */
function isLockOfManager({ policy, firewall, text }: CommitPart): boolean {
  return policy === null && firewall === null && text !== null && saysLocked(text);
}

function textOf([first]: readonly string[]): string | null {
  return first === undefined ? null : clip(first.replace(/\s+/g, ' ').trim(), MESSAGE_LENGTH);
}

/** The name of the root is not published: the object that has devices or a start time is the report. */
function findReport(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const object = toObject(value);
  if (object === undefined) return undefined;
  if ('device' in object || 'startTime' in object || 'notRunReason' in object) return object;
  const inside = Object.values(object);
  return inside.length === 1 ? findReport(inside[0]) : undefined;
}
