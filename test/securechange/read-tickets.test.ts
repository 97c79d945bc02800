import { failureOf } from '../support/failure-of.js';
import { readFixture, readJsonFixture } from './fixture.js';
import { API, clientOn, json, page, ticketRoutes } from './client-on.js';

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

  it('for mails gives the addresses of requester and handlers, and reads them only then', async () => {
    const users = ['j.meier', 'o.brandt', 'd.ops'].map((name, id) => ({
      id,
      name,
      email: `${name}@example.com`,
    }));
    const { client } = await clientOn({
      ...ticketRoutes(),
      [`GET ${API}/users`]: { body: { users: { user: users } } },
    });
    expect((await client.readContent('1201')).mails).toBeUndefined();
    const facts = await client.readTicket('1201', { requestField: null });
    const people = [facts.requester, ...facts.step!.tasks.flatMap(({ assignee }) => assignee ?? [])];
    const { mails } = await client.readContent('1201', undefined, { withMails: true });
    expect([...mails!.keys()].sort()).toEqual([...new Set(people)].sort());
    expect(mails!.get(facts.requester)).toBe(`${facts.requester}@example.com`);
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
