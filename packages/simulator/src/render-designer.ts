import { ancestors, policyNamed } from './devices.js';
import { durationOf, ticketDate } from './dates.js';
import { asText, isObject, objectsOf, wrapped, type JsonObject } from './json.js';
import { requestsOf } from './fields.js';
import type { CommitReport, Device, Field, Suggestion, Ticket } from './model.js';
import type { Site } from './site.js';

function host(id: number, uid: string, ip: string): JsonObject {
  return {
    '@xsi.type': 'host_network_object',
    id,
    uid,
    name: `Host_${ip}`,
    display_name: `Host_${ip}`,
    class_name: 'host',
    global: false,
    implicit: false,
    origin: 'DEVICE',
    shared: false,
    ip_type: 'IPV4',
    ip,
    subnet_mask: '255.255.255.255',
  };
}

function service(id: number, protocol: string, port: number): JsonObject {
  const name = `${protocol}_${String(port)}`;
  return {
    '@xsi.type': 'transport_service',
    id,
    uid: '-21',
    name,
    display_name: name,
    class_name: `${protocol.toLowerCase()}_service`,
    global: false,
    implicit: false,
    origin: 'DEVICE',
    shared: false,
    protocol: protocol === 'UDP' ? 17 : 6,
    min_protocol: protocol === 'UDP' ? 17 : 6,
    max_protocol: protocol === 'UDP' ? 17 : 6,
    min_port: port,
    max_port: port,
  };
}

interface Wanted {
  source: string;
  destination: string;
  protocol: string;
  port: number;
}

function wantedBy(field: Field): Wanted {
  const request = requestsOf(field)[0];
  const first = (wrapper: string, entry: string): JsonObject => wrapped(request, wrapper, entry)[0] ?? {};
  const to = first('services', 'service');
  const port = Number(to['port']);
  return {
    source: asText(first('sources', 'source')['ip_address']) ?? '10.20.4.15',
    destination: asText(first('destinations', 'destination')['ip_address']) ?? '172.16.90.5',
    protocol: asText(to['protocol']) ?? 'TCP',
    port: Number.isInteger(port) ? port : 443,
  };
}

function instructions(suggestion: Suggestion, field: Field, ticket: Ticket): JsonObject[] {
  const head = {
    status: suggestion.instructionStatus,
    change_action: 'ADD',
    implements_access_requests: { order: suggestion.requestOrders },
  };
  const first = suggestion.firstInstructionId;
  if (suggestion.instructionStatus === 'DESIGN_FULLY_IMPLEMENTED') {
    return [{ id: first, ...head, instruction_type: 'FULLY_IMPLEMENTED' }];
  }
  if (suggestion.instructionStatus === 'DESIGN_FAILED') {
    return [
      { id: first, ...head, instruction_type: 'NA', error_message: 'Designer could not compute a change' },
    ];
  }
  const wanted = wantedBy(field);
  const destination = host(suggestion.id * 10 + 2, '-9', wanted.destination);
  const rule = (at: number): JsonObject => ({
    id: first + at,
    ...head,
    instruction_type: 'NEW_RULE',
    rule_order: String(5 + at),
    rule_placement: 'BEFORE',
    rule: {
      uid: String(-30 - at),
      name: `SC${String(ticket.id)}_${suggestion.requestOrders[0] ?? 'AR1'}${at > 1 ? `_${String(at)}` : ''}`,
      is_disabled: false,
      action: 'ACCEPT',
      source_objects: { source_object: [host(suggestion.id * 10 + 1, '-8', wanted.source)] },
      destination_objects: { destination_object: [destination] },
      service_objects: { service_object: [service(suggestion.id * 10 + 3, wanted.protocol, wanted.port)] },
    },
  });
  const added: JsonObject = {
    id: first,
    ...head,
    instruction: 'Add network object',
    instruction_type: 'ADD_OBJECT_TO_DEVICE',
    modified_object_name: asText(destination['name']) ?? '',
    modified_object_uid: '-9',
    device_added_network_object: destination,
  };
  const more = Array.from({ length: suggestion.instructionCount - 1 }, (_, at) => rule(at + 1));
  return suggestion.instructionCount === 1 ? [rule(0)] : [added, ...more];
}

/** The commands of a pushed suggestion, as `designer_commands` and the commands call show them. */
export function renderCommands(suggestion: Suggestion): JsonObject[] {
  return suggestion.commands.map(({ status, order, command, failureReason }) => ({
    status,
    order,
    command,
    ...(failureReason === null ? {} : { failure_reason: failureReason }),
  }));
}

