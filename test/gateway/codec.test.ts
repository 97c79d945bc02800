import { defaultPayloadConverter, type Payload } from '@temporalio/common';

import { ClientError } from '../../packages/client/src/contract.js';
import { parsePayloadKeys } from '../../src/config/payload-keys.js';
import { EncryptingCodec } from '../../src/temporal/payload-codec.js';
import { MEDIATOR, basic, startGateway, TOKENS, type RunningGateway } from '../support/running-gateway.js';

const UI = 'http://temporal.example';
const keys = (name: string, digit: string) => {
  const found = parsePayloadKeys(`${name} ${digit.repeat(64)}`);
  if ('wrong' in found) throw new Error(found.wrong);
  return found;
};
const codec = new EncryptingCodec({ encrypts: true, ...keys('k', 'a') });
const SUBJECT = { subject: 'open the payroll' };

let gateway: RunningGateway;
beforeAll(async () => {
  const { decode, encode } = { decode: codec.decode.bind(codec), encode: codec.encode.bind(codec) };
  gateway = await startGateway({ codec: { namespace: 'default', decode, encode } });
});
afterAll(() => gateway.close());

/** As the Web UI writes it: protobuf JSON. */
const toJson = ({ metadata, data }: Payload): unknown => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
  ),
  data: Buffer.from(data ?? []).toString('base64'),
});
const plain = defaultPayloadConverter.toPayload(SUBJECT);
const encrypted = async (by = codec): Promise<unknown> => toJson((await by.encode([plain]))[0] ?? {});

async function ask(
  path: string,
  payloads: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${TOKENS.vera}` },
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetch(`${gateway.url}/codec/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-namespace': 'default', ...headers },
    body: JSON.stringify({ payloads }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function cookie(): Promise<string> {
  const signedIn = await fetch(`${gateway.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: gateway.url, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token: TOKENS.vera, next: '/' }),
  });
  return signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
}

it('a reader gets encrypted payloads in clear, and plain ones as they are, in their order', async () => {
  const { status, body } = await ask('decode', [await encrypted(), toJson(plain), await encrypted()]);
  expect(status).toBe(200);
  expect(body).toEqual({ payloads: [toJson(plain), toJson(plain), toJson(plain)] });
});

it('an operator encrypts, as the Web UI does before it sends a signal; a reader does not', async () => {
  const { status, body } = await ask('encode', [toJson(plain)], { authorization: `Bearer ${TOKENS.olga}` });
  expect(status).toBe(200);
  expect(JSON.stringify(body)).not.toContain((toJson(plain) as { data: string }).data);
  expect((await ask('decode', (body as { payloads: unknown }).payloads)).body).toEqual({
    payloads: [toJson(plain)],
  });
  expect((await ask('encode', [toJson(plain)])).status).toBe(403);
});

it.each([
  ['no caller', {}, 401],
  ['a wrong token', { authorization: 'Bearer no-such-token' }, 401],
  ['the mediator', { authorization: basic(MEDIATOR.user, MEDIATOR.password) }, 403],
  ['another namespace', { authorization: `Bearer ${TOKENS.vera}`, 'x-namespace': 'theirs' }, 400],
])('%s gets nothing', async (_, headers, expected) => {
  const { status, body } = await ask('decode', [await encrypted()], headers);
  expect(status).toBe(expected);
  expect(JSON.stringify(body)).not.toContain('payroll');
});

it('a browser may ask from the address of the Web UI alone, also with the session of our pages', async () => {
  const session = await cookie();
  expect(session).toContain('sco-session=');
  const fromUi = await ask('decode', [await encrypted()], { origin: UI, cookie: session });
  expect(fromUi.status).toBe(200);
  expect(fromUi.headers.get('access-control-allow-origin')).toBe(UI);
  expect(fromUi.headers.get('access-control-allow-credentials')).toBe('true');
  for (const origin of ['http://evil.example', 'null', `${UI}.evil.example`]) {
    const other = await ask('decode', [await encrypted()], { origin, cookie: session });
    expect(other.status).toBe(401);
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  }
  expect((await ask('decode', [await encrypted()], { origin: UI })).status).toBe(401);
});

it('a preflight is answered without a credential, for the Web UI alone', async () => {
  const preflight = async (origin: string): Promise<Response> =>
    fetch(`${gateway.url}/codec/decode`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-namespace',
      },
    });
  const answer = await preflight(UI);
  expect(answer.status).toBe(204);
  expect(answer.headers.get('access-control-allow-headers')).toContain('x-namespace');
  expect((await preflight('http://evil.example')).status).toBe(403);
});

it('what cannot be decrypted is refused, and says what to do', async () => {
  const other = new EncryptingCodec({ encrypts: true, ...keys('other', 'b') });
  const { status, body } = await ask('decode', [await encrypted(other)]);
  expect(status).toBe(422);
  expect(body).toMatchObject({
    code: 'payload_unreadable',
    detail: expect.stringMatching(
      /it was encrypted with key other\.[0-9a-f]{8}, and SCO_PAYLOAD_KEYS has only k\.\w+\. Add that key/,
    ) as string,
  });
});

it('a ticket that cannot be decrypted is an answer that names the key, and stands in the log', async () => {
  const message = 'temporal: ticket 7: state: it was encrypted with key gone.0123abcd, add it';
  const without = await startGateway();
  without.temporal.read = () => Promise.reject(new ClientError('payloadUnreadable', message));
  try {
    const response = await fetch(`${without.url}/v1/tickets/7`, {
      headers: { authorization: `Bearer ${TOKENS.vera}` },
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: 'payload_key_missing',
      detail: expect.stringContaining(message) as string,
    });
    expect(without.logged.join()).toContain('gone.0123abcd');
  } finally {
    await without.close();
  }
});

it('a body over the bound is refused', async () => {
  const { status, body } = await ask('decode', [{ data: 'A'.repeat(9 * 1024 * 1024) }]);
  expect(status).toBe(413);
  expect(body).toMatchObject({
    code: 'payloads_too_large',
    detail: expect.stringContaining('8 MiB') as string,
  });
});

it.each([{ payloads: 'x' }, { payloads: [{ data: '%%%' }] }, {}])(
  '%j is refused by its form',
  async (given) => {
    const response = await fetch(`${gateway.url}/codec/decode`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKENS.vera}` },
      body: JSON.stringify(given),
    });
    expect(response.status).toBe(400);
  },
);

it('without keys there is no codec server', async () => {
  const without = await startGateway();
  try {
    const response = await fetch(`${without.url}/codec/decode`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKENS.vera}` },
    });
    expect(response.status).toBeGreaterThanOrEqual(404);
    expect(response.status).toBeLessThanOrEqual(405);
  } finally {
    await without.close();
  }
});
