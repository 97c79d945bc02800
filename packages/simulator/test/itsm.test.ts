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
