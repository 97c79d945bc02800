import { createHash } from 'node:crypto';
import { badRequest } from './api-error.js';
import { addRevision, ancestors } from './devices.js';
import { requestsOf } from './fields.js';
import { asNumber, asText, isObject, wrapped, type JsonObject } from './json.js';
import type { Device, Field, Operation, Step, Suggestion, Task, Ticket } from './model.js';
import { lockTask, record, SYSTEM, touch, unlockTask } from './records.js';
import { runRisk } from './risk.js';
import type { ScenarioWorkflow } from './scenario.js';
import { requestField, workflowOf, type Simulation } from './tickets.js';
import type { Site } from './site.js';

const RESULTS = ['risk_analysis_result', 'verifier_result', 'designer_result', 'targets'];

/** Digest of what a request field asks for, without ids and results. */
function requestDigest(field: Field): string {
  const plain = JSON.stringify(
    requestsOf(field).map((request) => Object.entries(request).filter(([key]) => !RESULTS.includes(key))),
    (key, value: unknown) => (key === 'id' ? undefined : value),
  );
  return createHash('sha256').update(plain).digest('hex');
}

/** The `designer_result.status` of a request field. */
export function designerStatus(field: Field): string {
  const result = field.body['designer_result'];
  return (isObject(result) ? asText(result['status']) : undefined) ?? 'not run';
}

/** Sets the status of a request field; more members (`cannot_compute_reason`) may be given. */
export function setDesignerStatus(field: Field, status: string, more: JsonObject = {}): void {
  field.body['designer_result'] = { status, ...more };
}

function namedDevices(site: Site, requests: JsonObject[]): Device[] {
  const found: Device[] = [];
  for (const request of requests) {
    const entries = [
      ...wrapped(request, 'targets', 'target'),
      ...(request['management_id'] === undefined ? [] : [request]),
    ];
    for (const target of entries) {
      const id = asNumber(target['management_id']);
      const name = asText(target['management_name']) ?? asText(target['object_name']);
      const device = site.devices.all().find((one) => (id === undefined ? one.name === name : one.id === id));
      if (device && !found.includes(device)) found.push(device);
    }
  }
  return found;
}

/** Devices a field's requests are for: those it names, else the workflow's canned ones. */
export function targetDevices(site: Site, field: Field, workflow: ScenarioWorkflow): Device[] {
  const named = namedDevices(site, requestsOf(field));
  if (named.length > 0) return named;
  const suggested = workflow.design.targets.filter((id) => !site.excludedDevices.includes(id));
  return suggested.flatMap((id) => site.devices.get(id) ?? []);
}

/** Writes the chosen devices as targets into requests that name none. */
export function selectTargets(site: Site, field: Field, workflow: ScenarioWorkflow): void {
  if (field.type !== 'multi_access_request') return;
  const devices = targetDevices(site, field, workflow);
  for (const request of requestsOf(field)) {
    if (namedDevices(site, [request]).length > 0) continue;
    request['targets'] = {
      target: devices.map((device) => ({
        '@type': 'Object',
        id: site.nextId('object', 90_101),
        object_name: device.name,
        object_type: 'firewall',
        object_details: device.ip ?? '',
        management_id: device.id,
        management_name: device.name,
      })),
    };
  }
}

/** Refuses a redesign that would change nothing, as the vendor does. */
export function checkRedesignNeeded(site: Site, ticket: Ticket, field: Field): void {
  const { designed } = ticket;
  if (!designed || designerStatus(field) === 'not run' || designerStatus(field) === 'designer cannot compute')
    return;
  const redone = designed.epoch !== ticket.epoch && site.switches.redesignAfterRedo === 'run';
  const edited = designed.digest !== requestDigest(field);
  const stale = site.suggestionsOf(ticket.id).some((suggestion) => suggestion.newRevisionArrived);
  const failed = site
    .suggestionsOf(ticket.id)
    .some((suggestion) => suggestion.instructionStatus === 'DESIGN_FAILED');
  if (!redone && !edited && !stale && !failed) {
    throw badRequest('Redesign will not be run because it is not needed.');
  }
}

/** Starts a Designer run on a task. */
export function startRedesign(
  simulation: Simulation,
  ticket: Ticket,
  step: Step,
  task: Task,
  field: Field,
  by: string,
): void {
  const { site, operations } = simulation;
  lockTask(task, site.switches.pendingReasons.designer, 'Apply Changes');
  setDesignerStatus(field, 'designer running');
  record(site, ticket, SYSTEM, 'Move task to the pending status (Apply Changes)', step, task);
  operations.start('redesign', site.timings.designMs, by, { ticket, step, task }, { fieldId: field.id });
  touch(site, ticket);
}

