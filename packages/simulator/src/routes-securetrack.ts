import { notFound } from './api-error.js';
import { dayOf, timeOf, windowDate } from './dates.js';
import type { JsonObject } from './json.js';
import type { Device } from './model.js';
import type { ChangeWindow, WindowRun } from './scenario.js';
import { need, numberParameter, parameter, query, type Exchange, type Reply } from './exchange.js';
import { deviceOf, pageOf } from './routes-securetrack-reads.js';
import type { Front } from './server.js';
import type { Site } from './site.js';

const TRACK = '/securetrack/api';

function renderDevice(device: Device): JsonObject {
  return {
    model: device.model,
    vendor: device.vendor,
    domain_id: device.domain_id,
    domain_name: device.domain_name,
    id: device.id,
    name: device.name,
    offline: device.offline,
    topology: device.topology,
    ip: device.ip,
    latest_revision: device.latest_revision,
    virtual_type: device.virtual_type,
    parent_id: device.parent_id,
    module_type: device.module_type,
  };
}

function devices(exchange: Exchange): Reply {
  const matches = (name: string, value: string | undefined): boolean => {
    const wanted = query(exchange, name);
    return wanted === undefined || (value ?? '').toLowerCase() === wanted.toLowerCase();
  };
  const found = exchange.simulation.site.devices
    .all()
    .filter(
      (device) =>
        matches('name', device.name) &&
        matches('ip', device.ip) &&
        matches('vendor', device.vendor) &&
        matches('model', device.model),
    );
  const { page, head } = pageOf(exchange, found);
  return { status: 200, tree: { devices: { ...head, device: page.map(renderDevice) } } };
}

function renderRevision(site: Site, revision: Device['revisions'][number]): JsonObject {
  const offset = site.switches.hostZoneOffsetMinutes;
  return {
    action: revision.action,
    admin: revision.admin,
    auditLog: '-',
    authorizationStatus: 'authorized',
    date: dayOf(revision.atMs, offset),
    firewall_status: true,
    guiClient: '-',
    id: revision.id,
    modules_and_policy: { module_and_policy: [] },
    policyPackage: 'Standard',
    ready: true,
    revisionId: revision.number,
    tickets: { ticket: revision.tickets.map((id) => ({ id })) },
    time: timeOf(revision.atMs, offset),
  };
}

function windowOf(exchange: Exchange): ChangeWindow {
  need(exchange, 'viewChangeWindows');
  const window = exchange.simulation.site.windows.get(parameter(exchange, 'uuid'));
  if (!window) throw notFound('Change window with uuid was not found');
  return window;
}

function windows(exchange: Exchange): Reply {
  need(exchange, 'viewChangeWindows');
  const { page, head } = pageOf(exchange, exchange.simulation.site.windows.all());
  const list = page.map(({ uuid, name, description, domain_id, enabled }) => ({
    uuid,
    name,
    description,
    domain_id,
    enabled,
  }));
  return { status: 200, tree: { change_windows: { ...head, change_window: list } } };
}

function runHead(site: Site, run: WindowRun): JsonObject {
  const offset = site.switches.hostZoneOffsetMinutes;
  return {
    id: run.id,
    start_date: windowDate(run.startMs, offset),
    end_date: windowDate(run.endMs, offset),
    errors: { error: run.errors },
  };
}

function runs(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const newest = [...windowOf(exchange).runs].sort((left, right) => right.id - left.id);
  const { page, head } = pageOf(exchange, newest);
  const list = page.map((run) => runHead(site, run));
  return { status: 200, tree: { commit_tasks: { ...head, commit_task: list } } };
}

function run(exchange: Exchange): Reply {
  const { site } = exchange.simulation;
  const id = numberParameter(exchange, 'taskId');
  const found = windowOf(exchange).runs.find((one) => one.id === id);
  if (!found) throw notFound('Fail to find task for change window');
  const commits = found.devices.map((device, at) => ({
    id: found.id * 100 + at,
    result: {
      errors: { error: device.resultErrors },
      device: {
        id: device.id,
        status: device.status,
        revision_id: device.revisionId,
        ...(device.warnings.length > 0 ? { warnings: { warning: device.warnings } } : {}),
        ...(device.errors.length > 0 ? { errors: { error: device.errors } } : {}),
      },
    },
  }));
  return {
    status: 200,
    tree: { commit_task: { ...runHead(site, found), device_commits: { device_commit: commits } } },
  };
}

/** Registers SecureTrack: devices, revisions, change windows, violation calculation. */
export function secureTrackRoutes(front: Front): void {
  front.route('get', `${TRACK}/devices`, devices);
  front.route('get', `${TRACK}/devices/:deviceId`, (exchange) => ({
    status: 200,
    tree: { device: renderDevice(deviceOf(exchange)) },
  }));
  front.route('get', `${TRACK}/devices/:deviceId/revisions`, (exchange) => {
    const newest = [...deviceOf(exchange).revisions].reverse();
    const list = newest.map((one) => renderRevision(exchange.simulation.site, one));
    return { status: 200, tree: { revisions: { revision: list } }, jsonTree: { revision: list } };
  });
  front.route('get', `${TRACK}/devices/:deviceId/latest_revision`, (exchange) => {
    const latest = deviceOf(exchange).revisions.at(-1);
    if (!latest) throw notFound();
    return { status: 200, tree: { revision: renderRevision(exchange.simulation.site, latest) } };
  });
  front.route('get', `${TRACK}/revisions/:revisionId`, (exchange) => {
    const { site } = exchange.simulation;
    const id = numberParameter(exchange, 'revisionId');
    const found = site.devices.all().flatMap((device) => device.revisions.filter((one) => one.id === id))[0];
    if (!found) throw notFound();
    return { status: 200, tree: { revision: renderRevision(site, found) } };
  });
  front.route('get', `${TRACK}/change_windows`, windows);
  front.route('get', `${TRACK}/change_windows/:uuid/tasks`, runs);
  front.route('get', `${TRACK}/change_windows/:uuid/tasks/:taskId`, run);
}
