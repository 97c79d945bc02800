import { setTimeout as sleep } from 'node:timers/promises';
import { createConfigSource } from '../config/config-source.js';
import { ConfigError } from '../config/mistakes.js';
import { CallFailure } from '../domain/failure.js';
import { Secret } from '../domain/secret.js';
import type { OutboundServer } from '../domain/outbound-server.js';
import { createHttp } from '../http/http.js';
import { createMemoryTokenStore, createTokenStore } from '../integrations/token-store.js';
import { createTokens, type Tokens } from '../integrations/tokens.js';
import { createScriptReferences } from '../config/script-references.js';
import { createScriptRegistry } from '../scripts/script-registry.js';
import { createScriptRunner } from '../scripts/script-runner.js';
import { createTokenScripts } from '../scripts/token-script.js';
import type { Asked } from './act.js';
import { UsageError } from './exit-codes.js';

/** The server of the first argument. */
export async function withServer<T>(
  asked: Asked,
  act: (server: OutboundServer, tokens: Tokens) => Promise<T>,
): Promise<T> {
  return await withServers(asked, async (server, tokens) => act(server(asked.arg(0)), tokens));
}

/** The servers of this machine's servers.yaml, by name, and the tokens of the workers. */
export async function withServers<T>(
  { context }: Asked,
  act: (server: (name: string) => OutboundServer, tokens: Tokens) => Promise<T>,
): Promise<T> {
  const { configDir, dataDir } = context.settings();
  const clock = { now: context.now, sleep: (ms: number) => sleep(ms) };
  try {
    const config = createConfigSource(configDir, { env: context.environment });
    // The store of the workers: a refresh token that an endpoint replaces must not be lost here.
    const tokens = createTokens({
      store: createTokenStore(dataDir, clock),
      http: createHttp,
      now: clock.now,
      // Run here: this machine need not have the key of the workers.
      script: {
        run: createTokenScripts({
          registry: createScriptRegistry(config.scripts()),
          runner: createScriptRunner({
            clock,
            references: createScriptReferences(config.references),
            dataDir,
          }),
        }),
        store: createMemoryTokenStore(),
        key: new Secret(''),
      },
    });
    return await act((name) => config.server(name), tokens);
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message);
    if (error instanceof CallFailure) throw new UsageError(error.facts.message);
    throw error;
  }
}
