import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHttp } from '../../src/http/http.js';
import { createSecureChange } from '../../src/securechange/rest-client.js';
import type { FieldRef } from '../../src/securechange/secure-change.js';
import { startRecordedServer, type Answer, type Received } from '../support/recorded-server.js';
import { readFixture, readJsonFixture, type Recorded } from './fixture.js';
import { shippedCapabilities } from '../support/shipped-capabilities.js';

export const API = '/securechangeworkflow/api/securechange';
export const TASK = `${API}/tickets/1201/steps/7104/tasks/7304`;
export const FIELD = `${TASK}/fields/81031`;
export const ref: FieldRef = { ticketId: '1201', stepId: '7104', taskId: '7304', fieldId: '81031' };

/** Closed after each test. */
export const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export type Routes = Record<string, Answer | ((request: Received) => Answer)>;

/** A client on a server that knows these routes (`GET /path`, without query); everything else is the vendor's 404. */
export async function clientOn(routes: Routes, clock = { now: () => 0 }) {
  const server = await startRecordedServer((request) => {
    const route = routes[`${request.method} ${request.path.split('?')[0] ?? ''}`];
    if (route === undefined)
      return { status: 404, body: readFixture('securechange', 'error.404-no-entity.json') };
    return typeof route === 'function' ? route(request) : route;
  });
  closers.push(() => server.close());
  return { client: clientFor(server.url, clock), received: server.received };
}

export function clientFor(url: string, clock = { now: () => 0 }) {
  const http = (name: string) => {
    const auth = { kind: 'basic', user: 'wf-api', password: 'pw' } as const;
    const created = createHttp({
      name,
      baseUrl: url,
      auth,
      timeouts: { connectMs: 500, headersMs: 300, bodyMs: 300 },
    });
    closers.push(() => created.close());
    return created;
  };
  return createSecureChange({
    http: http('securechange'),
    secureTrackHttp: http('securetrack'),
    webUrl: url,
    login: 'wf-api',
    clock,
    capabilities: shippedCapabilities,
  });
}

export const page = readFileSync(join(__dirname, '../fixtures/http/page.hibernating.html'), 'utf8');
export const json = (folder: 'securechange' | 'securetrack', name: string) => ({
  body: readJsonFixture(folder, name),
});
export const ticketRoutes = (ticket = 'ticket.in-progress.single-as-object.json'): Routes => ({
  [`GET ${API}/tickets/1201`]: json('securechange', ticket),
  [`GET ${API}/tickets/1201/history`]: json('securechange', 'history.json'),
});

export function fieldOf(status: string, change: (field: Recorded) => void = () => {}): Answer {
  const ticket = readJsonFixture('securechange', 'ticket.in-progress.single-as-object.json');
  const field = ticket.ticket.steps.step[3].tasks.task.fields.field[0];
  field.designer_result.status = status;
  change(field);
  return { body: { field } };
}

export const designRoutes = (results: string, status: string): Routes => ({
  [`GET ${FIELD}`]: fieldOf(status),
  [`GET ${FIELD}/designer`]: json('securechange', `designer.${results}.json`),
  'GET /securetrack/api/devices': json('securetrack', 'devices.json'),
});
