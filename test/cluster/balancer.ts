import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Balancer {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * What stands before several gateways: each connection goes to the next one in turn, and to another one when that refuses it. It
 * looks at no byte, and repeats nothing that was sent.
 */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const open = new Set<Socket>();
  let next = 0;
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (caller) => {
    open.add(caller);
    caller.once('close', () => open.delete(caller));
    caller.on('error', () => caller.destroy());
    next = (next + 1) % ports.length;
    const inTurn = [...ports.slice(next), ...ports.slice(0, next)];
    const tryNext = (): void => {
      const port = inTurn.shift();
      if (port === undefined || caller.destroyed) {
        caller.destroy();
        return;
      }
      const gateway = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      const refused = (): void => tryNext();
      gateway.once('error', refused);
      gateway.once('connect', () => {
        gateway.off('error', refused);
        open.add(gateway);
        gateway.on('error', () => caller.destroy());
        gateway.once('close', () => {
          open.delete(gateway);
          caller.destroy();
        });
        caller.once('close', () => gateway.destroy());
        gateway.pipe(caller);
        caller.pipe(gateway);
        caller.resume();
      });
    };
    tryNext();
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
