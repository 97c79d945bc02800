import type { TelemetryOptions } from '@temporalio/worker';

import { METRICS } from '../src/domain/metrics.js';
import { metricsRefused } from '../src/telemetry/metrics-refused.js';

type Address = Parameters<typeof metricsOn>[0];

/** `install` with metrics at the address, if there is one; throws what an operator can mend where it is taken. */
export function installWithMetrics(
  address: Address | undefined,
  install: (telemetryOptions: TelemetryOptions) => void,
): void {
  if (address === undefined) {
    install({});
    return;
  }
  try {
    install(metricsOn(address));
  } catch (error) {
    throw metricsRefused('WORKER_METRICS_ADDRESS', address, error);
  }
}

/** Serves our metrics and the SDK's for Prometheus at `/metrics`, in seconds and with the suffixes it expects. */
export function metricsOn({
  host,
  port,
}: {
  readonly host: string;
  readonly port: number;
}): TelemetryOptions {
  return {
    metrics: {
      attachServiceName: false,
      prometheus: {
        bindAddress: `${host.includes(':') ? `[${host}]` : host}:${port}`,
        countersTotalSuffix: true,
        unitSuffix: true,
        useSecondsForDurations: true,
        histogramBucketOverrides: Object.fromEntries(
          Object.entries(METRICS).flatMap(([name, metric]) =>
            metric.by === 'worker' && 'buckets' in metric ? [[name, [...metric.buckets]]] : [],
          ),
        ),
      },
    },
  };
}
