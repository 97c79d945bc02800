import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { eventually } from '../support/eventually.js';
import { misfits, misfitsOf } from '../support/open-api-reader.js';
import { base64, basic } from '../support/running-gateway.js';
import { startRunningProduct, type RunningProduct } from '../support/running-product.js';

let running: RunningProduct;

beforeAll(async () => {
  running = await startRunningProduct();
});

afterAll(() => running.stop());

function asOperator(path: string, init: RequestInit = {}): Promise<Response> {
  const { gatewayUrl, operatorTokenFile } = running.product;
  const token = readFileSync(operatorTokenFile ?? '', 'utf8').trim();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return fetch(`${gatewayUrl}${path}`, { headers, ...init });
}

async function answerTo(path: string, init: RequestInit = {}): Promise<unknown> {
  return (await asOperator(path, init)).json();
}

/** As the mediator of the simulator's SecureChange reports, which never shows what it was answered. */
async function reportTo(path: string, body: object): Promise<Response> {
  const password = readFileSync(join(dirname(running.configDir), 'mediator-password'), 'utf8').trim();
  return fetch(`${running.product.gatewayUrl}${path}`, {
    method: 'POST',
    headers: { authorization: basic('mediator', password), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function expectFit(answers: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, component] of Object.entries(answers)) {
    expect([path, misfits(component, await answerTo(path))]).toEqual([path, []]);
  }
}

it('what the gateway answers while a ticket waits, is pushed and is closed fits docs/openapi.json', async () => {
  const { simulator } = running;
  running.setWindow('nightly', Date.now() + 3_600_000);
  const id = await simulator.createTicket({ subject: 'its answers are read' });
  await eventually(
    `ticket ${id} asks for approval`,
    async () => (await simulator.ticket(id)).step?.name === 'Approval',
  );
  await simulator.act(id, { as: 'a.kaya', do: 'approve', reason: 'fine' });
  await running.until(id, 'waits for its window', ({ waiting }) => waiting?.for === 'window');
  const { lanes } = (await answerTo('/v1/lanes')) as { lanes: readonly { key: string }[] };
  const reads = {
    '/healthz': 'Up',
    '/readyz': 'Ready',
    '/v1/tickets': 'TicketList',
    [`/v1/tickets/${id}`]: 'Ticket',
    [`/v1/tickets/${id}/history`]: 'History',
    '/v1/lanes': 'LaneList',
    ...Object.fromEntries(lanes.map(({ key }) => [`/v1/lanes/${key}`, 'Lane'])),
    '/v1/control': 'Control',
  };
  expect(lanes.length).toBeGreaterThan(0);
  await expectFit(reads);

  const hold = {
    method: 'POST',
    body: JSON.stringify({ command: { kind: 'hold' }, reason: 'a look at it' }),
  };
  const resume = { ...hold, body: JSON.stringify({ command: { kind: 'resume' }, reason: 'seen' }) };
  const commands = `/v1/tickets/${id}/commands`;
  expect(misfits('CommandResult', await answerTo(commands, hold))).toEqual([]);
  await expectFit({ [`/v1/tickets/${id}`]: 'Ticket' });
  expect(misfits('CommandResult', await answerTo(commands, resume))).toEqual([]);

  const event = {
    ticket_info: base64(`<ticket_info><id>${id}</id></ticket_info>`),
    event: 'ADVANCE',
    args: '',
    script: 'ticket-events',
  };
  const fits = async (answer: Response): Promise<unknown> => [answer.status, await misfitsOf(answer, 'POST')];
  expect(await fits(await reportTo('/trigger_file', event))).toEqual([200, []]);
  expect(await fits(await reportTo('/scripts/condition', { ...event, event: 'TEST' }))).toEqual([200, []]);
  expect(await fits(await reportTo('/scripts/condition', event))).toEqual([422, []]);
  expect(await fits(await asOperator('/v1/tickets/987654/commands', hold))).toEqual([404, []]);
  const asked = (command: object): RequestInit => ({
    method: 'POST',
    body: JSON.stringify({ command, reason: 'a look at it' }),
  });
  const retry = asked({ kind: 'retry' });
  expect(await fits(await asOperator(commands, retry))).toEqual([409, []]);
  const decide = asked({ kind: 'decideUnknownPush', answer: 'wasNotSent' });
  expect(await fits(await asOperator('/v1/pushes/NONE/1/commands', decide))).toEqual([404, []]);

  running.setWindow('nightly', null);
  await running.until(id, 'is closed', ({ outcome }) => outcome === 'closed');
  await expectFit(reads);
});
