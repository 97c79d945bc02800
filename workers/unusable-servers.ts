import type { ConfigSource } from '../src/config/config-source.js';
import type { UnusableServer } from '../src/domain/configuration-facts.js';
import { CallFailure } from '../src/domain/failure.js';

/** Servers that a setting of this worker is missing for: the first message to one would park its ticket. */
export function unusableServers(
  config: Pick<ConfigSource, 'serverNames' | 'server'>,
): readonly UnusableServer[] {
  return config.serverNames().flatMap((server) => {
    try {
      config.server(server);
      return [];
    } catch (error) {
      if (error instanceof CallFailure) return { server, why: error.facts.message.slice(0, 300) };
      throw error;
    }
  });
}
