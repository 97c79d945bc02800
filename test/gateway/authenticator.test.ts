import { createHash, createHmac } from 'node:crypto';

import {
  base64,
  basic,
  MEDIATOR,
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

const BODY = JSON.stringify({
  ticket_info: base64('<ticket_info><id>5</id></ticket_info>'),
  event: 'CREATE',
  args: [],
  script: 'ticket-events',
});

async function knock(
  authorization: string | undefined,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${gateway.url}/trigger_file`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
      ...headers,
    },
    body: BODY,
  });
}

const right = basic(MEDIATOR.user, MEDIATOR.password);

describe('the authenticator', () => {
  it('refuses a caller without a credential, and says which ones it accepts', async () => {
    await start();
    const response = await knock(undefined);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/Basic.*Bearer/);
  });

  it.each([
    ['a wrong password', basic(MEDIATOR.user, 'wrong')],
    ['the password of another user', basic('olga', MEDIATOR.password)],
    ['an unknown user', basic('unknown', 'nothing')],
    ['an empty password', basic(MEDIATOR.user, '')],
    ['a token as password', basic('olga', TOKENS.olga)],
    ['an unknown token', 'Bearer nothing'],
    ['the mediator’s password as token', `Bearer ${MEDIATOR.password.replace(' ', '')}`],
    ['another scheme', 'Digest username="mediator"'],
    ['garbage', 'Basic %%%'],
  ])('answers %s with the one fixed refusal', async (_what, authorization) => {
    await start();
    const response = await knock(authorization);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'unauthorised', title: 'The caller is not known' });
    expect(gateway.temporal.reports).toHaveLength(0);
  });

  it('keeps operators out of the mediator’s route and mediators out of the operators’', async () => {
    await start();
    expect((await knock(`Bearer ${TOKENS.olga}`)).status).toBe(403);
    const list = await fetch(`${gateway.url}/v1/tickets`, { headers: { authorization: right } });
    expect(list.status).toBe(403);
  });

  it('takes the old and the new password while one replaces the other', async () => {
    const sha256 = createHash('sha256').update('the new one').digest('hex');
    await start({ credentials: [{ kind: 'basic', login: MEDIATOR.user, roles: ['mediator'], sha256 }] });
    expect((await knock(right)).status).toBe(200);
    expect((await knock(basic(MEDIATOR.user, 'the new one'))).status).toBe(200);
  });

  it('holds back failed attempts for a minute after ten from one address, and lets the right password in', async () => {
    await start();
    for (let i = 0; i < 10; i += 1) expect((await knock(basic('mediator', `guess ${i}`))).status).toBe(401);
    const shut = await knock(basic('mediator', 'guess 10'));
    expect(shut.status).toBe(429);
    expect(Number(shut.headers.get('retry-after'))).toBe(60);
    expect((await knock(right)).status).toBe(200);
    gateway.clock.nowMs = NOW_MS + 60_001;
    expect((await knock(basic('mediator', 'guess 11'))).status).toBe(401);
  });

  it('does not count callers that only lack the header', async () => {
    await start();
    for (let i = 0; i < 12; i += 1) expect((await knock(undefined)).status).toBe(401);
    expect((await knock(right)).status).toBe(200);
  });
});

describe('a caller that signs', () => {
  const secret = 'the signing secret of the mediator';
  const signing = { [MEDIATOR.user]: ['an older secret', secret] };
  const timestamp = String(Math.floor(NOW_MS / 1_000));

  function sign(key: string | Buffer, stamp = timestamp, body = BODY): Record<string, string> {
    const signature = createHmac('sha256', key).update(`msg_1.${stamp}.${body}`).digest('base64');
    return {
      'webhook-id': 'msg_1',
      'webhook-timestamp': stamp,
      'webhook-signature': `v1,AAAA v1,${signature}`,
    };
  }

  it('is let in with a signature by any of its secrets', async () => {
    await start({ signing });
    expect((await knock(right, sign(secret))).status).toBe(200);
    expect((await knock(right, sign('an older secret'))).status).toBe(200);
  });

  it('may use a secret as Standard Webhooks writes them', async () => {
    const bytes = Buffer.from('0123456789abcdef0123456789abcdef');
    await start({ signing: { [MEDIATOR.user]: [`whsec_${bytes.toString('base64')}`] } });
    expect((await knock(right, sign(bytes))).status).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['without a signature', {}],
    ['with a signature by another key', sign('some other secret')],
    ['with the signature of another body', sign(secret, timestamp, `${BODY} `)],
    ['six minutes late', sign(secret, String(Math.floor(NOW_MS / 1_000) - 360))],
    ['six minutes early', sign(secret, String(Math.floor(NOW_MS / 1_000) + 360))],
  ])('is refused %s', async (_what, headers) => {
    await start({ signing });
    expect((await knock(right, headers)).status).toBe(401);
    expect(gateway.temporal.reports).toHaveLength(0);
  });
});
