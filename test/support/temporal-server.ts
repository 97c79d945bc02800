import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDevServer } from '../../src/embedded/dev-server.js';
import type { DevServer, DevServerOptions } from '../../src/embedded/dev-server.js';
import { searchAttributeTable } from '../../workflows/search-attributes.js';

export interface TestDevServer extends DevServer {
  readonly dbFile: string;
}

/** A development server of its own for one suite: own database, free ports, no Web UI, our search attributes. */
export async function startTestDevServer(options: Partial<DevServerOptions> = {}): Promise<TestDevServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sco-temporal-'));
  const dbFile = options.dbFile ?? join(folder, 'temporal.db');
  const server = await startDevServer({
    durable: false,
    searchAttributes: searchAttributeTable(),
    ...options,
    dbFile,
  });
  return {
    get address() {
      return server.address;
    },
    get uiUrl() {
      return server.uiUrl;
    },
    get pid() {
      return server.pid;
    },
    namespace: server.namespace,
    adopted: server.adopted,
    dbFile,
    kill: async () => server.kill(),
    revive: async () => server.revive(),
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
