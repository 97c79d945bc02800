import { isRequestField, requestsOf } from './fields.js';
import { isObject, type JsonObject } from './json.js';
import type { Step } from './model.js';
import type { ScenarioWorkflow } from './scenario.js';

function violation(severity: string): JsonObject {
  const address = (ip: string): JsonObject => ({
    '@xsi.type': 'ip_network_object',
    ip,
    mask: '255.255.255.255',
  });
  return {
    severity,
    security_zone_matrix: { name: 'Corporate USP' },
    matrix_cell_violation: {
      '@xsi.type': 'restricted_cell_violation',
      from_zone: 'app-dmz',
      to_zone: 'billing',
      sources: { source: [address('10.20.4.15')] },
      destinations: { destination: [address('172.16.90.5')] },
      not_allowed_services: {
        not_allowed_service: [
          { '@xsi.type': 'single_service', name: 'TCP 8443', protocol: 'tcp', port: '8443' },
        ],
      },
      allowed_services: {
        allowed_service: [{ '@xsi.type': 'single_service', name: 'https', protocol: 'tcp', port: '443' }],
      },
    },
  };
}

/** The `risk_analysis_result` of a canned risk. */
export function riskResult(risk: Exclude<ScenarioWorkflow['risk'], null>): JsonObject {
  if (risk === 'none') return { status: 'no risk' };
  return {
    status: 'has risk',
    security_policy_violations: { security_policy_violation: [violation(risk)] },
  };
}

/** Writes the workflow's canned risk into every access request of a step. Types without risk stay untouched. */
export function runRisk(step: Step, workflow: ScenarioWorkflow): void {
  if (workflow.risk === null) return;
  for (const field of step.tasks.flatMap((task) => task.fields)) {
    if (field.type !== 'multi_access_request') continue;
    for (const request of requestsOf(field)) request['risk_analysis_result'] = riskResult(workflow.risk);
  }
}

/** True when every request of a step was analysed and none has a risk. */
export function hasNoRisk(step: Step): boolean {
  const requests = step.tasks.flatMap((task) => task.fields.filter(isRequestField)).flatMap(requestsOf);
  return (
    requests.length > 0 &&
    requests.every((request) => {
      const result = request['risk_analysis_result'];
      return isObject(result) && result['status'] === 'no risk';
    })
  );
}
