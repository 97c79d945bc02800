import { asNumber } from './json.js';
import { computeDesign, selectTargets } from './designer.js';
import { needsCommit, saveChange } from './devices.js';
import type { Operation, Step, Task, Ticket } from './model.js';
import { commitDevice } from './provisioning.js';
import { announce, record, SYSTEM, touch } from './records.js';
import { runRisk } from './risk.js';
import type { Tool } from './scenario.js';
import { completeTask, requestField, stepDefinition, workflowOf, type Simulation } from './tickets.js';
import { runVerifier } from './verifier.js';
import type { Site } from './site.js';

const NAMES: Record<Tool, string> = {
  target: 'Target suggestion',
  designer: 'Designer (Design stage)',
  risk: 'Risk',
  verifier: 'Verifier',
  update: 'Designer (Update stage)',
  commit: 'Designer (Commit stage)',
};

/** Completes one tool of an automatic step and starts the next; after the last one the ticket moves on. */
export function finishAutoTool(simulation: Simulation, operation: Operation): void {
  const { site, operations } = simulation;
  const ticket = site.tickets.get(operation.ticketId ?? -1);
  const step = ticket?.steps.find((one) => one.id === operation.stepId);
  const task = step?.tasks.find((one) => one.id === operation.taskId);
  if (!ticket || !step || !task || ticket.status !== 'In Progress') return;
  if (ticket.currentStepId !== step.id || operation.data['epoch'] !== ticket.epoch) return;
  const definition = stepDefinition(site, ticket, step);
  const at = asNumber(operation.data['tool']) ?? 0;
  const tool = definition.tools[at];
  if (tool !== undefined) {
    const fails = tool === definition.failTool && ticket.epoch <= (definition.failEpochs ?? Infinity);
    const failure = fails ? definition.failReason : runTool(site, ticket, step, task, tool);
    if (failure !== null) {
      automationFailed(simulation, ticket, step, task, tool, failure);
      return;
    }
    record(site, ticket, SYSTEM, `Automatic step: ${NAMES[tool]} completed`, step, task);
  }
  touch(site, ticket);
  if (at + 1 < definition.tools.length) {
    const data = { tool: at + 1, epoch: ticket.epoch };
    operations.start('autoTool', site.timings.autoStepMs, SYSTEM, { ticket, step, task }, data);
    return;
  }
  task.pendingReason = null;
  task.pendingDescription = null;
  completeTask(simulation, ticket, step, task, SYSTEM);
}

function runTool(site: Site, ticket: Ticket, step: Step, task: Task, tool: Tool): string | null {
  const workflow = workflowOf(site, ticket);
  const field = requestField(task);
  if (!field) return 'the step has no request field';
  if (tool === 'target') selectTargets(site, field, workflow);
  if (tool === 'risk') runRisk(step, workflow);
  if (tool === 'verifier') runVerifier(site, ticket, step, workflow.verifier);
  if (tool === 'designer') {
    const status = computeDesign(site, ticket, field, workflow);
    return status === 'designer cannot compute' ? workflow.design.cannotComputeReason : null;
  }
  if (tool === 'update' || tool === 'commit') pushAll(site, ticket, tool);
  return null;
}

function pushAll(site: Site, ticket: Ticket, tool: 'update' | 'commit'): void {
  for (const suggestion of site.suggestionsOf(ticket.id)) {
    const device = site.devices.get(suggestion.deviceId);
    if (!device) continue;
    if (tool === 'update') {
      saveChange(site, device, {
        ticketId: ticket.id,
        by: SYSTEM,
        atMs: site.now(),
        what: 'automatic step',
      });
      suggestion.pushStatus = 'Device update succeeded';
    } else if (needsCommit(device)) {
      const through = `ticket ${String(ticket.id)}`;
      suggestion.commit = commitDevice(site, device, { through, startMs: site.now(), planned: undefined });
    }
    site.suggestions.put(suggestion.key, suggestion);
  }
}

function automationFailed(
  simulation: Simulation,
  ticket: Ticket,
  step: Step,
  task: Task,
  tool: Tool,
  reason: string,
): void {
  const { site, triggers } = simulation;
  triggers.queue(ticket, 'AUTOMATION_FAILED', step);
  task.pendingReason = null;
  task.pendingDescription = null;
  const handler = site.user(task.participant);
  task.assignee = handler?.kind === 'user' ? handler.login : null;
  task.status = task.assignee === null ? 'WAITING_TO_BE_ASSIGNED' : 'ASSIGNED';
  record(site, ticket, SYSTEM, `Automatic step: ${NAMES[tool]} failed due to: ${reason}`, step, task);
  announce(site, ticket, 'TASK_AUTOMATION_FAILED', step, task, reason);
  touch(site, ticket);
}
