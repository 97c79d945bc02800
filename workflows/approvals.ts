import {
  judgeApproval,
  judgeApprovers,
  type ApprovalPeople,
  type ApprovalRecord,
} from '../src/domain/approval.js';
import { neededApprovals, standingOf, standingText, type ApprovalStanding } from '../src/domain/approvals.js';
import type { ApprovalPolicy } from '../src/domain/process.js';
import type { TicketRun } from './ticket-run.js';
import type { TicketState } from './ticket-state.js';

export function peopleOf({ serviceAccounts, approvers, identities }: TicketState): ApprovalPeople {
  return { serviceAccounts, approvers: approvers ?? {}, identities: identities ?? [] };
}

/** Who of these people approves, or why none of them does. */
export function approversAmong(
  state: TicketState,
  policy: ApprovalPolicy,
  logins: readonly string[],
): ReturnType<typeof judgeApprovers> {
  return judgeApprovers(logins, state.requester, policy, peopleOf(state));
}

/** Records each approval of this epoch as soon as a reading shows it, with the digests of what it covers. */
export function recordApprovals(run: TicketRun): void {
  const { state } = run;
  const policies = state.definition?.approvals ?? [];
  for (const policy of policies) {
    if (policy.field === null || isRecorded(state, policy)) continue;
    const verdict = judgeApproval(run.facts, policy, peopleOf(state));
    if (verdict.kind !== 'approved') continue;
    const content = contentToApprove(run, policy, verdict.requestDigest ?? null);
    if (content === null) continue;
    const { by } = verdict;
    state.approvals.push({ name: policy.name, epoch: state.epoch, by, ...content });
    const which = policies.length > 1 ? `${policy.name}: ` : '';
    run.display.note(`${which}approved by ${by.join(', ')}`);
  }
}

function isRecorded({ approvals, epoch }: TicketState, { name }: ApprovalPolicy): boolean {
  return approvals.some((record) => record.name === name && record.epoch === epoch);
}

type Covered = Pick<ApprovalRecord, 'requestDigest' | 'riskDigest' | 'designDigest'>;

/** What an approval is given for now; null while that is not known: risk and design are known once they are assessed. */
export function contentToApprove(
  { state, facts }: TicketRun,
  { covers }: ApprovalPolicy,
  approved: string | null,
): Covered | null {
  const assessment = state.assessment?.epoch === state.epoch ? state.assessment : null;
  if (covers === 'request') {
    const requestDigest = approved ?? facts.step?.request?.requestDigest ?? assessment?.requestDigest ?? null;
    return requestDigest === null ? null : { requestDigest, riskDigest: null, designDigest: null };
  }
  if (assessment === null) return null;
  const { riskDigest, designDigest } = assessment;
  const requestDigest = approved ?? assessment.requestDigest;
  return { requestDigest, riskDigest, designDigest: covers === 'risk' ? null : designDigest };
}

export function standingNow({ state, facts }: TicketRun, policy: ApprovalPolicy): ApprovalStanding {
  return standingIn(state, policy, facts.step?.request?.requestDigest ?? null);
}

/** It must hold for what was assessed, and for the request as it is now. */
function standingIn(
  state: TicketState,
  policy: ApprovalPolicy,
  requestDigest: string | null,
): ApprovalStanding {
  const { approvals, epoch, assessment } = state;
  const now = standingOf(policy, approvals, epoch, { requestDigest, riskDigest: null, designDigest: null });
  if (now.state !== 'given' || assessment?.epoch !== epoch) return now;
  return standingOf(policy, approvals, epoch, assessment);
}

/** One clause for a parking: what is missing, or why what was given does not count. */
export function whyNotGiven(run: TicketRun, policy: ApprovalPolicy): string {
  const { state } = run;
  const standing = standingNow(run, policy);
  if (standing.state !== 'missing') return standingText(standing);
  const verdict = judgeApproval(run.facts, policy, peopleOf(state));
  const why =
    verdict.kind === 'invalid' ? verdict.reason : `the ticket shows no approval of epoch ${state.epoch}`;
  return `${policy.name}: ${why}`;
}

/** Every approval of the process, as views show it. */
export function standingsOf(state: TicketState): readonly ApprovalStanding[] {
  const { definition, assessment, epoch, requestDigest = null } = state;
  if (definition === null) return [];
  const assessed = assessment?.epoch === epoch ? assessment : null;
  const needed = neededApprovals(definition.approvals, assessed?.verdict ?? 'unknown');
  return definition.approvals.map((policy) => {
    const standing = standingIn(state, policy, requestDigest);
    const asked = state.itsmQuestions?.find(({ name }) => name === policy.name);
    if (standing.state !== 'given' && asked !== undefined) return { ...standing, question: asked.question };
    if (needed.includes(policy) || standing.state === 'given') return standing;
    return { ...standing, state: 'notNeeded', why: 'the risk needs no approval' };
  });
}
