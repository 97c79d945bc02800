/** When a token is renewed, and what is known of the refresh token behind it. */
import type { TokenEndpointResponse } from 'oauth4webapi';
import { refreshTokenEnd, type RefreshTokenLife } from '../domain/refresh-token.js';
import type { StoredToken } from './token-store.js';

/** A token is renewed this long before its end, or in the last fifth of a short life. */
const RENEW_MS = 60_000;
/** A token refused this soon after it was issued is not stale: the server does not accept our client. */
export const FRESH_MS = 30_000;

export function renewAt({
  issuedAtMs,
  expiresAtMs,
}: Pick<StoredToken, 'issuedAtMs' | 'expiresAtMs'>): number {
  return expiresAtMs - Math.min(RENEW_MS, (expiresAtMs - issuedAtMs) / 5);
}

/** A token that the endpoint did not replace lives on from its first use. */
export function refreshLifeOf(
  answer: TokenEndpointResponse,
  sent: string | null,
  before: RefreshTokenLife | undefined,
  nowMs: number,
): RefreshTokenLife {
  const isSame = answer.refresh_token === undefined || answer.refresh_token === sent;
  const kept = isSame ? before : undefined;
  return {
    sinceMs: kept?.sinceMs ?? nowMs,
    expiresAtMs: refreshTokenEnd(answer, nowMs) ?? kept?.expiresAtMs ?? null,
  };
}
