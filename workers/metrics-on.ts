import type { TelemetryOptions } from '@temporalio/worker';

import { METRICS } from '../src/domain/metrics.js';

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
