import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHttp } from '../../src/http/http.js';
import { createSecureChange } from '../../src/securechange/rest-client.js';
import type { FieldRef } from '../../src/securechange/secure-change.js';
import {
  startRecordedServer,
  startTcpServer,
  type Answer,
  type Received,
} from '../support/recorded-server.js';
import { failureOf } from '../support/failure-of.js';
import { readFixture, readJsonFixture, type Recorded } from './fixture.js';

const API = '/securechangeworkflow/api/securechange';
const TASK = `${API}/tickets/1201/steps/7104/tasks/7304`;
const FIELD = `${TASK}/fields/81031`;
const ref: FieldRef = { ticketId: '1201', stepId: '7104', taskId: '7304', fieldId: '81031' };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Routes = Record<string, Answer | ((request: Received) => Answer)>;

/** A client on a server that knows these routes (`GET /path`, without query); everything else is the vendor's 404. */
async function clientOn(routes: Routes, clock = { now: () => 0 }) {
  const server = await startRecordedServer((request) => {
    const route = routes[`${request.method} ${request.path.split('?')[0] ?? ''}`];
    if (route === undefined)
      return { status: 404, body: readFixture('securechange', 'error.404-no-entity.json') };
    return typeof route === 'function' ? route(request) : route;
  });
  closers.push(() => server.close());
  return { client: clientFor(server.url, clock), received: server.received };
}

function clientFor(url: string, clock = { now: () => 0 }) {
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
  });
}

const page = readFileSync(join(__dirname, '../fixtures/http/page.hibernating.html'), 'utf8');
const json = (folder: 'securechange' | 'securetrack', name: string) => ({
  body: readJsonFixture(folder, name),
});
const ticketRoutes = (ticket = 'ticket.in-progress.single-as-object.json'): Routes => ({
  [`GET ${API}/tickets/1201`]: json('securechange', ticket),
  [`GET ${API}/tickets/1201/history`]: json('securechange', 'history.json'),
});

function fieldOf(status: string, change: (field: Recorded) => void = () => {}): Answer {
  const ticket = readJsonFixture('securechange', 'ticket.in-progress.single-as-object.json');
  const field = ticket.ticket.steps.step[3].tasks.task.fields.field[0];
  field.designer_result.status = status;
  change(field);
  return { body: { field } };
}

const designRoutes = (results: string, status: string): Routes => ({
  [`GET ${FIELD}`]: fieldOf(status),
  [`GET ${FIELD}/designer`]: json('securechange', `designer.${results}.json`),
  'GET /securetrack/api/devices': json('securetrack', 'devices.json'),
});

