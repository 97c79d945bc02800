import express, { type Express, type Request, type Response } from 'express';
import { ApiError, notFound, tooManyCalls } from './api-error.js';
import { authenticate, credentials, unauthorized } from './authenticate.js';
import { classify, type Call } from './calls.js';
import { rawText, type Exchange, type Handler, type Method, type Reply } from './exchange.js';
import { takeAnswerFault, takeOutcomeFault } from './faults.js';
import { isObject, type Json, type JsonObject } from './json.js';
import type { WriteRecord } from './model.js';
import { errorReply, faultReply, wrongSchema } from './refusals.js';
import type { Simulation } from './tickets.js';
import { wireForms, type WireForms } from './switches.js';
import { writeJson, type JsonForm, type ListForm } from './wire-json.js';
import { writeXml } from './wire-xml.js';

/** Waits without keeping a stopped simulator's process alive. */
function holdBack(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

/** Answers requests of the three simulated systems: write log, faults, authentication, handler, wire format. */
export class Front {
  readonly app: Express = express();
  private readonly simulation: Simulation;
  private underWay = 0;

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    this.app.disable('x-powered-by');
    this.app.disable('etag');
    this.app.use(express.raw({ type: () => true, limit: '32mb' }));
    this.app.use((request, _response, next) => {
      const { pathname, search } = new URL(request.url, 'http://any');
      if (pathname.endsWith('.json')) {
        request.url = pathname.slice(0, -'.json'.length) + search;
        request.headers.accept = 'application/json';
      }
      next();
    });
  }

  /** Registers a handler. `path` is an Express path below the server's root. */
  route(method: Method, path: string, handler: Handler): void {
    this.app[method](path, (request, response) => this.answer(request, response, handler));
  }

  /** Answers every other path of the simulated systems with their 404; to be called after all routes. */
  closeRoutes(): void {
    this.app.use((request, response, next) => {
      if (!classify(request.method, request.path)) {
        next();
        return;
      }
      return this.answer(request, response, () => {
        throw notFound(`No resource at ${request.path}`);
      });
    });
  }

  private async answer(request: Request, response: Response, handler: Handler): Promise<void> {
    const { site } = this.simulation;
    const path = request.path.replace(/(?<=.)\/+$/, '');
    const call = classify(request.method, path) ?? {
      system: 'securechange',
      action: request.method.toLowerCase(),
    };
    const write =
      request.method === 'GET' || request.method === 'HEAD' ? undefined : this.logWrite(request, call);
    const fault = takeAnswerFault(site, call, path, request.originalUrl);
    if (write && fault) write.faultId = fault.id;
    if (fault?.kind === 'delay' && !fault.after) await holdBack(fault.delayMs);
    if (fault?.kind === 'resetBefore') {
      this.breakOff(response, write);
      return;
    }
    const refused = fault && !fault.after && (fault.kind === 'status' || fault.kind === 'maxConcurrent');
    let reply = refused
      ? faultReply(fault)
      : await this.limited(call, () => this.handle(request, call, path, handler, write));
    if (fault?.kind === 'wrongSchema') reply = wrongSchema(fault, reply);
    if (fault?.kind === 'status' && fault.after) reply = faultReply(fault);
    if (fault?.kind === 'delay' && fault.after) await holdBack(fault.delayMs);
    const itsmReset = site.switches.itsmCreateThenReset && call.system === 'itsm' && call.action === 'create';
    if (fault?.kind === 'resetAfter' || (itsmReset && write?.applied === true)) {
      this.breakOff(response, write);
      return;
    }
    this.closeWrite(write, reply.status);
    this.send(request, response, call, reply);
  }

  /** Refuses SecureChange calls beyond the limit of the switch; below it they take a moment, so that they can meet. */
  private async limited(call: Call, work: () => Promise<Reply>): Promise<Reply> {
    const limit = this.simulation.site.switches.maxConcurrentCalls;
    if (limit === 0 || call.system !== 'securechange') return work();
    if (this.underWay >= limit) return errorReply(call, tooManyCalls());
    this.underWay += 1;
    try {
      await holdBack(5);
      return await work();
    } finally {
      this.underWay -= 1;
    }
  }

  private async handle(
    request: Request,
    call: Call,
    path: string,
    handler: Handler,
    write?: WriteRecord,
  ): Promise<Reply> {
    const { simulation } = this;
    const user = authenticate(simulation, call, request);
    if (!user) return unauthorized(call);
    const outcomeFault = takeOutcomeFault(simulation.site, call, path, request.originalUrl);
    const base =
      simulation.site.switches.locationHost || `${request.protocol}://${request.headers.host ?? ''}`;
    const applied = (ticketId?: number): void => {
      if (!write) return;
      simulation.site.store.change(() => {
        write.applied = true;
        if (ticketId !== undefined) write.ticketId = ticketId;
        simulation.site.writes.put(write.seq, write);
      });
    };
    const exchange: Exchange = { simulation, request, call, user, path, base, outcomeFault, applied };
    try {
      return await handler(exchange);
    } catch (error) {
      if (!(error instanceof ApiError))
        simulation.site.log(`simulator: ${request.method} ${path}: ${String(error)}`);
      return errorReply(call, error);
    }
  }

  private logWrite(request: Request, call: Call): WriteRecord {
    const { site } = this.simulation;
    return site.store.change(() => {
      const seq = site.nextId('write');
      const text = rawText(request);
      let body: JsonObject | string = text.length > 65_536 ? `${text.slice(0, 65_536)}…` : text;
      try {
        const parsed = JSON.parse(text) as Json;
        if (text.length <= 65_536 && isObject(parsed)) body = parsed;
      } catch {
        // not JSON: kept as text
      }
      const { ticketId, deviceId, system, action } = call;
      const record: WriteRecord = {
        seq,
        atMs: site.now(),
        system,
        method: request.method,
        path: request.originalUrl,
        user: credentials(request)?.login ?? null,
        action,
        ...(ticketId === undefined ? {} : { ticketId }),
        ...(deviceId === undefined ? {} : { deviceId }),
        ...(text === '' ? {} : { body }),
        status: null,
        applied: false,
      };
      return site.writes.put(seq, record);
    });
  }

  private closeWrite(write: WriteRecord | undefined, status: number): void {
    if (!write) return;
    this.simulation.site.store.change(() => {
      write.status = status;
      this.simulation.site.writes.put(write.seq, write);
    });
  }

  private breakOff(response: Response, write: WriteRecord | undefined): void {
    this.closeWrite(write, 0);
    response.socket?.resetAndDestroy();
    response.socket?.destroy();
  }

  private send(request: Request, response: Response, call: Call, reply: Reply): void {
    response.status(reply.status);
    const { clockOffsetMs, dateHeader } = this.simulation.site.switches;
    response.sendDate = dateHeader === 'sent';
    if (clockOffsetMs !== 0 && dateHeader === 'sent')
      response.setHeader('Date', new Date(Date.now() + clockOffsetMs).toUTCString());
    for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
    if (reply.location !== undefined) response.setHeader('Location', reply.location);
    if (reply.text) {
      response.setHeader('Content-Type', `${reply.text.type};charset=UTF-8`);
      response.end(reply.text.body);
      return;
    }
    if (!reply.tree) {
      response.end();
      return;
    }
    const forced = reply.status === 404 && this.simulation.site.switches.notFoundAsXml;
    const json = reply.jsonOnly === true || (prefersJson(request) && !forced);
    response.setHeader('Content-Type', json ? 'application/json' : 'application/xml');
    response.end(
      json ? writeJson(reply.jsonTree ?? reply.tree, this.jsonForm(call, reply)) : writeXml(reply.tree),
    );
  }

  private jsonForm(call: Call, reply: Reply): JsonForm {
    if (reply.jsonOnly === true) return { lists: 'arrays', empties: 'kept' };
    const { switches } = this.simulation.site;
    const wanted = wireForms(switches).lists;
    const lists = listsOf(call, reply, wanted);
    const empties = switches.emptyObjects;
    return { lists, empties: empties === 'asLists' ? (lists === 'arrays' ? 'kept' : 'text') : empties };
  }
}

function listsOf(call: Call, reply: Reply, wanted: WireForms['lists']): ListForm {
  if (wanted === 'objects' || wanted === 'arrays') return wanted;
  const documented = reply.lists ?? 'objects';
  if (wanted === 'documented') return documented;
  // Recorded answers of SecureTrack have arrays only.
  return documented === 'arrays' || call.system === 'securetrack' ? 'arrays' : 'recorded';
}

function prefersJson(request: Request): boolean {
  const accept = request.headers.accept ?? '*/*';
  const json = accept.indexOf('application/json');
  const xml = accept.search(/(application|text)\/xml/);
  return json >= 0 && (xml < 0 || json < xml);
}
