import type { ConfigSource } from '../src/config/config-source.js';
import { CallFailure } from '../src/domain/failure.js';
import type { RefreshTokenAlarm } from '../src/domain/refresh-token.js';
import type { Tokens } from '../src/integrations/tokens.js';

/** Servers whose refresh token ends soon. One that cannot be resolved says so at its messages. */
export function endingRefreshTokens(
  config: Pick<ConfigSource, 'serverNames' | 'server'>,
  tokens: Pick<Tokens, 'alarm'>,
): readonly RefreshTokenAlarm[] {
  return config.serverNames().flatMap((name) => {
    try {
      return tokens.alarm(config.server(name)) ?? [];
    } catch (error) {
      if (error instanceof CallFailure) return [];
      throw error;
    }
  });
}