describe('reading a ticket', () => {
  it('asks for the ticket and then its history, in JSON', async () => {
    const { client, received } = await clientOn(ticketRoutes());
    const facts = await client.readTicket('1201', { requestField: 'Required Access' });
    expect(facts).toMatchObject({ id: '1201', step: { name: 'Implementation', request: { id: '81031' } } });
    expect(received.map((one) => `${one.method} ${one.path}`)).toEqual([
      `GET ${API}/tickets/1201`,
      `GET ${API}/tickets/1201/history`,
    ]);
    expect(received.every((one) => one.headers.accept === 'application/json')).toBe(true);
  });

  it('for messages gives fields, the page of the ticket and the name of the requester', async () => {
    const user = { id: 45, name: 'j.meier', display_name: 'Jana Meier' };
    const { client } = await clientOn({
      ...ticketRoutes(),
      [`GET ${API}/users`]: { body: { users: { user } } },
    });
    const content = await client.readContent('1201');
    expect(content).toMatchObject({ requesterName: 'Jana Meier' });
    expect(content.link).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/securechangeworkflow\/pages\/myRequest\/myRequestsMain\.seam\?ticketId=1201$/,
    );
    expect(content.lastChangeMs).toEqual(expect.any(Number));
    expect(content.steps.at(-1)?.name).toBe('Implementation');
  });

  it('for messages does without the name where our user may not read users', async () => {
    const { client } = await clientOn({ ...ticketRoutes(), [`GET ${API}/users`]: { status: 403 } });
    expect((await client.readContent('1201')).requesterName).toBeNull();
  });

  it('finds the request field by the workflow when asked to', async () => {
    const { client } = await clientOn(ticketRoutes());
    const byWorkflow = (workflow: string) =>
      workflow === 'Managed firewall change' ? 'Required Access' : 'Other';
    expect((await client.readTicket('1201', { requestField: byWorkflow })).step?.request?.id).toBe('81031');
  });

  it('that does not exist is rejected', async () => {
    const { client } = await clientOn({});
    expect(await failureOf(client.readTicket('7', { requestField: null }))).toMatchObject({
      kind: 'rejected',
      code: 'securechange.not_found',
      operation: 'read ticket 7',
      status: 404,
    });
  });

  it.each([
    ['a page for people', page, 'securechange.not_json'],
    ['plain text', 'hello', 'securechange.not_json'],
    ['nothing', '', 'securechange.not_json'],
    ['XML', '<ticket><id>1201</id></ticket>', 'securechange.not_json'],
    ['an empty object', {}, 'securechange.foreign_answer'],
    ['the JSON of another program', { error: 'maintenance' }, 'securechange.foreign_answer'],
  ])('answered with %s is asked for again', async (_what, body, code) => {
    for (const path of ['', '/history']) {
      const { client } = await clientOn({ ...ticketRoutes(), [`GET ${API}/tickets/1201${path}`]: { body } });
      expect(await failureOf(client.readTicket('1201', { requestField: null }))).toMatchObject({
        kind: 'transient',
        code,
      });
    }
  });

  it.each(['', '/history'])(
    'answered with an error beside the answer is asked for again (%s)',
    async (path) => {
      const file = path === '' ? 'ticket.in-progress.single-as-object.json' : 'history.json';
      const body = { ...readJsonFixture('securechange', file), error: 'partial result' };
      const { client } = await clientOn({ ...ticketRoutes(), [`GET ${API}/tickets/1201${path}`]: { body } });
      expect(await failureOf(client.readTicket('1201', { requestField: null }))).toMatchObject({
        kind: 'transient',
        code: 'securechange.foreign_answer',
      });
    },
  );

  it('without its status is odd: asked for a few times, then a person is asked', async () => {
    const body = { ticket: { id: 1201, workflow: { name: 'w' } } };
    const { client } = await clientOn({ ...ticketRoutes(), [`GET ${API}/tickets/1201`]: { body } });
    expect(await failureOf(client.readTicket('1201', { requestField: null }))).toMatchObject({
      kind: 'bug',
      mayPass: true,
      code: 'securechange.wrong_schema',
      message: expect.stringContaining('ticket.status'),
    });
  });

  it('of which a page says 404 is not gone: a proxy says so too', async () => {
    const { client } = await clientOn({ [`GET ${API}/tickets/1201`]: { status: 404, body: page } });
    expect(await failureOf(client.readTicket('1201', { requestField: null }))).toMatchObject({
      kind: 'transient',
      code: 'securechange.not_json',
    });
  });

  it('refused under a good status is refused', async () => {
    const body = readFixture('securechange', 'error.404-no-entity.json');
    const { client } = await clientOn({ [`GET ${API}/tickets/1201`]: { status: 200, body } });
    expect(await failureOf(client.readTicket('1201', { requestField: null }))).toMatchObject({
      kind: 'rejected',
      code: 'securechange.not_found',
    });
  });

  it('knows our own user in the history by the name that SecureChange shows', async () => {
    const history = readJsonFixture('securechange', 'history.json');
    const [newest] = history.ticket_history_activities.ticket_history_activity;
    newest.performed_by = 'Workflow API';
    const user = { id: 11, name: 'wf-api', display_name: 'Workflow API' };
    const routes = { ...ticketRoutes(), [`GET ${API}/tickets/1201/history`]: { body: history } };
    const { client } = await clientOn({ ...routes, [`GET ${API}/users`]: { body: { users: { user } } } });
    expect((await client.readTicket('1201', { requestField: null })).provisionedBy).toBeNull();
    const forbidden = await clientOn({ ...routes, [`GET ${API}/users`]: { status: 403 } });
    const read = await forbidden.client.readTicket('1201', { requestField: null });
    expect(read.provisionedBy).toBe('Workflow API');
  });

  it('with an unknown status is a bug', async () => {
    const wire = readJsonFixture('securechange', 'ticket.in-progress.single-as-object.json');
    wire.ticket.status = 'Sleeping';
    const { client } = await clientOn({ ...ticketRoutes(), [`GET ${API}/tickets/1201`]: { body: wire } });
    expect(await failureOf(client.readTicket('1201', { requestField: null }))).toMatchObject({
      kind: 'bug',
      code: 'securechange.unknown_ticket_status',
    });
  });

  it('keeps path and query apart from ids that come from outside', async () => {
    const { client, received } = await clientOn({});
    await failureOf(client.readTicket('7/../8?x=1', { requestField: null }));
    expect(received[0]?.path).toBe(`${API}/tickets/7%2F..%2F8%3Fx%3D1`);
  });
});

