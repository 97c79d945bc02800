import { createHmac, timingSafeEqual } from 'node:crypto';

/** As in Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, `v1,<base64>`, several separated by blanks. */
export interface SignatureHeaders {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

const TOLERANCE_MS = 300_000;

/** True when one of the secrets made one of the signatures, not longer than five minutes ago or ahead. */
export function signatureHolds(
  headers: SignatureHeaders,
  body: Buffer,
  secrets: readonly string[],
  nowMs: number,
): boolean {
  const { id, timestamp, signature } = headers;
  if (id === undefined || timestamp === undefined || signature === undefined) return false;
  if (!/^[\w.:-]{1,128}$/.test(id) || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowMs - Number(timestamp) * 1_000) > TOLERANCE_MS) return false;
  const given = signature
    .split(' ', 8)
    .filter((part) => part.startsWith('v1,'))
    .map((part) => Buffer.from(part.slice(3), 'base64'));
  let holds = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secretBytes(secret))
      .update(`${id}.${timestamp}.`)
      .update(body)
      .digest();
    for (const candidate of given) {
      if (candidate.length === expected.length && timingSafeEqual(candidate, expected)) holds = true;
    }
  }
  return holds;
}

/** `whsec_<base64>` as Standard Webhooks writes them; any other text is taken as it is. */
function secretBytes(secret: string): Buffer {
  return secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret, 'utf8');
}
