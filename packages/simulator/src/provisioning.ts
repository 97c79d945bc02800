import { ApiError, badRequest } from './api-error.js';
import {
  ancestors,
  carriedByCommit,
  commitScope,
  enforceSaved,
  lockHolder,
  needsCommit,
  policyNamed,
  saveChange,
} from './devices.js';
import { markStale, setDesignerStatus } from './designer.js';
import { asText } from './json.js';
import type { CommitReport, Device, Field, Operation, Step, Suggestion, Task, Ticket } from './model.js';
import { lockTask, record, SYSTEM, touch, unlockTask } from './records.js';
import { requestField, type Simulation } from './tickets.js';
import type { Site } from './site.js';

export const NOT_PERFORMED =
  'Commit not performed: This device had no policies to install on its managed firewalls';
export const REVERTED =
  'Connectivity check to Panorama failed, configuration reverted to the last running configuration';

interface Place {
  ticket: Ticket;
  step: Step;
  task: Task;
  field: Field;
}

function suggestionFor(site: Site, ticket: Ticket, deviceId: number): Suggestion | undefined {
  return site.suggestions.get(`${String(ticket.id)}/${String(deviceId)}`);
}

/** Checks and starts an Update of one device. Throws the vendor's refusals; the outcome comes later. */
export function startUpdate(
  simulation: Simulation,
  place: Place,
  deviceId: number,
  by: string,
  options: { force: boolean; opm: boolean; fault?: string | undefined },
): void {
  const { site, operations } = simulation;
  const { ticket, step, task, field } = place;
  const device = site.devices.get(deviceId);
  const suggestion = suggestionFor(site, ticket, deviceId);
  if (!device || !suggestion || !device.provisioning || device.opm !== options.opm) {
    throw badRequest(`Provisioning is not supported for device ID ${String(deviceId)}`);
  }
  if (suggestion.instructionStatus === 'DESIGN_FAILED') {
    throw badRequest(`Device ID ${String(deviceId)} has no computed changes`);
  }
  const stale = suggestion.newRevisionArrived && !options.force;
  if (stale && site.switches.updateOnNewRevision === 'refuse') {
    throw badRequest(`The policy of device ID ${String(deviceId)} has changed since the design`);
  }
  const busy = operations.running('update').filter((operation) => {
    const counts = site.switches.secondUpdateScope === 'server' || operation.ticketId === ticket.id;
    return counts && operation.data['opm'] !== true;
  });
  if (!options.opm && busy.length > 0 && site.switches.secondUpdate === 'refuse') {
    const { secondUpdateStatus } = site.switches;
    throw new ApiError(secondUpdateStatus, 'BAD_REQUEST_ERROR', 'Another device update is currently running');
  }
  const free = options.opm ? site.now() : Math.max(site.now(), ...busy.map((operation) => operation.dueMs));
  lockTask(task, site.switches.pendingReasons.push, 'Apply Changes');
  setDesignerStatus(field, 'implementation running');
  record(site, ticket, by, 'Update device', step, task);
  record(site, ticket, SYSTEM, 'Move task to the pending status (Apply Changes)', step, task);
  const failure =
    options.fault ?? (stale && site.switches.updateOnNewRevision === 'fail' ? 'newRevision' : undefined);
  const data = { opm: options.opm, force: options.force, ...(failure === undefined ? {} : { failure }) };
  const lasts = free - site.now() + site.timings.updateMs;
  operations.start('update', lasts, by, { ticket, step, task, deviceId }, data);
  touch(site, ticket);
}

function placeOf(site: Site, operation: Operation): Place | undefined {
  const ticket = site.tickets.get(operation.ticketId ?? -1);
  const steps = ticket ? [...ticket.steps, ...ticket.retiredSteps] : [];
  const step = steps.find((one) => one.id === operation.stepId);
  const task = step?.tasks.find((one) => one.id === operation.taskId);
  const field = task && requestField(task);
  return ticket && step && task && field ? { ticket, step, task, field } : undefined;
}

function updateFailure(site: Site, device: Device, operation: Operation): string | null {
  const planned = asText(operation.data['failure']);
  if (planned === 'newRevision') return 'the policy on the device has changed since the design';
  if (planned === 'updateFailed') return 'command rejected by the device';
  const holder = planned === 'deviceLocked' ? 'another administrator' : lockHolder(site, device);
  if (holder !== null)
    return `object is locked by ${holder === 'another administrator' ? holder : `administrator ${holder}`}`;
  return device.offline ? 'device is offline' : null;
}