describe('an answer about something else than what was asked for', () => {
  const OTHER = { kind: 'bug', code: expect.stringMatching(/\.other_object$/) as string };
  const ticket = (id: unknown): Answer => {
    const wire = readJsonFixture('securechange', 'ticket.in-progress.single-as-object.json');
    wire.ticket.id = id;
    return { body: wire };
  };

  it('is no answer: another ticket', async () => {
    const { client } = await clientOn({ ...ticketRoutes(), [`GET ${API}/tickets/1201`]: ticket(1202) });
    const read = client.readTicket('1201', { requestField: null });
    expect(await failureOf(read)).toMatchObject({
      ...OTHER,
      operation: 'read ticket 1201',
      message: expect.stringMatching(/another ticket/) as string,
    });
  });

  it.each([['1201'], [1201], ['01201'], [' 1201']])(
    'is the same however the id is written (%j)',
    async (id) => {
      const { client } = await clientOn({ ...ticketRoutes(), [`GET ${API}/tickets/1201`]: ticket(id) });
      expect((await client.readTicket('1201', { requestField: null })).id).toBe('1201');
    },
  );

  it.each([[0], ['0'], [-1201], ['x1201'], [2 ** 60], [null], [{}]])(
    'that has no id of a ticket (%j) is no answer either',
    async (id) => {
      const { client } = await clientOn({ ...ticketRoutes(), [`GET ${API}/tickets/1201`]: ticket(id) });
      const read = client.readTicket('1201', { requestField: null });
      expect(await failureOf(read)).toMatchObject({ code: 'securechange.wrong_schema' });
    },
  );

  it('does not reach a write: the task of another ticket is not completed', async () => {
    const { client, received } = await clientOn({ [`GET ${API}/tickets/1201`]: ticket(1202) });
    const value = { name: 'Approved', value: { kind: 'text', text: 'x' } } as never;
    expect(await failureOf(client.completeTask(ref, [value]))).toMatchObject(OTHER);
    expect(received.map(({ method }) => method)).toEqual(['GET']);
  });

  it('is no answer: another field', async () => {
    const routes = designRoutes('two-devices', 'designer success');
    const { client } = await clientOn({
      ...routes,
      [`GET ${FIELD}`]: fieldOf('designer success', (field) => (field.id = 81099)),
    });
    expect(await failureOf(client.readDesign(ref))).toMatchObject(OTHER);
  });

  it.each<[string, (report: Recorded) => void]>([
    ['of another ticket', (report) => (report.ticketId = 1202)],
    ['of another manager', (report) => (report.managmentName = 'DG-C')],
  ])('is no answer: a commit report %s', async (_what, change) => {
    const report = readJsonFixture('securechange', 'commit-report.success.json');
    change(report.commit_report);
    const { client } = await clientOn({
      ...designRoutes('committed', 'commit success'),
      [`GET ${FIELD}/designer/commit_report/21`]: { body: report },
    });
    expect(await failureOf(client.readCommitReport(ref, '21'))).toMatchObject(OTHER);
  });

  it('may leave out whose it is, and may write a name in its own way', async () => {
    for (const change of [
      (report: Recorded) => delete report.ticketId,
      (report: Recorded) => delete report.managmentName,
      (report: Recorded) => (report.managmentName = 'PANO-8 / dg-b'),
    ]) {
      const report = readJsonFixture('securechange', 'commit-report.success.json');
      change(report.commit_report);
      const { client } = await clientOn({
        ...designRoutes('committed', 'commit success'),
        [`GET ${FIELD}/designer/commit_report/21`]: { body: report },
      });
      expect((await client.readCommitReport(ref, '21')).state).toBe('committed');
    }
  });

  it('is no answer: another device', async () => {
    const device = readJsonFixture('securetrack', 'device.20.json');
    const { client } = await clientOn({
      ...designRoutes('two-devices', 'designer success'),
      'GET /securetrack/api/devices': { body: { devices: '' } },
      'GET /securetrack/api/devices/20': { body: device },
      'GET /securetrack/api/devices/21': { body: device },
    });
    expect(await failureOf(client.readDesign(ref))).toMatchObject(OTHER);
  });

  it('nested without end is refused before anything walks it', async () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const { client } = await clientOn({
      ...designRoutes('committed', 'commit success'),
      [`GET ${FIELD}/designer/commit_report/21`]: { body: deep },
    });
    expect(await failureOf(client.readCommitReport(ref, '21'))).toMatchObject({
      code: 'securechange.wrong_schema',
      message: expect.stringMatching(/64 levels/) as string,
    });
  });
});

describe('listing open tickets', () => {
  it('asks for a hundred in progress, oldest first, and follows next', async () => {
    const { client, received } = await clientOn({
      [`GET ${API}/tickets`]: json('securechange', 'tickets.list.json'),
    });
    expect(await client.listOpenTickets(0)).toEqual({
      rows: [
        {
          id: '1201',
          status: 'inProgress',
          workflow: 'Managed firewall change',
          stepId: '7104',
          stepName: 'Implementation',
        },
      ],
      odd: [],
      next: 1,
      cut: false,
    });
    expect(received[0]?.path).toBe(`${API}/tickets?status=In%20Progress&start=0&count=100&desc=false`);
  });

  it('ends where there is no next, or where next leads back', async () => {
    const { client } = await clientOn({ [`GET ${API}/tickets`]: json('securechange', 'tickets.list.json') });
    expect(await client.listOpenTickets(1)).toMatchObject({ next: null, cut: true });
    const empty = await clientOn({ [`GET ${API}/tickets`]: { body: { tickets: '' } } });
    expect(await empty.client.listOpenTickets(0)).toEqual({
      rows: [],
      odd: [],
      next: null,
      cut: false,
    });
  });

  it('goes on past an odd row, and names it', async () => {
    const { client } = await clientOn({
      [`GET ${API}/tickets`]: json('securechange', 'tickets.one-odd-row.json'),
    });
    expect(await client.listOpenTickets(0)).toMatchObject({
      rows: [{ id: '1' }, { id: '3' }],
      odd: [{ row: 'ticket 2', id: '2', why: 'workflow' }],
    });
  });

  it('does not take an answer without a list for "no tickets"', async () => {
    for (const body of [{}, { error: 'busy' }, page]) {
      const { client } = await clientOn({ [`GET ${API}/tickets`]: { body } });
      expect(await failureOf(client.listOpenTickets(0))).toMatchObject({ kind: 'transient' });
    }
  });

  it('lists for the doctor what cannot be read, in every list', async () => {
    const devices = { device: [{ id: 20 }, { name: 'no id' }, { id: 21, parent_id: { of: 20 } }] };
    const { client } = await clientOn({
      [`GET ${API}/tickets`]: json('securechange', 'tickets.one-odd-row.json'),
      'GET /securetrack/api/devices': { body: { devices } },
    });
    expect(await client.listOddRows()).toEqual([
      {
        list: 'open tickets',
        read: 2,
        odd: [{ row: 'ticket 2', id: '2', why: 'workflow' }],
        cut: false,
      },
      {
        list: 'devices',
        read: 1,
        odd: [
          { row: 'device at place 2', id: null, why: 'id' },
          { row: 'device 21', id: '21', why: 'parent_id' },
        ],
        cut: false,
      },
    ]);
  });
});

