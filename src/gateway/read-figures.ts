import { setTimeout as sleep } from 'node:timers/promises';

import type { OrchestratorClient } from '../../packages/client/src/contract.js';
import type { GatewayLog } from './gateway-settings.js';
import type { Figures, GatewayMetrics } from './metrics.js';

export interface FiguresDeps {
  readonly client: OrchestratorClient;
  readonly metrics: GatewayMetrics;
  readonly log: Pick<GatewayLog, 'warn'>;
  readonly now: () => number;
}

/** Reads everything once. A part that cannot be read is taken away, and holds up no other. */
export async function readFigures({ client, metrics, log, now }: FiguresDeps): Promise<void> {
  const read = async <Part extends keyof Figures>(
    part: Part,
    ask: () => Promise<Figures[Part]>,
  ): Promise<void> => {
    try {
      metrics.show(part, await ask(), now());
    } catch (error) {
      metrics.show(part, null, now());
      log.warn({ part, error: String(error) }, 'figures for /metrics could not be read');
    }
  };
  await Promise.all([
    read('tickets', async () => await client.status.tickets()),
    read('sweep', async () => await client.status.lastSweep()),
    read('control', async () => await client.control.get()),
    read('lanes', async () => await client.lanes.list()),
    read('workers', async () => await client.status.queues()),
    read('tokens', async () => await client.status.configurations()),
  ]);
}

/** Reads again and again until `signal` aborts, however often Prometheus asks. */
export async function keepFigures(deps: FiguresDeps, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await readFigures(deps);
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