/** Completes an Update: saves on a manager, enforces on a direct device, or fails. */
export function finishUpdate(simulation: Simulation, operation: Operation): void {
  const { site } = simulation;
  const place = placeOf(site, operation);
  const device = site.devices.get(operation.deviceId ?? -1);
  if (!place || !device) return;
  const { ticket, step, task, field } = place;
  const suggestion = suggestionFor(site, ticket, device.id);
  if (suggestion?.instructionStatus === 'DESIGN_FULLY_IMPLEMENTED') {
    setDesignerStatus(field, 'implementation success');
    unlockTask(task);
    record(site, ticket, SYSTEM, 'Apply Changes executed', step, task);
    record(site, ticket, SYSTEM, `Update ${device.name} did not run`, step, task);
    touch(site, ticket);
    return;
  }
  const failure = updateFailure(site, device, operation);
  const count = suggestion?.instructionCount ?? 1;
  const commands = Array.from({ length: count }, (_, at) => ({
    status: failure !== null && at === count - 1 ? 'FAILED' : 'SUCCEEDED',
    order: at + 1,
    command: `set rule SC${String(ticket.id)}_${String(at + 1)} on ${device.name}`,
    failureReason: failure !== null && at === count - 1 ? failure : null,
  }));
  const policy = policyNamed(device, field);
  if (failure === null) {
    saveChange(site, device, {
      ticketId: ticket.id,
      by: operation.user,
      atMs: site.now(),
      what: `${String(count)} instructions`,
      ...(policy === undefined ? {} : { policy }),
    });
    if (site.switches.ownUpdatesMakeDesignsStale) markStale(site, device.id, ticket.id);
  }
  if (suggestion) {
    suggestion.pushStatus = failure === null ? 'Device update succeeded' : site.switches.pushFailedText;
    suggestion.pushReason = failure;
    suggestion.commands = commands;
    site.suggestions.put(suggestion.key, suggestion);
  }
  setDesignerStatus(field, failure === null ? 'implementation success' : 'implementation failure');
  unlockTask(task);
  record(site, ticket, SYSTEM, 'Apply Changes executed', step, task);
  record(
    site,
    ticket,
    SYSTEM,
    failure === null ? 'Update device succeeded' : 'Update device failed',
    step,
    task,
  );
  const outcome =
    failure === null ? `Update ${device.name} succeeded` : `update ${device.name} failed due to: ${failure}`;
  record(site, ticket, SYSTEM, outcome, step, task, {
    vendor: device.vendor,
    device: device.name,
    commands,
  });
  touch(site, ticket);
}

/** Checks and starts a Commit. Throws the vendor's refusals; the outcome comes later. */
export function startCommit(
  simulation: Simulation,
  place: Place,
  deviceId: number,
  by: string,
  fault: string | undefined,
): void {
  const { site, operations } = simulation;
  const { ticket, step, task, field } = place;
  const device = site.devices.get(deviceId);
  const suggestion = suggestionFor(site, ticket, deviceId);
  const unsupported = badRequest(`Commit is not supported for device ID ${String(deviceId)}`);
  if (!device || !needsCommit(device)) throw unsupported;
  if (!suggestion) {
    const below = site.suggestionsOf(ticket.id).some((one) => {
      const target = site.devices.get(one.deviceId);
      return target ? ancestors(site, target).includes(device) : false;
    });
    if (!below || site.switches.commitOnAncestor === 'refuse') throw unsupported;
  } else if (suggestion.pushStatus === null && site.switches.commitWithoutUpdate === 'refuse') {
    throw badRequest(`Device ID ${String(deviceId)} has not been updated`);
  }
  lockTask(task, site.switches.pendingReasons.push, 'Apply Changes');
  setDesignerStatus(field, 'commit running');
  record(site, ticket, SYSTEM, 'Move task to the pending status (Apply Changes)', step, task);
  const data = fault === undefined ? {} : { failure: fault };
  operations.start('commit', site.timings.commitMs, by, { ticket, step, task, deviceId }, data);
  touch(site, ticket);
}

interface CommitBy {
  through: string;
  startMs: number;
  planned: string | undefined;
}

