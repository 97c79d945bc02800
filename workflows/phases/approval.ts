import { judgeApproval } from '../../src/domain/approval.js';
import type { ApprovalPolicy } from '../../src/domain/process.js';
import { peopleOf, recordApprovals, standingNow, whyNotGiven } from '../approvals.js';
import { ensureAssessed } from '../assess.js';
import { awaitItsm } from '../itsm-approval.js';
import { approvalInvalid, approvalMissing } from '../parking-texts.js';
import { afterRejection, parkUntilRead, whyNeeded } from '../rejected-approval.js';
import type { TicketRun } from '../ticket-run.js';

/** Done when this epoch and its content have the approvals of this step and of the steps before it; usually the ticket then leaves the step. */
export async function approvalPhase(run: TicketRun): Promise<void> {
  for (;;) {
    // Judged again after each wait: the definition or the request may have changed.
    let open: ApprovalPolicy | null = null;
    for (const policy of policiesSoFar(run)) {
      if (!(await isGiven(run, policy))) open ??= policy;
    }
    if (open === null) return;
    await askFor(run, open);
  }
}

async function isGiven(run: TicketRun, policy: ApprovalPolicy): Promise<boolean> {
  // The design may come after an approval of the request.
  if (policy.covers !== 'request') await ensureAssessed(run);
  recordApprovals(run);
  return standingNow(run, policy).state === 'given';
}

/** What later steps ask for is not awaited here. A step that the definition does not name may be any of them. */
function policiesSoFar({ definition, state }: TicketRun): readonly ApprovalPolicy[] {
  const steps = Object.keys(definition.steps);
  const here = steps.indexOf(state.stepName ?? '');
  return definition.approvals.filter(({ step }) => here === -1 || steps.indexOf(step) <= here);
}

/** Returns when the ticket was read again. */
async function askFor(run: TicketRun, policy: ApprovalPolicy): Promise<void> {
  if (policy.field === null) {
    await awaitItsm(run, policy);
    return;
  }
  const verdict = judgeApproval(run.facts, policy, peopleOf(run.state));
  const isVoid = standingNow(run, policy).state === 'void';
  if (isVoid || (verdict.kind === 'waiting' && isStepOver(run, policy, verdict.tasks))) {
    const reasons = [whyNotGiven(run, policy)];
    await parkUntilRead(run, approvalMissing(policy, reasons));
    return;
  }
  switch (verdict.kind) {
    case 'approved':
      // What it covers is not known yet.
      await run.refresh('approval');
      break;
    case 'waiting':
      run.display.wait({
        for: 'approval',
        what: `${whoAnswers(run, policy, verdict.tasks)}: ${whyNeeded(run, policy)}`,
        untilMs: null,
      });
      await run.nextFacts();
      break;
    case 'rejected': {
      const reason = `rejected by ${verdict.by ?? 'an approver'}: ${verdict.reason ?? 'no reason given'}`;
      await afterRejection(run, policy, reason);
      break;
    }
    case 'invalid':
      await parkUntilRead(run, approvalInvalid(policy.step, verdict.reason));
      break;
  }
}

/** No handler can answer in it any more, unless the ticket is sent back to it. */
function isStepOver({ state }: TicketRun, { step }: ApprovalPolicy, tasks: number): boolean {
  return tasks === 0 && step !== state.stepName;
}

function whoAnswers({ definition }: TicketRun, policy: ApprovalPolicy, tasks: number): string {
  const which = definition.approvals.length > 1 ? ` (approval ${policy.name})` : '';
  const who =
    policy.roles.length === 0 ? 'an approver' : `an approver with role ${policy.roles.join(' or ')}`;
  return `${who} answers "${policy.field ?? policy.step}"${tasks > 1 ? ` in ${tasks} tasks` : ''}${which}`;
}
