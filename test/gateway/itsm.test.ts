import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { ClientError } from '../../packages/client/src/contract.js';
import { canonicalNewTicket } from '../../src/domain/new-ticket.js';
import type { Delivery } from '../../src/domain/outbox.js';
import {
  ACTOR_KEY,
  NOW_MS,
  startGateway,
  TOKENS,
  type GatewayOptions,
  type RunningGateway,
} from '../support/running-gateway.js';
import { misfits } from '../support/open-api-reader.js';
import { ticketViewOf } from '../support/ticket-view.js';

const SNOW = 'servicenow-token';
const SECRET = 'a secret of the ITSM';

let gateway: RunningGateway;
async function start(options: GatewayOptions = {}): Promise<void> {
  gateway = await startGateway({
    credentials: [
      {
        kind: 'bearer',
        login: 'snow',
        roles: ['itsm'],
        sha256: createHash('sha256').update(SNOW).digest('hex'),
      },
    ],
    ...options,
  });
}
afterEach(() => gateway.close());

interface Given {
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
}

async function post(
  call: string,
  body: object | string,
  { token = SNOW, headers = {} }: Given = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${gateway.url}/v1/itsm/tickets/12/${call}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const APPROVE = { approver: 'c.lang', question: '1.aa.bb.cc' };

const BODIES: Readonly<Record<string, object>> = {
  approve: APPROVE,
  reject: { ...APPROVE, reason: 'not this week' },
  comment: { text: 'CAB on Tuesday' },
  'planned-dates': { start: '2026-12-05T20:00:00Z', end: '2026-12-05T22:00:00+01:00' },
  cancel: { reason: 'withdrawn' },
  changed: {},
  advance: { step: 'Change Approval' },
};

describe('checklist point 10: an ITSM', () => {
  it.each([
    ['approve', 'itsmApprove'],
    ['reject', 'itsmReject'],
    ['comment', 'itsmComment'],
    ['planned-dates', 'itsmPlannedDates'],
    ['cancel', 'itsmCancel'],
    ['changed', 'itsmChanged'],
    ['advance', 'itsmAdvance'],
  ])('calls %s, which is a signed command to the ticket', async (call, kind) => {
    await start();
    const { status, body } = await post(call, BODIES[call]!, {
      headers: { 'idempotency-key': 'chg-0030001' },
    });
    expect([status, body]).toEqual([
      200,
      { accepted: true, state: 'done', key: 'chg-0030001', code: 'done', message: 'done' },
    ]);
    expect(gateway.temporal.commands).toEqual([
      expect.objectContaining({
        command: expect.objectContaining({ kind }) as unknown,
        actor: expect.objectContaining({ login: 'snow', roles: ['itsm'] }) as unknown,
        workflowId: 'ticket/12',
        key: 'chg-0030001',
        signature: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      }),
    ]);
  });

  it.each(Object.keys(BODIES))('is the only one who may call %s', async (call) => {
    await start();
    for (const token of [TOKENS.olga, TOKENS.anna, TOKENS.vera])
      expect((await post(call, BODIES[call]!, { token })).status).toBe(403);
    expect((await post(call, BODIES[call]!, { token: 'wrong' })).status).toBe(401);
    expect((await post(call, BODIES[call]!, { token: null })).status).toBe(401);
    expect(gateway.temporal.commands).toEqual([]);
  });

  it('is asked to come back, under the same key, when too much waits in the ticket', async () => {
    await start();
    gateway.temporal.operate = async () => ({ accepted: false, code: 'tooMany', message: '50 wait' });
    const response = await fetch(`${gateway.url}/v1/itsm/tickets/12/comment`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${SNOW}`,
        'content-type': 'application/json',
        'idempotency-key': 'chg-0030001',
      },
      body: JSON.stringify(BODIES['comment']),
    });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '30']);
    expect(await response.json()).toEqual({
      accepted: false,
      state: 'refused',
      key: 'chg-0030001',
      code: 'tooMany',
      message: '50 wait',
    });
  });

  it('may give no command of an operator', async () => {
    await start();
    const response = await fetch(`${gateway.url}/v1/tickets/12/commands`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SNOW}`, 'content-type': 'application/json' },
      body: JSON.stringify({ command: { kind: 'retry' }, reason: 'because' }),
    });
    expect(response.status).toBe(403);
    expect(gateway.temporal.commands).toEqual([]);
  });

  it.each<[string, string, object]>([
    ['an approval that names no person', 'approve', { question: 'q' }],
    ['an approval that names neither question nor time', 'approve', { approver: 'c.lang' }],
    ['a time without an offset', 'approve', { approver: 'c.lang', decidedAt: '2026-12-05T20:00:00' }],
    ['a rejection without a reason', 'reject', APPROVE],
    ['an empty comment', 'comment', { text: ' ' }],
    [
      'an end before the start',
      'planned-dates',
      { start: '2026-12-05T20:00:00Z', end: '2026-12-05T19:00:00Z' },
    ],
    ['a member there is not', 'cancel', { reason: 'withdrawn', force: true }],
    ['a step without a name', 'advance', { step: '' }],
    ['an unusable key', 'cancel', { reason: 'withdrawn', key: 'x' }],
  ])('gets an error for %s, and nothing is done', async (_what, call, body) => {
    await start();
    expect((await post(call, body)).status).toBe(400);
    expect(gateway.temporal.commands).toEqual([]);
  });

  it('reads what it needs of a ticket, and what it is asked', async () => {
    const view = ticketViewOf({
      approvals: [{ name: 'cab', step: 'CAB', state: 'missing', by: [], why: null, question: '1.aa.bb.cc' }],
    });
    await start();
    gateway.temporal.read = async () => view;
    const response = await fetch(`${gateway.url}/v1/itsm/tickets/12`, {
      headers: { authorization: `Bearer ${SNOW}` },
    });
    const answer = (await response.json()) as object;
    expect(misfits('ItsmTicket', answer)).toEqual([]);
    expect(answer).toMatchObject({
      ticketId: view.ticketId,
      step: view.step,
      approvals: [{ name: 'cab', state: 'missing', question: '1.aa.bb.cc' }],
    });
    const other = await fetch(`${gateway.url}/v1/itsm/tickets/12`, {
      headers: { authorization: `Bearer ${TOKENS.vera}` },
    });
    expect(other.status).toBe(403);
  });

  it('gets 404 for a call there is not, and 405 for another method', async () => {
    await start();
    expect((await post('push', { reason: 'because' })).status).toBe(404);
    const headers = { authorization: `Bearer ${SNOW}` };
    expect((await fetch(`${gateway.url}/v1/itsm/tickets/12/cancel`, { headers })).status).toBe(405);
  });
});

