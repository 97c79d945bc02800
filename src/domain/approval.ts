import { isLoginOf, sameLogin } from './login.js';
import type { ApprovalPolicy } from './process.js';
import type { ApprovalFacts, TicketFacts } from './ticket.js';

/** An approval counts only for the epoch and the digests that it was given for. */
export interface ApprovalRecord {
  readonly epoch: number;
  readonly by: readonly string[];
  readonly requestDigest: string;
  readonly riskDigest: string;
  /** Digest of the Designer's instructions of all devices, at the time of approval. */
  readonly designDigest: string;
}

export type ApprovalVerdict =
  | { readonly kind: 'approved'; readonly by: readonly string[] }
  | { readonly kind: 'rejected'; readonly by: string | null; readonly reason: string | null }
  | { readonly kind: 'waiting'; readonly tasks: number }
  | { readonly kind: 'invalid'; readonly reason: string };

/**
 * Judges the Approve/Reject field of every parallel task of the approval step. A skipped step is no approval; an
 * approval by service accounts alone, or by the requester, is invalid.
 */
export function judgeApproval(
  facts: Pick<TicketFacts, 'approvals' | 'requester'>,
  policy: ApprovalPolicy,
  serviceAccounts: readonly string[],
): ApprovalVerdict {
  const fields = newestInstance(
    facts.approvals.filter((field) => field.stepName === policy.step && field.fieldName === policy.field),
  ).filter((field) => field.taskStatus !== 'INVALID');
  if (fields.length === 0) return { kind: 'waiting', tasks: 0 };
  if (fields.some((field) => field.skipped)) {
    return { kind: 'invalid', reason: `step ${policy.step} was skipped; a skipped step is no approval` };
  }
  const refused = fields.find((field) => field.approved === false);
  if (refused) return { kind: 'rejected', by: refused.by, reason: refused.reason };
  const open = fields.filter((field) => field.approved !== true || field.taskStatus !== 'DONE');
  if (open.length > 0) return { kind: 'waiting', tasks: open.length };
  const people: string[] = [];
  for (const { by } of fields) {
    if (by !== null && !isLoginOf(serviceAccounts, by) && !isLoginOf(people, by)) people.push(by);
  }
  if (people.length === 0) {
    return { kind: 'invalid', reason: 'only a service account approved; a person must approve' };
  }
  if (!policy.requesterMayApprove && facts.requester.trim() === '') {
    return {
      kind: 'invalid',
      reason: 'the ticket names no requester, so it is unknown whether the requester approved',
    };
  }
  if (!policy.requesterMayApprove && people.every((login) => sameLogin(login, facts.requester))) {
    return {
      kind: 'invalid',
      reason: 'the requester approved their own request; another person must approve',
    };
  }
  return { kind: 'approved', by: people };
}

/** When the step was run several times, the last time counts: fields are in the order of the ticket's steps. */
function newestInstance(fields: readonly ApprovalFacts[]): readonly ApprovalFacts[] {
  const live = fields.filter((field) => !field.redone && field.inEpoch);
  const last = live.at(-1);
  return last === undefined ? [] : live.filter((field) => field.stepId === last.stepId);
}
