import { createCommands, type CommandsClient } from '../../packages/client/src/gateway-commands.js';
import { ClientError } from '../../packages/client/src/contract.js';
import {
  startGateway,
  TOKENS,
  type GatewayOptions,
  type RunningGateway,
} from '../support/running-gateway.js';

let gateway: RunningGateway;
let commands: CommandsClient | undefined;
async function start(options: GatewayOptions = {}): Promise<void> {
  gateway = await startGateway(options);
}
function as(token: string, deadlineMs = 5_000): CommandsClient {
  commands = createCommands({ gatewayUrl: gateway.url, token, deadlineMs });
  return commands;
}
afterEach(async () => {
  await commands?.close();
  commands = undefined;
  await gateway.close();
});

describe('the typed client of commands and the gateway', () => {
  it('agree about tickets, lanes and the stop switch', async () => {
    await start();
    gateway.temporal.read = async () => ({ key: '20', name: 'PANO 8/EU' });
    const olga = as(TOKENS.olga);
    const result = { accepted: true, code: 'done', message: 'done' };
    expect(await olga.ticket('12', { kind: 'hold' }, { reason: 'waiting for a call' })).toEqual(result);
    expect(await olga.lane('PANO 8/EU', { kind: 'pause' }, { reason: 'maintenance' })).toEqual(result);
    expect(await olga.control({ kind: 'stop' }, { reason: 'drill', key: 'drill-0001' })).toEqual(result);
    expect(gateway.temporal.commands.map(({ workflowId, command }) => [workflowId, command.kind])).toEqual([
      ['ticket/12', 'hold'],
      ['lane/20', 'pause'],
      ['control', 'stop'],
    ]);
    expect(gateway.temporal.commands[2]?.key).toBe('drill-0001');
  });

  it('hand on what the workflow refused, as a result', async () => {
    await start();
    const refused = { accepted: false, code: 'wrongState', message: 'It waits for its window.' } as const;
    gateway.temporal.operate = async () => refused;
    expect(await as(TOKENS.olga).ticket('12', { kind: 'retry' }, { reason: 'again' })).toEqual(refused);
  });

  it('send it again with the same key until the outcome is known', async () => {
    await start({ limits: { commandDeadlineMs: 50 } });
    let calls = 0;
    gateway.temporal.operate = async () => {
      calls += 1;
      if (calls < 3) throw new ClientError('commandUnknown', 'no answer yet');
      return { accepted: true, code: 'done', message: 'done' };
    };
    await as(TOKENS.olga).ticket('12', { kind: 'retry' }, { reason: 'again' });
    expect(new Set(gateway.temporal.commands.map(({ key }) => key)).size).toBe(1);
    expect(calls).toBe(3);
  });

  it.each([
    ['an unknown token', 'no such token', 'notAllowed'],
    ['a missing role', TOKENS.vera, 'notAllowed'],
  ])('refuse %s at once', async (_what, token, code) => {
    await start();
    const refused = as(token).ticket('12', { kind: 'retry' }, { reason: 'again' });
    await expect(refused).rejects.toMatchObject({ code });
    expect(gateway.temporal.commands).toHaveLength(0);
  });

  it('agree about an unknown ticket and an unknown lane', async () => {
    await start();
    gateway.temporal.operate = () => Promise.reject(new ClientError('ticketNotFound', 'gone'));
    gateway.temporal.read = () => Promise.reject(new ClientError('laneNotFound', 'gone'));
    const olga = as(TOKENS.olga);
    await expect(olga.ticket('12', { kind: 'retry' }, { reason: 'again' })).rejects.toMatchObject({
      code: 'ticketNotFound',
    });
    await expect(olga.lane('unknown', { kind: 'pause' }, { reason: 'again' })).rejects.toMatchObject({
      code: 'laneNotFound',
    });
  });

  it('agree about readiness', async () => {
    await start();
    expect(await as(TOKENS.olga).ready()).toBe(true);
    gateway.temporal.ready = async () => false;
    expect(await as(TOKENS.olga).ready()).toBe(false);
  });
});
