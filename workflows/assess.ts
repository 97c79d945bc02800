import { judgeApproval } from '../src/domain/approval.js';
import { judgeRisk } from '../src/domain/risk.js';
import type { Assessment } from './ticket-state.js';
import type { TicketRun } from './ticket-run.js';

/**
 * The assessment of this epoch: risk verdict and the digests of request, risk and design that an approval is given for.
 * Made once per epoch, wherever it is needed first: a riskCheck step may have passed while we were away.
 */
export async function ensureAssessed(run: TicketRun): Promise<Assessment> {
  for (;;) {
    const { state, activities } = run;
    if (state.assessment?.epoch === state.epoch) return state.assessment;
    await run.refresh('riskCheck');
    const request = run.step.request;
    if (request === null) {
      await run.park({
        code: 'ticket.no_request',
        phase: 'riskCheck',
        reason: `step "${run.step.name}" shows no field "${run.definition.requestField}"`,
        evidence: `fields: ${run.step.fieldNames.slice(0, 10).join(', ')}`,
        ways: ['retry', 'abort'],
      });
      continue;
    }
    const verdict = judgeRisk(request.risks, run.definition.risk, run.definition.workflowType);
    if (verdict.kind === 'unknown' || verdict.kind === 'block') {
      await run.park({
        code: verdict.kind === 'block' ? 'risk.blocked' : 'risk.missing',
        phase: 'riskCheck',
        reason:
          verdict.kind === 'block'
            ? `the policy blocks it: ${verdict.reason}`
            : `risk can not be judged: ${verdict.reason}`,
        ways: ['retry', 'abort'],
      });
      continue;
    }
    const design = await run.attempt({ phase: 'riskCheck' }, async () =>
      activities.readDesign(run.stepRef()),
    );
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
    run.note(
      `risk: ${verdict.kind === 'allow' ? 'allowed' : 'needs approval'} (${verdict.severity ?? 'none'})`,
    );
    recordApproval(run);
    return assessment;
  }
}

/** Takes down an approval of this epoch as soon as a reading shows it, whatever event told us. */
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
  run.note(`approved by ${verdict.by.join(', ')}`);
}

/** Returns when the assessment allows provisioning: without risk, or with an approval of this very epoch and content. */
export async function requireApproval(run: TicketRun): Promise<Assessment> {
  for (;;) {
    const assessment = await ensureAssessed(run);
    if (assessment.verdict === 'allow') return assessment;
    recordApproval(run);
    if (run.state.approval?.epoch === run.state.epoch) return assessment;
    const policy = run.definition.approval;
    const verdict = policy === null ? null : judgeApproval(run.facts, policy, run.state.serviceAccounts);
    const why =
      verdict === null
        ? 'the process names no approval step'
        : verdict.kind === 'invalid'
          ? verdict.reason
          : `no approval of epoch ${run.state.epoch} is on the ticket`;
    await run.park({
      code: 'approval.missing',
      phase: 'approval',
      reason: `${assessment.reason ?? 'approval needed'}; ${why}`,
      ways: ['retry', 'abort'],
    });
    await run.refresh('approval');
  }
}
