import { dayOf, timeOf } from './dates.js';
import { requestsOf } from './fields.js';
import type { JsonObject } from './json.js';
import type { Step, Suggestion, Ticket } from './model.js';
import type { ScenarioWorkflow } from './scenario.js';
import type { Site } from './site.js';

/** True when what a suggestion asks for is in force on its device. */
export function isEnforced(site: Site, suggestion: Suggestion): boolean {
  if (suggestion.instructionStatus === 'DESIGN_FULLY_IMPLEMENTED') return true;
  const device = site.devices.get(suggestion.deviceId);
  return (
    device?.enforced.some((change) => change.ticketId === suggestion.ticketId && !change.partial) ?? false
  );
}

/** Runs the verifier: `auto` compares with what is in force on the devices, anything else is the canned outcome. */
export function runVerifier(
  site: Site,
  ticket: Ticket,
  step: Step,
  outcome: ScenarioWorkflow['verifier'],
): void {
  const suggestions = site.suggestionsOf(ticket.id);
  for (const suggestion of suggestions) {
    suggestion.verified = { ...revisionSeen(site, suggestion), implemented: isEnforced(site, suggestion) };
    site.suggestions.put(suggestion.key, suggestion);
  }
  const enforced = suggestions.length > 0 && suggestions.every(({ verified }) => verified?.implemented);
  const status = outcome === 'auto' ? (enforced ? 'implemented' : 'not implemented') : outcome;
  for (const task of step.tasks) {
    for (const field of task.fields) {
      if (field.type !== 'multi_access_request') continue;
      for (const request of requestsOf(field)) request['verifier_result'] = { status };
    }
  }
}

function revisionSeen(site: Site, suggestion: Suggestion): { revision: number; atMs: number } {
  const device = site.devices.get(suggestion.deviceId);
  const newest = device?.latest_revision ?? 0;
  const number = site.switches.verifierRevision === 'designed' ? suggestion.revision : newest;
  const revision = device?.revisions.findLast((one) => one.number === number);
  return { revision: number, atMs: revision?.atMs ?? site.now() };
}

/** The reply of `GET …/multi_access_request/{accessRequestId}/verifier`: what the last run saw. */
export function verifierResults(site: Site, ticket: Ticket, status: string): JsonObject {
  const offset = site.switches.hostZoneOffsetMinutes;
  const targets = site.suggestionsOf(ticket.id).flatMap(({ deviceId, verified }) => {
    if (verified === undefined) return [];
    const device = site.devices.get(deviceId);
    const { implemented, revision, atMs } = verified;
    return {
      management_name: device?.name ?? '',
      management_id: deviceId,
      device_type: (device?.model ?? '').toUpperCase(),
      revision_number: revision,
      administrator: '-',
      verification_status:
        status === 'not available' ? status : implemented ? 'implemented' : 'not implemented',
      vendor: device?.vendor ?? '',
      date: dayOf(atMs, offset),
      time: timeOf(atMs, offset),
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
