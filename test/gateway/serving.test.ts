import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';

import { eventually } from '../support/eventually.js';
import {
  base64,
  basic,
  MEDIATOR,
  startGateway,
  TOKENS,
  type GatewayOptions,
  type RunningGateway,
} from '../support/running-gateway.js';

const fixture = (name: string): string => readFileSync(join(__dirname, '../fixtures/http', name), 'utf8');
const TLS = { cert: fixture('localhost.cert.pem'), key: fixture('localhost.key.pem') };

let gateway: RunningGateway;
async function start(options: GatewayOptions = {}): Promise<void> {
  gateway = await startGateway(options);
}
afterEach(() => gateway.close());

const sockets: Socket[] = [];
afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

/** A client that speaks bytes. */
function dial(): Socket & { readonly received: string[] } {
  const { hostname, port } = new URL(gateway.url);
  const received: string[] = [];
  const socket = Object.assign(connect(Number(port), hostname), { received });
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => received.push(text));
  socket.on('error', () => {});
  sockets.push(socket);
  return socket;
}

const right = basic(MEDIATOR.user, MEDIATOR.password);
const BODY = JSON.stringify({
  ticket_info: base64('<ticket_info><id>5</id></ticket_info>'),
  event: 'CREATE',
  script: 'ticket-events',
});

function report(): Promise<Response> {
  return fetch(`${gateway.url}/trigger_file`, {
    method: 'POST',
    headers: { authorization: right, 'content-type': 'application/json' },
    body: BODY,
  });
}

