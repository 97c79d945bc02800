import { holdsOneOf, isProven, samePerson, type Identities } from './identities.js';
import { isLoginOf } from './login.js';
import type { ApprovalPolicy } from './process.js';
import type { ApprovalFacts, TicketFacts } from './ticket.js';

/** An approval counts only for the epoch and for the digests of what it covers. */
export interface ApprovalRecord {
  /** The approval of the process that it is. */
  readonly name: string;
  readonly epoch: number;
  readonly by: readonly string[];
  readonly requestDigest: string;
  /** null where it does not cover the risk. */
  readonly riskDigest: string | null;
  /** Digest of the Designer's instructions of all devices, at the time of approval; null where it does not cover them. */
  readonly designDigest: string | null;
}

export type ApprovalVerdict =
  | {
      readonly kind: 'approved';
      readonly by: readonly string[];
      /** Of the request in the approved tasks; absent where they do not show it. */
      readonly requestDigest?: string;
    }
  | { readonly kind: 'rejected'; readonly by: string | null; readonly reason: string | null }
  | { readonly kind: 'waiting'; readonly tasks: number }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Whose approval counts, by `people.yaml`. */
export interface ApprovalPeople {
  readonly serviceAccounts: readonly string[];
  /** Logins by role. */
  readonly approvers: Readonly<Record<string, readonly string[]>>;
  /** Absent: no person has several names. */
  readonly identities?: Identities;
}

/**
 * Judges the Approve/Reject field of every parallel task of the approval step. A skipped step is no approval; an
 * approval by service accounts alone, by a person without the role, or by the requester, is invalid. An approval in the ITSM has
 * no field: it waits until its record is there.
 */
export function judgeApproval(
  facts: Pick<TicketFacts, 'approvals' | 'requester'>,
  policy: Pick<ApprovalPolicy, 'step' | 'field' | 'covers' | 'roles' | 'requesterMayApprove'>,
  people: ApprovalPeople,
): ApprovalVerdict {
  const fields = newestInstance(
    facts.approvals.filter((field) => field.stepName === policy.step && field.fieldName === policy.field),
    policy.covers,
  ).filter((field) => field.taskStatus !== 'INVALID');
  if (fields.length === 0) return { kind: 'waiting', tasks: 0 };
  if (fields.some((field) => field.skipped)) {
    return { kind: 'invalid', reason: `step ${policy.step} was skipped; a skipped step is no approval` };
  }
  const refused = fields.find((field) => field.approved === false);
  if (refused) return { kind: 'rejected', by: refused.by, reason: refused.reason };
  const open = fields.filter((field) => field.approved !== true || field.taskStatus !== 'DONE');
  if (open.length > 0) return { kind: 'waiting', tasks: open.length };
  const logins = fields.flatMap(({ by }) => by ?? []);
  const standing = judgeApprovers(logins, facts.requester, policy, people);
  if ('reason' in standing) return { kind: 'invalid', reason: standing.reason };
  const digests = new Set(fields.map(({ requestDigest }) => requestDigest));
  if (digests.size > 1) {
    return { kind: 'invalid', reason: `the tasks of step ${policy.step} approved different requests` };
  }
  const [requestDigest] = digests;
  return { kind: 'approved', by: standing.by, ...(requestDigest !== undefined && { requestDigest }) };
}

/** Those of `logins` whose approval counts, each once. */
export function judgeApprovers(
  logins: readonly string[],
  requester: string,
  { roles, requesterMayApprove }: Pick<ApprovalPolicy, 'roles' | 'requesterMayApprove'>,
  { serviceAccounts, approvers, identities = [] }: ApprovalPeople,
): { readonly by: readonly string[] } | { readonly reason: string } {
  const people: string[] = [];
  for (const login of logins) {
    if (!isLoginOf(serviceAccounts, login) && !isLoginOf(people, login)) people.push(login);
  }
  if (people.length === 0) return { reason: 'only a service account approved; a person must approve' };
  const withRole = people.filter(
    (login) => roles.length === 0 || holdsOneOf(roles, login, { approvers, identities }),
  );
  if (withRole.length === 0) {
    return {
      reason: `${people.join(', ')} approved without the role ${roles.join(' or ')} (approvers in people.yaml)`,
    };
  }
  if (!requesterMayApprove && requester.trim() === '') {
    return { reason: 'the ticket names no requester, so it is unknown whether the requester approved' };
  }
  if (requesterMayApprove) return { by: withRole };
  const others = withRole.filter((login) => !samePerson(identities, login, requester));
  if (others.length === 0)
    return { reason: 'the requester approved their own request; another person must approve' };
  if (!others.some((login) => isProven(identities, login)))
    return {
      reason: `${others.join(', ')} approved and is not listed in people.yaml, so it is not proven that the requester did not approve (alsoKnownAs)`,
    };
  return { by: withRole };
}

/**
 * When the step was run several times, the last time counts: fields are in the order of the ticket's steps. What covers the
 * request alone also stands when the ticket was sent back to a later step; see approval.decision.md.
 */
function newestInstance(
  fields: readonly ApprovalFacts[],
  covers: ApprovalPolicy['covers'],
): readonly ApprovalFacts[] {
  const live = fields.filter((field) => !field.redone && (field.inEpoch || stands(field, covers)));
  const last = live.at(-1);
  return last === undefined ? [] : live.filter((field) => field.stepId === last.stepId);
}

function stands({ before, requestDigest }: ApprovalFacts, covers: ApprovalPolicy['covers']): boolean {
  return before === true && covers === 'request' && requestDigest !== undefined;
}
