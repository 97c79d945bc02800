import { readFileSync } from 'node:fs';

import { eventually } from '../support/eventually.js';
import { misfits } from '../support/open-api-reader.js';
import { startRunningProduct, type RunningProduct } from '../support/running-product.js';

let running: RunningProduct;

beforeAll(async () => {
  running = await startRunningProduct();
});

afterAll(() => running.stop());

async function answerTo(path: string, init: RequestInit = {}): Promise<unknown> {
  const { gatewayUrl, operatorTokenFile } = running.product;
  const token = readFileSync(operatorTokenFile ?? '', 'utf8').trim();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return (await fetch(`${gatewayUrl}${path}`, { headers, ...init })).json();
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

  running.setWindow('nightly', null);
  await running.until(id, 'is closed', ({ outcome }) => outcome === 'closed');
  await expectFit(reads);
});
