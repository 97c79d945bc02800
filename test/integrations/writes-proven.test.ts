import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordSchema, toRecordRules } from '../../src/config/record-schema.js';
import { registerTrigger, removeTrigger } from '../../src/cli/mediator/trigger-writes.js';
import { correlationId } from '../../src/domain/ids.js';
import { CallFailure } from '../../src/domain/failure.js';
import { createHttp, type Http } from '../../src/http/http.js';
import { WRITE_RULES, type WriteName } from '../../src/http/write-rules.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import { createMemoryTokenStore } from '../../src/integrations/token-store.js';
import { createTokens } from '../../src/integrations/tokens.js';
import { createSecureChange } from '../../src/securechange/rest-client.js';
import { context, point } from '../placeholders/context.js';
import { readJsonFixture } from '../securechange/fixture.js';
import { startRecordedServer, type Answer, type RecordedServer } from '../support/recorded-server.js';
import { noTokens, oauthServer, serviceNow, noScript } from './servers.js';
import { shippedCapabilities } from '../support/shipped-capabilities.js';

const page = readFileSync(join(__dirname, '../fixtures/http/page.hibernating.html'), 'utf8');
const ref = { ticketId: '1201', stepId: '7104', taskId: '7304', fieldId: '81031' };
const RECORDS = toRecordRules(
  recordSchema.parse({
    id: '/id',
    number: '/ref',
    correlation: '/external',
    find: { path: '/records?external=#correlation_id#' },
    read: { path: '/records/1' },
    create: { path: '/records' },
    update: { method: 'PATCH', path: '/records/1' },
    note: { member: 'note', path: '/records/1/notes', text: '/text', list: '/records/1/notes' },
  }),
);
const change = { server: 'servicenow', number: 'CHG0030001', id: 'a1' };

interface Systems {
  readonly secureChange: ReturnType<typeof createSecureChange>;
  readonly itsm: ReturnType<typeof createItsm>;
  /** A REST system that is described by its records. */
  readonly rest: ReturnType<typeof createItsm>;
  readonly url: string;
}

/** How each write is made. `Http.write` takes no other name, and a name without a row does not compile. */
const CALLS: Readonly<Record<WriteName, (systems: Systems) => Promise<unknown>>> = {
  redesign: ({ secureChange }) => secureChange.redesign(ref),
  update: ({ secureChange }) => secureChange.update(ref, '8'),
  commit: ({ secureChange }) => secureChange.commit(ref, '8'),
  completeTask: ({ secureChange }) => secureChange.completeTask(ref, []),
  writeFields: ({ secureChange }) =>
    secureChange.writeFields(ref, [{ kind: 'text', fieldName: 'ITSM change', text: 'CHG2' }]),
  acceptTask: ({ secureChange }) => secureChange.acceptTask(ref),
  reassignTask: ({ secureChange }) => secureChange.reassignTask(ref, '57', 'On call'),
  redo: ({ secureChange }) => secureChange.redo({ ...ref, stepId: '7105' }, 'Approval', 'Write again'),
  rejectTicket: ({ secureChange }) => secureChange.rejectTicket('1201', 'No'),
  cancelTicket: ({ secureChange }) => secureChange.cancelTicket('1201'),
  createTicket: ({ secureChange }) =>
    secureChange.createTicket({
      externalId: 'CHG0030001',
      requester: 'j.meier',
      requesterId: '45',
      workflow: 'Firewall change',
      firstStep: 'Open Request',
      subject: '[CHG0030001] Web shop',
      priority: 'Normal',
      fields: [],
    }),
  registerTrigger: ({ url }) =>
    registerTrigger(openHttp({ name: 'securechange', baseUrl: url, auth: { kind: 'none' } }), {
      name: 'sco',
      path: '/opt/mediator.sh',
      workflows: [{ workflow: 'Firewall change', events: ['CREATE'] }],
    }),
  removeTrigger: ({ url }) =>
    removeTrigger(openHttp({ name: 'securechange', baseUrl: url, auth: { kind: 'none' } }), '1'),
  addComment: ({ secureChange }) => secureChange.addComment(ref, 'Hello'),
  itsmCreate: ({ itsm }) => itsm.send(itsm.render(point(), context()), null),
  itsmUpdate: ({ itsm }) =>
    itsm.send(itsm.render(point({ action: 'update', body: { state: '-1' } }), context()), change),
  recordCreate: ({ rest }) => rest.send(rest.render(point(), context()), null),
  recordChange: ({ rest }) =>
    rest.send(rest.render(point({ action: 'update', body: { state: 'open' } }), context()), change),
  recordNote: ({ rest }) =>
    rest.send(rest.render(point({ action: 'update', body: { note: 'Hello' } }), context()), change),
  pointCall: ({ itsm }) => itsm.call(itsm.render(CALL, context())),
  token: ({ url }) =>
    createTokens({
      store: createMemoryTokenStore(),
      http: openHttp,
      now: () => 0,
      script: noScript,
    }).tokenFor(oauthServer(url)),
};
const CALL = point({
  action: 'call',
  call: { method: 'POST', paths: ['/api/risk/#ticket_id#'], accept: [200, 201, 204], repeatable: true },
});
const NAMES = Object.keys(WRITE_RULES) as WriteName[];