function lastOf({ name }: Device, firewalls: CommitReport['firewalls']): CommitReport['firewalls'][number] {
  const last = firewalls.at(-1) ?? {
    name: `${name}-fw`,
    policy: name,
    status: '',
    errors: [],
    warnings: [],
  };
  if (firewalls.length === 0) firewalls.push(last);
  return last;
}

/** Carries out a Commit on a device and says what became of it. Used by tickets and by change windows. */
export function commitDevice(
  site: Site,
  device: Device,
  { through, startMs, planned }: CommitBy,
): CommitReport {
  const { switches } = site;
  const firewalls = site.devices
    .all()
    .filter((one) => one.parent_id === device.id && !needsCommit(one))
    .map((one) => ({
      name: one.name,
      policy: one.policy ?? device.name,
      status: one.offline ? 'FAILURE' : 'SUCCESS',
      errors: one.offline ? ['Device is not connected'] : ([] as string[]),
      warnings: [] as string[],
    }));
  const report: CommitReport = {
    status: 'COMMIT_SUCCESS',
    startMs,
    endMs: site.now(),
    deviceStatus: 'SUCCESS',
    errors: [],
    warnings: [],
    firewalls,
  };
  const holder = planned === 'deviceLocked' ? 'another administrator' : lockHolder(site, device);
  if (holder !== null || device.offline) {
    const error = holder === null ? 'Login error' : `Device is locked by ${holder}`;
    return { ...report, status: 'COMMIT_FAILURE', deviceStatus: 'FAILURE', errors: [error], firewalls: [] };
  }
  const nothing = commitScope(site, device).every((one) => carriedByCommit(site, one).length === 0);
  if (planned === 'commitSkippedWithWarning' || (nothing && switches.commitOfNothing === 'warns')) {
    return { ...report, deviceStatus: 'SUCCESS_WITH_WARNINGS', warnings: [NOT_PERFORMED], firewalls: [] };
  }
  if (nothing && switches.commitOfNothing === 'refuses') {
    const errors = ['There are no changes to commit'];
    return { ...report, status: 'COMMIT_FAILURE', deviceStatus: 'FAILURE', errors, firewalls: [] };
  }
  if (planned === 'commitPartiallyFailed') {
    const last = lastOf(device, firewalls);
    Object.assign(last, { status: 'FAILURE', errors: ['Policy installation failed'] });
    enforceSaved(site, device, { through, failedOn: [last.policy] });
    return { ...report, status: 'COMMIT_FAILURE', deviceStatus: 'FAILURE' };
  }
  if (planned === 'commitReverted') {
    const last = lastOf(device, firewalls);
    Object.assign(last, { status: 'SUCCESS', warnings: [REVERTED] });
    enforceSaved(site, device, { through, failedOn: [last.policy] });
    return report;
  }
  const offline = firewalls.filter(({ status }) => status !== 'SUCCESS').length;
  if (offline > 0 && (offline === firewalls.length || switches.offlineFirewall === 'failsCommit')) {
    const failedOn = firewalls.filter(({ status }) => status !== 'SUCCESS').map(({ policy }) => policy);
    if (offline < firewalls.length) enforceSaved(site, device, { through, failedOn });
    return { ...report, status: 'COMMIT_FAILURE', deviceStatus: 'FAILURE' };
  }
  enforceSaved(site, device, { through, failedOn: null });
  return offline === 0 ? report : { ...report, deviceStatus: 'SUCCESS_WITH_WARNINGS' };
}

/** Completes a Commit started by a ticket. */
export function finishCommit(simulation: Simulation, operation: Operation): void {
  const { site } = simulation;
  const place = placeOf(site, operation);
  const device = site.devices.get(operation.deviceId ?? -1);
  if (!place || !device) return;
  const { ticket, step, task, field } = place;
  const through = `ticket ${String(ticket.id)}`;
  const report = commitDevice(site, device, {
    through,
    startMs: operation.startMs,
    planned: asText(operation.data['failure']),
  });
  const scope = new Set(commitScope(site, device).map((one) => one.id));
  for (const suggestion of site.suggestionsOf(ticket.id)) {
    if (!scope.has(suggestion.deviceId)) continue;
    suggestion.commit = report;
    site.suggestions.put(suggestion.key, suggestion);
  }
  setDesignerStatus(field, report.status === 'COMMIT_SUCCESS' ? 'commit success' : 'commit failure');
  unlockTask(task);
  record(site, ticket, SYSTEM, 'Apply Changes executed', step, task);
  touch(site, ticket);
}
