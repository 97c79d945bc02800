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
import type { World } from './world.js';

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

function namedDevices(world: World, requests: JsonObject[]): Device[] {
  const found: Device[] = [];
  for (const request of requests) {
    const entries = [
      ...wrapped(request, 'targets', 'target'),
      ...(request['management_id'] === undefined ? [] : [request]),
    ];
    for (const target of entries) {
      const id = asNumber(target['management_id']);
      const name = asText(target['management_name']) ?? asText(target['object_name']);
      const device = world.devices
        .all()
        .find((one) => (id === undefined ? one.name === name : one.id === id));
      if (device && !found.includes(device)) found.push(device);
    }
  }
  return found;
}

/** Devices a field's requests are for: those it names, else the workflow's canned ones. */
export function targetDevices(world: World, field: Field, workflow: ScenarioWorkflow): Device[] {
  const named = namedDevices(world, requestsOf(field));
  if (named.length > 0) return named;
  const suggested = workflow.design.targets.filter((id) => !world.excludedDevices.includes(id));
  return suggested.flatMap((id) => world.devices.get(id) ?? []);
}

/** Writes the chosen devices as targets into requests that name none. */
export function selectTargets(world: World, field: Field, workflow: ScenarioWorkflow): void {
  if (field.type !== 'multi_access_request') return;
  const devices = targetDevices(world, field, workflow);
  for (const request of requestsOf(field)) {
    if (namedDevices(world, [request]).length > 0) continue;
    request['targets'] = {
      target: devices.map((device) => ({
        '@type': 'Object',
        id: world.nextId('object', 90_101),
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
export function checkRedesignNeeded(world: World, ticket: Ticket, field: Field): void {
  const { designed } = ticket;
  if (!designed || designerStatus(field) === 'not run' || designerStatus(field) === 'designer cannot compute')
    return;
  const redone = designed.epoch !== ticket.epoch && world.switches.redesignAfterRedo === 'run';
  const edited = designed.digest !== requestDigest(field);
  const stale = world.suggestionsOf(ticket.id).some((suggestion) => suggestion.newRevisionArrived);
  const failed = world
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
  const { world, operations } = simulation;
  lockTask(task, world.switches.pendingReasons.designer, 'Apply Changes');
  setDesignerStatus(field, 'designer running');
  record(world, ticket, SYSTEM, 'Move task to the pending status (Apply Changes)', step, task);
  operations.start('redesign', world.timings.designMs, by, { ticket, step, task }, { fieldId: field.id });
  touch(world, ticket);
}

/** Completes a Designer run started by the API. */
export function finishRedesign(simulation: Simulation, operation: Operation): void {
  const { world } = simulation;
  const ticket = world.tickets.get(operation.ticketId ?? -1);
  const step = ticket?.steps.find((one) => one.id === operation.stepId);
  const task = step?.tasks.find((one) => one.id === operation.taskId);
  const field = task && requestField(task);
  if (!ticket || !step || !task || !field) return;
  const workflow = workflowOf(world, ticket);
  selectTargets(world, field, workflow);
  computeDesign(world, ticket, field, workflow);
  if (workflow.riskWithDesign) runRisk(step, workflow);
  unlockTask(task);
  record(world, ticket, SYSTEM, 'Apply Changes executed', step, task);
  touch(world, ticket);
}

/** Computes fresh Designer results for a ticket. Returns the new status of the field. */
export function computeDesign(
  world: World,
  ticket: Ticket,
  field: Field,
  workflow: ScenarioWorkflow,
): string {
  for (const old of world.suggestionsOf(ticket.id)) world.suggestions.delete(old.key);
  const resultsId = world.nextId('designerResults', 1_458);
  const orders = requestsOf(field).map((request) => asText(request['order']) ?? 'AR1');
  const outcomes: Suggestion['instructionStatus'][] = [];
  for (const device of targetDevices(world, field, workflow)) {
    const outcome = instructionStatus(world, ticket, device, workflow);
    outcomes.push(outcome);
    const suggestion = freshSuggestion(world, ticket, device, resultsId, orders, workflow, outcome);
    world.suggestions.put(suggestion.key, suggestion);
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
  world: World,
  ticket: Ticket,
  device: Device,
  workflow: ScenarioWorkflow,
): Suggestion['instructionStatus'] {
  const outcome = workflow.design.perDevice[String(device.id)] ?? workflow.design.outcome;
  if (outcome === 'cannotCompute') return 'DESIGN_FAILED';
  if (outcome === 'fullyImplemented') return 'DESIGN_FULLY_IMPLEMENTED';
  const seen =
    world.switches.redesignSeesSavedChanges && device.saved.some((change) => change.ticketId === ticket.id);
  return seen ? 'DESIGN_FULLY_IMPLEMENTED' : 'DESIGN_SUCCESS';
}

function freshSuggestion(
  world: World,
  ticket: Ticket,
  device: Device,
  resultsId: number,
  requestOrders: string[],
  workflow: ScenarioWorkflow,
  outcome: Suggestion['instructionStatus'],
): Suggestion {
  const instructionCount = outcome === 'DESIGN_SUCCESS' ? workflow.design.instructions : 1;
  const firstInstructionId = world.nextId('instruction', 2_966);
  for (let more = 1; more < instructionCount; more += 1) world.nextId('instruction');
  return {
    key: `${String(ticket.id)}/${String(device.id)}`,
    ticketId: ticket.id,
    deviceId: device.id,
    id: world.nextId('suggestion', 815),
    resultsId,
    bindingId: world.nextId('binding', 1_201),
    firstInstructionId,
    instructionCount,
    instructionStatus: outcome,
    requestOrders,
    revision: device.latest_revision ?? 0,
    ancestorRevision: ancestors(world, device).at(-1)?.latest_revision ?? null,
    newRevisionArrived: false,
    pushStatus: null,
    pushReason: null,
    commands: [],
    commit: null,
  };
}

/** Another administrator changes a device: a new revision, and every live design on it is stale. Only inside a change. */
export function foreignChange(
  world: World,
  device: Device,
  by: string,
  what: string,
  saved: boolean,
): number {
  if (saved) device.saved.push({ ticketId: null, by, atMs: world.now(), what });
  if (saved && world.switches.candidateEdits === 'invisible') {
    world.devices.put(device.id, device);
    return device.latest_revision ?? 0;
  }
  const revision = addRevision(world, device, by, 'automatic', []);
  markStale(world, device.id, null);
  return revision;
}

/** Marks the designs other tickets hold for a device as older than its policy. */
export function markStale(world: World, deviceId: number, exceptTicketId: number | null): void {
  for (const suggestion of world.suggestions.all()) {
    if (suggestion.deviceId !== deviceId || suggestion.ticketId === exceptTicketId) continue;
    suggestion.newRevisionArrived = true;
    world.suggestions.put(suggestion.key, suggestion);
  }
}
