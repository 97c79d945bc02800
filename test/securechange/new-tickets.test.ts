import { findOwnTicket } from '../../activities/own-ticket.js';
import type { TicketToOpen } from '../../src/securechange/secure-change.js';
import { startStandIn, type StandIn } from '../../packages/simulator/test/stand-in.js';
import { createHttp, type Http } from '../../src/http/http.js';
import { createSecureChange } from '../../src/securechange/rest-client.js';
import type { SecureChange } from '../../src/securechange/secure-change.js';
import { failureOf } from '../support/failure-of.js';
import { shippedCapabilities } from '../support/shipped-capabilities.js';

let simulator: StandIn;
let http: Http;
let client: SecureChange;

beforeAll(async () => {
  simulator = await startStandIn();
  http = createHttp({
    name: 'securechange',
    baseUrl: simulator.running.url,
    auth: { kind: 'basic', user: 'wf-api', password: 'wf-api' },
  });
  client = createSecureChange({
    http,
    secureTrackHttp: http,
    login: 'wf-api',
    clock: { now: () => Date.now() },
    capabilities: shippedCapabilities,
  });
});
afterAll(async () => {
  await http.close();
  await simulator.running.close();
});

async function ticketToOpen(part: Partial<TicketToOpen> = {}): Promise<TicketToOpen> {
  const user = await client.findUser('j.meier');
  return {
    externalId: 'CHG0030001',
    requester: user?.login ?? '-',
    requesterId: user?.id ?? '0',
    workflow: 'Firewall change',
    firstStep: 'Open Request',
    subject: '[CHG0030001] Web shop',
    priority: 'High',
    fields: [
      {
        kind: 'accessRequests',
        name: 'Required Access',
        requests: [
          {
            action: 'accept',
            sources: ['10.20.0.0/22', '10.1.2.3-10.1.2.9'],
            destinations: ['172.16.90.5', 'shop.example.com'],
            services: ['tcp/8443', 'any'],
            comment: 'go live',
          },
        ],
      },
    ],
    ...part,
  };
}

describe('a ticket opened for another user', () => {
  it('has its requester and its request, and the search finds it by its subject', async () => {
    await client.createTicket(await ticketToOpen());
    const { rows, odd } = await client.findTickets('[CHG0030001]');
    expect(odd).toEqual([]);
    expect(rows).toEqual([{ id: expect.any(String) as string }]);
    expect(await client.readShown(rows[0]!.id)).toEqual({
      id: rows[0]!.id,
      subject: '[CHG0030001] Web shop',
      inProgress: true,
      workflow: 'Firewall change',
      requester: 'j.meier',
      requesterId: (await client.findUser('j.meier'))?.id,
      externalId: 'CHG0030001',
    });
    const url = `${simulator.running.url}/securechangeworkflow/api/securechange/tickets/${rows[0]!.id}`;
    const authorization = `Basic ${Buffer.from('wf-api:wf-api').toString('base64')}`;
    const answer = await fetch(url, { headers: { accept: 'application/json', authorization } });
    const facts = await client.readTicket(rows[0]!.id, { requestField: 'Required Access' });
    expect(facts).toMatchObject({ requester: 'j.meier', priority: 'High', workflow: 'Firewall change' });
    const asked = await answer.text();
    for (const text of ['10.20.0.0', '255.255.252.0', '10.1.2.9', 'shop.example.com', '8443'])
      expect(asked).toContain(text);
    expect((await client.findTickets('[CHG0030002]')).rows).toEqual([]);
  });

  it('is distinguished from those with its subject that other requesters opened, beside it and before it', async () => {
    const open = async (part: Partial<TicketToOpen>): Promise<void> =>
      client.createTicket(
        await ticketToOpen({ externalId: 'CHG0030007', subject: '[CHG0030007] Web shop', ...part }),
      );
    const other = await client.findUser('a.kaya');
    const requester = (await client.findUser('j.meier'))!;
    const look = async (externalId: string) =>
      findOwnTicket(
        client,
        { mark: `[${externalId}] `, externalId, requester, workflow: 'Firewall change' },
        new AbortController().signal,
      );
    const foreign = { requester: other!.login, requesterId: other!.id };
    await open({ ...foreign, externalId: 'x' });
    expect(await look('CHG0030007')).toEqual({ kind: 'none' });
    await Promise.all([
      open({}),
      open({ ...foreign, externalId: 'y' }),
      open({ subject: '[CHG00300077] x' }),
    ]);
    const found = await look('CHG0030007');
    expect(found).toMatchObject({
      kind: 'found',
      ticket: { requester: 'j.meier', externalId: 'CHG0030007' },
    });
    // Who may open tickets on behalf of others can write our record, too: then a person looks.
    await open({ ...foreign, externalId: 'CHG0030008', subject: '[CHG0030008] Web shop' });
    expect(await look('CHG0030008')).toMatchObject({
      kind: 'unclear',
      why: expect.stringContaining('its requester is a.kaya') as string,
    });
  });

  it('needs a user there is', async () => {
    expect(await client.findUser('x.unknown')).toBeNull();
    expect(await client.findUser('j.meie')).toBeNull();
    const failure = await failureOf(client.createTicket(await ticketToOpen({ requesterId: '999999' })));
    expect(failure).toMatchObject({ kind: 'rejected' });
  });

  it('is refused for a workflow there is not', async () => {
    const failure = await failureOf(client.createTicket(await ticketToOpen({ workflow: 'Nothing' })));
    expect(failure).toMatchObject({ kind: 'rejected' });
  });
});
