import type { Secret } from '../domain/secret.js';
import type { Logger } from './logger.js';
import type { OpenTraces } from './otlp-traces.js';

export interface TraceSettings {
  readonly otlpEndpoint?: string | undefined;
  readonly otlpHeaders?: Secret | undefined;
}

/** The traces of this process; null, and nothing loaded, where no collector is set. */
export async function tracesOf(
  { otlpEndpoint, otlpHeaders }: TraceSettings,
  process: { readonly service: string; readonly instance: string; readonly release: string },
  log: Logger,
): Promise<OpenTraces | null> {
  if (otlpEndpoint === undefined) return null;
  const { openTraces } = await import('./otlp-traces.js');
  log.info({ collector: otlpEndpoint }, 'traces are sent');
  return openTraces({
    ...process,
    endpoint: otlpEndpoint,
    headers: otlpHeaders?.reveal(),
    now: () => Date.now(),
    onProblem: (reason) => {
      log.warn(
        { collector: otlpEndpoint, reason },
        'the collector of OTEL_EXPORTER_OTLP_ENDPOINT does not take traces; they are lost until it does, and nothing else is',
      );
    },
    onTaken: (lost) => {
      log.info({ collector: otlpEndpoint, lostAtLeast: lost }, 'the collector takes traces again');
    },
  });
}
