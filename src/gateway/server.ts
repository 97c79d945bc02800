import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import type { Express } from 'express';

import type { GatewayLimits, GatewayLog, GatewaySettings } from './gateway-settings.js';

export interface RunningServer {
  readonly url: string;
  /** Takes no new calls, lets those under way finish within the grace time, then cuts what is left. */
  close(): Promise<void>;
}

/** Throws when it would serve plain HTTP beyond loopback without having been told to. */
export async function listen(
  app: Express,
  settings: GatewaySettings,
  limits: GatewayLimits,
  log: GatewayLog,
): Promise<RunningServer> {
  refuseOpenPlainHttp(settings, log);
  const server = build(app, settings, limits);
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
  return { url, close: () => stop(server, limits.stopGraceMs) };
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
    'UNSAFE: plain HTTP beyond loopback (GATEWAY_ALLOW_PLAIN_HTTP): passwords and tokens cross in clear',
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

async function stop(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  // A connection that was busy just now is idle a moment later, and would be kept alive for seconds.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
