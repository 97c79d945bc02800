import { judgeApproval } from '../src/domain/approval.js';
import { judgeRisk } from '../src/domain/risk.js';
import type { Assessment, TicketState } from './ticket-state.js';
import type { TicketRun } from './ticket-run.js';

/**
 * The assessment of this epoch: the risk verdict, and the digests of request, risk and design that an approval is given
 * for. Made once per epoch by the first phase that needs it: the riskCheck step may be over before we read the ticket.
 */
export async function ensureAssessed(run: TicketRun): Promise<Assessment> {
  for (let definitionToo = false; ; definitionToo = true) {
    const { state } = run;
    if (state.assessment?.epoch === state.epoch) return state.assessment;
    await run.refresh('riskCheck', { definitionToo });
    const request = run.step.request;
    if (request === null) {
      await run.parkings.park({
        code: 'ticket.no_request',
        phase: 'riskCheck',
        reason: `step "${run.step.name}" shows no field "${run.definition.requestField}"`,
        advice: 'correct requestField in the process definition, then retry',
        evidence: `fields: ${run.step.fieldNames.slice(0, 10).join(', ')}`,
        ways: ['retry', 'abort'],
      });
      continue;
    }
    const verdict = judgeRisk(request.risks, run.definition.risk, run.definition.workflowType);
    if (verdict.kind === 'unknown' || verdict.kind === 'block') {
      await run.parkings.park({
        code: verdict.kind === 'block' ? 'risk.blocked' : 'risk.missing',
        phase: 'riskCheck',
        reason:
          verdict.kind === 'block'
            ? `the risk policy blocks the request: ${verdict.reason}`
            : `the risk cannot be judged: ${verdict.reason}`,
        advice:
          verdict.kind === 'block'
            ? 'change the request or the risk policy, then retry'
            : 'run the risk analysis in SecureChange, then retry',
        ways: ['retry', 'abort'],
      });
      continue;
    }
    const design = await run.read('readDesign', { phase: 'riskCheck' }, () => run.stepRef());
    const assessment: Assessment = {
      epoch: state.epoch,
      requestDigest: request.requestDigest,
      riskDigest: request.riskDigest,
      designDigest: design.designDigest,
      verdict: verdict.kind,
      severity: verdict.severity,
      reason: verdict.kind === 'needsApproval' ? verdict.reason : null,
    };
    state.assessment = assessment;
    run.display.note(
      `risk: ${verdict.kind === 'allow' ? 'allowed' : 'needs approval'} (${verdict.severity ?? 'none'})`,
    );
    recordApproval(run);
    return assessment;
  }
}

/** Records an approval of this epoch as soon as a reading shows it. */
export function recordApproval(run: TicketRun): void {
  const { state } = run;
  const { assessment, definition } = state;
  if (
    definition?.approval == null ||
    assessment?.epoch !== state.epoch ||
    state.approval?.epoch === state.epoch
  )
    return;
  const verdict = judgeApproval(run.facts, definition.approval, state.serviceAccounts);
  if (verdict.kind !== 'approved') return;
  const { requestDigest, riskDigest, designDigest } = assessment;
  state.approval = { epoch: state.epoch, by: verdict.by, requestDigest, riskDigest, designDigest };
  run.display.note(`approved by ${verdict.by.join(', ')}`);
}

/** Returns when the assessment allows provisioning: no approval is needed, or this epoch and content are approved. */
export async function requireApproval(run: TicketRun): Promise<Assessment> {
  for (;;) {
    const assessment = await ensureAssessed(run);
    if (assessment.verdict === 'allow') return assessment;
    recordApproval(run);
    if (isApproved(run.state, assessment)) return assessment;
    const { why, advice } = whyNotApproved(run);
    await run.parkings.park({
      code: 'approval.missing',
      phase: 'approval',
      reason: `${assessment.reason ?? 'an approval is needed'}: ${why}`,
      advice,
      ways: ['retry', 'abort'],
    });
    await run.refresh('approval', { definitionToo: true });
  }
}

function isApproved({ approval, epoch }: TicketState, assessment: Assessment): boolean {
  return (
    approval?.epoch === epoch &&
    approval.requestDigest === assessment.requestDigest &&
    approval.riskDigest === assessment.riskDigest &&
    approval.designDigest === assessment.designDigest
  );
}

function whyNotApproved({ state, facts, definition }: TicketRun): { why: string; advice: string } {
  const policy = definition.approval;
  if (policy === null)
    return {
      why: 'the process definition names no approval step',
      advice: 'add one to the process definition, then retry',
    };
  const advice = `redo the ticket to step "${policy.step}" in SecureChange and have it approved there`;
  if (state.approval?.epoch === state.epoch)
    return { why: 'the approval was given for another request, risk or design', advice };
  const verdict = judgeApproval(facts, policy, state.serviceAccounts);
  const why =
    verdict.kind === 'invalid' ? verdict.reason : `the ticket shows no approval of epoch ${state.epoch}`;
  return { why, advice };
}
