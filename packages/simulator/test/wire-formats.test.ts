import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API, at, list, startStandIn, ticketBody, type StandIn } from './stand-in.js';

let standIn: StandIn;
let id: number;

beforeAll(async () => {
  standIn = await startStandIn({ switches: { forms: 'documented' } });
  id = await standIn.create();
});
afterAll(() => standIn.running.close());
afterEach(async () => {
  standIn.user = 'wf-api';
  await standIn.control('PUT', '/switches', { jsonLists: 'asForms', notFoundAsXml: false });
});

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/securechange', name), 'utf8'));

/** Every path of a tree with the type of its leaf; list positions are left out. */
function shape(tree: unknown, prefix = ''): string[] {
  if (Array.isArray(tree)) return tree.flatMap((entry) => shape(entry, prefix));
  if (typeof tree !== 'object' || tree === null) return [`${prefix}: ${typeof tree}`];
  return Object.entries(tree).flatMap(([key, value]) => shape(value, `${prefix}.${key}`));
}

describe('JSON', () => {
  it('shows a list of one as an object and an empty list as ""', async () => {
    const ticket = await standIn.ticket(id);
    const first = list(at(ticket, 'steps', 'step'))[0];
    expect(at(first, 'tasks', 'task', 'status')).toBe('DONE');
    expect(
      at(first, 'tasks', 'task', 'fields', 'field', 0, 'access_request', 'sources', 'source'),
    ).toMatchObject({
      '@type': 'IP',
      ip_address: '10.20.4.15',
    });
    expect(at(first, 'tasks', 'task', 'fields', 'field', 0, 'access_request', 'labels')).toBe('');
    expect(at(ticket, 'comments')).toBe('');
  });

  it('keeps every list an array when the switch says so', async () => {
    await standIn.control('PUT', '/switches', { jsonLists: 'arrays' });
    const ticket = await standIn.ticket(id);
    expect(
      at(ticket, 'steps', 'step', 0, 'tasks', 'task', 0, 'fields', 'field', 0, 'access_request', 0, 'id'),
    ).toEqual(expect.any(Number));
    expect(at(ticket, 'comments')).toEqual({ comment: [] });
  });

  it('is given for the path suffix .json whatever Accept says', async () => {
    const answer = await standIn.call('GET', `${API}/tickets/${String(id)}.json`, undefined, {
      Accept: '*/*',
    });
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(at(answer.json, 'ticket', 'id')).toBe(id);
  });

  it('has in a ticket every member of the recorded shape, with its type', async () => {
    const { id: done, place } = await standIn.implementation({ '@type': 'Object', management_id: 21 });
    await standIn.call('PUT', `${place.designerPath}/device/21/update`);
    await standIn.notPending(done);
    const own = new Set(shape(await standIn.ticket(done)));
    const recorded = shape(at(fixture('ticket.update-succeeded.json'), 'ticket'));
    const notCarried = /object_UID|\.access_request\.comment:|\.comments/;
    expect(recorded.filter((path) => !own.has(path) && !notCarried.test(path))).toEqual([]);
  });

  it('has in Designer results and commit report every member of the recorded shapes', async () => {
    const { id: done, place } = await standIn.implementation({ '@type': 'Object', management_id: 21 });
    for (const push of ['update', 'commit']) {
      await standIn.call('PUT', `${place.designerPath}/device/21/${push}`);
      await standIn.notPending(done);
    }
    const results = new Set(shape((await standIn.call('GET', place.designerPath)).json));
    expect(shape(fixture('designer.committed.json')).filter((path) => !results.has(path))).toEqual([]);
    const report = new Set(shape((await standIn.call('GET', `${place.designerPath}/commit_report/21`)).json));
    const warned = /fw_result\.warning/;
    const missing = shape(fixture('commit-report.success.json')).filter((path) => !report.has(path));
    expect(missing.filter((path) => !warned.test(path))).toEqual([]);
  });

  it('has in history, search rows and lifecycle feed every member of the recorded shapes', async () => {
    const missing = async (path: string, name: string): Promise<string[]> => {
      const own = new Set(shape((await standIn.call('GET', path)).json));
      return shape(fixture(name)).filter((entry) => !own.has(entry));
    };
    expect(await missing(`${API}/tickets/3/history`, 'history.json')).toEqual([]);
    expect(await missing(`${API}/tickets/search_by/details`, 'tickets.search_by_details.json')).toEqual([]);
    expect(await missing(`${API}/tickets/lifecycle_events?get_total=true`, 'lifecycle-events.json')).toEqual(
      [],
    );
  });
});

