import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

/** The SDK speaks of errors only: what a test provokes on purpose is not worth reading. Once a test file. */
export function quietSdk(core: 'ERROR' | 'OFF' = 'ERROR'): DefaultLogger {
  const logger = new DefaultLogger('ERROR');
  const filter = core === 'OFF' ? 'off' : makeTelemetryFilterString({ core, other: core });
  Runtime.install({ logger, telemetryOptions: { logging: { filter } } });
  return logger;
}
