import { createCommands, type CommandsClient } from '../../packages/client/src/gateway-commands.js';
import {
  startRecordedServer,
  startTcpServer,
  type Answer,
  type Received,
} from '../support/recorded-server.js';

const DONE = { accepted: true, code: 'done', message: 'phase commit is tried again' };
const REASON = { reason: 'the device is back' };
const TOKEN = 'canary-token-7f3a';

interface Body {
  readonly command: unknown;
  readonly reason: string;
  readonly key: string;
}

async function withGateway<T>(
  answers: readonly Answer[],
  use: (commands: CommandsClient, received: readonly Received[]) => Promise<T>,
  deadlineMs = 5_000,
): Promise<T> {
  let next = 0;
  const server = await startRecordedServer(() => answers[Math.min(next++, answers.length - 1)] ?? {});
  const commands = createCommands({ gatewayUrl: `${server.url}/`, token: TOKEN, deadlineMs });
  try {
    return await use(commands, server.received);
  } finally {
    await commands.close();
    await server.close();
  }
}

const bodyOf = (request: Received | undefined) => JSON.parse(request?.body ?? '{}') as Body;

describe('commands through the gateway', () => {
  it('go to the ticket, lane or switch they are meant for, with reason, key and token', async () => {
    await withGateway([{ body: DONE }], async (commands, received) => {
      expect(await commands.ticket('0047', { kind: 'retry' }, { ...REASON, key: 'my-key-0001' })).toEqual(
        DONE,
      );
      await commands.lane('PANO 8', { kind: 'acceptLedger', ticketId: null }, REASON);
      await commands.push('20', 17, { kind: 'decideUnknownPush', answer: 'wasSent' }, REASON);
      await commands.control({ kind: 'stop' }, REASON);
      expect(received.map(({ method, path }) => `${method} ${path}`)).toEqual([
        'POST /v1/tickets/47/commands',
        'POST /v1/lanes/PANO%208/commands',
        'POST /v1/pushes/20/17/commands',
        'POST /v1/control/commands',
      ]);
      expect(bodyOf(received[0])).toEqual({ command: { kind: 'retry' }, ...REASON, key: 'my-key-0001' });
      expect(bodyOf(received[1]).key).toMatch(/^[0-9a-f-]{36}$/);
      expect(received[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    });
  });

  it('hand back a refusal as the result it is, whatever its status', async () => {
    const refused = { accepted: false, code: 'wrongState', message: 'it is not parked' };
    await withGateway([{ status: 409, body: refused }], async (commands) => {
      expect(await commands.ticket('1', { kind: 'skip' }, REASON)).toEqual(refused);
    });
  });

  it('are asked again with the same key while the outcome is unknown', async () => {
    const unknown = { status: 202, body: { state: 'unknown', key: 'k', message: 'ask again' } };
    await withGateway([unknown, { status: 504, body: {} }, { body: DONE }], async (commands, received) => {
      expect(await commands.ticket('1', { kind: 'retry' }, REASON)).toEqual(DONE);
      expect(new Set(received.map((request) => bodyOf(request).key)).size).toBe(1);
      expect(received).toHaveLength(3);
    });
  });

  it('end as commandUnknown at the deadline, and name the key to ask again with', async () => {
    const unknown = { status: 202, body: { state: 'unknown', message: 'ask again' } };
    await withGateway(
      [unknown],
      async (commands) => {
        await expect(
          commands.ticket('1', { kind: 'retry' }, { ...REASON, key: 'key-to-repeat' }),
        ).rejects.toMatchObject({
          code: 'commandUnknown',
          message: expect.stringContaining('key-to-repeat'),
        });
      },
      700,
    );
  });

  it('wait as long as Retry-After says when Temporal is away, and end as temporalAway', async () => {
    const away = {
      status: 503,
      headers: { 'retry-after': '1' },
      body: { code: 'temporal_away', title: 'Temporal did not answer in time' },
    };
    await withGateway([away, { body: DONE }], async (commands, received) => {
      const from = Date.now();
      expect(await commands.control({ kind: 'stop' }, REASON)).toEqual(DONE);
      expect(Date.now() - from).toBeGreaterThanOrEqual(1_000);
      expect(received).toHaveLength(2);
    });
    await withGateway(
      [away],
      (commands) =>
        expect(commands.control({ kind: 'stop' }, REASON)).rejects.toMatchObject({ code: 'temporalAway' }),
      500,
    );
  });

  it.each([
    [401, {}, 'notAllowed'],
    [403, { code: 'forbidden', title: 'The caller may not do this' }, 'notAllowed'],
    [404, { code: 'ticket_not_found' }, 'ticketNotFound'],
    [404, { code: 'lane_not_found' }, 'laneNotFound'],
    [404, { code: 'push_not_found' }, 'pushNotFound'],
    [400, { code: 'bad_json', detail: 'Not as documented: reason.' }, 'refused'],
    [422, {}, 'refused'],
    [500, {}, 'unexpected'],
    [200, {}, 'unexpected'],
  ])('turn status %i %j into %s without repeating it', async (status, body, code) => {
    await withGateway([{ status, body }], async (commands, received) => {
      await expect(commands.ticket('1', { kind: 'retry' }, REASON)).rejects.toMatchObject({ code });
      expect(received).toHaveLength(1);
    });
  });

  it('say that nothing was done when the gateway could never be reached', async () => {
    const commands = createCommands({
      gatewayUrl: 'http://127.0.0.1:9',
      token: TOKEN,
      deadlineMs: 600,
    });
    await expect(commands.ticket('1', { kind: 'retry' }, REASON)).rejects.toMatchObject({
      code: 'gatewayAway',
      message: expect.stringContaining('nothing was done'),
    });
    await expect(commands.ready()).rejects.toMatchObject({ code: 'gatewayAway' });
    await commands.close();
  });

  it('are unknown, not undone, when the connection is lost after sending; no message carries the token', async () => {
    const server = await startTcpServer((socket) => socket.once('data', () => socket.destroy()));
    const commands = createCommands({ gatewayUrl: server.url, token: TOKEN, deadlineMs: 700 });
    const error = await commands
      .ticket('1', { kind: 'retry' }, REASON)
      .catch((thrown: unknown) => thrown as Error & { code: string });
    expect(error).toMatchObject({ code: 'commandUnknown' });
    expect(server.connections()).toBeGreaterThan(1);
    expect(JSON.stringify([error, 'message' in error && error.message])).not.toContain(TOKEN);
    await commands.close();
    await server.close();
  });

  it('report readiness', async () => {
    await withGateway([{ body: { status: 'ready' } }, { status: 503, body: {} }], async (commands) => {
      expect(await commands.ready()).toBe(true);
      expect(await commands.ready()).toBe(false);
    });
  });
});
