/** Looks at the way to a server, one layer after the other, and sends nothing. */
import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { portOf } from './default-port.js';

export interface ProbeTarget {
  readonly url: string;
  readonly caPem?: string | undefined;
  readonly verify?: boolean | undefined;
  readonly clientCertificate?: { readonly certPem: string; readonly keyPem: string } | undefined;
  readonly timeoutMs: number;
}

export interface Layer {
  readonly layer: 'name' | 'connection' | 'TLS';
  readonly ok: boolean;
  /** Addresses, port or certificate; else why it failed. */
  readonly found: string;
}

/** The layers up to the first that fails; an address with http has no TLS. */
export async function probe(target: ProbeTarget): Promise<readonly Layer[]> {
  const url = new URL(target.url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = portOf(url);
  const layers: Layer[] = [];
  const attempt = async (layer: Layer['layer'], look: () => Promise<string>): Promise<boolean> => {
    try {
      layers.push({ layer, ok: true, found: await look() });
      return true;
    } catch (error) {
      layers.push({ layer, ok: false, found: reasonOf(error) });
      return false;
    }
  };
  const named = await attempt('name', async () => {
    if (isIP(host) !== 0) return `${host} is an address`;
    const found = await lookup(host, { all: true });
    return `${host} is ${found.map(({ address }) => address).join(', ')}`;
  });
  if (!named) return layers;
  const connected = await attempt('connection', async () => {
    await opened(connect({ host, port }), 'connect', target.timeoutMs);
    return `port ${port} answers`;
  });
  // smtp: becomes encrypted only after the greeting.
  if (!connected || url.protocol === 'http:' || url.protocol === 'smtp:') return layers;
  await attempt('TLS', async () => {
    const socket = connectTls({
      host,
      port,
      ...(isIP(host) === 0 && { servername: host }),
      ...(target.caPem !== undefined && { ca: target.caPem }),
      ...(target.clientCertificate && {
        cert: target.clientCertificate.certPem,
        key: target.clientCertificate.keyPem,
      }),
      rejectUnauthorized: target.verify ?? true,
    });
    return await opened(socket, 'secureConnect', target.timeoutMs, certificateText);
  });
  return layers;
}

async function opened<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
  say: (socket: S) => string = () => '',
): Promise<string> {
  try {
    return await new Promise<string>((resolve, reject) => {
      socket.once(event, () => resolve(say(socket)));
      socket.once('error', reject);
      socket.setTimeout(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs / 1_000} s`)));
    });
  } finally {
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

function certificateText(socket: TLSSocket): string {
  const { issuer, valid_to: validTo } = socket.getPeerCertificate();
  const by = [issuer.CN, issuer.O].flat().find((name) => name !== undefined) ?? 'an unnamed authority';
  const checked = socket.authorized ? '' : ', not checked';
  return `${socket.getProtocol() ?? 'TLS'}, certificate by ${by}, valid until ${validTo}${checked}`;
}

/** Node's code and OpenSSL's reason: they carry no secret. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unexpected error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  return code === null || error.message.includes(code) ? error.message : `${error.message} (${code})`;
}
