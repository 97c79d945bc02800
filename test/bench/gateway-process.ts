import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '../../src/embedded/free-ports.js';
import { ourProgram, packageRoot } from '../../src/embedded/our-program.js';
import { answersHttp } from '../../src/embedded/readiness.js';
import { simulatedConfig } from '../../src/embedded/simulated-config.js';
import { simulatorEnvironment } from '../../src/embedded/simulator-setup.js';
import { superviseProcess } from '../../src/embedded/supervise.js';
import { ACTOR_KEY, basic, MEDIATOR } from '../support/running-gateway.js';

export interface GatewayProcess {
  readonly url: string;
  readonly pid: number;
  /** As a mediator signs in. */
  readonly authorization: string;
  stop(): Promise<void>;
}

/** The gateway as it runs in production, a process of its own with the shipped configuration, before the Temporal at this address. */
export async function startGatewayProcess(
  address: string,
  flags: readonly string[] = [],
): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'sco-bench-gateway-'));
  const configDir = simulatedConfig(join(packageRoot(), 'config'), join(folder, 'config'));
  const [port = 0] = await freePorts(1, '127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  // It speaks to no SecureChange: the address is only asked for by the shipped servers.yaml.
  const simulated = simulatorEnvironment('http://127.0.0.1:9', folder);
  const process = await superviseProcess({
    name: 'gateway',
    ...ourProgram('src/gateway/main', { flags }),
    cwd: packageRoot(),
    env: {
      ...simulated.env,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: 'default',
      SCO_CONFIG_DIR: configDir,
      SCO_ACTOR_KEY: ACTOR_KEY,
      GATEWAY_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
    },
    // Reading its lines would cost the callers time.
    logFile: join(folder, 'gateway.log'),
    endsWithUs: true,
    readyWhen: async () => answersHttp(`${url}/readyz`, 200),
    readyWithinMs: 60_000,
  });
  return {
    url,
    pid: process.pid ?? 0,
    authorization: basic(MEDIATOR.user, simulated.mediatorPassword),
    stop: async () => {
      await process.stop(10_000);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
