/** What the report of a Commit says of each firewall, and what that means for the tickets that shared it. */
import { ticketOfMember } from './push.js';

/** One firewall of a Commit, or a level above that says something of its own. */
export interface CommitPart {
  /** null: the part concerns the whole target. */
  readonly policy: string | null;
  readonly firewall: string | null;
  /** The name that the vendor shows, where it differs. */
  readonly displayName?: string;
  readonly outcome: 'done' | 'failed' | 'skipped' | 'reverted' | 'unknown';
  readonly text: string | null;
}

/** A firewall whose failure does not stop a change from counting as live, and who answers for that. */
export interface Tolerated {
  readonly firewall: string;
  readonly owner: string;
}

/** The policies that each member of the Commit changes, by `ticket/target`; none: it may change any. */
export type PoliciesOf = Readonly<Record<string, readonly string[]>>;

export type CommitVerdict =
  /** Every firewall that counts has it; `warning` names those that do not count. */
  | { readonly kind: 'live'; readonly warning: string }
  /** Some have it. `finished`: the members whose firewalls all have it. */
  | { readonly kind: 'apart'; readonly finished: readonly string[]; readonly message: string };

/** What a Commit that did not succeed everywhere means. Only what the report shows counts: no part, no success. */
export function judgeParts(
  parts: readonly CommitPart[],
  tolerate: readonly Tolerated[],
  policiesOf: PoliciesOf,
): CommitVerdict {
  const owners = new Map(tolerate.map(({ firewall, owner }) => [firewall.toLowerCase(), owner]));
  const ownerOf = ({ firewall, displayName, outcome }: CommitPart): string | undefined =>
    outcome === 'failed' || outcome === 'skipped'
      ? (owners.get(firewall?.toLowerCase() ?? '') ?? owners.get(displayName?.toLowerCase() ?? ''))
      : undefined;
  const tolerated = parts.filter((part) => ownerOf(part) !== undefined);
  const counted = parts.filter((part) => !tolerated.includes(part));
  if (tolerated.length > 0 && counted.length > 0 && counted.every(isDone)) {
    const named = tolerated.map(
      (part) => `${nameOf(part)} (tolerated, owner ${ownerOf(part) ?? '-'}${because(part)})`,
    );
    return { kind: 'live', warning: `not on ${listed(named)}` };
  }
  const finished = Object.entries(policiesOf)
    .filter(([, policies]) => hasAll(counted, policies))
    .map(([key]) => key);
  return { kind: 'apart', finished, message: describe(parts, policiesOf) };
}

function isDone({ outcome }: CommitPart): boolean {
  return outcome === 'done';
}

/** Every policy is in the report, every firewall of it has the change, and nothing failed for the target as a whole. */
function hasAll(parts: readonly CommitPart[], policies: readonly string[]): boolean {
  if (policies.length === 0 || parts.some((part) => part.policy === null && !isDone(part))) return false;
  return policies.every((policy) => {
    const own = parts.filter((part) => sameName(part.policy, policy));
    return own.length > 0 && own.every(isDone);
  });
}

function sameName(a: string | null, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase();
}

function describe(parts: readonly CommitPart[], policiesOf: PoliciesOf): string {
  const wrong = parts.filter((part) => !isDone(part));
  const failures = wrong.map((part) => `${nameOf(part)} ${part.outcome}${because(part)}`);
  const live = parts.filter(isDone).map(nameOf);
  const ticket = culpritOf(wrong, policiesOf);
  return [
    listed(failures),
    ...(live.length === 0 ? [] : [`live on ${listed(live)}`]),
    ...(ticket === null ? [] : [`only ticket ${ticket} changes what failed`]),
  ].join('; ');
}

/** The one ticket whose policies failed; null unless the report and the designs of all members prove it. */
function culpritOf(wrong: readonly CommitPart[], policiesOf: PoliciesOf): string | null {
  const members = Object.entries(policiesOf);
  if (members.length < 2 || members.some(([, policies]) => policies.length === 0)) return null;
  const changers = wrong.map(({ policy }) =>
    members.flatMap(([key, policies]) => (policies.some((one) => sameName(policy, one)) ? [key] : [])),
  );
  const tickets = new Set(changers.flat().map(ticketOfMember));
  return changers.every((keys) => keys.length > 0) && tickets.size === 1 ? ([...tickets][0] ?? null) : null;
}

function nameOf({ displayName, firewall, policy }: CommitPart): string {
  return displayName ?? firewall ?? (policy === null ? 'the target' : `policy ${policy}`);
}

function because({ text }: CommitPart): string {
  return text === null ? '' : `: ${text}`;
}

const MOST_NAMED = 5;

function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? [`and ${names.length - MOST_NAMED} more`] : [];
  return [...names.slice(0, MOST_NAMED), ...more].join(', ');
}