let server: RecordedServer;
let systems: Systems;
let onWrite: Answer;
const written: WriteName[] = [];
const opened: Http[] = [];

/** Reads are served; every write gets the same answer. */
function answer({ method, path }: { method: string; path: string }): Answer {
  if (method !== 'GET') return onWrite;
  if (path.startsWith('/records?')) return { body: [] };
  if (path.startsWith('/records/1/notes')) return { body: [] };
  if (path.startsWith('/records/'))
    return { body: { id: '1', ref: 'R-1', external: correlationId('214', 'servicenow') } };
  if (path.includes('/users')) return { body: { users: { user: { id: 11, name: 'wf-api' } } } };
  if (path.includes('/change_request/')) return { body: { result: { sys_id: 'a1', number: 'CHG0030001' } } };
  if (path.includes('/api/now/')) return { body: { result: [] } };
  const { ticket } = readJsonFixture('securechange', 'ticket.commit-pending.json');
  const task = { id: 7304, name: 'Default', status: 'ASSIGNED', fields: { field: [] } };
  const field = { '@xsi.type': 'text_field', id: 81032, name: 'ITSM change', text: '' };
  const step = { id: 7104, name: 'Approval', tasks: { task: [{ ...task, fields: { field: [field] } }] } };
  return { body: { ticket: { ...ticket, id: 1201, steps: { step: [step] } } } };
}

function openHttp(options: Parameters<typeof createHttp>[0]): Http {
  const http = createHttp(options);
  opened.push(http);
  const write: Http['write'] = (name, request) => {
    written.push(name);
    return http.write(name, request);
  };
  return { ...http, write };
}

beforeEach(async () => {
  server = await startRecordedServer(answer);
  const http = (name: string): Http => openHttp({ name, baseUrl: server.url, auth: { kind: 'none' } });
  const clock = { now: () => 0 };
  systems = {
    url: server.url,
    secureChange: createSecureChange({
      http: http('securechange'),
      secureTrackHttp: http('securetrack'),
      login: 'wf-api',
      clock,
      capabilities: shippedCapabilities,
    }),
    rest: createItsm({
      server: () => serviceNow({ url: server.url, kind: 'http', records: RECORDS }),
      http: openHttp,
      tokens: noTokens,
    }),
    itsm: createItsm({ server: () => serviceNow({ url: server.url }), http: openHttp, tokens: noTokens }),
  };
  written.length = 0;
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((http) => http.close().catch(() => undefined)));
  await server.close();
});

const ANSWERS: readonly (readonly [string, Answer])[] = [
  ['a page with 200', { body: page }],
  ['a page with 202', { status: 202, body: page }],
  ['a page called JSON', { body: page, headers: { 'content-type': 'application/json' } }],
  ['JSON called a page', { body: '{"result":{}}', headers: { 'content-type': 'text/html' } }],
  ['a redirect to a sign-in page', { status: 302, headers: { location: '/login' } }],
  ['an error with 200', { body: { result: {}, error: { message: 'cancelled' }, status: 'failure' } }],
  ['an error with 202', { status: 202, body: { error: { message: 'cancelled' } } }],
];

describe.each(ANSWERS)('%s', (_, given) => {
  it.each(NAMES)('is no proof of %s', async (name) => {
    onWrite = given;
    const error: unknown = await CALLS[name](systems).then(
      () => 'counted as done',
      (reason: unknown) => reason,
    );
    expect(written).toEqual([name]);
    expect(error).toBeInstanceOf(CallFailure);
  });
});
