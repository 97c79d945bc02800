import type { RiskPolicy } from './process.js';
import type { RequestRisk, Severity } from './ticket.js';
import { carriesNoRisk } from './workflow-types.js';

const RANK: Readonly<Record<Severity, number>> = { low: 1, medium: 2, high: 3, critical: 4 };

export type RiskVerdict =
  | { readonly kind: 'allow'; readonly severity: Severity | null }
  | { readonly kind: 'needsApproval'; readonly severity: Severity | null; readonly reason: string }
  | { readonly kind: 'block'; readonly severity: Severity; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * Judges the risk of *this* request. Missing results are `unknown`, never "no risk"; a ticket type
 * without results needs an approval unless the policy asks for none.
 */
export function judgeRisk(
  risks: readonly RequestRisk[],
  policy: RiskPolicy,
  workflowType: string,
): RiskVerdict {
  if (carriesNoRisk(workflowType)) {
    return policy.approvalFrom === 'never'
      ? { kind: 'allow', severity: null }
      : { kind: 'needsApproval', severity: null, reason: `${workflowType} tickets carry no risk results` };
  }
  if (risks.length === 0) return { kind: 'unknown', reason: 'the ticket shows no access request' };
  const missing = risks.filter((risk) => risk.status === 'notRun' || risk.status === 'notAvailable');
  if (missing.length > 0) {
    return { kind: 'unknown', reason: `no risk result for ${missing.map((risk) => risk.order).join(', ')}` };
  }
  const verdicts = risks.map((risk) => judgeOne(risk, policy));
  const order = ['allow', 'needsApproval', 'block'] as const;
  const ranked = [...verdicts].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const chosen = policy.requests === 'any' ? ranked[0] : ranked.at(-1);
  return chosen ?? { kind: 'unknown', reason: 'the ticket shows no access request' };
}

type KnownVerdict = Exclude<RiskVerdict, { kind: 'unknown' }>;

function judgeOne(risk: RequestRisk, policy: RiskPolicy): KnownVerdict {
  // A risk without a severity counts as critical.
  const severity: Severity | null = risk.status === 'hasRisk' ? (risk.severity ?? 'critical') : risk.severity;
  const present = risk.status === 'hasRisk' && severity !== null;
  if (present && policy.blockFrom !== 'never' && RANK[severity] >= RANK[policy.blockFrom]) {
    return { kind: 'block', severity, reason: `${risk.order} has ${severity} risk` };
  }
  if (policy.approvalFrom === 'always') {
    return { kind: 'needsApproval', severity, reason: 'the process definition always asks for approval' };
  }
  if (present && policy.approvalFrom !== 'never' && RANK[severity] >= RANK[policy.approvalFrom]) {
    return { kind: 'needsApproval', severity, reason: `${risk.order} has ${severity} risk` };
  }
  return { kind: 'allow', severity };
}

/** Whether the worst risk is at or above a severity. A risk that is missing is `unknown`, never "no risk". */
export function riskFrom(
  risks: readonly RequestRisk[],
  workflowType: string,
  from: Severity,
): { readonly kind: 'below' | 'atLeast' | 'unknown'; readonly reason: string } {
  const policy: RiskPolicy = { requests: 'all', approvalFrom: from, blockFrom: 'never' };
  const verdict = judgeRisk(risks, policy, workflowType);
  if (verdict.kind === 'unknown') return verdict;
  if (carriesNoRisk(workflowType))
    return { kind: 'unknown', reason: `${workflowType} tickets carry no risk results` };
  if (verdict.kind === 'allow') return { kind: 'below', reason: `no risk of ${from} or above` };
  return { kind: 'atLeast', reason: verdict.reason };
}

export function worstSeverity(severities: readonly (Severity | null)[]): Severity | null {
  let worst: Severity | null = null;
  for (const severity of severities) {
    if (severity !== null && (worst === null || RANK[severity] > RANK[worst])) worst = severity;
  }
  return worst;
}