describe('reading the design', () => {
  it('joins field, Designer results and devices', async () => {
    const { client } = await clientOn(designRoutes('two-devices', 'designer success'));
    const design = await client.readDesign(ref);
    expect(design.designerStatus).toBe('designer success');
    expect(design.devices.map((one) => [one.managementId, one.laneKey, one.capability.enforcedBy])).toEqual([
      ['21', '20', 'commit'],
      expect.arrayContaining([expect.any(String)]),
    ]);
  });

  it.each(['not run', 'designer running'])(
    'does not ask for results while the Designer is "%s"',
    async (status) => {
      const { client, received } = await clientOn({ [`GET ${FIELD}`]: fieldOf(status) });
      expect(await client.readDesign(ref)).toMatchObject({ designerStatus: status, devices: [] });
      expect(received).toHaveLength(1);
    },
  );

  it('says why the Designer cannot compute', async () => {
    const { client } = await clientOn({
      ...designRoutes('designed', 'designer cannot compute'),
      [`GET ${FIELD}`]: fieldOf('designer cannot compute', (field) => {
        field.designer_result.cannot_compute_reason = 'no relevant targets';
      }),
    });
    expect((await client.readDesign(ref)).cannotComputeReason).toBe('no relevant targets');
  });

  it('shows the same evidence of a Commit as reading it alone', async () => {
    const { client } = await clientOn({
      ...designRoutes('committed', 'commit success'),
      [`GET ${FIELD}/designer/commit_report/21`]: json('securechange', 'commit-report.success.json'),
    });
    const { parts, ...evidence } = await client.readCommitReport(ref, '21');
    expect(parts.map(({ outcome }) => outcome)).toContain('done');
    expect(evidence).toMatchObject({ state: 'committed', reportStart: '2025-11-22T23:40:12.000+01:00' });
    expect((await client.readDesign(ref)).devices[0]?.commit).toEqual(evidence);
    expect(await client.readCommitReport(ref, '99')).toMatchObject({ state: 'none' });
  });

  it('without a report the evidence is unknown, without commit results none, and no report is asked for', async () => {
    const without = await clientOn(designRoutes('committed', 'commit success'));
    expect(await without.client.readCommitReport(ref, '21')).toMatchObject({ state: 'unknown' });
    const before = await clientOn(designRoutes('updated', 'implementation success'));
    expect(await before.client.readCommitReport(ref, '21')).toMatchObject({ state: 'none' });
    expect(before.received.some((one) => one.path.includes('commit_report'))).toBe(false);
  });

  it('keeps the device list for a minute of the clock it was given', async () => {
    let nowMs = 0;
    const { client, received } = await clientOn(designRoutes('designed', 'designer success'), {
      now: () => nowMs,
    });
    const lists = () => received.filter((one) => one.path.startsWith('/securetrack/api/devices')).length;
    await client.readDesign(ref);
    nowMs = 59_999;
    await client.readDesign(ref);
    expect(lists()).toBe(1);
    nowMs = 60_000;
    await client.readDesign(ref);
    expect(lists()).toBe(2);
  });

  it('asks for a device that is not in the list yet, and for its manager', async () => {
    const routes = designRoutes('designed', 'designer success');
    const { client, received } = await clientOn({
      ...routes,
      'GET /securetrack/api/devices': { body: { devices: { count: 0, device: '' } } },
      'GET /securetrack/api/devices/21': {
        body: { device: { id: '21', name: 'DG-B', model: 'Panorama_device_group', parent_id: 20 } },
      },
      'GET /securetrack/api/devices/20': json('securetrack', 'device.20.json'),
    });
    expect((await client.readDesign(ref)).devices[0]).toMatchObject({ laneKey: '20', laneName: 'PANO-8' });
    expect(received.filter((one) => one.path.startsWith('/securetrack/api/devices/'))).toHaveLength(2);
  });

  describe('with a row in the device list that cannot be read', () => {
    const list = (...device: unknown[]) => ({ body: { devices: { device } } });
    const deviceGroup = { id: '21', name: 'DG-B', model: 'Panorama_device_group' };
    const routes = designRoutes('designed', 'designer success');

    it('of another device, goes on', async () => {
      const { client } = await clientOn({
        ...routes,
        'GET /securetrack/api/devices': list(
          { ...deviceGroup, parent_id: 20 },
          { id: 20 },
          { id: 9, parent_id: { of: 3 } },
        ),
      });
      expect((await client.readDesign(ref)).devices[0]).toMatchObject({ laneKey: '20' });
    });

    it('of its manager, asks for that one alone: the lane is the topmost manager', async () => {
      const { client } = await clientOn({
        ...routes,
        'GET /securetrack/api/devices': list(
          { ...deviceGroup, parent_id: 20 },
          { id: 20, parent_id: { of: 3 } },
        ),
        'GET /securetrack/api/devices/20': { body: { device: { id: 20, parent_id: 3 } } },
        'GET /securetrack/api/devices/3': { body: { device: { id: 3, name: 'Top' } } },
      });
      expect((await client.readDesign(ref)).devices[0]).toMatchObject({ laneKey: '3', laneName: 'Top' });
    });

    it('of its manager, fails rather than guessing a lane when that one is odd too', async () => {
      const { client } = await clientOn({
        ...routes,
        'GET /securetrack/api/devices': list(
          { ...deviceGroup, parent_id: 20 },
          { id: 20, parent_id: { of: 3 } },
        ),
        'GET /securetrack/api/devices/20': { body: { device: { id: 20, parent_id: { x: 1 } } } },
      });
      expect(await failureOf(client.readDesign(ref))).toMatchObject({
        kind: 'bug',
        code: 'securetrack.wrong_schema',
      });
    });
  });

  it('with a suggestion that cannot be read is not a design: a device left out would never be pushed', async () => {
    const body = readJsonFixture('securechange', 'designer.two-devices.json');
    const suggestions = body.designer_results.suggestions_per_device.device_suggestion;
    delete suggestions[1].management_id;
    const { client } = await clientOn({
      ...designRoutes('two-devices', 'designer success'),
      [`GET ${FIELD}/designer`]: { body },
    });
    expect(await failureOf(client.readDesign(ref))).toMatchObject({
      kind: 'bug',
      message: expect.stringMatching(/device .*: management_id/),
    });
  });

  it('fails rather than guessing a lane while SecureTrack is away', async () => {
    const routes = {
      ...designRoutes('designed', 'designer success'),
      'GET /securetrack/api/devices': { status: 502 },
    };
    const { client } = await clientOn(routes);
    expect(await failureOf(client.readDesign(ref))).toMatchObject({
      kind: 'transient',
      system: 'securetrack',
    });
  });
});