describe('serving', () => {
  it('is healthy while it runs and ready while Temporal answers', async () => {
    await start();
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
    gateway.temporal.ready = async () => false;
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
    gateway.temporal.ready = () => new Promise(() => {});
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
  });

  it('sends headers that keep answers out of caches and sniffers, and does not say what it is made of', async () => {
    await start();
    for (const path of ['/healthz', '/nothing', '/v1/tickets']) {
      const { headers } = await fetch(`${gateway.url}${path}`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  it('answers wrong addresses and methods as problems', async () => {
    await start();
    const token = { authorization: `Bearer ${TOKENS.olga}` };
    expect((await fetch(`${gateway.url}/Trigger_File`, { method: 'POST' })).status).toBe(404);
    const wrong = await fetch(`${gateway.url}/trigger_file`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${gateway.url}/v1/lanes`, { method: 'DELETE', headers: token })).status).toBe(405);
    expect((await fetch(`${gateway.url}/v1/nothing`, { headers: token })).status).toBe(404);
  });

  it('speaks TLS with the certificate it was given', async () => {
    await start({ settings: { tls: TLS } });
    const url = new URL('/healthz', gateway.url);
    expect(url.protocol).toBe('https:');
    const answer = (ca: string): Promise<number | string> =>
      new Promise((resolve) => {
        const call = httpsRequest(url, { ca, servername: 'localhost' }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        call.on('error', (error) => resolve(error.message)).end();
      });
    expect(await answer(TLS.cert)).toBe(200);
    expect(await answer(fixture('other.cert.pem'))).toMatch(/certificate/);
  });

  it('refuses plain HTTP beyond loopback unless a setting allows it, and then logs a warning', async () => {
    await start();
    await expect(startGateway({ settings: { host: '0.0.0.0' } })).rejects.toThrow(/GATEWAY_TLS_CERT_FILE/);
    const open = await startGateway({ settings: { host: '0.0.0.0', allowPlainHttp: true } });
    await open.close();
    expect(open.logged.join('\n')).toMatch(/UNSAFE/);
  });
});

describe('under pressure', () => {
  it('cuts an endless body at the bound at once, answers and hangs up', async () => {
    await start();
    const socket = dial();
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const startedAtMs = Date.now();
    socket.write(
      `POST /trigger_file HTTP/1.1\r\nHost: x\r\nAuthorization: ${right}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    let sentChunks = 0;
    const pour = setInterval(() => {
      if (!socket.writable) return;
      socket.write(chunk);
      sentChunks += 1;
    }, 5);
    await eventually('an answer', () => socket.received.length > 0);
    const answeredAfter = { chunks: sentChunks, ms: Date.now() - startedAtMs };
    await closed;
    clearInterval(pour);
    expect(socket.received.join('')).toMatch(/^HTTP\/1\.1 413 [\s\S]*Connection: close[\s\S]*too_large/i);
    // 16 chunks are allowed; what came on top of them was on its way already.
    expect(answeredAfter.chunks).toBeLessThan(200);
    // A request that goes on is cut after 15 s (requestTimeoutMs): far less shows that the gateway did not wait for its end.
    expect(Date.now() - startedAtMs).toBeLessThan(10_000);
    expect(gateway.temporal.reports).toHaveLength(0);
  });

  it('refuses a body by its announced length, before any of it has come', async () => {
    await start();
    const socket = dial();
    socket.write(
      `POST /trigger_file HTTP/1.1\r\nHost: x\r\nAuthorization: ${right}\r\nContent-Type: application/json\r\nContent-Length: 999999999\r\n\r\n`,
    );
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await closed;
    expect(socket.received.join('')).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('keeps the connection of a caller whose refused call had no body', async () => {
    await start();
    const socket = dial();
    socket.write('GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually('a refusal', () => /HTTP\/1\.1 404 /.test(socket.received.join('')));
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually('an answer on the same connection', () =>
      /HTTP\/1\.1 200 /.test(socket.received.join('')),
    );
  });

  it('accepts a number of calls at once and refuses further ones with Retry-After', async () => {
    await start({ limits: { maxInFlight: 2 } });
    const stored: (() => void)[] = [];
    gateway.temporal.report = () => new Promise((resolve) => stored.push(resolve));
    const first = [report(), report()];
    await eventually('two calls under way', () => stored.length === 2);
    const third = await report();
    expect([third.status, third.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    stored.forEach((resolve) => resolve());
    for (const response of await Promise.all(first)) expect(response.status).toBe(200);
    gateway.temporal.report = async () => {};
    await eventually('a free place', async () => (await report()).status === 200);
  });

  it('hangs up on clients that dribble their headers or their body, while honest ones are served', async () => {
    await start({
      limits: { headersTimeoutMs: 300, requestTimeoutMs: 600, checkConnectionsEveryMs: 50 },
    });
    const head = `POST /trigger_file HTTP/1.1\r\nHost: x\r\nAuthorization: ${right}\r\nContent-Type: application/json\r\n`;
    const dribblers = Array.from({ length: 50 }, () => dial());
    const ended = dribblers.map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    dribblers.forEach((socket, index) =>
      socket.write(index % 2 === 0 ? head : `${head}Content-Length: 1000\r\n\r\n{"ticket_info":"`),
    );
    const drip = setInterval(() => dribblers.forEach((socket) => socket.writable && socket.write('A')), 40);
    expect((await report()).status).toBe(200);
    await Promise.all(ended);
    clearInterval(drip);
    expect(gateway.temporal.reports).toHaveLength(1);
    expect(dribblers[0]?.received.join('')).toMatch(/^HTTP\/1\.1 408/);
  });

  it('keeps no more connections than it was given', async () => {
    await start({ limits: { maxConnections: 5 } });
    const callers = Array.from({ length: 8 }, () => dial());
    const closed = callers.map((socket) => {
      const state = { closed: false };
      socket.once('close', () => (state.closed = true));
      return state;
    });
    await eventually('three turned away', () => closed.filter((state) => state.closed).length === 3);
    expect(closed.filter((state) => !state.closed)).toHaveLength(5);
  });
});

describe('stopping', () => {
  it('finishes what is under way, takes nothing new, and does not wait for idle connections', async () => {
    await start();
    const idle = dial();
    idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually('an answer on a connection that stays open', () => idle.received.length > 0);
    let stored: () => void = () => {};
    gateway.temporal.report = () => new Promise((resolve) => (stored = resolve));
    const underWay = report();
    await eventually('one call under way', () => gateway.temporal.reports.length === 1);
    const stopped = gateway.close();
    await eventually('new calls to be refused', () =>
      fetch(`${gateway.url}/healthz`).then(
        () => false,
        () => true,
      ),
    );
    stored();
    expect((await underWay).status).toBe(200);
    const before = Date.now();
    await stopped;
    expect(Date.now() - before).toBeLessThan(2_000);
  });

  it('finishes what is under way over TLS too', async () => {
    await start({ settings: { tls: TLS } });
    let stored: () => void = () => {};
    gateway.temporal.report = () => new Promise((resolve) => (stored = resolve));
    const status = new Promise<number | string>((resolve) => {
      const call = httpsRequest(
        new URL('/trigger_file', gateway.url),
        {
          method: 'POST',
          ca: TLS.cert,
          servername: 'localhost',
          headers: { authorization: right, 'content-type': 'application/json' },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      call.on('error', (error) => resolve(error.message)).end(BODY);
    });
    await eventually('one call under way', () => gateway.temporal.reports.length === 1);
    const stopped = gateway.close();
    stored();
    expect(await status).toBe(200);
    await stopped;
  });

  it('cuts off what does not finish within the grace time', async () => {
    await start({ limits: { stopGraceMs: 100, reportDeadlineMs: 1_500 } });
    gateway.temporal.report = () => new Promise(() => {});
    const underWay = report().then(
      (response) => response.status,
      () => 'cut',
    );
    await eventually('one call under way', () => gateway.temporal.reports.length === 1);
    await gateway.close();
    expect(await underWay).toBe('cut');
  });
});
