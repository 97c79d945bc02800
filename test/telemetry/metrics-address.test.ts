import { createServer, type AddressInfo, type Server } from 'node:net';
import { Runtime } from '@temporalio/worker';
import { metricsRefused } from '../../src/telemetry/metrics-refused.js';
import { installWithMetrics } from '../../workers/metrics-on.js';

let holder: Server;
let port: number;
beforeEach(async () => {
  holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  port = (holder.address() as AddressInfo).port;
});
afterEach(async () => {
  await new Promise((resolve) => holder.close(resolve));
});

describe('a worker that finds the address of its metrics taken', () => {
  it('names the setting, the address and what to do', () => {
    const install = (): void => {
      installWithMetrics({ host: '127.0.0.1', port }, (telemetryOptions) =>
        Runtime.install({ shutdownSignals: [], telemetryOptions }),
      );
    };
    expect(install).toThrow(`WORKER_METRICS_ADDRESS: metrics cannot be served at 127.0.0.1:${port} (`);
    expect(install).toThrow('Each process of a machine needs an address of its own');
  });
});

it('writes an IPv6 address as the setting has it, and keeps the reason', () => {
  const cause = new Error('listen EADDRINUSE');
  const { message, cause: kept } = metricsRefused(
    'GATEWAY_METRICS_ADDRESS',
    { host: '::1', port: 9464 },
    cause,
  );
  expect(message).toContain(
    'GATEWAY_METRICS_ADDRESS: metrics cannot be served at [::1]:9464 (listen EADDRINUSE)',
  );
  expect(kept).toBe(cause);
});
