import fc from 'fast-check';
import { CallFailure } from '../../src/domain/failure.js';
import type { IntegrationPoint, PointCall } from '../../src/domain/process.js';
import { createHttp } from '../../src/http/http.js';
import { failureOfStatus } from '../../src/http/status-failure.js';
import { createItsm } from '../../src/integrations/create-itsm.js';
import { fillInPath } from '../../src/integrations/placeholders.js';
import {
  startRecordedServer,
  startTcpServer,
  type Answer,
  type RecordedServer,
} from '../support/recorded-server.js';
import { context, point } from '../placeholders/context.js';
import { noTokens, serviceNow } from './servers.js';

let server: RecordedServer;
let answer: Answer;
let itsm: ReturnType<typeof createItsm>;

const call = (changes: Partial<PointCall> = {}, body = { risk: '#risk_status#' }): IntegrationPoint =>
  point({
    name: 'report-risk',
    action: 'call',
    body,
    call: {
      method: 'POST',
      paths: ['/api/acme/risk/#ticket_id#'],
      accept: [200, 201, 204],
      repeatable: false,
      ...changes,
    },
  });

const open = (url: string): ReturnType<typeof createItsm> =>
  createItsm({ server: () => serviceNow({ url, kind: 'http' }), http: createHttp, tokens: noTokens });

async function failureOf(made: IntegrationPoint): Promise<CallFailure['facts']> {
  const error: unknown = await itsm.call(itsm.render(made, context())).then(
    () => 'counted as done',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CallFailure);
  return (error as CallFailure).facts;
}

beforeEach(async () => {
  answer = { body: {} };
  server = await startRecordedServer(() => answer);
  itsm = open(server.url);
});

afterEach(async () => {
  await itsm.close();
  await server.close();
});

