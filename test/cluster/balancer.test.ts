import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { startBalancer, type Balancer } from './balancer.js';

let gateways: Server[];
let balancer: Balancer;

beforeEach(async () => {
  gateways = await Promise.all(['one', 'two'].map(gateway));
  balancer = await startBalancer(gateways.map((each) => (each.address() as AddressInfo).port));
});
afterEach(async () => {
  await balancer.stop();
  for (const each of gateways) each.close();
});

it('sends connections to both gateways in turn', async () => {
  expect([await ask(), await ask(), await ask()].sort()).toEqual(
    expect.arrayContaining(['one got hello', 'two got hello']),
  );
});

it('sends every connection to the one that is left', async () => {
  await new Promise((closed) => gateways[0]?.close(closed));
  expect([await ask(), await ask(), await ask()]).toEqual(Array(3).fill('two got hello'));
});

it('closes the connection when neither is there', async () => {
  for (const each of gateways) await new Promise((closed) => each.close(closed));
  await expect(ask()).rejects.toThrow();
});

async function gateway(name: string): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => response.end(`${name} got ${body}`));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

async function ask(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${balancer.port}`, {
    method: 'POST',
    body: 'hello',
    headers: { connection: 'close' },
  });
  return await answer.text();
}