describe('Designer, Update and Commit', () => {
  const accepted: Routes = {
    [`PUT ${FIELD}/designer/redesign`]: { status: 202 },
    [`PUT ${FIELD}/designer/device/21/update`]: { status: 202 },
    [`PUT ${FIELD}/designer/device/21/commit`]: { status: 202 },
  };

  it('are PUTs without a body, on the device of the suggestion', async () => {
    const { client, received } = await clientOn(accepted);
    expect(await client.redesign(ref)).toBe('started');
    await client.update(ref, '21', { force: false });
    await client.update(ref, '21', { force: true });
    await client.commit(ref, '21');
    expect(received.map((one) => [one.method, one.path.slice(FIELD.length), one.body])).toEqual([
      ['PUT', '/designer/redesign', ''],
      ['PUT', '/designer/device/21/update', ''],
      ['PUT', '/designer/device/21/update?force=true', ''],
      ['PUT', '/designer/device/21/commit', ''],
    ]);
  });

  it('a redesign that is not needed is a result', async () => {
    const body = readFixture('securechange', 'error.400-redesign-not-needed.json');
    const { client } = await clientOn({ [`PUT ${FIELD}/designer/redesign`]: { status: 400, body } });
    expect(await client.redesign(ref)).toBe('notNeeded');
  });

  it.each([
    [400, 'error.400-commit-not-supported.json', 'rejected', 'securechange.commit_not_supported'],
    [500, 'error.500-transient-db.json', 'ambiguous', 'securechange.database'],
  ])('a refused Commit (%i %s) is %s', async (status, name, kind, code) => {
    const answer = { status, body: readFixture('securechange', name) };
    const { client, received } = await clientOn({ [`PUT ${FIELD}/designer/device/21/commit`]: answer });
    expect(await failureOf(client.commit(ref, '21'))).toMatchObject({ kind, code, status });
    expect(received).toHaveLength(1);
  });

  it('a Commit with nothing to commit is no accepted Commit', async () => {
    const body = { result: { code: 'BAD_REQUEST_ERROR', message: 'Commit not needed' } };
    const { client } = await clientOn({ [`PUT ${FIELD}/designer/device/21/commit`]: { status: 400, body } });
    expect(await failureOf(client.commit(ref, '21'))).toMatchObject({
      kind: 'rejected',
      code: 'securechange.not_needed',
    });
  });

  it('are sent once, and ambiguous when the answer is lost', async () => {
    const server = await startTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    closers.push(() => server.close());
    const client = clientFor(server.url);
    expect(await failureOf(client.commit(ref, '21'))).toMatchObject({
      kind: 'ambiguous',
      system: 'securechange',
    });
    expect(await failureOf(client.update(ref, '21', { force: false }))).toMatchObject({ kind: 'ambiguous' });
    expect(server.connections()).toBe(2);
    expect(await failureOf(client.redesign(ref))).toMatchObject({ kind: 'transient' });
  });

  it.each(['update', 'commit'] as const)(
    '%s is not accepted by a page, nor by another good status',
    async (call) => {
      const send = async (answer: Answer) => {
        const { client } = await clientOn({ [`PUT ${FIELD}/designer/device/21/${call}`]: answer });
        return call === 'commit' ? client.commit(ref, '21') : client.update(ref, '21', { force: false });
      };
      const unproven = { kind: 'ambiguous', code: 'securechange.unproven' };
      expect(await failureOf(send({ status: 202, body: page }))).toMatchObject(unproven);
      expect(await failureOf(send({ status: 200 }))).toMatchObject(unproven);
      const failed = readFixture('securechange', 'error.500-transient-db.json');
      expect(await failureOf(send({ status: 202, body: failed }))).toMatchObject({ kind: 'ambiguous' });
      await send({ status: 202, body: '<task><id>7304</id></task>' });
      await send({ status: 202, body: { task: { id: 7304 } } });
    },
  );

  it('a redesign answered by a page may be asked for again', async () => {
    const { client } = await clientOn({ [`PUT ${FIELD}/designer/redesign`]: { status: 202, body: page } });
    expect(await failureOf(client.redesign(ref))).toMatchObject({ kind: 'transient' });
  });

  it('stop when the caller does', async () => {
    const { client, received } = await clientOn(accepted);
    expect(await failureOf(client.commit(ref, '21', AbortSignal.abort()))).toMatchObject({
      kind: 'transient',
    });
    expect(received).toHaveLength(0);
  });
});