describe('a call of an integration point', () => {
  it.each(['POST', 'PUT', 'PATCH'] as const)(
    '%s sends the rendered body to the rendered path',
    async (method) => {
      expect(await itsm.call(itsm.render(call({ method }), context()))).toMatchObject({
        said: 'answered 200',
      });
      expect(server.received).toMatchObject([{ method, path: '/api/acme/risk/214', body: '{"risk":"YES"}' }]);
      expect(server.received[0]!.headers['content-type']).toBe('application/json');
    },
  );

  it.each(['GET', 'DELETE'] as const)('%s sends no body', async (method) => {
    await itsm.call(itsm.render(call({ method }), context()));
    expect(server.received).toMatchObject([{ method, path: '/api/acme/risk/214', body: '' }]);
    expect(server.received[0]!.headers['content-type']).toBeUndefined();
  });

  it('carries the same key each time one message is sent, and another one for another message', async () => {
    const message = itsm.render(call(), context({ key: '214/1/Approval/itsmSync/report-risk%2F1' }));
    await itsm.call(message);
    await itsm.call(message);
    await itsm.call(itsm.render(call(), context({ key: '214/1/Approval/itsmSync/report-risk%2F2' })));
    const keys = server.received.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it('accepts the statuses that the point names, and no other', async () => {
    answer = { status: 202, body: {} };
    expect(await failureOf(call())).toMatchObject({ kind: 'ambiguous', code: 'itsm.call_unknown' });
    expect(await itsm.call(itsm.render(call({ accept: [202] }), context()))).toMatchObject({
      said: 'answered 202',
    });
    answer = { status: 409, body: { error: { message: 'is there' } } };
    expect(await failureOf(call())).toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('is there') as string,
    });
    expect(await itsm.call(itsm.render(call({ accept: [200, 409] }), context()))).toMatchObject({
      said: 'answered 409',
    });
  });

  it.each([
    ['a page', { body: '<html>Sign in</html>', headers: { 'content-type': 'text/html' } }],
    ['an error with 200', { body: { error: { message: 'cancelled' } } }],
    ['a page with an accepted refusal', { status: 404, body: '<html>Not found</html>' }],
  ] as const)('does not count %s as done, of any method', async (_, given) => {
    answer = given;
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const)
      await failureOf(call({ method, accept: [200, 404] }));
  });

  it('whose answer was lost is unknown, unless it may be repeated', async () => {
    const lost = await startTcpServer((socket) => socket.once('data', () => socket.destroy()));
    await itsm.close();
    itsm = open(lost.url);
    expect(await failureOf(call())).toMatchObject({ kind: 'ambiguous', code: 'itsm.call_unknown' });
    expect(await failureOf(call({ repeatable: true }))).toMatchObject({ kind: 'transient' });
    await lost.close();
    expect(await failureOf(call())).toMatchObject({ kind: 'transient', code: 'http.refused' });
  });

  it.each([
    [{ 'retry-after': '90' }, 90_000],
    [{ 'retry-after': 'Mon, 23 Nov 2026 21:00:30 GMT', date: 'Mon, 23 Nov 2026 21:00:00 GMT' }, 30_000],
    [{ 'retry-after': '999999' }, 3_600_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': 'Mon, 23 Nov 2026 20:00:00 GMT', date: 'Mon, 23 Nov 2026 21:00:00 GMT' }, undefined],
  ] as const)('is busy with 429, for as long as the server says: %j', async (headers, retryAfterMs) => {
    answer = { status: 429, headers };
    expect(await failureOf(call())).toMatchObject({ kind: 'busy', code: 'http.too_many' });
    const error = failureOfStatus(
      { status: 429, headers },
      { system: 's', operation: 'o', repeatable: true },
    );
    expect(error.facts.retryAfterMs).toBe(retryAfterMs);
  });

  it('is not made while the server asked for a pause', async () => {
    answer = { status: 503, headers: { 'retry-after': '60' } };
    expect(await failureOf(call())).toMatchObject({ kind: 'busy', retryAfterMs: 60_000 });
    expect(await failureOf(call())).toMatchObject({ kind: 'busy', code: 'itsm.turn' });
    expect(server.received).toHaveLength(1);
  });

  it('follows no redirect', async () => {
    answer = { status: 302, headers: { location: 'http://127.0.0.1:1/' } };
    expect(await failureOf(call())).toMatchObject({ kind: 'rejected', code: 'http.redirect' });
    expect(server.received).toHaveLength(1);
  });
});

it('a body that goes to many paths is smaller than one that goes to one', () => {
  const paths = Array.from({ length: 20 }, (_, index) => `/a/${index}`);
  const body = { risk: 'x'.repeat(100 * 1024) };
  expect(() => itsm.render(call({}, body), context())).not.toThrow();
  expect(() => itsm.render(call({ paths }, body), context())).toThrow('at most 51 are sent');
});

describe('the path of a call', () => {
  const filled = (path: string, value: string): string => fillInPath(path, () => ({ value }));

  it('keeps its parts, whatever the values contain', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        if (value.trim() === '' || value === '.' || value === '..') return;
        const url = new URL(`http://host${filled('/a/#x#/b?q=#x#', value)}`);
        expect(url.pathname.split('/')).toHaveLength(4);
        expect(decodeURIComponent(url.pathname.split('/')[2]!)).toBe(value);
        expect(url.searchParams.get('q')).toBe(value);
        expect(url.hash).toBe('');
      }),
    );
  });

  it.each(['.', '..', '', ' '])('refuses the value "%s", which would change them', (value) => {
    expect(() => filled('/a/#x#/b', value)).toThrow(/#x#/);
  });

  it('names a placeholder without a value, and sends nothing', () => {
    expect(() => itsm.render(call({ paths: ['/a/#no such field#'] }), context())).toThrow(/no such field/);
  });
});

it('a server without a description of its records takes calls only, and says so', async () => {
  const error: unknown = await itsm
    .send(itsm.render(point(), context()), null)
    .catch((reason: unknown) => reason);
  expect((error as CallFailure).facts).toMatchObject({
    code: 'itsm.not_configured',
    message: expect.stringContaining('takes calls only') as string,
  });
});