/** Completes a Designer run started by the API. */
export function finishRedesign(simulation: Simulation, operation: Operation): void {
  const { site } = simulation;
  const ticket = site.tickets.get(operation.ticketId ?? -1);
  const step = ticket?.steps.find((one) => one.id === operation.stepId);
  const task = step?.tasks.find((one) => one.id === operation.taskId);
  const field = task && requestField(task);
  if (!ticket || !step || !task || !field) return;
  const workflow = workflowOf(site, ticket);
  selectTargets(site, field, workflow);
  computeDesign(site, ticket, field, workflow);
  if (workflow.riskWithDesign) runRisk(step, workflow);
  unlockTask(task);
  record(site, ticket, SYSTEM, 'Apply Changes executed', step, task);
  touch(site, ticket);
}

/** Computes fresh Designer results for a ticket. Returns the new status of the field. */
export function computeDesign(site: Site, ticket: Ticket, field: Field, workflow: ScenarioWorkflow): string {
  for (const old of site.suggestionsOf(ticket.id)) site.suggestions.delete(old.key);
  const resultsId = site.nextId('designerResults', 1_458);
  const orders = requestsOf(field).map((request) => asText(request['order']) ?? 'AR1');
  const outcomes: Suggestion['instructionStatus'][] = [];
  for (const device of targetDevices(site, field, workflow)) {
    const outcome = instructionStatus(site, ticket, device, workflow);
    outcomes.push(outcome);
    const suggestion = freshSuggestion(site, ticket, device, resultsId, orders, workflow, outcome);
    site.suggestions.put(suggestion.key, suggestion);
  }
  const status = overallStatus(outcomes, workflow);
  const reason =
    status === 'designer cannot compute'
      ? { cannot_compute_reason: workflow.design.cannotComputeReason }
      : {};
  setDesignerStatus(field, status, reason);
  ticket.designed = { epoch: ticket.epoch, digest: requestDigest(field), resultsId, status };
  return status;
}

function overallStatus(outcomes: Suggestion['instructionStatus'][], workflow: ScenarioWorkflow): string {
  if (
    workflow.design.outcome === 'cannotCompute' ||
    outcomes.length === 0 ||
    outcomes.includes('DESIGN_FAILED')
  ) {
    return 'designer cannot compute';
  }
  if (outcomes.every((outcome) => outcome === 'DESIGN_FULLY_IMPLEMENTED')) return 'designer fully implement';
  return 'designer success';
}

function instructionStatus(
  site: Site,
  ticket: Ticket,
  device: Device,
  workflow: ScenarioWorkflow,
): Suggestion['instructionStatus'] {
  const outcome = workflow.design.perDevice[String(device.id)] ?? workflow.design.outcome;
  if (outcome === 'cannotCompute') return 'DESIGN_FAILED';
  if (outcome === 'fullyImplemented') return 'DESIGN_FULLY_IMPLEMENTED';
  const seen =
    site.switches.redesignSeesSavedChanges && device.saved.some((change) => change.ticketId === ticket.id);
  return seen ? 'DESIGN_FULLY_IMPLEMENTED' : 'DESIGN_SUCCESS';
}

function freshSuggestion(
  site: Site,
  ticket: Ticket,
  device: Device,
  resultsId: number,
  requestOrders: string[],
  workflow: ScenarioWorkflow,
  outcome: Suggestion['instructionStatus'],
): Suggestion {
  const instructionCount = outcome === 'DESIGN_SUCCESS' ? workflow.design.instructions : 1;
  const firstInstructionId = site.nextId('instruction', 2_966);
  for (let more = 1; more < instructionCount; more += 1) site.nextId('instruction');
  return {
    key: `${String(ticket.id)}/${String(device.id)}`,
    ticketId: ticket.id,
    deviceId: device.id,
    id: site.nextId('suggestion', 815),
    resultsId,
    bindingId: site.nextId('binding', 1_201),
    firstInstructionId,
    instructionCount,
    instructionStatus: outcome,
    requestOrders,
    revision: device.latest_revision ?? 0,
    ancestorRevision: ancestors(site, device).at(-1)?.latest_revision ?? null,
    newRevisionArrived: false,
    pushStatus: null,
    pushReason: null,
    commands: [],
    commit: null,
  };
}

/** Another administrator changes a device: a new revision, and every live design on it is stale. Only inside a change. */
export function foreignChange(site: Site, device: Device, by: string, what: string, saved: boolean): number {
  if (saved) device.saved.push({ ticketId: null, by, atMs: site.now(), what });
  if (saved && site.switches.candidateEdits === 'invisible') {
    site.devices.put(device.id, device);
    return device.latest_revision ?? 0;
  }
  const revision = addRevision(site, device, by, 'automatic', []);
  markStale(site, device.id, null);
  return revision;
}

/** Marks the designs other tickets hold for a device as older than its policy. */
export function markStale(site: Site, deviceId: number, exceptTicketId: number | null): void {
  for (const suggestion of site.suggestions.all()) {
    if (suggestion.deviceId !== deviceId || suggestion.ticketId === exceptTicketId) continue;
    suggestion.newRevisionArrived = true;
    site.suggestions.put(suggestion.key, suggestion);
  }
}
