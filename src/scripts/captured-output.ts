import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

import { withoutSecrets } from '../http/redaction.js';

const KEPT_BYTES = 16 * 1024;

export interface CapturedOutput {
  /** What is kept for the history, cut between characters, without the secrets of the run. */
  text(): string;
  /** Of everything that came. */
  sha256(): string;
}

/** Reads to the end, keeps the beginning, and calls `tooMuch` once when more than `capBytes` came. */
export function captureOutput(
  stream: Readable,
  capBytes: number,
  tooMuch: () => void,
  secrets: readonly string[],
  keepBytes = KEPT_BYTES,
): CapturedOutput {
  // What begins before the cut is recognised by what follows it.
  const readBytes = keepBytes + Math.max(0, ...secrets.map((secret) => Buffer.byteLength(secret)));
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let totalBytes = 0;
  stream.on('data', (chunk: Buffer) => {
    const before = totalBytes;
    totalBytes += chunk.length;
    hash.update(chunk);
    if (keptBytes < readBytes) {
      const part = chunk.subarray(0, readBytes - keptBytes);
      kept.push(part);
      keptBytes += part.length;
    }
    if (before <= capBytes && totalBytes > capBytes) tooMuch();
  });
  stream.on('error', () => undefined);
  let digest: string | null = null;
  return {
    text: () => {
      const read = Buffer.concat(kept);
      const decode = (bytes: Buffer): string =>
        new TextDecoder().decode(bytes, { stream: totalBytes > bytes.length });
      return withoutSecrets(decode(read), secrets, decode(read.subarray(0, keepBytes)).length);
    },
    sha256: () => (digest ??= hash.digest('hex')),
  };
}
