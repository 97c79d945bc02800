import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';

export interface Received {
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** Objects are sent as JSON. */
  readonly body?: unknown;
}

export interface RecordedServer {
  readonly url: string;
  readonly received: Received[];
  close(): Promise<void>;
}

/** An HTTP(S) server on a free loopback port that notes every request and answers what `answer` says. */
export async function startRecordedServer(
  answer: (request: Received) => Answer | Promise<Answer>,
  tls?: { readonly key: string; readonly cert: string },
): Promise<RecordedServer> {
  const received: Received[] = [];
  const handle: Parameters<typeof createServer>[1] = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const { method = '', url = '', headers } = request;
      const one: Received = { method, path: url, headers, body };
      received.push(one);
      void Promise.resolve(answer(one)).then(
        ({ status = 200, headers: answerHeaders = {}, body: text = '' }) => {
          const isText = typeof text === 'string';
          response.writeHead(status, {
            ...(isText ? {} : { 'content-type': 'application/json' }),
            ...answerHeaders,
          });
          response.end(isText ? text : JSON.stringify(text));
        },
      );
    });
  };
  const server: Server = tls ? createTlsServer(tls, handle) : createServer(handle);
  const port = await listen(server);
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A bare TCP server, for what no HTTP server does: half-open connections, resets, answers that stop half-way. */
export async function startTcpServer(onConnection: (socket: Socket) => void): Promise<{
  readonly url: string;
  readonly port: number;
  readonly connections: () => number;
  close(): Promise<void>;
}> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function listen(server: ReturnType<typeof createTcpServer> | Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
