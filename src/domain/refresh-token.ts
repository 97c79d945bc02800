/** When the refresh token of an outbound server ends, and from when on a person is asked for another. */
import { durationText } from './duration-text.js';

/** Of a token that ends soon, or has ended. */
export interface RefreshTokenAlarm {
  readonly server: string;
  readonly expiresAtMs: number;
}

export interface RefreshTokenLife {
  readonly sinceMs: number;
  /** What the token endpoint said; null when it says nothing, or that the token does not end. */
  readonly expiresAtMs: number | null;
}

export interface RefreshTokenRules {
  /** What a token lives whose endpoint does not say; null: not known. */
  readonly livesForMs: number | null;
  readonly alarmMs: number;
}

/** Null while there is time, and where the end is not known. A short life raises the alarm in its last third. */
export function endsSoon(
  { sinceMs, expiresAtMs }: RefreshTokenLife,
  { livesForMs, alarmMs }: RefreshTokenRules,
  nowMs: number,
): number | null {
  const endMs = expiresAtMs ?? (livesForMs === null ? null : sinceMs + livesForMs);
  if (endMs === null) return null;
  return nowMs >= endMs - Math.min(alarmMs, (endMs - sinceMs) / 3) ? endMs : null;
}

/** The same whether the endpoint calls it `refresh_expires_in` or `refresh_token_expires_in`; 0 means that it does not end. */
export function refreshTokenEnd(answer: Readonly<Record<string, unknown>>, nowMs: number): number | null {
  const given = answer['refresh_expires_in'] ?? answer['refresh_token_expires_in'];
  const said = typeof given === 'number' || typeof given === 'string' ? Number(given) : 0;
  return said > 0 && said < MOST_S ? nowMs + said * 1_000 : null;
}

/** 100 years: what is longer is no end. */
const MOST_S = 3_155_760_000;

export function refreshTokenText({ server, expiresAtMs }: RefreshTokenAlarm, nowMs: number): string {
  const at = new Date(expiresAtMs).toISOString().slice(0, 16);
  return expiresAtMs <= nowMs
    ? `the refresh token of server ${server} has expired (${at}Z); messages to it are held`
    : `the refresh token of server ${server} expires in ${durationText(expiresAtMs - nowMs)} (${at}Z)`;
}

export function refreshTokenAdvice({ server }: RefreshTokenAlarm): string {
  return `get a new refresh token and give it with: sco server login ${server}`;
}