describe('writing to a task', () => {
  const writes: Routes = { [`PUT ${TASK}`]: {}, [`PUT ${TASK}/fields`]: {} };
  const approvalTicket = () => {
    const wire = readJsonFixture('securechange', 'ticket.in-progress.single-as-object.json');
    wire.ticket.steps.step[3].tasks.task.fields.field.push(
      {
        '@xsi.type': 'approve_reject',
        id: 81033,
        name: 'Approve Access Request',
        read_only: false,
        reason: '',
      },
      { '@xsi.type': 'text_field', id: 81034, name: 'Fixed', read_only: true, text: '' },
      { '@xsi.type': 'drop_down_list', id: 81035, name: 'Choice', selection: '' },
    );
    return { [`GET ${API}/tickets/1201`]: { body: wire } };
  };
  const bodyOf = (received: readonly Received[]) => JSON.parse(received.at(-1)?.body ?? '');

  it('completes it with these values and nothing else', async () => {
    const { client, received } = await clientOn({ ...approvalTicket(), ...writes });
    await client.completeTask(ref, [
      { kind: 'approveReject', fieldName: 'Approve Access Request', approved: true, reason: 'CHG1' },
      { kind: 'text', fieldName: 'ITSM change', text: 'CHG1' },
      { kind: 'text', fieldName: 'Choice', text: 'B' },
    ]);
    expect(received.at(-1)).toMatchObject({ method: 'PUT', path: TASK });
    expect(received.at(-1)?.headers['content-type']).toBe('application/json');
    expect(bodyOf(received)).toEqual({
      task: {
        id: 7304,
        status: 'DONE',
        fields: {
          field: [
            {
              '@xsi.type': 'approve_reject',
              id: 81033,
              name: 'Approve Access Request',
              approved: true,
              reason: 'CHG1',
            },
            { '@xsi.type': 'text_field', id: 81032, name: 'ITSM change', text: 'CHG1' },
            { '@xsi.type': 'drop_down_list', id: 81035, name: 'Choice', selection: 'B' },
          ],
        },
      },
    });
  });

  it('without values sends none and reads nothing', async () => {
    const { client, received } = await clientOn(writes);
    await client.completeTask(ref, []);
    expect(bodyOf(received)).toEqual({ task: { id: 7304, status: 'DONE', fields: { field: [] } } });
    await client.writeFields(ref, []);
    expect(received).toHaveLength(1);
  });

  it('writes fields without completing', async () => {
    const { client, received } = await clientOn({ ...approvalTicket(), ...writes });
    await client.writeFields(ref, [{ kind: 'text', fieldName: 'ITSM change', text: 'CHG2' }]);
    expect(received.at(-1)).toMatchObject({ method: 'PUT', path: `${TASK}/fields` });
    expect(bodyOf(received)).toEqual({
      fields: { field: [{ '@xsi.type': 'text_field', id: 81032, name: 'ITSM change', text: 'CHG2' }] },
    });
  });

  it.each([
    ['Nowhere', 'securechange.field_missing'],
    ['Fixed', 'securechange.field_read_only'],
    ['Required Access', 'securechange.field_type'],
  ])('refuses to write text to %s', async (fieldName, code) => {
    const { client, received } = await clientOn({ ...approvalTicket(), ...writes });
    const failure = await failureOf(client.completeTask(ref, [{ kind: 'text', fieldName, text: 'x' }]));
    expect(failure).toMatchObject({ kind: 'rejected', code });
    expect(received.every((one) => one.method === 'GET')).toBe(true);
  });

  it('that is gone is refused before anything is sent', async () => {
    const { client, received } = await clientOn({ ...approvalTicket(), ...writes });
    const elsewhere = { ...ref, taskId: '9' };
    const failure = await failureOf(
      client.writeFields(elsewhere, [{ kind: 'text', fieldName: 'ITSM change', text: 'x' }]),
    );
    expect(failure).toMatchObject({ kind: 'rejected', code: 'securechange.ticket_moved_on' });
    expect(received.every((one) => one.method === 'GET')).toBe(true);
  });

  it('is not completed by a page that a proxy answers', async () => {
    const { client } = await clientOn({ ...approvalTicket(), [`PUT ${TASK}`]: { body: page } });
    expect(await failureOf(client.completeTask(ref, []))).toMatchObject({
      kind: 'ambiguous',
      code: 'securechange.unproven',
    });
  });

  it('accepts, reassigns, comments, goes back and rejects as documented', async () => {
    const user = { users: { user: { '@xsi.type': 'user', id: 11, name: 'wf-api' } } };
    const { client, received } = await clientOn({
      [`PUT ${TASK}/accept`]: {},
      [`PUT ${TASK}/reassign/57`]: {},
      [`POST ${TASK}/comments`]: { status: 201 },
      [`PUT ${TASK}/redo/7102`]: {},
      [`PUT ${API}/tickets/1201/reject`]: {},
      [`GET ${API}/users`]: { body: user },
    });
    await client.acceptTask(ref);
    await client.reassignTask(ref, '57', 'On call');
    await client.addComment(ref, 'moved');
    await client.redo(ref, '7102', 'Back to design');
    await client.rejectTicket('1201', 'Refused');
    expect(received.map((one) => [one.method, one.path, one.body])).toEqual([
      ['PUT', `${TASK}/accept`, ''],
      ['PUT', `${TASK}/reassign/57`, '{"reassign_task_comment":{"comment":"On call"}}'],
      ['POST', `${TASK}/comments`, '{"comment":{"content":"moved"}}'],
      ['PUT', `${TASK}/redo/7102`, '{"redo_step_comment":{"comment":"Back to design"}}'],
      ['GET', `${API}/users?user_name=wf-api&exact_name=true`, ''],
      ['PUT', `${API}/tickets/1201/reject?handler_id=11`, '{"reject_comment":{"comment":"Refused"}}'],
    ]);
  });
});

