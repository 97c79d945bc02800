import { createHmac } from 'node:crypto';

import { ClientError, type ClientErrorCode } from '../../packages/client/src/contract.js';
import { canonicalCommand, type CommandResult } from '../../src/domain/commands.js';
import {
  ACTOR_KEY,
  NOW_MS,
  startGateway,
  TOKENS,
  type GatewayOptions,
  type RunningGateway,
} from '../support/running-gateway.js';

let gateway: RunningGateway;
async function start(options: GatewayOptions = {}): Promise<void> {
  gateway = await startGateway(options);
}
afterEach(() => gateway.close());

function get(path: string, token: string = TOKENS.vera): Promise<Response> {
  return fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
}

function command(
  path: string,
  body: object,
  { token = TOKENS.olga, headers = {} }: { token?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(`${gateway.url}/v1${path}/commands`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

const RETRY = { command: { kind: 'retry' }, reason: 'the manager is back' };

describe('a viewer', () => {
  it('reads tickets, one ticket, its history, lanes, one lane and the stop switch', async () => {
    await start();
    for (const path of ['/tickets/12', '/lanes/PANO-8', '/control']) {
      const response = await get(`/v1${path}`);
      expect([path, response.status, await response.json()]).toEqual([path, 200, { fake: true }]);
    }
    expect(await (await get('/v1/tickets')).json()).toEqual({ tickets: { fake: true }, next: null });
    expect(await (await get('/v1/tickets/12/history')).json()).toEqual({ history: { fake: true } });
    expect(await (await get('/v1/lanes')).json()).toEqual({ lanes: { fake: true } });
  });

  it('reads openings as an iCalendar feed, of a calendar or of a process and a target', async () => {
    await start();
    const nightly = await get('/v1/calendars/nightly/calendar.ics');
    expect([nightly.status, nightly.headers.get('content-type')]).toEqual([
      200,
      'text/calendar; charset=utf-8',
    ]);
    const file = await nightly.text();
    expect(file).toContain('DTSTART:20261122T220000Z');
    expect(file).toContain('DTEND:20261123T020000Z');
    const both = await (await get('/v1/processes/web/calendar.ics?manager=CMA&target=DG')).text();
    expect(both).toContain('SUMMARY:Change window nightly\\, cma');
    expect(both).toContain('DTEND:20261122T230000Z');
    expect((await get('/v1/processes/mail/calendar.ics')).status).toBe(404);
    expect((await get('/v1/calendars/weekend/calendar.ics')).status).toBe(404);
    expect((await get('/v1/calendars/nightly/calendar.ics?tags=a')).status).toBe(400);
    expect((await get('/v1/calendars/nightly/calendar.ics', 'wrong')).status).toBe(401);
  });

  it('filters by what the client can filter', async () => {
    await start();
    await get('/v1/tickets?open=true&needsAttention=false&step=Approval&device=FW%201&limit=20');
    expect(gateway.temporal.filters).toEqual([
      { open: true, needsAttention: false, step: 'Approval', device: 'FW 1', limit: 20 },
    ]);
  });

  it.each(['?open=maybe', '?limit=0', '?limit=1e9', '?stpe=Approval', '?step=a&step=b', '?step='])(
    'gets an error for the filter %s instead of everything',
    async (query) => {
      await start();
      expect((await get(`/v1/tickets${query}`)).status).toBe(400);
      expect(gateway.temporal.filters).toHaveLength(0);
    },
  );

  it('commands nothing', async () => {
    await start();
    expect((await command('/tickets/12', RETRY, { token: TOKENS.vera })).status).toBe(403);
    expect(gateway.temporal.commands).toHaveLength(0);
  });

  it.each<[ClientErrorCode, number]>([
    ['ticketNotFound', 404],
    ['laneNotFound', 404],
    ['pushNotFound', 404],
    ['historyGone', 410],
    ['workerAway', 503],
    ['temporalAway', 503],
    ['deadlineExceeded', 504],
    ['notAllowed', 403],
    ['unexpected', 500],
  ])('is answered %s with %i', async (code, status) => {
    await start();
    gateway.temporal.read = () => Promise.reject(new ClientError(code, 'something internal'));
    const response = await get('/v1/tickets/12');
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('something internal');
    if (status === 503) expect(response.headers.get('retry-after')).toBe('2');
  });

  it('gets an answer in time when the client does not', async () => {
    await start({ limits: { readDeadlineMs: 100 } });
    gateway.temporal.read = () => new Promise(() => {});
    expect((await get('/v1/tickets/12')).status).toBe(504);
  });

  it('reaches one ticket, however its id is written', async () => {
    await start();
    for (const id of ['12', '012', '%2012']) {
      expect((await get(`/v1/tickets/${id}`)).status).toBe(200);
      expect((await command(`/tickets/${id}`, RETRY)).status).toBe(200);
    }
    expect(gateway.temporal.commands.map(({ workflowId }) => workflowId)).toEqual(Array(3).fill('ticket/12'));
    gateway.temporal.read = async () => ({ key: '20' });
    const accept = (ticketId: string) => ({ command: { kind: 'acceptLedger', ticketId }, reason: 'checked' });
    expect((await command('/lanes/20', accept('012'), { token: TOKENS.anna })).status).toBe(200);
    expect(gateway.temporal.commands.at(-1)?.command).toMatchObject({ ticketId: '12' });
    expect((await command('/lanes/20', accept('1x2'), { token: TOKENS.anna })).status).toBe(400);
  });

  it('gets "not found" for an id that no ticket can have', async () => {
    await start();
    for (const id of ['a%2Fb', 'x'.repeat(65), '%00', '..%2f..', '0', '-4', '4x', '4%00', '9'.repeat(20)]) {
      expect((await get(`/v1/tickets/${id}`)).status).toBe(404);
      expect((await command(`/tickets/${id}`, RETRY)).status).toBe(404);
    }
    expect((await get('/v1/tickets/%E0%A4%A')).status).toBe(400);
  });
});

describe('a command', () => {
  it('is signed for one person, one workflow and one key', async () => {
    await start();
    const response = await command('/tickets/12', { ...RETRY, key: 'key-0001' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ accepted: true, code: 'done', message: 'done' });
    const signed = gateway.temporal.commands[0]!;
    expect(signed).toMatchObject({
      command: { kind: 'retry' },
      reason: 'the manager is back',
      key: 'key-0001',
      workflowId: 'ticket/12',
      actor: { login: 'olga', roles: ['operator'] },
      issuedAtMs: NOW_MS,
    });
    const expected = createHmac('sha256', ACTOR_KEY).update(canonicalCommand(signed)).digest('hex');
    expect(signed.signature).toBe(expected);
    expect(canonicalCommand({ ...signed, workflowId: 'ticket/13' })).not.toBe(canonicalCommand(signed));
  });

  it('goes to the workflow of its lane, also when the lane was named', async () => {
    await start();
    gateway.temporal.read = async () => ({ key: '20', name: 'PANO-8' });
    await command('/lanes/PANO-8', { command: { kind: 'acceptLedger', ticketId: null }, reason: 'checked' });
    await command('/control', { command: { kind: 'stop' }, reason: 'drill' });
    expect(gateway.temporal.commands.map((signed) => signed.workflowId)).toEqual(['lane/20', 'control']);
  });

  it('takes its key from the header, from the body, or makes one and says it', async () => {
    await start();
    await command('/tickets/12', RETRY, { headers: { 'Idempotency-Key': 'from-the-header' } });
    await command('/tickets/12', { ...RETRY, key: 'from-the-body' });
    const made = await command('/tickets/12', RETRY);
    const keys = gateway.temporal.commands.map((signed) => signed.key);
    expect(keys.slice(0, 2)).toEqual(['from-the-header', 'from-the-body']);
    expect(made.headers.get('idempotency-key')).toBe(keys[2]);
  });

  it('with two different keys or an unusable one is refused', async () => {
    await start();
    const two = await command(
      '/tickets/12',
      { ...RETRY, key: 'key-0001' },
      { headers: { 'Idempotency-Key': 'key-0002' } },
    );
    const bad = await command('/tickets/12', RETRY, { headers: { 'Idempotency-Key': 'has blanks in it' } });
    expect([two.status, bad.status]).toEqual([400, 400]);
    expect(gateway.temporal.commands).toHaveLength(0);
  });

  it.each<[CommandResult['code'], number]>([
    ['wrongState', 409],
    ['notAllowed', 403],
    ['unverified', 403],
    ['notFound', 404],
  ])('that is refused as %s is answered %i with the result', async (code, status) => {
    await start();
    const result: CommandResult = { accepted: false, code, message: 'The ticket waits for its window.' };
    gateway.temporal.operate = async () => result;
    const response = await command('/tickets/12', RETRY);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(result);
  });

  it.each([
    ['hangs', () => new Promise<never>(() => {})],
    ['is cut off', () => Promise.reject(new ClientError('commandUnknown', 'no answer'))],
  ])('whose answer %s is unknown, with the key to ask again', async (_what, operate) => {
    await start({ limits: { commandDeadlineMs: 100 } });
    gateway.temporal.operate = operate;
    const response = await command('/tickets/12', { ...RETRY, key: 'key-0001' });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ state: 'unknown', key: 'key-0001' });
  });

  it('for an unknown ticket is answered 404', async () => {
    await start();
    gateway.temporal.operate = () => Promise.reject(new ClientError('ticketNotFound', 'no such workflow'));
    expect((await command('/tickets/12', RETRY)).status).toBe(404);
  });

  it.each<[string, object]>([
    ['without a reason', { command: { kind: 'retry' } }],
    ['with an empty reason', { command: { kind: 'retry' }, reason: '   ' }],
    ['of an unknown kind', { command: { kind: 'explode' }, reason: 'because' }],
    ['of another workflow', { command: { kind: 'stop' }, reason: 'because' }],
    ['with a surplus member', { command: { kind: 'retry', force: true }, reason: 'because' }],
    [
      'with a wrong answer',
      { command: { kind: 'decidePartial', target: '20', answer: 'yes' }, reason: 'because' },
    ],
  ])('%s is refused before Temporal is called', async (_what, body) => {
    await start();
    expect((await command('/tickets/12', body)).status).toBe(400);
    expect(gateway.temporal.commands).toHaveLength(0);
  });

  it('is for operators; an approver decides about pushes, accepts ledgers, and nothing else', async () => {
    await start();
    gateway.temporal.read = async () => ({ key: '20' });
    const anna = { token: TOKENS.anna };
    const accept = { command: { kind: 'acceptLedger', ticketId: '12' }, reason: 'agreed' };
    expect((await command('/lanes/20', accept, anna)).status).toBe(200);
    const decide = { command: { kind: 'decidePartial', target: '20', answer: 'accept' }, reason: 'seen' };
    expect((await command('/tickets/12', decide, anna)).status).toBe(200);
    expect((await command('/lanes/20', { command: { kind: 'pause' }, reason: 'wait' }, anna)).status).toBe(
      403,
    );
    expect((await command('/tickets/12', RETRY, anna)).status).toBe(403);
    expect((await command('/control', { command: { kind: 'stop' }, reason: 'wait' }, anna)).status).toBe(403);
    expect(gateway.temporal.commands).toHaveLength(2);
  });
});

describe('a start by one person alone', () => {
  const START = { command: { kind: 'start' }, reason: 'the incident is over' };
  const nights = { name: 'night shift', logins: ['OLGA'], calendar: 'nights' };
  const signedActor = () => gateway.temporal.commands.at(-1)?.actor;

  it('is signed into the command while the calendar of a rule is open, and only then', async () => {
    await start({ secondPerson: { serviceAccounts: [], startAlone: [nights] } });
    await command('/control', START);
    expect(signedActor()).toEqual({ login: 'olga', roles: ['operator'] });
    gateway.clock.nowMs += 1;
    await command('/control', START);
    expect(signedActor()).toEqual({ login: 'olga', roles: ['operator'], startsAlone: 'night shift' });
    await command('/control', { ...START, command: { kind: 'stop' } });
    expect(signedActor()).toEqual({ login: 'olga', roles: ['operator'] });
  });

  it('is not allowed to others, nor by a calendar that cannot be read', async () => {
    const gone = { ...nights, calendar: 'gone' };
    const forIda = { ...nights, logins: ['ida'], calendar: null };
    await start({ secondPerson: { serviceAccounts: ['olga'], startAlone: [gone, forIda] } });
    await command('/control', START);
    expect(signedActor()).toEqual({ login: 'olga', roles: ['operator'], machine: true });
  });

  it('cannot be claimed by the caller', async () => {
    await start();
    const actor = { login: 'olga', roles: ['operator'], startsAlone: 'mine' };
    expect((await command('/control', { ...START, actor })).status).toBe(400);
    const inCommand = { ...START, command: { kind: 'start', startsAlone: 'mine' } };
    expect((await command('/control', inCommand)).status).toBe(400);
  });
});
