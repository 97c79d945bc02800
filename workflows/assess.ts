import { judgeApproval } from '../src/domain/approval.js';
import { judgeRisk } from '../src/domain/risk.js';
import { approvalMissing, noRequestField, riskNotJudged } from './parking-texts.js';
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
        ...noRequestField(run.step.name, run.definition.requestField, run.step.fieldNames),
        phase: 'riskCheck',
      });
      continue;
    }
    const verdict = judgeRisk(request.risks, run.definition.risk, run.definition.workflowType);
    if (verdict.kind === 'unknown' || verdict.kind === 'block') {
      await run.parkings.park({ ...riskNotJudged(verdict.kind, verdict.reason), phase: 'riskCheck' });
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
    const step = run.definition.approval?.step ?? null;
    await run.parkings.park({
      ...approvalMissing(assessment.reason, step, whyNotApproved(run)),
      phase: 'approval',
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

function whyNotApproved({ state, facts, definition }: TicketRun): string {
  const policy = definition.approval;
  if (policy === null) return 'the process definition names no approval step';
  if (state.approval?.epoch === state.epoch)
    return 'the approval was given for another request, risk or design';
  const verdict = judgeApproval(facts, policy, state.serviceAccounts);
  return verdict.kind === 'invalid' ? verdict.reason : `the ticket shows no approval of epoch ${state.epoch}`;
}
