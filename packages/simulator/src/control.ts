import { Router, type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import { act, actSchema } from './acts.js';
import { ApiError, notFound } from './api-error.js';
import { foreignChange } from './designer.js';
import { saveChange } from './devices.js';
import { addFault, faultSchema } from './faults.js';
import type { JsonObject } from './json.js';
import { currentStep } from './records.js';
import { revertCommit } from './reverts.js';
import { timingsPatchSchema } from './scenario.js';
import { switchesPatchSchema } from './switches.js';
import type { Simulation } from './tickets.js';
import { startWindowRun } from './windows.js';

const offlineSchema = z.strictObject({ offline: z.boolean() });
const lockSchema = z.strictObject({
  by: z.string().nullable().default('h.novak'),
  forMs: z.int().positive().optional(),
});
const foreignSchema = z.strictObject({
  by: z.string().default('h.novak'),
  what: z.string().default('manual change'),
  saved: z.boolean().default(true).describe('the change waits for a Commit; false: a new revision only'),
});
const byHandSchema = z.strictObject({
  by: z.string().default('n.weber'),
  ticketId: z.int().describe('the ticket whose change is made'),
});
const revertSchema = z.strictObject({
  firewall: z.string().optional().describe('the firewall that goes back to what it had; absent: all'),
});
const windowRunSchema = z.strictObject({
  errors: z.array(z.string()).optional(),
  devices: z
    .array(
      z.strictObject({
        id: z.int(),
        status: z.enum(['SUCCESS', 'SUCCESS_WITH_WARNINGS', 'FAILURE']).optional(),
        warnings: z.array(z.string()).optional(),
        errors: z.array(z.string()).optional(),
        resultErrors: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});
const windowSchema = z.strictObject({ enabled: z.boolean() });
const testSchema = z.strictObject({ trigger: z.union([z.int(), z.string()]).optional() });
const dropSchema = z.strictObject({ fraction: z.number().min(0).max(1), seed: z.int().default(1) });

function bodyOf(request: Request): unknown {
  const text = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
  return text.trim() === '' ? {} : (JSON.parse(text) as unknown);
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address ?? '');
}

function stateOf({ site }: Simulation): JsonObject {
  return {
    tickets: site.tickets.all().map((ticket) => {
      const step = currentStep(ticket);
      return {
        id: ticket.id,
        subject: ticket.subject,
        workflow: ticket.workflowName,
        status: ticket.status,
        epoch: ticket.epoch,
        expired: ticket.expired,
        step: step ? { id: step.id, name: step.name } : null,
        tasks: step?.tasks.map(({ id, name, status, assignee }) => ({ id, name, status, assignee })) ?? [],
        devices: site.suggestionsOf(ticket.id).map((one) => ({
          id: one.deviceId,
          name: site.devices.get(one.deviceId)?.name ?? '',
          push: one.pushStatus,
          commit: one.commit?.status ?? null,
          newRevisionArrived: one.newRevisionArrived,
        })),
      };
    }),
    devices: site.devices.all().map((device) => ({
      id: device.id,
      name: device.name,
      revision: device.latest_revision ?? null,
      lockedBy: device.lockedBy,
      saved: device.saved.map((one) => ({ ...one })),
      enforced: device.enforced.map((one) => ({ ...one })),
    })),
    operations: site.operations.all().map((one) => ({
      kind: one.kind,
      ticketId: one.ticketId,
      deviceId: one.deviceId,
      dueMs: one.dueMs,
    })),
  };
}

/** The control interface below `/simulator`: no authentication, loopback callers only, JSON. */
export function controlRouter(simulation: Simulation): Router {
  const { site } = simulation;
  const router = Router();
  const reply = (
    path: string,
    method: 'get' | 'put' | 'post' | 'delete',
    work: (request: Request) => unknown,
  ): void => {
    router[method](path, (request, response) => {
      response.json(work(request));
    });
  };
  const device = (request: Request) => {
    const found = site.devices.get(String(request.params['id']));
    if (!found) throw notFound();
    return found;
  };

  router.use((request, response, next) => {
    if (isLoopback(request.socket.remoteAddress)) next();
    else response.status(403).json({ error: 'the control interface answers loopback callers only' });
  });
  reply('/health', 'get', () => ({
    status: 'ok',
    scenario: site.scenario.name,
    tickets: site.tickets.size,
  }));
  reply('/state', 'get', () => stateOf(simulation));
  reply('/writes', 'get', (request) => {
    const since = Number(request.query['since'] ?? 0);
    return { writes: site.writes.all().filter((one) => one.seq > since) };
  });
  reply('/script-runs', 'get', () => ({ runs: site.scriptRuns.all() }));
  reply('/switches', 'get', () => site.switches);
  reply('/switches', 'put', (request) => site.patchSwitches(switchesPatchSchema.parse(bodyOf(request))));
  reply('/timings', 'get', () => site.timings);
  reply('/timings', 'put', (request) => site.patchTimings(timingsPatchSchema.parse(bodyOf(request))));
  reply('/faults', 'get', () => ({ faults: site.faults.all() }));
  reply('/faults', 'post', (request) => ({ id: addFault(site, faultSchema.parse(bodyOf(request))) }));
  reply('/faults', 'delete', () => {
    site.store.change(() => {
      for (const fault of site.faults.all()) site.faults.delete(fault.id);
    });
    return {};
  });
  reply('/faults/:id', 'delete', (request) => {
    site.store.change(() => {
      site.faults.delete(String(request.params['id']));
    });
    return {};
  });
  reply('/tickets/:id/act', 'post', (request) => {
    const ticket = act(simulation, Number(request.params['id']), actSchema.parse(bodyOf(request)));
    return { id: ticket.id, status: ticket.status, step: currentStep(ticket)?.name ?? null };
  });
  reply('/devices/:id/foreign-change', 'post', (request) => {
    const { by, what, saved } = foreignSchema.parse(bodyOf(request));
    const found = device(request);
    return { revision: site.store.change(() => foreignChange(site, found, by, what, saved)) };
  });
  reply('/devices/:id/by-hand', 'post', (request) => {
    const { by, ticketId } = byHandSchema.parse(bodyOf(request));
    const change = { ticketId, by, atMs: site.now(), what: 'by hand' };
    const found = device(request);
    return { revision: site.store.change(() => saveChange(site, found, change)) };
  });
  reply('/devices/:id/offline', 'put', (request) => {
    const { offline } = offlineSchema.parse(bodyOf(request));
    const found = device(request);
    found.offline = offline;
    site.store.change(() => site.devices.put(found.id, found));
    return { offline };
  });
  reply('/devices/:id/revert', 'post', (request) => {
    const { firewall } = revertSchema.parse(bodyOf(request));
    const found = device(request);
    return { reverted: site.store.change(() => revertCommit(site, found, firewall)) };
  });
  reply('/devices/:id/lock', 'post', (request) => {
    const { by, forMs } = lockSchema.parse(bodyOf(request));
    const found = device(request);
    found.lockedBy = by;
    found.lockedUntilMs = forMs === undefined ? null : site.now() + forMs;
    site.store.change(() => site.devices.put(found.id, found));
    return { lockedBy: found.lockedBy };
  });
  reply('/devices/:id/lock', 'delete', (request) => {
    const found = device(request);
    found.lockedBy = null;
    site.store.change(() => site.devices.put(found.id, found));
    return { lockedBy: null };
  });
  reply('/change-windows/:uuid/run', 'post', (request) => {
    const window = site.windows.get(String(request.params['uuid']));
    if (!window) throw notFound();
    const plan = windowRunSchema.parse(bodyOf(request)) as JsonObject;
    site.store.change(() => {
      startWindowRun(simulation, window, plan);
    });
    return { uuid: window.uuid };
  });
  reply('/change-windows/:uuid', 'put', (request) => {
    const window = site.windows.get(String(request.params['uuid']));
    if (!window) throw notFound();
    const { enabled } = windowSchema.parse(bodyOf(request));
    window.enabled = enabled;
    site.store.change(() => site.windows.put(window.uuid, window));
    return { uuid: window.uuid, enabled };
  });
  reply('/operations/finish', 'post', () => ({ finished: simulation.operations.finishNow() }));
  reply('/scripts/test', 'post', (request) => {
    const { trigger } = testSchema.parse(bodyOf(request));
    const found = site.triggers
      .all()
      .find((one) => trigger === undefined || one.id === trigger || one.name === trigger);
    if (!found) throw notFound('No such trigger');
    return { run: simulation.triggers.test(found).id };
  });
  reply('/triggers/drop', 'post', (request) => {
    const drop = { ...dropSchema.parse(bodyOf(request)), seen: 0 };
    site.setDrop(drop);
    return drop;
  });
  router.use((request, response) => {
    response.status(404).json({ error: `no control call ${request.method} /simulator${request.path}` });
  });
  router.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    if (error instanceof ApiError)
      response.status(error.status).json({ error: error.message, code: error.code });
    else if (error instanceof z.ZodError) response.status(400).json({ error: z.prettifyError(error) });
    else if (error instanceof SyntaxError)
      response.status(400).json({ error: `the body is not valid JSON: ${error.message}` });
    else response.status(500).json({ error: String(error) });
  });
  return router;
}