describe('XML', () => {
  it('is the default and carries xsi:type on fields and type on sources', async () => {
    const answer = await standIn.call('GET', `${API}/tickets/${String(id)}`, undefined, { Accept: '*/*' });
    expect(answer.headers.get('content-type')).toContain('application/xml');
    expect(answer.text).toMatch(/^<\?xml version="1.0"/);
    expect(answer.text).toContain(
      '<field xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="multi_access_request">',
    );
    expect(answer.text).toContain('<source type="IP">');
    expect(answer.text).toContain('<labels/>');
  });

  it('makes a ticket like the same body in JSON, with entities decoded', async () => {
    const field = (type: string, inside: string): string =>
      `<field xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}">${inside}</field>`;
    const access =
      '<name>Required Access</name><access_request><targets><target type="ANY"/></targets><sources><source type="IP">' +
      '<ip_address>1.2.3.4</ip_address></source></sources><action>Accept</action><labels/></access_request>';
    const fields =
      field('multi_access_request', access) +
      field('text_area', '<name>Business justification</name><text>a &amp; b</text>');
    const body =
      '<?xml version="1.0"?><ticket><subject>from XML</subject><requester>j.meier</requester><priority>High</priority>' +
      '<domain_name/><workflow><name>Firewall change</name><uses_topology>false</uses_topology></workflow><steps><step>' +
      `<name>Open Request</name><tasks><task><fields>${fields}</fields></task></tasks></step></steps><comments/></ticket>`;
    const created = await standIn.call('POST', `${API}/tickets`, body);
    expect(created.status).toBe(201);
    const ticket = await standIn.ticket(Number(created.headers.get('location')?.split('/').pop()));
    expect(ticket).toMatchObject({
      subject: 'from XML',
      priority: 'High',
      requester: 'j.meier',
      requester_id: 45,
    });
    expect(at(ticket, 'workflow', 'uses_topology')).toBe(false);
    const posted = list(at(list(at(ticket, 'steps', 'step'))[0], 'tasks', 'task', 'fields', 'field'));
    expect(posted[1]?.['text']).toBe('a & b');
    expect(at(posted[0], 'access_request', 'sources', 'source', '@type')).toBe('IP');
  });

  it('is refused when it is not well-formed or carries a DOCTYPE', async () => {
    for (const body of [
      '<ticket><subject></ticket>',
      '<!DOCTYPE x [<!ENTITY e "x">]><ticket>&e;</ticket>',
      '<a/><b/>',
    ]) {
      const answer = await standIn.call('POST', `${API}/tickets`, body);
      expect([answer.status, at(answer.json, 'result', 'code')]).toEqual([406, 'BAD_REQUEST_ERROR']);
    }
  });
});

