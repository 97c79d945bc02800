/** Which of the approvals that a process names are given, missing or void. */
import type { ApprovalRecord } from './approval.js';
import type { ApprovalPolicy } from './process.js';
import type { RiskVerdict } from './risk.js';

/** What is known of the content now; a member is null while it is not known. */
export interface Content {
  readonly requestDigest: string | null;
  readonly riskDigest: string | null;
  readonly designDigest: string | null;
}

export interface ApprovalStanding {
  readonly name: string;
  readonly step: string;
  readonly state: 'given' | 'missing' | 'void' | 'notNeeded';
  /** Of a given or void one. */
  readonly by: readonly string[];
  /** Of a void one: what has changed since. Of one that is not needed: why. */
  readonly why: string | null;
  /** What the ITSM is asked, while it is asked. */
  readonly question?: string;
}

/** The approvals that a ticket with this risk needs. */
export function neededApprovals(
  policies: readonly ApprovalPolicy[],
  risk: RiskVerdict['kind'],
): readonly ApprovalPolicy[] {
  return policies.filter(({ needed }) => needed === 'always' || risk !== 'allow');
}

export function standingOf(
  { name, step }: Pick<ApprovalPolicy, 'name' | 'step'>,
  records: readonly ApprovalRecord[],
  epoch: number,
  content: Content,
): ApprovalStanding {
  const record = records.find((one) => one.name === name);
  if (record === undefined) return { name, step, state: 'missing', by: [], why: null };
  const why = whyVoid(record, epoch, content);
  return { name, step, state: why === null ? 'given' : 'void', by: record.by, why };
}

function whyVoid(record: ApprovalRecord, epoch: number, content: Content): string | null {
  if (record.epoch !== epoch)
    return `the approval was given in epoch ${record.epoch}, before the ticket was sent back`;
  if (differs(record.requestDigest, content.requestDigest))
    return 'the approval was given for another request';
  if (differs(record.riskDigest, content.riskDigest)) return 'the approval was given for another risk';
  if (differs(record.designDigest, content.designDigest)) return 'the approval was given for another design';
  return null;
}

/** What an approval does not cover, or what is not known yet, voids nothing. */
function differs(approved: string | null, now: string | null): boolean {
  return approved !== null && now !== null && approved !== now;
}

/** One clause for a person: `the approval "security" is void: it was given for another design`. */
export function standingText({ name, step, state, by, why }: ApprovalStanding): string {
  switch (state) {
    case 'given':
      return `${name}: approved by ${by.join(', ')}`;
    case 'missing':
      return `${name}: missing (step ${step})`;
    case 'void':
      return `${name}: void, ${why ?? 'its content changed'} (approved by ${by.join(', ')})`;
    case 'notNeeded':
      return `${name}: not needed${why === null ? '' : `, ${why}`}`;
  }
}
