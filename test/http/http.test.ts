import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { CallFailure, type FailureFacts } from '../../src/domain/failure.js';
import { isOk } from '../../src/http/answer.js';
import {
  createHttp,
  type Http,
  type HttpOptions,
  type HttpRequest,
  type HttpWrite,
} from '../../src/http/http.js';
import { failureOfStatus } from '../../src/http/status-failure.js';
import { startRecordedServer, startTcpServer } from '../support/recorded-server.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function opened<T extends { close(): Promise<void> }>(thing: T): T {
  closers.push(() => thing.close());
  return thing;
}

const SECRET = 'pa55-w0rd-of-a-test';
const BODY = 'body-that-must-not-leak';

function http(baseUrl: string, more: Partial<HttpOptions> = {}): Http {
  return opened(
    createHttp({
      name: 'securechange',
      baseUrl,
      auth: { kind: 'basic', user: 'wf-api', password: SECRET },
      timeouts: { connectMs: 500, headersMs: 300, bodyMs: 300 },
      ...more,
    }),
  );
}

const read: HttpRequest = { path: '/x', operation: 'read x' };
const push: HttpWrite = {
  path: '/x',
  body: BODY,
  operation: 'commit DG-B',
  meaning: (response, call) => {
    if (!isOk(response)) throw failureOfStatus(response, call);
    return null;
  },
  unproven: 'securechange.unproven',
};

async function failureOf(promise: Promise<unknown>): Promise<FailureFacts> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CallFailure)) throw new Error(`expected a CallFailure, got ${String(error)}`);
  expect(error.message).not.toContain(SECRET);
  expect(error.message).not.toContain(BODY);
  expect(error.message).toContain('securechange');
  return error.facts;
}

describe('a request', () => {
  it('carries credential, headers, query and body, and returns status, headers and text', async () => {
    const server = opened(
      await startRecordedServer(() => ({ status: 202, headers: { Location: '/y' }, body: { ok: 'grüezi' } })),
    );
    const answer = await http(`${server.url}/api/`).write('commit', {
      ...push,
      query: { force: true, name: 'a b&c', nothing: undefined },
      headers: { Accept: 'application/json' },
    });
    expect(answer).toMatchObject({ status: 202, text: '{"ok":"grüezi"}' });
    expect(answer?.headers['location']).toBe('/y');
    const [received] = server.received;
    expect(received).toMatchObject({ method: 'PUT', path: '/api/x?force=true&name=a%20b%26c', body: BODY });
    expect(received?.headers.authorization).toBe(
      `Basic ${Buffer.from(`wf-api:${SECRET}`).toString('base64')}`,
    );
    expect(received?.headers.accept).toBe('application/json');
  });

  it('sends a bearer token, or nothing', async () => {
    const server = opened(await startRecordedServer(() => ({})));
    await http(server.url, { auth: { kind: 'bearer', token: 't0k3n' } }).read(read);
    await http(server.url, { auth: { kind: 'none' } }).read(read);
    expect(server.received.map((one) => one.headers.authorization)).toEqual(['Bearer t0k3n', undefined]);
  });

  it('is made once: a failing server sees one request', async () => {
    const server = opened(await startRecordedServer(() => ({ status: 503 })));
    await failureOf(http(server.url).write('commit', push));
    expect(server.received).toHaveLength(1);
  });

  it('does not reuse a connection when it must not be repeated', async () => {
    const server = opened(
      await startTcpServer((socket) => {
        socket.on('data', () =>
          socket.write('HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n'),
        );
      }),
    );
    const client = http(server.url);
    await client.write('commit', push);
    await client.write('commit', push);
    expect(server.connections()).toBe(2);
    await client.read(read);
    // undici hands a connection back one turn of the event loop after the body ended.
    await new Promise((resolve) => setImmediate(resolve));
    await client.read(read);
    expect(server.connections()).toBe(3);
  });

  it('goes through a proxy when one is set, with the proxy named when it refuses', async () => {
    const proxy = opened(
      await startTcpServer((socket) => {
        socket.on('data', () =>
          socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n'),
        );
      }),
    );
    const facts = await failureOf(
      http('http://securechange.example', { proxy: { url: proxy.url } }).write('commit', push),
    );
    expect(facts).toMatchObject({ kind: 'transient', code: 'http.proxy' });
  });

  it.each(['ftp://x', 'not a url', 'https://user:pw@host/', 'https://host/?a=1'])(
    'refuses the base address %s',
    (baseUrl) => {
      expect(() => createHttp({ name: 'x', baseUrl, auth: { kind: 'none' } })).toThrow(TypeError);
    },
  );
});