describe('refusals', () => {
  it('of a wrong password is HTML with 401', async () => {
    const answer = await standIn.call('GET', `${API}/tickets/1`, undefined, { Authorization: 'Basic eDp5' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'text/html;charset=UTF-8']);
  });

  it('of an unknown ticket is 404 in the asked format, or XML when the switch says so', async () => {
    const wanted = { result: { code: 'NOT_FOUND_ERROR', message: 'No entity found for query' } };
    expect((await standIn.call('GET', `${API}/tickets/999`)).json).toEqual(wanted);
    await standIn.control('PUT', '/switches', { notFoundAsXml: true });
    const answer = await standIn.call('GET', `${API}/tickets/999`);
    expect([answer.status, answer.text]).toEqual([
      404,
      expect.stringContaining('<code>NOT_FOUND_ERROR</code>'),
    ]);
  });

  it('of a person who has nothing to do with a ticket is 403', async () => {
    const foreign = await standIn.call('POST', `${API}/tickets`, {
      ticket: { ...(ticketBody('Firewall change') as { ticket: object }).ticket, requester: 'o.brandt' },
    });
    standIn.user = 'j.meier';
    const path = foreign.headers.get('location')?.replace(standIn.running.url, '') ?? '';
    expect((await standIn.call('GET', path)).status).toBe(403);
    const behalf = await standIn.call('POST', `${API}/tickets`, {
      ticket: { ...(ticketBody('Firewall change') as { ticket: object }).ticket, requester: 'a.kaya' },
    });
    expect(behalf.status).toBe(403);
  });

  it('of an unknown workflow or priority is 400', async () => {
    const answer = await standIn.call('POST', `${API}/tickets`, ticketBody('No such workflow'));
    expect([answer.status, at(answer.json, 'result', 'code')]).toEqual([400, 'ILLEGAL_ARGUMENT_ERROR']);
  });
});

describe('lists', () => {
  it('of tickets page with next and previous, at most 100 at a time', async () => {
    const page = (
      await standIn.call('GET', `${API}/tickets?status=In%20Progress&start=1&count=2&desc=true&extra=1`)
    ).json;
    expect(list(at(page, 'tickets', 'ticket'))).toHaveLength(2);
    const next = String(at(page, 'tickets', 'next', '@href')).replace(standIn.running.url, '');
    expect(next).toContain('status=In%20Progress');
    expect(at(page, 'tickets', 'previous', '@href')).toContain('start=0');
    expect(list(at((await standIn.call('GET', next)).json, 'tickets', 'ticket')).length).toBeGreaterThan(0);
    const tooMany = await standIn.call('GET', `${API}/tickets?count=101`);
    expect([tooMany.status, at(tooMany.json, 'result', 'message')]).toEqual([
      400,
      'Can not fetch more than 100 tickets in 1 time',
    ]);
  });

  it('of search results filter by either name of the status and stay arrays with one entry', async () => {
    for (const name of ['ticket_status', 'status']) {
      const answer = await standIn.call(
        'GET',
        `${API}/tickets/search_by/details?id=${String(id)}&${name}=In%20Progress`,
      );
      expect(at(answer.json, 'tickets_search_results', 'ticket_result')).toEqual([
        expect.objectContaining({ id }),
      ]);
    }
  });

  it('of users can be parsed when no user is found, and have no body where the switch says so', async () => {
    const none = `${API}/users?user_name=unknown.user`;
    expect((await standIn.call('GET', none)).json).toEqual({ users: { user: [] } });
    expect((await standIn.call('GET', none, undefined, { Accept: 'application/xml' })).text).toMatch(
      /<users\/>$/,
    );
    await standIn.control('PUT', '/switches', { usersNotFound: 'emptyBody' });
    expect(await standIn.call('GET', none)).toMatchObject({ status: 200, text: '' });
    await standIn.control('PUT', '/switches', { usersNotFound: 'emptyList' });

    const found = await standIn.call('GET', `${API}/users?user_name=a.kaya`);
    expect(at(found.json, 'users', 'user', 0)).toMatchObject({ '@xsi.type': 'user', id: 52, name: 'a.kaya' });
  });

  it.each([
    'tickets?status=Open',
    'tickets/search_by/details?ticket_status=In%20Progress,Done',
    'tickets?start=-1',
    'tickets?count=-5',
    'tickets?start=two',
    'tickets/search_by/details?start=-1',
    'tickets/lifecycle_events?count=-1',
  ])('are refused for what no list has: %s', async (path) => {
    expect((await standIn.call('GET', `${API}/${path}`)).status).toBe(400);
  });

  it('find tickets by the status of their task in the older search', async () => {
    const found = await standIn.call('GET', `${API}/tickets/search?status=ASSIGNED&id=${String(id)}`);
    expect(at(found.json, 'tickets_search_results', 'ticket_result', 'id')).toBe(id);
  });
});

