import { commitScope, lockHolder } from './devices.js';
import { setDesignerStatus } from './designer.js';
import { asText, isObject, objectsOf, type JsonObject } from './json.js';
import type { Operation } from './model.js';
import { commitDevice } from './provisioning.js';
import { currentStep, record, SYSTEM, touch } from './records.js';
import type { ChangeWindow, WindowRun } from './scenario.js';
import { requestField, type Simulation } from './tickets.js';

type DeviceRun = WindowRun['devices'][number];

/** Starts a run of a change window. `plan` may give run errors and, per device id, the result to play. */
export function startWindowRun(simulation: Simulation, window: ChangeWindow, plan: JsonObject): void {
  const { site, operations } = simulation;
  operations.start('windowRun', site.timings.windowRunMs, SYSTEM, {}, { uuid: window.uuid, plan });
}

/** Arms the next run of a window that runs by itself. Only inside a change. */
export function armWindow(simulation: Simulation, window: ChangeWindow): void {
  if (window.everyMs === undefined) return;
  const armed = simulation.operations.running('windowTick').some((one) => one.data['uuid'] === window.uuid);
  if (!armed) simulation.operations.start('windowTick', window.everyMs, SYSTEM, {}, { uuid: window.uuid });
}

/** A window's own time has come: runs it, if enabled, and arms the next time. */
export function windowTick(simulation: Simulation, operation: Operation): void {
  const window = simulation.site.windows.get(asText(operation.data['uuid']) ?? '');
  if (!window) return;
  if (window.enabled) startWindowRun(simulation, window, {});
  armWindow(simulation, window);
}

/** Completes a run: commits everything saved on each member device, whoever saved it. */
export function finishWindowRun(simulation: Simulation, operation: Operation): void {
  const { site } = simulation;
  const window = site.windows.get(asText(operation.data['uuid']) ?? '');
  if (!window) return;
  const plan = isObject(operation.data['plan']) ? operation.data['plan'] : {};
  const errors = Array.isArray(plan['errors']) ? plan['errors'].map((one) => asText(one) ?? '') : [];
  const devices =
    errors.length > 0 ? [] : window.devices.map((id) => runDevice(simulation, id, operation, plan));
  const id = site.nextId('windowRun', 1_001);
  window.runs.push({ id, startMs: operation.startMs, endMs: site.now(), errors, devices });
  site.windows.put(window.uuid, window);
}

function runDevice(simulation: Simulation, id: number, operation: Operation, plan: JsonObject): DeviceRun {
  const { site } = simulation;
  const device = site.devices.get(id);
  const planned = objectsOf(plan['devices']).find((one) => one['id'] === id);
  const bare: DeviceRun = { id, status: 'FAILURE', warnings: [], errors: [], resultErrors: [] };
  if (!device) return { ...bare, resultErrors: ['got_error_from_dcs'] };
  const text = (key: string): string[] => {
    const value = planned?.[key];
    return Array.isArray(value) ? value.map((one) => asText(one) ?? '') : [];
  };
  const status = asText(planned?.['status']);
  if (status === 'FAILURE') return { ...bare, errors: text('errors'), resultErrors: text('resultErrors') };
  const updating = simulation.operations.running('update').some((one) => one.deviceId === id);
  const skipped =
    status === 'SUCCESS_WITH_WARNINGS' || (updating && site.switches.windowDuringUpdate === 'skip');
  const carriers = commitScope(site, device).flatMap((one) => one.saved.map((change) => change.ticketId));
  const report = commitDevice(site, device, {
    through: `window ${asText(operation.data['uuid']) ?? ''}`,
    startMs: operation.startMs,
    planned: lockHolder(site, device) === null && skipped ? 'commitSkippedWithWarning' : undefined,
  });
  if (report.deviceStatus === 'SUCCESS' && site.switches.windowCommitShowsInTicket) {
    for (const ticketId of new Set(carriers)) if (ticketId !== null) showInTicket(simulation, ticketId);
  }
  return {
    ...bare,
    status: report.deviceStatus as DeviceRun['status'],
    revisionId: device.latest_revision,
    warnings: text('warnings').length > 0 ? text('warnings') : report.warnings,
    errors: report.errors,
  };
}

function showInTicket(simulation: Simulation, ticketId: number): void {
  const { site } = simulation;
  const ticket = site.tickets.get(ticketId);
  const step = ticket && currentStep(ticket);
  const task = step?.tasks[0];
  const field = task && requestField(task);
  if (!ticket || !field) return;
  setDesignerStatus(field, 'commit success');
  record(site, ticket, SYSTEM, 'Apply Changes executed', step, task);
  touch(site, ticket);
}
