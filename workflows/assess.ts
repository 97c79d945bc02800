import { neededApprovals } from '../src/domain/approvals.js';
import type { ApprovalPolicy } from '../src/domain/process.js';
import type { DesignFacts } from '../src/domain/provisioning.js';
import { judgeRisk, type RiskVerdict } from '../src/domain/risk.js';
import type { RequestField } from '../src/domain/ticket.js';
import { recordApprovals, standingNow, whyNotGiven } from './approvals.js';
import { awaitItsm } from './itsm-approval.js';
import { approvalMissing, noRequestField, riskNotJudged } from './parking-texts.js';
import type { Assessment } from './ticket-state.js';
import type { TicketRun } from './ticket-run.js';

/**
 * The assessment of this epoch: the risk verdict, and the digests of request, risk and design that an approval is given
 * for. Made once per epoch by the first phase that needs it: the riskCheck step may be over before we read the ticket.
 */
export async function ensureAssessed(run: TicketRun): Promise<Assessment> {
  const { state } = run;
  if (state.assessment?.epoch === state.epoch) return state.assessment;
  const { request, verdict, design } = await judgeRiskAndDesign(run);
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
  recordApprovals(run);
  return assessment;
}

/** Both are read at the same time. */
async function judgeRiskAndDesign(run: TicketRun): Promise<JudgedRisk & { readonly design: DesignFacts }> {
  for (;;) {
    const { design, ...judged } = await judgeRiskNow(run, true);
    if (design !== null) return { ...judged, design };
    // It has left the step: the main loop goes on.
    await run.nextFacts();
  }
}

interface JudgedRisk {
  readonly request: RequestField;
  readonly verdict: Extract<RiskVerdict, { kind: 'allow' | 'needsApproval' }>;
}

/** Returns when the policy does not block the request, and its risk is known. */
export async function judgeRiskNow(
  run: TicketRun,
  designToo = false,
): Promise<JudgedRisk & { readonly design: DesignFacts | null }> {
  for (let definitionToo = false; ; definitionToo = true) {
    const design = await run.refresh('riskCheck', { definitionToo, designToo });
    const request = run.step.request;
    if (request === null) {
      await run.parkings.park({
        ...noRequestField(run.step.name, run.definition.requestField, run.step.fieldNames),
        phase: 'riskCheck',
      });
      continue;
    }
    const verdict = judgeRisk(request.risks, run.definition.risk, run.definition.workflowType);
    if (verdict.kind === 'allow' || verdict.kind === 'needsApproval') return { request, verdict, design };
    await run.parkings.park({ ...riskNotJudged(verdict.kind, verdict.reason), phase: 'riskCheck' });
  }
}

/** Returns when the assessment allows provisioning: every approval that it needs is given for this epoch and content. */
export async function requireApproval(run: TicketRun): Promise<Assessment> {
  for (;;) {
    const assessment = await ensureAssessed(run);
    recordApprovals(run);
    const { approvals, emergency } = run.definition;
    // Two persons take the place of its approvals, before its targets enrol.
    if (emergency !== undefined) return assessment;
    if (assessment.verdict === 'needsApproval' && approvals.length === 0) {
      await parkForApproval(run, null, [`${assessment.reason ?? 'an approval is needed'}: ${NAMES_NONE}`]);
      continue;
    }
    const needed = neededApprovals(approvals, assessment.verdict);
    const open = needed.filter((policy) => standingNow(run, policy).state !== 'given');
    const [first] = open;
    if (first === undefined) return assessment;
    if (first.field === null) {
      await awaitItsm(run, first);
      continue;
    }
    await parkForApproval(
      run,
      first,
      open.map((policy) => whyNotGiven(run, policy)),
    );
  }
}

const NAMES_NONE = 'the process definition names no approval step';

async function parkForApproval(
  run: TicketRun,
  first: ApprovalPolicy | null,
  reasons: readonly string[],
): Promise<void> {
  await run.parkings.park({ ...approvalMissing(first, reasons), phase: 'approval' });
  await run.refresh('approval', { definitionToo: true });
}