describe('the form of most recorded answers', () => {
  beforeEach(() => standIn.control('PUT', '/switches', { forms: 'recorded' }));
  afterEach(() => standIn.control('PUT', '/switches', { forms: 'documented', closedStep: 'text' }));

  it('has no dates of the ticket and no names of tasks, in JSON and in XML', async () => {
    const ticket = await standIn.ticket(id);
    expect(Object.keys(ticket as object).filter((name) => name.endsWith('_date'))).toEqual([]);
    expect(at(list(at(ticket, 'steps', 'step'))[0], 'tasks', 'task')).not.toHaveProperty('name');
    const xml = await standIn.call('GET', `${API}/tickets/${String(id)}`, undefined, { Accept: 'text/xml' });
    expect(xml.text).not.toMatch(/<(create|update)_date>/);
  });

  it('keeps sources and services arrays of one, and shows one task, field and request as objects', async () => {
    const step = list(at(await standIn.ticket(id), 'steps', 'step')).at(-1);
    const field = at(step, 'tasks', 'task', 'fields', 'field');
    expect(at(field, 'access_request', 'sources', 'source')).toEqual([
      expect.objectContaining({ ip_address: '10.20.4.15' }),
    ]);
    expect(at(field, 'access_request', 'services', 'service')).toHaveLength(1);
    expect(at(field, 'access_request', 'labels')).toBe('');
  });

  it.each([
    ['text', ''],
    ['object', {}],
    ['absent', undefined],
  ])('shows the current step of a cancelled ticket as %s', async (closedStep, shown) => {
    await standIn.control('PUT', '/switches', { closedStep });
    const ended = await standIn.create();
    await standIn.call('PUT', `${API}/tickets/${String(ended)}/cancel`);
    expect(at(await standIn.ticket(ended), 'current_step')).toEqual(shown);
  });

  it('shows a page without a ticket as {}, and empty wrappers inside as ""', async () => {
    const page = await standIn.call('GET', `${API}/tickets?status=Ticket%20Resolved`);
    expect(page.json).toEqual({ tickets: {} });
    expect(at(await standIn.ticket(id), 'comments')).toBe('');
  });

  it('can have "" for empty wrappers where lists are arrays', async () => {
    await standIn.control('PUT', '/switches', { jsonLists: 'arrays', emptyObjects: 'text' });
    expect(at(await standIn.ticket(id), 'comments')).toBe('');
    await standIn.control('PUT', '/switches', { emptyObjects: 'asLists' });
    expect(at(await standIn.ticket(id), 'comments')).toEqual({ comment: [] });
  });
});

describe('the address of the simulator', () => {
  it('says what this is, which systems it plays and who can log in', async () => {
    const page = await standIn.call('GET', '/', undefined, { Accept: 'text/html' });
    expect(page.status).toBe(200);
    expect(page.text).toMatch(/SecureTrack[^]*wf-api[^]*href="\/simulator\/switches"/);
    const { json } = await standIn.call('GET', '/');
    expect(list(at(json, 'accounts'))).toContainEqual({
      system: 'ITSM',
      login: 'itsm',
      password: 'itsm',
      may: 'all',
    });
  });

  it.each(['/nothing', '/securechangeworkflow', '/favicon.ico'])(
    'leads from %s, where nothing is, to what there is',
    async (path) => {
      const page = await standIn.call('GET', path, undefined, { Accept: 'text/html' });
      expect([page.status, page.text]).toEqual([404, expect.stringMatching(/nothing under .*<a href="\/">/)]);
      const { status, json } = await standIn.call('POST', path, {});
      expect([status, at(json, 'error')]).toEqual([
        404,
        expect.stringContaining('SecureTrack: /securetrack/api'),
      ]);
    },
  );
});