describe('before the request can have left', () => {
  it('a refused connection is transient, also for a push', async () => {
    const server = await startTcpServer(() => {});
    await server.close();
    expect(await failureOf(http(server.url).write('commit', push))).toMatchObject({
      kind: 'transient',
      code: 'http.refused',
    });
  });

  it('an unknown host is transient', async () => {
    const facts = await failureOf(http('http://no-such-host.invalid').write('commit', push));
    expect(facts).toMatchObject({ kind: 'transient', code: 'http.dns' });
  });

  it('a connection reset during the TLS handshake is transient', async () => {
    const server = opened(
      await startTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
    );
    const facts = await failureOf(http(server.url.replace('http:', 'https:')).write('commit', push));
    expect(facts).toMatchObject({ kind: 'transient', code: 'http.connect' });
  });

  it('a server that never shakes hands is given up after the connect time', async () => {
    const server = opened(await startTcpServer(() => {}));
    const facts = await failureOf(http(server.url.replace('http:', 'https:')).write('commit', push));
    expect(facts).toMatchObject({ kind: 'transient', code: 'http.connect_timeout' });
  });

  it('a call cancelled beforehand is never sent', async () => {
    const server = opened(await startRecordedServer(() => ({})));
    const facts = await failureOf(http(server.url).write('commit', { ...push, signal: AbortSignal.abort() }));
    expect(facts).toMatchObject({ kind: 'transient', code: 'http.cancelled' });
    expect(server.received).toHaveLength(0);
  });
});

describe('a certificate', () => {
  const fixture = (name: string): string => readFileSync(join(__dirname, '../fixtures/http', name), 'utf8');
  const tls = { key: fixture('localhost.key.pem'), cert: fixture('localhost.cert.pem') };

  it('of an unknown authority is rejected with advice about the CA', async () => {
    const server = opened(await startRecordedServer(() => ({}), tls));
    const facts = await failureOf(http(server.url).write('commit', push));
    expect(facts).toMatchObject({ kind: 'rejected', code: 'http.tls' });
    expect(facts.message).toContain('CA file');
    expect(server.received).toHaveLength(0);
  });

  it('is accepted when its authority is given, or when checking is switched off', async () => {
    const server = opened(await startRecordedServer(() => ({ body: 'ok' }), tls));
    expect((await http(server.url, { tls: { caPem: tls.cert } }).read(read)).text).toBe('ok');
    expect((await http(server.url, { tls: { verify: false } }).read(read)).text).toBe('ok');
  });

  it('a server that wants our certificate gets it', async () => {
    const both = { ...tls, requestCert: true, ca: tls.cert };
    const server = opened(await startRecordedServer(() => ({ body: 'ok' }), both));
    const clientCertificate = { certPem: tls.cert, keyPem: tls.key };
    const known = http(server.url, { tls: { caPem: tls.cert, clientCertificate } });
    expect((await known.read(read)).text).toBe('ok');
    await failureOf(http(server.url, { tls: { caPem: tls.cert } }).read(read));
    expect(server.received).toHaveLength(1);
  });

  it('made for another name is rejected', async () => {
    const other = { key: fixture('other.key.pem'), cert: fixture('other.cert.pem') };
    const server = opened(await startRecordedServer(() => ({}), other));
    const facts = await failureOf(http(server.url, { tls: { caPem: other.cert } }).write('commit', push));
    expect(facts).toMatchObject({ kind: 'rejected', code: 'http.tls' });
    expect(facts.message).toContain('another host name');
  });
});

