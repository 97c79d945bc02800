import { findOwnTicket } from '../../activities/own-ticket.js';
import { failureOf } from '../support/failure-of.js';
import { API, clientOn, type Routes } from './client-on.js';

const OWN = {
  mark: '[CHG0030001] ',
  externalId: 'CHG0030001',
  requester: { login: 'j.meier', id: '46' },
  workflow: 'Firewall change',
};
const ticket = (id: number, part: object = {}) => ({
  body: {
    ticket: {
      id,
      subject: '[CHG0030001] Web shop',
      status: 'In Progress',
      workflow: { name: 'Firewall change' },
      requester: 'j.meier',
      requester_id: 46,
      external_data: { request_id: 'CHG0030001', requester: 'j.meier' },
      ...part,
    },
  },
});
const found = (...rows: unknown[]) => ({
  [`GET ${API}/tickets/search`]: { body: { tickets_search_results: { ticket_result: rows } } },
});

async function look(routes: Routes) {
  const { client } = await clientOn(routes);
  return await findOwnTicket(client, OWN, new AbortController().signal);
}

describe('looking for a ticket that we opened', () => {
  it('reads each that the search finds: a row shows too little', async () => {
    const routes = {
      ...found({ id: 7, subject: '[CHG0030001] Web shop' }, { id: 8, subject: '[CHG0030001] Web shop' }),
      [`GET ${API}/tickets/7`]: ticket(7, { requester: 'm.m', requester_id: 66, external_data: '' }),
      [`GET ${API}/tickets/8`]: ticket(8),
    };
    expect(await look(routes)).toMatchObject({
      kind: 'found',
      ticket: { id: '8', externalId: 'CHG0030001' },
    });
  });

  it('takes the one that is there although another one cannot be read', async () => {
    const routes = {
      ...found({ subject: 'no id' }, { id: 7 }, { id: 8 }),
      [`GET ${API}/tickets/7`]: ticket(7, { subject: { odd: true } }),
      [`GET ${API}/tickets/8`]: ticket(8),
    };
    expect(await look(routes)).toMatchObject({ kind: 'found', ticket: { id: '8' } });
  });

  it.each<[string, Routes, string]>([
    ['has no id', found({ subject: 'x' }), 'ticket at place 1 of the search cannot be read'],
    [
      'has a subject that cannot be read',
      { ...found({ id: 7 }), [`GET ${API}/tickets/7`]: ticket(7, { subject: { odd: true } }) },
      'ticket 7 cannot be read',
    ],
    [
      'has a requester that cannot be read',
      { ...found({ id: 7 }), [`GET ${API}/tickets/7`]: ticket(7, { requester_id: { odd: true } }) },
      'ticket 7 cannot be read',
    ],
    [
      'is one of too many',
      found(...Array.from({ length: 201 }, (_, at) => ({ id: at + 1 }))),
      'the search for "[CHG0030001]" finds 201 tickets',
    ],
  ])('is not sure that there is none while one %s', async (_what, routes, why) => {
    expect(await look(routes)).toEqual({ kind: 'unclear', why });
  });

  it('does not take an incomplete answer for all there is', async () => {
    const answer = { status: 206, body: { tickets_search_results: { ticket_result: [] } } };
    const { client } = await clientOn({ [`GET ${API}/tickets/search`]: answer });
    expect(await failureOf(client.findTickets('[CHG0030001]'))).toMatchObject({
      kind: 'transient',
      code: 'securechange.incomplete',
    });
  });
});
