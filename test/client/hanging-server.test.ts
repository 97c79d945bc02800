import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createClient } from '../../packages/client/src/create-client.js';
import { ClientError } from '../../packages/client/src/contract.js';

const DEADLINE_MS = 1_000;
const sockets = new Set<Socket>();
let server: Server;
let address: string;

/** Takes connections and never says a word: as a frozen Temporal does. */
beforeAll(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

it.each(['list', 'get', 'history'] as const)(
  'a Temporal that hangs is given up after one deadline: %s',
  async (question) => {
    const client = createClient({ address, deadlineMs: DEADLINE_MS });
    const askedAtMs = Date.now();
    const asked = question === 'list' ? client.tickets.list() : client.tickets[question]('1');
    const error: unknown = await asked.catch((reason: unknown) => reason);
    const tookMs = Date.now() - askedAtMs;
    await client.close();

    expect(error).toBeInstanceOf(ClientError);
    expect(error).toMatchObject({
      code: 'temporalAway',
      message: expect.stringContaining('Temporal does not answer: check TEMPORAL_ADDRESS') as string,
    });
    // A state query asks a second time, for a second, whether it is the worker or the server that is away.
    expect(tookMs).toBeLessThan(question === 'get' ? 2 * DEADLINE_MS + 900 : 2 * DEADLINE_MS);
  },
  15_000,
);