describe('the verifier', () => {
  const verifier = `${TASK}/multi_access_request/90131/verifier`;
  const results = (verification_status: string) => ({
    body: {
      access_request_verifier_result: {
        verifier_targets: {
          verifier_target: {
            management_name: 'DG-B',
            management_id: 21,
            verification_status,
            revision_number: 66,
            date: '2025-11-22',
            time: '23:41:03.000',
          },
        },
      },
    },
  });
  const verified = (status: string) =>
    fieldOf('commit success', (field) => {
      field.access_request.verifier_result = { status };
    });

  it.each([
    ['implemented', 'implemented', 'implemented', null],
    ['verified', 'implemented', 'implemented', null],
    ['implemented', 'not implemented', 'notImplemented', 'AR1: not implemented on DG-B'],
    ['implemented', 'not available', 'unverified', 'AR1: unknown on DG-B'],
  ])('request %s, target %s: %s', async (status, target, state, message) => {
    const { client } = await clientOn({
      [`GET ${FIELD}`]: verified(status),
      [`GET ${verifier}`]: results(target),
    });
    expect(await client.readVerifier(ref)).toMatchObject({ state, message });
  });

  it('says which revision of which device it looked at, for each access request', async () => {
    const { client } = await clientOn({
      [`GET ${FIELD}`]: verified('implemented'),
      [`GET ${verifier}`]: results('implemented'),
    });
    expect((await client.readVerifier(ref)).targets).toEqual([
      { managementId: '21', name: 'DG-B', revision: 66, revisionAt: '2025-11-22T23:41:03.000' },
    ]);
  });

  it.each([
    ['not run', 'unverified', 1],
    ['not available', 'unverified', 1],
    ['not implemented', 'notImplemented', 2],
  ])('request %s is %s, whether or not there is more to read', async (status, state, calls) => {
    const { client, received } = await clientOn({ [`GET ${FIELD}`]: verified(status) });
    expect((await client.readVerifier(ref)).state).toBe(state);
    expect(received).toHaveLength(calls);
  });

  it('with a target that cannot be read is never implemented', async () => {
    const body = results('implemented').body;
    const targets = body.access_request_verifier_result.verifier_targets as Recorded;
    targets.verifier_target = [targets.verifier_target, { management_id: { x: 1 } }];
    const { client } = await clientOn({
      [`GET ${FIELD}`]: verified('implemented'),
      [`GET ${verifier}`]: { body },
    });
    expect(await client.readVerifier(ref)).toMatchObject({
      state: 'unverified',
      message: 'AR1: unknown on verifier target at place 2',
    });
  });

  it('whose results cannot be had is unverified, as is a request without one', async () => {
    const { client } = await clientOn({ [`GET ${FIELD}`]: verified('implemented') });
    expect((await client.readVerifier(ref)).state).toBe('unverified');
    const group = fieldOf('commit success', (field) => {
      delete field.access_request;
      field['@xsi.type'] = 'multi_group_change';
    });
    expect((await (await clientOn({ [`GET ${FIELD}`]: group })).client.readVerifier(ref)).state).toBe(
      'unverified',
    );
  });
});