describe('after the request may have left', () => {
  const cases = [
    { name: 'a server that never answers', serve: () => {}, code: 'http.timeout' },
    {
      name: 'a reset instead of an answer',
      serve: (socket: Socket) => socket.once('data', () => socket.resetAndDestroy()),
      code: 'http.connection_lost',
    },
    {
      name: 'a connection closed without an answer',
      serve: (socket: Socket) => socket.once('data', () => socket.end()),
      code: 'http.connection_lost',
    },
    {
      name: 'headers that dribble',
      serve: (socket: Socket) => {
        const timer = setInterval(() => socket.write('X'), 50);
        socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
        socket.on('close', () => clearInterval(timer));
      },
      code: 'http.timeout',
    },
    {
      name: 'a body that dribbles',
      serve: (socket: Socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
        const timer = setInterval(() => socket.write('x'), 50);
        socket.on('close', () => clearInterval(timer));
      },
      code: 'http.timeout',
    },
    {
      name: 'a body cut off by a reset',
      serve: (socket: Socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc', () =>
          setImmediate(() => socket.resetAndDestroy()),
        );
      },
      code: 'http.connection_lost',
    },
  ];

  it.each(cases)('$name is ambiguous for a push and transient for a read', async ({ serve, code }) => {
    const server = opened(
      await startTcpServer((socket) => {
        socket.once('data', (data) => {
          serve(socket);
          // The handlers above wait for the request; it is here already.
          socket.emit('data', data);
        });
      }),
    );
    const client = http(server.url);
    expect(await failureOf(client.write('commit', push))).toMatchObject({ kind: 'ambiguous', code });
    expect(await failureOf(client.read(read))).toMatchObject({ kind: 'transient', code });
  });

  it('a call cancelled while it waits is ambiguous for a push', async () => {
    const stop = new AbortController();
    const server = opened(await startTcpServer((socket) => socket.once('data', () => stop.abort())));
    const facts = await failureOf(http(server.url).write('commit', { ...push, signal: stop.signal }));
    expect(facts).toMatchObject({ kind: 'ambiguous', code: 'http.cancelled' });
  });

  it('an oversized body is refused', async () => {
    const server = opened(await startRecordedServer(() => ({ body: 'x'.repeat(5000) })));
    const client = http(server.url, { maxBodyBytes: 1000 });
    expect(await failureOf(client.read(read))).toMatchObject({ kind: 'bug', code: 'http.body_too_large' });
    expect(await failureOf(client.write('commit', push))).toMatchObject({
      kind: 'ambiguous',
      code: 'http.body_too_large',
    });
    const exact = http(server.url, { maxBodyBytes: 5000 });
    expect((await exact.read(read)).text).toHaveLength(5000);
  });
});

describe('an answer', () => {
  const rows = [
    { status: 401, kind: 'auth', code: 'http.unauthorized' },
    { status: 403, kind: 'auth', code: 'http.forbidden' },
    { status: 429, kind: 'busy', code: 'http.too_many' },
    { status: 302, kind: 'rejected', code: 'http.redirect' },
  ];

  it.each(rows)('with status $status is followed nowhere and means $kind', async ({ status, kind, code }) => {
    const server = opened(
      await startRecordedServer(() => ({ status, headers: { Location: 'http://127.0.0.1:1/' }, body: BODY })),
    );
    expect(await http(server.url).read(read)).toMatchObject({ status });
    expect(await failureOf(http(server.url).write('commit', push))).toMatchObject({ kind, code, status });
  });

  it('with 503 to a push is busy only when it says when to come back', async () => {
    let headers: Record<string, string> = {};
    const server = opened(await startRecordedServer(() => ({ status: 503, headers })));
    const client = http(server.url);
    expect(await failureOf(client.write('commit', push))).toMatchObject({ kind: 'ambiguous' });
    headers = { 'Retry-After': '7' };
    expect(await failureOf(client.write('commit', push))).toMatchObject({ kind: 'busy', retryAfterMs: 7000 });
  });

  it('to a read is returned whatever its status', async () => {
    const server = opened(await startRecordedServer(() => ({ status: 404, body: 'text' })));
    expect(await http(server.url).read(read)).toMatchObject({ status: 404, text: 'text' });
  });

  it('to a write that says that there was nothing to do is no answer', async () => {
    const server = opened(await startRecordedServer(() => ({ status: 400 })));
    expect(await http(server.url).write('commit', { ...push, meaning: () => 'noOp' })).toBeNull();
  });
});
