import { startSimulator, type RunningSimulator } from '../../packages/simulator/src/index.js';
import { createHttp } from '../../src/http/http.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import { context, facts, point } from '../placeholders/context.js';
import { failureOf } from '../support/failure-of.js';
import { startRecordedServer } from '../support/recorded-server.js';
import { noTokens, serviceNow } from './servers.js';

let simulator: RunningSimulator;
let itsm: ReturnType<typeof createItsm>;
beforeEach(async () => {
  simulator = await startSimulator({ port: 0 });
  itsm = itsmAt(simulator.url);
});
afterEach(async () => {
  await itsm.close();
  await simulator.close();
});

function itsmAt(url: string) {
  const server = () => serviceNow({ url, ticketsField: 'u_tickets' });
  return createItsm({ server, http: createHttp, tokens: noTokens });
}

interface Row {
  readonly number: string;
  readonly sys_id: string;
  readonly state: string;
  readonly work_notes: string;
}
async function call(method: string, path: string, body?: object): Promise<Row> {
  const response = await fetch(`${simulator.url}/api/now/table/change_request${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from('itsm:itsm').toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return ((await response.json()) as { result: Row }).result;
}

const message = (ticketId: string, action: 'update' | 'close', body: object) =>
  itsm.render(
    point({ name: action, action, body: { ...body } }),
    context({ facts: { ...facts, id: ticketId }, key: `${ticketId}/1/-/itsmSync/${action}%2F1` }),
  );

describe('a change of ServiceNow that lists its tickets', () => {
  it('gets the messages of each of them, and of no ticket that it does not list', async () => {
    const change = await call('POST', '', { u_tickets: '214, 215', state: '-1' });
    await call('POST', '', { u_tickets: '2141,1214', state: '-1' });
    for (const id of ['214', '215'])
      expect(await itsm.send(message(id, 'update', { work_notes: `note of ${id}` }), null)).toMatchObject({
        number: change.number,
      });
    const { work_notes: notes } = await call('GET', `/${change.sys_id}`);
    expect(notes).toContain('note of 214');
    expect(notes).toContain('note of 215');
    expect(await itsm.readFields('servicenow', '215', ['state'])).toEqual({ state: '-1' });
    // It is part of 214 and of 215.
    const failure = await failureOf(itsm.send(message('21', 'update', { state: '0' }), null));
    expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.no_change' });
    expect(await call('GET', `/${change.sys_id}`)).toMatchObject({ state: '-1' });
  });

  it('says which tickets it owns, and whether it is open', async () => {
    const change = await call('POST', '', { u_tickets: '214 215\n216', state: '-1' });
    expect(await itsm.sharedChange(message('215', 'close', {}))).toEqual({
      server: 'servicenow',
      number: change.number,
      id: change.sys_id,
      tickets: ['214', '215', '216'],
      isOpen: true,
    });
    await call('PATCH', `/${change.sys_id}`, { state: '3' });
    expect(await itsm.sharedChange(message('215', 'close', {}))).toMatchObject({ isOpen: false });
    expect(await itsm.sharedChange(message('99', 'close', {}))).toBeNull();
  });

  it.each([
    ['a word', '214, see comments', 'u_tickets has "see", which is no ticket id'],
    ['a number with a sign', '214, #215', '"#215"'],
    ['no ids but zero', '0, 214', '"0"'],
    ['a number of more digits than an id has', `214 ${'9'.repeat(19)}`, '"9999'],
    [
      'more tickets than are read',
      Array.from({ length: 201 }, (_, index) => 214 + index).join(','),
      'u_tickets lists 201 tickets',
    ],
    ['a longer text than is read', `214${' '.repeat(3_998)}`, 'has 4001 characters, at most 4000 are read'],
  ])('with %s in its list is not closed, and still gets notes', async (_, list, why) => {
    const change = await call('POST', '', { u_tickets: list, state: '-1' });
    const failure = await failureOf(itsm.sharedChange(message('214', 'close', {})));
    expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.ticket_list' });
    expect(failure.message).toContain(`${change.number}: u_tickets `);
    expect(failure.message).toContain(why);
    expect(failure.message).toContain('write the ids of its tickets into u_tickets');
    expect(await failureOf(itsm.openChanges('servicenow'))).toMatchObject({ code: 'itsm.ticket_list' });
    await itsm.send(message('214', 'update', { work_notes: 'a note' }), null);
    expect((await call('GET', `/${change.sys_id}`)).work_notes).toContain('a note');
  });

  it('counts a ticket once, in whatever form its id is written', async () => {
    await call('POST', '', { u_tickets: '0214;214 ;215', state: '-1' });
    expect(await itsm.sharedChange(message('214', 'close', {}))).toMatchObject({ tickets: ['214', '215'] });
  });

  it('that has lost the ticket since is not written to', async () => {
    const { sys_id: id, number } = await call('POST', '', { u_tickets: '215', state: '-1' });
    const known = { server: 'servicenow', number, id };
    const failure = await failureOf(itsm.send(message('214', 'close', { state: '3' }), known));
    expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.foreign_record' });
    expect(failure.message).toContain('its u_tickets is "215"; write 214 into it');
    expect(await call('GET', `/${id}`)).toMatchObject({ state: '-1' });
  });

  it('is not taken from an instance that ignores the condition', async () => {
    const other = { sys_id: 'a', number: 'CHG9', u_tickets: '7' };
    const instance = await startRecordedServer(() => ({ body: { result: [other] } }));
    const there = itsmAt(instance.url);
    try {
      const failure = await failureOf(there.send(message('214', 'close', { state: '3' }), null));
      expect(failure).toMatchObject({ kind: 'rejected', code: 'itsm.foreign_record' });
      expect(failure.message).toContain('let our user read that field');
      expect(instance.received.every(({ method }) => method === 'GET')).toBe(true);
    } finally {
      await there.close();
      await instance.close();
    }
  });

  it('with two changes that list one ticket nothing is written', async () => {
    await call('POST', '', { u_tickets: '214' });
    await call('POST', '', { u_tickets: '213,214' });
    const failure = await failureOf(itsm.send(message('214', 'close', { state: '3' }), null));
    expect(failure.message).toContain('and CHG0030002 have our id: leave 214 in the u_tickets');
  });

  it('is listed with each of its tickets while it is open', async () => {
    const change = await call('POST', '', { u_tickets: '214, 215' });
    await call('POST', '', { u_tickets: '' });
    const closed = await call('POST', '', { u_tickets: '216', state: '3' });
    expect(closed.state).toBe('3');
    const listed = await itsm.openChanges('servicenow');
    expect(listed?.map(({ number, ticketId }) => [number, ticketId])).toEqual([
      [change.number, '214'],
      [change.number, '215'],
    ]);
  });
});