describe('the newest revision of a device', () => {
  const path = 'GET /securetrack/api/devices/21/latest_revision/';

  it.each([
    [{ revision: { id: 5685, revisionId: 10 } }, 10],
    [{ revision: { id: '5685', revisionId: '10' } }, 10],
    [{ revision: { id: 5685 } }, null],
    ['', null],
  ])("is SecureTrack's number of it, not its id: %j", async (body, number) => {
    const { client } = await clientOn({ [path]: { body } });
    expect(await client.readRevision('21')).toBe(number);
  });

  it('is nothing where SecureTrack has none', async () => {
    const { client } = await clientOn({ [path]: { status: 404 } });
    expect(await client.readRevision('21')).toBeNull();
  });
});

describe('the revisions of a device', () => {
  const path = 'GET /securetrack/api/devices/21/revisions/';
  const row = { id: 5685, revisionId: 10, admin: 'h.novak', date: '2025-11-22', time: '23:41:03.000' };
  const read = async (body: unknown) => (await clientOn({ [path]: { body } })).client.readRevisions('21');

  it('are the newest first, with whoever SecureTrack names', async () => {
    expect(
      await read({
        revision: [
          { ...row, revisionId: '9', admin: '-', time: '' },
          row,
          { revisionId: 8, admin: '', date: null },
        ],
      }),
    ).toEqual([
      { number: 10, administrator: 'h.novak', printedAt: '2025-11-22 23:41:03.000' },
      { number: 9, administrator: null, printedAt: '2025-11-22' },
      { number: 8, administrator: null, printedAt: null },
    ]);
    for (const none of [{ revision: '' }, { revision: {} }, { revision: [] }])
      expect(await read(none)).toEqual([]);
    expect(await read({ revision: row })).toHaveLength(1);
  });

  it.each([
    ['no number', { ...row, revisionId: undefined }],
    ['a number that is none', { ...row, revisionId: 'newest' }],
    ['a text in its place', 'text'],
  ])('with %s are not known: it may be that of another administrator', async (_what, odd) => {
    await expect(read({ revision: [row, odd] })).rejects.toMatchObject({
      facts: {
        kind: 'bug',
        message: expect.stringMatching(/revision (5685: revisionId|at place 2)/) as string,
      },
    });
  });
});

describe('users and workflows', () => {
  it('finds our own user once, whatever form the list comes in', async () => {
    const users = {
      users: {
        user: [
          { id: 5, name: 'wf-api-2' },
          { id: 11, name: 'WF-API' },
        ],
      },
    };
    const { client, received } = await clientOn({ [`GET ${API}/users`]: { body: users } });
    expect(await client.whoAmI()).toEqual({ login: 'WF-API', id: '11' });
    await client.whoAmI();
    expect(received).toHaveLength(1);
  });

  it('finds our own user beside one that cannot be read, and names that one where ours is missing', async () => {
    const odd = { id: 12, name: { first: 'x' } };
    const both = await clientOn({
      [`GET ${API}/users`]: { body: { users: { user: [odd, { id: 11, name: 'wf-api' }] } } },
    });
    expect(await both.client.whoAmI()).toEqual({ login: 'wf-api', id: '11' });
    const alone = await clientOn({ [`GET ${API}/users`]: { body: { users: { user: odd } } } });
    expect((await failureOf(alone.client.whoAmI())).message).toContain('user 12');
  });

  it('an empty answer means that there is no such user', async () => {
    const { client } = await clientOn({ [`GET ${API}/users`]: { body: '' } });
    expect(await failureOf(client.whoAmI())).toMatchObject({
      kind: 'rejected',
      code: 'securechange.unknown_user',
    });
    const other = await clientOn({ [`GET ${API}/users`]: json('securechange', 'users.by-name.json') });
    expect(await failureOf(other.client.whoAmI())).toMatchObject({ code: 'securechange.unknown_user' });
  });

  it('reads the active steps of a workflow, null when there is none', async () => {
    const steps = {
      step: [
        { name: 'Open Request' },
        { name: 'Old', is_active: false },
        { name: 'Approval', is_active: 'true' },
      ],
    };
    const path = `GET ${API}/workflows`;
    for (const body of [
      { workflow: { steps } },
      { access_request_workflow: { id: 1, steps } },
      { workflows: { workflow: { steps } } },
    ]) {
      const { client } = await clientOn({ [path]: { body } });
      expect(await client.readWorkflow('X')).toEqual({ steps: ['Open Request', 'Approval'] });
    }
    expect(await (await clientOn({})).client.readWorkflow('X')).toBeNull();
  });
});
