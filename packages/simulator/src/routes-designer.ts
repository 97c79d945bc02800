import { badRequest, illegalArgument, notFound } from './api-error.js';
import { checkRedesignNeeded, designerStatus, startRedesign } from './designer.js';
import { isRequestField } from './fields.js';
import type { Device, Field, Suggestion } from './model.js';
import { startCommit, startUpdate } from './provisioning.js';
import { renderCommands, renderCommitReport, renderDesigner, renderSuggestion } from './render-designer.js';
import { API } from './render-ticket.js';
import { checkWritable, fieldOf, taskOf, type TaskPlace } from './task-place.js';
import { need, numberParameter, query, type Exchange, type Reply } from './exchange.js';
import type { Front } from './server.js';
import { requestField } from './tickets.js';

interface FieldPlace extends TaskPlace {
  field: Field;
}

function requestPlace(exchange: Exchange): FieldPlace {
  const place = taskOf(exchange);
  const named = exchange.request.params['fieldId'] !== undefined;
  const field = named ? fieldOf(exchange, place.task) : requestField(place.task);
  if (!field) throw notFound();
  if (!isRequestField(field)) throw badRequest(`Field ${field.name} has no Designer results`);
  return { ...place, field };
}

function taskUrl(exchange: Exchange, { ticket, step, task }: TaskPlace): string {
  return `${exchange.base}${API}/tickets/${String(ticket.id)}/steps/${String(step.id)}/tasks/${String(task.id)}`;
}

function designerUrl(exchange: Exchange, place: FieldPlace): string | undefined {
  if (query(exchange, 'expand_links') === 'true') return undefined;
  return `${taskUrl(exchange, place)}/fields/${String(place.field.id)}/designer`;
}

function suggestionOf(exchange: Exchange, place: FieldPlace): { suggestion: Suggestion; device: Device } {
  const { site } = exchange.simulation;
  const id = numberParameter(exchange, 'deviceId');
  const suggestion = site.suggestions.get(`${String(place.ticket.id)}/${String(id)}`);
  const device = site.devices.get(id);
  if (!suggestion || !device) throw notFound();
  return { suggestion, device };
}

function isOpm(exchange: Exchange, suggestion: Suggestion): boolean {
  return exchange.simulation.site.devices.get(suggestion.deviceId)?.opm ?? false;
}

function readDesigner(opm: boolean | undefined) {
  return (exchange: Exchange): Reply => {
    const { site } = exchange.simulation;
    const place = requestPlace(exchange);
    if (designerStatus(place.field) === 'not run') throw notFound();
    const suggestions = site
      .suggestionsOf(place.ticket.id)
      .filter((suggestion) => opm === undefined || isOpm(exchange, suggestion) === opm);
    const url = designerUrl(exchange, place);
    return { status: 200, tree: renderDesigner(site, place.ticket, place.field, suggestions, url) };
  };
}

function readDevice(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const place = requestPlace(exchange);
  const { suggestion } = suggestionOf(exchange, place);
  const tree = renderSuggestion(site, suggestion, place.field, place.ticket, designerUrl(exchange, place));
  return { status: 200, tree: { device_suggestion: tree } };
}

function redesign(exchange: Exchange): Reply {
  const { simulation } = exchange;
  const place = requestPlace(exchange);
  checkWritable(exchange, place);
  checkRedesignNeeded(simulation.site, place.ticket, place.field);
  simulation.site.store.change(() => {
    startRedesign(simulation, place.ticket, place.step, place.task, place.field, exchange.user.login);
    exchange.applied();
  });
  return { status: 202, location: taskUrl(exchange, place) };
}

function update(opm: boolean) {
  return (exchange: Exchange): Reply => {
    const { simulation } = exchange;
    need(exchange, 'provision');
    const place = requestPlace(exchange);
    checkWritable(exchange, place);
    checkDesigned(place);
    const options = { force: query(exchange, 'force') === 'true', opm, fault: exchange.outcomeFault?.kind };
    simulation.site.store.change(() => {
      startUpdate(simulation, place, numberParameter(exchange, 'deviceId'), exchange.user.login, options);
      exchange.applied();
    });
    return { status: 202, location: taskUrl(exchange, place) };
  };
}

function checkDesigned(place: FieldPlace): void {
  if (place.ticket.designed === null)
    throw illegalArgument(`Designer has not run for ticket ${String(place.ticket.id)}`);
}

function commit(exchange: Exchange): Reply {
  const { simulation } = exchange;
  need(exchange, 'provision');
  const place = requestPlace(exchange);
  checkWritable(exchange, place);
  checkDesigned(place);
  const device = numberParameter(exchange, 'deviceId');
  simulation.site.store.change(() => {
    startCommit(simulation, place, device, exchange.user.login, exchange.outcomeFault?.kind);
    exchange.applied();
  });
  return { status: 202, location: taskUrl(exchange, place) };
}

function commitReport(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const place = requestPlace(exchange);
  const { suggestion, device } = suggestionOf(exchange, place);
  if (!suggestion.commit) throw notFound();
  return {
    status: 200,
    tree: renderCommitReport(site, place.ticket, device, suggestion.commit),
    lists: 'arrays',
  };
}

function opmProvisioning(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const place = requestPlace(exchange);
  const only =
    exchange.request.params['deviceId'] === undefined ? undefined : numberParameter(exchange, 'deviceId');
  const results = site
    .suggestionsOf(place.ticket.id)
    .filter((one) => isOpm(exchange, one) && (only === undefined || one.deviceId === only))
    .map((one) => ({
      system_id: one.deviceId,
      provisioning_status: one.pushStatus ?? 'NOT_RUN',
      redesigned_after_provisioning: false,
      ...(one.pushReason === null ? {} : { error_message: one.pushReason }),
      device_provisioning_results: {
        device_provisioning_result: [
          { device_id: one.deviceId, provisioning_status: one.pushStatus ?? 'NOT_RUN' },
        ],
      },
    }));
  return { status: 200, tree: { opm_provisioning_results: { opm_provisioning_result: results } } };
}

/** Registers the calls on Designer, Update and Commit. */
export function designerRoutes(front: Front): void {
  const task = `${API}/tickets/:id/steps/:stepId/tasks/:taskId`;
  const field = `${task}/fields/:fieldId`;
  const designer = `${field}/designer`;
  front.route('get', designer, readDesigner(undefined));
  front.route('get', `${task}/multi_access_request/designer`, readDesigner(undefined));
  front.route('get', `${designer}/device/:deviceId`, readDevice);
  front.route('get', `${designer}/device/:deviceId/commands`, (exchange) => {
    const { suggestion } = suggestionOf(exchange, requestPlace(exchange));
    return { status: 200, tree: { commands: { command: renderCommands(suggestion) } } };
  });
  front.route('put', `${designer}/redesign`, redesign);
  front.route('put', `${designer}/device/:deviceId/update`, update(false));
  front.route('put', `${designer}/device/:deviceId/commit`, commit);
  front.route('get', `${designer}/commit_report/:deviceId`, commitReport);
  front.route('get', `${field}/opm_designer`, readDesigner(true));
  front.route('get', `${field}/opm_designer/systems/:deviceId`, readDevice);
  front.route('put', `${field}/opm_designer/systems/:deviceId/update`, update(true));
  front.route('get', `${field}/opm_provisioning`, opmProvisioning);
  front.route('get', `${field}/opm_provisioning/systems/:deviceId`, opmProvisioning);
}
