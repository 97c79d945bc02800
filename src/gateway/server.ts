import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

import type { Express } from 'express';

import type { GatewayLimits, GatewayLog, GatewaySettings } from './gateway-settings.js';

export interface RunningServer {
  readonly url: string;
  /** Takes no new calls, lets those under way finish within the grace time, then cuts what is left. */
  close(): Promise<void>;
}

/** Throws when it would serve plain HTTP beyond loopback and `allowPlainHttp` is false. */
export async function listen(
  app: Express,
  settings: GatewaySettings,
  limits: GatewayLimits,
  log: GatewayLog,
): Promise<RunningServer> {
  refuseOpenPlainHttp(settings, log);
  const server = build(app, settings, limits);
  const connections = watchConnections(server, settings.tls !== null);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => log.error({ error: error.message }, 'gateway socket failed'));
  const { port } = server.address() as AddressInfo;
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  const url = `${settings.tls === null ? 'http' : 'https'}://${host}:${port}`;
  log.info({ url }, 'gateway listens');
  return { url, close: () => stop(server, connections, limits.stopGraceMs) };
}

function build(app: Express, { tls }: GatewaySettings, limits: GatewayLimits): Server {
  const options = {
    connectionsCheckingInterval: limits.checkConnectionsEveryMs,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    maxHeaderSize: 16 * 1024,
  };
  const server =
    tls === null
      ? createServer(options, app)
      : createTlsServer(
          { ...options, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: limits.headersTimeoutMs },
          app,
        );
  server.maxHeadersCount = limits.maxHeaders;
  server.maxRequestsPerSocket = limits.maxRequestsPerSocket;
  server.maxConnections = limits.maxConnections;
  return server;
}

function refuseOpenPlainHttp({ host, tls, allowPlainHttp }: GatewaySettings, log: GatewayLog): void {
  if (tls !== null || isLoopback(host)) return;
  if (!allowPlainHttp) {
    throw new Error(
      `The gateway would serve plain HTTP on ${host}, so that passwords and tokens cross the network in clear. ` +
        'Set GATEWAY_TLS_CERT_FILE and GATEWAY_TLS_KEY_FILE, or keep GATEWAY_HOST on 127.0.0.1, ' +
        'or set GATEWAY_ALLOW_PLAIN_HTTP=true when something in front of it does TLS.',
    );
  }
  log.warn(
    { host },
    'UNSAFE: plain HTTP beyond loopback (GATEWAY_ALLOW_PLAIN_HTTP): passwords and tokens are sent unencrypted',
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

interface Connections {
  dropIdle(): void;
}

/** Which connections a call is under way on: only for these a stopping gateway waits. */
function watchConnections(server: Server, tls: boolean): Connections {
  const open = new Set<Socket>();
  const busy = new Map<Socket, number>();
  const opened = (socket: Socket): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  // With TLS a call's socket is the one around the raw connection.
  server.on(tls ? 'secureConnection' : 'connection', opened);
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    busy.set(socket, (busy.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (busy.get(socket) ?? 1) - 1;
      if (left > 0) busy.set(socket, left);
      else busy.delete(socket);
    });
  });
  return {
    dropIdle() {
      for (const socket of open) if (!busy.has(socket)) socket.destroySoon();
    },
  };
}

async function stop(server: Server, connections: Connections, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // A connection that was busy just now is idle a moment later, and would be kept alive for seconds.
  connections.dropIdle();
  const sweep = setInterval(() => connections.dropIdle(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
