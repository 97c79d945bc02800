import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

import { freePorts } from '../../src/embedded/free-ports.js';
import { superviseProcess } from '../../src/embedded/supervise.js';
import { basic } from '../support/running-gateway.js';

export interface TriggerService {
  readonly url: string;
  readonly pid: number;
  readonly authorization: string;
  stop(): Promise<void>;
}

const SERVICE = fileURLToPath(new URL('./trigger-service.py', import.meta.url));
const USER = 'mediator';
const PASSWORD = 'only for this bench';

/** Rejects when there is no `python3`. `command` is what it runs for each event. */
export async function startTriggerService(command: readonly string[]): Promise<TriggerService> {
  const [port = 0] = await freePorts(1, '127.0.0.1');
  const process = await superviseProcess({
    name: 'trigger service',
    command: 'python3',
    args: [SERVICE, String(port), USER, PASSWORD, ...command],
    withoutSettings: true,
    readyWhen: async () => listens(port),
  });
  return {
    url: `http://127.0.0.1:${port}`,
    pid: process.pid ?? 0,
    authorization: basic(USER, PASSWORD),
    stop: async () => process.stop(2_000),
  };
}

async function listens(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