describe('opening a ticket', () => {
  const ASK = {
    externalId: 'CHG0030001',
    onBehalfOf: 'j.meier',
    workflow: 'Firewall change',
    subject: 'Web shop',
    fields: [
      {
        kind: 'accessRequests',
        name: 'Required Access',
        requests: [{ sources: ['10.1.2.0/24'], destinations: ['any'], services: ['tcp/443'] }],
      },
    ],
  };
  async function open(body: object, token: string = SNOW) {
    const response = await fetch(`${gateway.url}/v1/itsm/tickets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { state, ticketId, message } = (await response.json()) as Record<string, unknown>;
    return [response.status, state, ticketId ?? null, message];
  }

  it('hands a signed ticket to its workflow, and answers with its id', async () => {
    await start();
    expect(await open(ASK)).toEqual([201, 'done', '1201', 'opened ticket 1201']);
    const [asked] = gateway.temporal.opened;
    expect(asked).toMatchObject({ externalId: 'CHG0030001', priority: 'Normal', by: 'snow' });
    const unsigned = asked!;
    const expected = createHmac('sha256', ACTOR_KEY).update(canonicalNewTicket(unsigned)).digest('hex');
    expect(asked?.signature).toBe(expected);
    expect(asked?.issuedAtMs).toBe(NOW_MS);
  });

  it.each(['chg0030001', ' CHG0030001\n', 'ＣＨＧ００３０００１', 'Chg0030001'])(
    'is the same ticket for %j: one id has one form',
    async (externalId) => {
      await start();
      expect((await open({ ...ASK, externalId }))[0]).toBe(201);
      expect(gateway.temporal.opened[0]?.externalId).toBe('CHG0030001');
    },
  );

  it('of an id that was used for other contents is refused, and the answer says what differs', async () => {
    await start();
    gateway.temporal.open = async () => ({ kind: 'differs', ticketId: '1201', parts: ['subject', 'fields'] });
    expect(await open(ASK)).toEqual([
      409,
      'refused',
      '1201',
      'nothing was done: CHG0030001 is ticket 1201 already, and was asked for with other contents; what differs: subject, fields. Another ticket needs an externalId of its own',
    ]);
  });

  it('answers with the ticket that is there, with why not, or that it is not known', async () => {
    await start();
    gateway.temporal.open = async () => ({ kind: 'open', ticketId: '1201', isNew: false, contents: {} });
    expect(await open(ASK)).toEqual([200, 'done', '1201', 'CHG0030001 is ticket 1201 already']);
    gateway.temporal.open = async () => ({ kind: 'refused', why: 'SecureChange has no user x.y' });
    expect(await open(ASK)).toEqual([
      409,
      'refused',
      null,
      'no ticket was opened: SecureChange has no user x.y',
    ]);
    gateway.temporal.open = () => Promise.reject(new ClientError('deadlineExceeded', 'late'));
    expect((await open(ASK)).slice(0, 2)).toEqual([202, 'unknown']);
    gateway.temporal.open = () => Promise.reject(new ClientError('temporalAway', 'away'));
    expect((await open(ASK))[0]).toBe(503);
  });

  it.each<[string, object]>([
    ['an id that is no word', { externalId: 'CHG 1' }],
    ['an id with a letter that only looks the same', { externalId: 'СHG0030001' }],
    ['an id with a character that is not seen', { externalId: 'CHG003\u200b0001' }],
    ['no requester', { onBehalfOf: ' ' }],
    [
      'a service there is not',
      {
        fields: [
          { ...ASK.fields[0]!, requests: [{ sources: ['any'], destinations: ['any'], services: ['ftp'] }] },
        ],
      },
    ],
    ['a member there is not', { force: true }],
  ])('is refused with %s', async (_what, part) => {
    await start();
    expect((await open({ ...ASK, ...part }))[0]).toBe(400);
    expect(gateway.temporal.opened).toEqual([]);
  });

  it('is for ITSMs only', async () => {
    await start();
    expect((await open(ASK, TOKENS.olga))[0]).toBe(403);
    expect(gateway.temporal.opened).toEqual([]);
  });
});

describe('the answer', () => {
  const delivery = (part: Partial<Delivery>): Delivery => ({
    number: 7,
    point: 'itsm',
    server: 'securechange',
    action: 'ticket',
    state: 'acknowledged',
    sinceMs: NOW_MS,
    sizeBytes: 0,
    message: 'commented',
    ...part,
  });

  async function answered(deliveries: { delivered?: Delivery[]; outbox?: Delivery[] } | Error) {
    await start();
    gateway.temporal.operate = async () => ({
      accepted: true,
      code: 'done',
      message: 'message 7',
      queued: 7,
    });
    gateway.temporal.read = async () => {
      if (deliveries instanceof Error) throw deliveries;
      return ticketViewOf({ delivered: [], outbox: [], ...deliveries });
    };
    const { status, body } = await post('comment', BODIES['comment']!);
    return [status, body['state'], body['message']];
  }

  it('says what was done in the ticket', async () => {
    expect(await answered({ delivered: [delivery({})] })).toEqual([200, 'done', 'commented']);
  });

  it('says that it was refused there', async () => {
    const dropped = delivery({ state: 'dropped', message: 'the ticket has left the step' });
    expect(await answered({ delivered: [dropped] })).toEqual([
      409,
      'refused',
      'the ticket has left the step',
    ]);
  });

  it('says that it waits for an operator', async () => {
    const held = delivery({ state: 'held', message: 'the field is missing' });
    expect(await answered({ outbox: [held] })).toEqual([202, 'held', 'the field is missing']);
  });

  it('says that it waits for its turn', async () => {
    const late = new ClientError('deadlineExceeded', 'not yet');
    expect(await answered(late)).toEqual([202, 'queued', 'message 7']);
  });

  it('is 409 with the words of the ticket where it says no', async () => {
    await start();
    gateway.temporal.operate = async () => ({
      accepted: false,
      code: 'wrongState',
      message: 'the ticket does not ask for it now',
    });
    const { status, body } = await post('approve', APPROVE);
    expect([status, body['state'], body['message']]).toEqual([
      409,
      'refused',
      'the ticket does not ask for it now',
    ]);
  });

  it('is 202 and the key while the outcome is unknown', async () => {
    await start();
    gateway.temporal.operate = () => Promise.reject(new ClientError('commandUnknown', 'no answer'));
    const { status, body } = await post('approve', APPROVE);
    expect([status, body['state'], body['key']]).toEqual([202, 'unknown', expect.any(String)]);
  });
});

describe('a signature as in Standard Webhooks', () => {
  const body = JSON.stringify({ ...BODIES['cancel'], ticket: '12', call: 'cancel' });
  function signed(secret: string, { id = 'msg_1', atMs = NOW_MS, text = body } = {}): Record<string, string> {
    const timestamp = String(Math.floor(atMs / 1_000));
    const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${text}`).digest('base64');
    return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
  }
  const signing = { snow: [SECRET] };

  it('alone says who calls, and its id names the request', async () => {
    await start({ signing });
    for (const id of ['msg_1', 'msg_1', 'msg_2'])
      expect((await post('cancel', body, { token: null, headers: signed(SECRET, { id }) })).status).toBe(200);
    const keys = gateway.temporal.commands.map(({ key }) => key);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[0]);
    expect(gateway.temporal.commands.map(({ actor }) => actor.login)).toEqual(['snow', 'snow', 'snow']);
  });

  it('counts for the ticket and the call that its body names, and for no other', async () => {
    await start({ signing });
    const about = async (part: object): Promise<number> => {
      const text = JSON.stringify({ reason: 'not needed any more', ...part });
      return (await post('cancel', text, { token: null, headers: signed(SECRET, { text }) })).status;
    };
    expect(await about({ ticket: '13', call: 'cancel' })).toBe(400);
    expect(await about({ ticket: '12', call: 'reject' })).toBe(400);
    expect(await about({ ticket: '12' })).toBe(400);
    expect(await about({ call: 'cancel' })).toBe(400);
    expect(gateway.temporal.commands).toEqual([]);
    expect(await about({ ticket: '12', call: 'cancel' })).toBe(200);
  });

  it('cannot be sent again under another key', async () => {
    await start({ signing });
    const headers = signed(SECRET);
    await post('cancel', body, { token: null, headers });
    await post('cancel', body, { token: null, headers: { ...headers, 'idempotency-key': 'another-key' } });
    const [first, second] = gateway.temporal.commands;
    expect(second?.key).toBe(first?.key);
  });

  it.each<[string, Record<string, string>, string]>([
    ['another secret', signed('wrong'), body],
    ['another body', signed(SECRET), JSON.stringify({ reason: 'another one' })],
    ['an old message', signed(SECRET, { atMs: NOW_MS - 600_000 }), body],
    ['no id', { 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' }, body],
  ])('with %s is refused', async (_what, headers, text) => {
    await start({ signing });
    expect((await post('cancel', text, { token: null, headers })).status).toBe(401);
    expect(gateway.temporal.commands).toEqual([]);
  });

  it('is needed of a caller that signs, also with its token', async () => {
    await start({ signing });
    expect((await post('cancel', body)).status).toBe(401);
    expect((await post('cancel', body, { headers: signed(SECRET) })).status).toBe(200);
  });

  it('of a caller without the role is refused', async () => {
    await start({ signing: { olga: ['secret of olga'] } });
    expect((await post('cancel', body, { token: null, headers: signed('secret of olga') })).status).toBe(403);
  });

  it('counts as a failed attempt when it is wrong', async () => {
    await start({ signing, limits: { failuresPerMinute: 3 } });
    for (let call = 0; call < 3; call += 1)
      expect((await post('cancel', body, { token: null, headers: signed('wrong') })).status).toBe(401);
    expect((await post('cancel', body, { token: null, headers: signed(SECRET) })).status).toBe(429);
  });
});

describe('docs/openapi.json', () => {
  interface Call {
    readonly post: { readonly requestBody: { content: { 'application/json': { schema: Schema } } } };
  }
  interface Schema {
    readonly properties: Readonly<Record<string, unknown>>;
    readonly required?: readonly string[];
    readonly additionalProperties?: boolean;
  }
  const { paths } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as { paths: Record<string, Call> };

  it('has every call, and the members that the gateway takes', () => {
    const calls = Object.keys(paths).flatMap(
      (path) => /^\/v1\/itsm\/tickets\/\{id\}\/([a-z-]+)$/.exec(path)?.[1] ?? [],
    );
    expect(calls).toEqual(Object.keys(BODIES));
    for (const [call, body] of Object.entries(BODIES)) {
      const { schema } = paths[`/v1/itsm/tickets/{id}/${call}`]!.post.requestBody.content['application/json'];
      expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(body)));
      expect(Object.keys(body)).toEqual(expect.arrayContaining([...(schema.required ?? [])]));
      expect(schema.additionalProperties).toBe(false);
    }
  });
});