/** One `device_suggestion`. `designerUrl` is where the commit report link leads; undefined hides the link. */
export function renderSuggestion(
  site: Site,
  suggestion: Suggestion,
  field: Field,
  ticket: Ticket,
  designerUrl: string | undefined,
): JsonObject {
  const device: Device | undefined = site.devices.get(suggestion.deviceId);
  const above = device ? ancestors(site, device).at(-1) : undefined;
  const rendered: JsonObject = {
    id: suggestion.id,
    management_id: suggestion.deviceId,
    management_name: device?.name ?? '',
    vendor_name: device?.vendor ?? '',
    revision_number: suggestion.revision,
    offline_device: device?.offline ?? false,
  };
  if (above) {
    rendered['ancestor_management_id'] = above.id;
    rendered['ancestor_management_name'] = above.name;
    rendered['ancestor_management_revision_id'] = suggestion.ancestorRevision ?? undefined;
  }
  rendered['new_revision_arrived'] = suggestion.newRevisionArrived;
  if (suggestion.pushStatus !== null) rendered['push_status'] = suggestion.pushStatus;
  if (suggestion.pushReason !== null) rendered['push_status_reason'] = suggestion.pushReason;
  if (suggestion.commands.length > 0) {
    rendered['designer_commands'] = { designer_command: renderCommands(suggestion) };
  }
  if (suggestion.commit) {
    const href = `${designerUrl ?? ''}/commit_report/${String(suggestion.deviceId)}`;
    const report = designerUrl === undefined ? {} : { report: { '@href': href } };
    const { success, failure } = site.switches.commitResultTexts;
    const status = suggestion.commit.status === 'COMMIT_SUCCESS' ? success : failure;
    rendered['commit_results'] = { status, ...report };
  }
  rendered['suggestions_per_binding'] = {
    binding_suggestion: [
      {
        id: suggestion.bindingId,
        binding_uid: `{00-${String(suggestion.deviceId)}-00}`,
        binding_name:
          policyNamed(device, field) ?? (device?.parent_id === undefined ? 'outside_in' : 'app-dmz/billing'),
        instructions: { instruction: instructions(suggestion, field, ticket) },
      },
    ],
  };
  return rendered;
}

/** The reply of the designer call. */
export function renderDesigner(
  site: Site,
  ticket: Ticket,
  field: Field,
  suggestions: Suggestion[],
  designerUrl: string | undefined,
): JsonObject {
  const result = field.body['designer_result'];
  const reason = isObject(result) ? asText(result['cannot_compute_reason']) : undefined;
  return {
    designer_results: {
      id: ticket.designed?.resultsId ?? 0,
      ...(reason === undefined ? {} : { error_description: reason }),
      suggestions_per_device: {
        device_suggestion: suggestions.map((one) => renderSuggestion(site, one, field, ticket, designerUrl)),
      },
    },
  };
}

/** The reply of the commit report call. `managmentName` is the vendor's spelling. */
export function renderCommitReport(
  site: Site,
  ticket: Ticket,
  device: Device,
  report: CommitReport,
): JsonObject {
  const offset = site.switches.hostZoneOffsetMinutes;
  const notes = (errors: string[], warnings: string[]): JsonObject => ({
    ...(errors.length > 0 ? { error: errors } : {}),
    ...(warnings.length > 0 ? { warning: warnings } : {}),
  });
  const texts = site.switches.commitReportTexts;
  const shown = (status: string): string =>
    ({ SUCCESS: texts.success, FAILURE: texts.failure })[status] ?? texts.warnings;
  const policies = [...new Set(report.firewalls.map(({ policy }) => policy))].map((name) => {
    const own = report.firewalls.filter(({ policy }) => policy === name);
    return {
      name,
      status: shown(own.some((one) => one.status === 'FAILURE') ? 'FAILURE' : 'SUCCESS'),
      fw_result: own.map((one) => ({
        name: one.name,
        display_name: one.name,
        status: shown(one.status),
        ...notes(one.errors, one.warnings),
      })),
    };
  });
  return {
    commit_report: {
      ticketId: ticket.id,
      managmentName: device.name,
      vendorName: device.vendor,
      startTime: ticketDate(report.startMs, offset),
      endTime: ticketDate(report.endMs, offset),
      duration: durationOf(report.endMs - report.startMs),
      device: objectsOf([
        {
          name: device.name,
          status: shown(report.deviceStatus),
          ...notes(report.errors, report.warnings),
          ...(policies.length > 0 ? { policy: policies } : {}),
        },
      ]),
    },
  };
}
