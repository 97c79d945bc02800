import { dayOf, timeOf } from './dates.js';
import { requestsOf } from './fields.js';
import type { JsonObject } from './json.js';
import type { Step, Suggestion, Ticket } from './model.js';
import type { ScenarioWorkflow } from './scenario.js';
import type { World } from './world.js';

/** True when what a suggestion asks for is in force on its device. */
export function isEnforced(world: World, suggestion: Suggestion): boolean {
  if (suggestion.instructionStatus === 'DESIGN_FULLY_IMPLEMENTED') return true;
  const device = world.devices.get(suggestion.deviceId);
  return (
    device?.enforced.some((change) => change.ticketId === suggestion.ticketId && !change.partial) ?? false
  );
}

/** Runs the verifier: `auto` compares with what is in force on the devices, anything else is the canned outcome. */
export function runVerifier(
  world: World,
  ticket: Ticket,
  step: Step,
  outcome: ScenarioWorkflow['verifier'],
): void {
  const suggestions = world.suggestionsOf(ticket.id);
  const enforced = suggestions.length > 0 && suggestions.every((suggestion) => isEnforced(world, suggestion));
  const status = outcome === 'auto' ? (enforced ? 'implemented' : 'not implemented') : outcome;
  for (const task of step.tasks) {
    for (const field of task.fields) {
      if (field.type !== 'multi_access_request') continue;
      for (const request of requestsOf(field)) request['verifier_result'] = { status };
    }
  }
}

/** The reply of `GET …/multi_access_request/{accessRequestId}/verifier`. */
export function verifierResults(world: World, ticket: Ticket, status: string): JsonObject {
  const offset = world.switches.hostZoneOffsetMinutes;
  const now = world.now();
  const targets = world.suggestionsOf(ticket.id).map((suggestion) => {
    const device = world.devices.get(suggestion.deviceId);
    const implemented = isEnforced(world, suggestion);
    return {
      management_name: device?.name ?? '',
      management_id: suggestion.deviceId,
      device_type: (device?.model ?? '').toUpperCase(),
      revision_number: device?.latest_revision ?? 0,
      administrator: '-',
      verification_status:
        status === 'not available' ? status : implemented ? 'implemented' : 'not implemented',
      vendor: device?.vendor ?? '',
      date: dayOf(now, offset),
      time: timeOf(now, offset),
      verifier_error_code: 'NONE',
      verifier_warning: 'NONE',
      verifier_bindings: {
        verifier_binding: [
          {
            verified: implemented,
            verifier_error_code: 'NONE',
            verifier_warning: 'NONE',
            percent_implemented: implemented ? 100 : 0,
            implementation_percentage_threshold: 100,
            binding: { '@xsi.type': 'zone__binding', from_zone: 'app-dmz', to_zone: 'billing' },
            implementing_rules: { implementing_rule: [] },
            violating_rules: { violating_rule: [] },
            handled_by_implicit_cleanup_rule: 'NOT_HANDLED',
          },
        ],
      },
    };
  });
  return { access_request_verifier_result: { verifier_targets: { verifier_target: targets } } };
}
