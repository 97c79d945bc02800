import { at, startStandIn, type StandIn } from './stand-in.js';

const TABLE = '/api/now/table/change_request';

let standIn: StandIn;

beforeEach(async () => {
  standIn = await startStandIn();
});
afterEach(() => standIn.running.close());

const create = async (fields: object): Promise<string> => {
  const answer = await standIn.call('POST', TABLE, fields);
  expect(answer.status).toBe(201);
  expect(answer.headers.get('location')).toBe(
    `${standIn.running.url}${TABLE}/${String(at(answer.json, 'result', 'sys_id'))}`,
  );
  return String(at(answer.json, 'result', 'sys_id'));
};
const find = async (encoded: string): Promise<unknown> =>
  at((await standIn.call('GET', `${TABLE}?sysparm_query=${encodeURIComponent(encoded)}`)).json, 'result');

it('creates, reads, patches and finds a change by its correlation id', async () => {
  const sysId = await create({ short_description: 'Ticket 7', correlation_id: 'sco-7' });
  expect(at((await standIn.call('GET', `${TABLE}/${sysId}`)).json, 'result')).toMatchObject({
    number: 'CHG0030001',
    state: '-5',
    correlation_id: 'sco-7',
  });
  const patched = await standIn.call('PATCH', `${TABLE}/${sysId}`, { state: 3, close_code: 'successful' });
  expect(at(patched.json, 'result')).toMatchObject({ state: '3', active: 'false', close_code: 'successful' });
  expect(await find('correlation_id=sco-7^state=3')).toEqual([expect.objectContaining({ sys_id: sysId })]);
  expect(await find('correlation_id=sco-7^stateIN-1,-2')).toEqual([]);
  expect(await find('correlation_id=other')).toEqual([]);
});

it('keeps work notes as a journal, newest first', async () => {
  const sysId = await create({ short_description: 'x' });
  for (const note of ['first', 'second'])
    await standIn.call('PATCH', `${TABLE}/${sysId}`, { work_notes: note });
  const notes = String(at((await standIn.call('GET', `${TABLE}/${sysId}`)).json, 'result', 'work_notes'));
  expect(notes).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - itsm \(Work notes\)\nsecond\n\n.*\nfirst\n\n$/s);
  const journal = await standIn.call(
    'GET',
    `/api/now/table/sys_journal_field?sysparm_query=element_id=${sysId}^element=work_notes`,
  );
  expect(at(journal.json, 'result')).toMatchObject([{ value: 'first' }, { value: 'second' }]);
});

it('makes a second change of the same correlation id when asked twice', async () => {
  await create({ correlation_id: 'same' });
  await create({ correlation_id: 'same' });
  expect(await find('correlation_id=same')).toHaveLength(2);
});

it('creates and then breaks the connection when the switch says so', async () => {
  await standIn.control('PUT', '/switches', { itsmCreateThenReset: true });
  await expect(standIn.call('POST', TABLE, { correlation_id: 'sco-9' })).rejects.toThrow();
  expect(await find('correlation_id=sco-9')).toHaveLength(1);
  expect((await standIn.writes()).at(-1)).toMatchObject({
    system: 'itsm',
    action: 'create',
    status: 0,
    applied: true,
  });
});

it('refuses wrong credentials and unknown records in its own form', async () => {
  const wrong = await standIn.call('GET', TABLE, undefined, { Authorization: 'Basic eDp5' });
  expect([wrong.status, at(wrong.json, 'error', 'message')]).toEqual([401, 'User Not Authenticated']);
  const unknown = await standIn.call('GET', `${TABLE}/0123`);
  expect([unknown.status, at(unknown.json, 'error', 'message')]).toEqual([404, 'No Record found']);
});

describe('an encoded query', () => {
  const numbers = async (encoded: string): Promise<unknown[]> =>
    ((await find(encoded)) as object[]).map((row) => at(row, 'short_description'));

  beforeEach(async () => {
    for (const [short_description, state] of [
      ['a', '-5'],
      ['b', '-1'],
      ['c', '3'],
    ]) {
      await create({ short_description, state });
    }
  });

  it('joins with ^OR what stands before it, with ^NQ whole queries, and orders', async () => {
    expect(await numbers('state=-5^ORstate=3^ORDERBYshort_description')).toEqual(['a', 'c']);
    expect(await numbers('state=-5^ORstate=3^short_description=c')).toEqual(['c']);
    expect(await numbers('short_description=a^state=3^NQstate=-1')).toEqual(['b']);
    expect(await numbers('ORDERBYDESCshort_description')).toEqual(['c', 'b', 'a']);
  });

  it('is answered page by page, with the total and the links between pages', async () => {
    const page = await standIn.call('GET', `${TABLE}?sysparm_limit=2&sysparm_offset=0`);
    expect(at(page.json, 'result')).toHaveLength(2);
    expect(page.headers.get('x-total-count')).toBe('3');
    expect(page.headers.get('link')).toMatch(/sysparm_offset=2[^,]*>;rel="next"/);
    expect((await standIn.call('GET', `${TABLE}?sysparm_limit=-1`)).status).toBe(400);
  });
});

it('shows values, displays, or both', async () => {
  const sysId = await create({ short_description: 'x', state: '-1' });
  const shown = async (display: string): Promise<unknown> =>
    at(
      (
        await standIn.call(
          'GET',
          `${TABLE}/${sysId}?sysparm_fields=state,number&sysparm_display_value=${display}`,
        )
      ).json,
      'result',
    );
  expect(await shown('false')).toEqual({ state: '-1', number: 'CHG0030001' });
  expect(await shown('true')).toEqual({ state: 'Implement', number: 'CHG0030001' });
  expect(await shown('all')).toEqual({
    state: { display_value: 'Implement', value: '-1' },
    number: { display_value: 'CHG0030001', value: 'CHG0030001' },
  });
});

it('counts and pages the journal', async () => {
  const sysId = await create({ short_description: 'x' });
  for (const note of ['first', 'second'])
    await standIn.call('PATCH', `${TABLE}/${sysId}`, { work_notes: note });
  const page = await standIn.call(
    'GET',
    `/api/now/table/sys_journal_field?sysparm_query=element_id=${sysId}&sysparm_limit=1&sysparm_fields=value`,
  );
  expect(at(page.json, 'result')).toEqual([{ value: 'first' }]);
  expect(page.headers.get('x-total-count')).toBe('2');
});

it('deletes a record, once', async () => {
  const sysId = await create({ short_description: 'x' });
  expect(await standIn.call('DELETE', `${TABLE}/${sysId}`)).toMatchObject({ status: 204, text: '' });
  expect((await standIn.call('DELETE', `${TABLE}/${sysId}`)).status).toBe(404);
  expect(await find('short_description=x')).toEqual([]);
});
