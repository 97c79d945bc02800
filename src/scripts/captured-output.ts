import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

const KEPT_BYTES = 16 * 1024;

export interface CapturedOutput {
  /** What is kept for the history, cut between characters. */
  text(): string;
  /** Of everything that came. */
  sha256(): string;
}

/** Reads to the end, keeps the beginning, and calls `tooMuch` once when more than `capBytes` came. */
export function captureOutput(stream: Readable, capBytes: number, tooMuch: () => void): CapturedOutput {
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let totalBytes = 0;
  stream.on('data', (chunk: Buffer) => {
    const before = totalBytes;
    totalBytes += chunk.length;
    hash.update(chunk);
    if (keptBytes < KEPT_BYTES) {
      const part = chunk.subarray(0, KEPT_BYTES - keptBytes);
      kept.push(part);
      keptBytes += part.length;
    }
    if (before <= capBytes && totalBytes > capBytes) tooMuch();
  });
  stream.on('error', () => undefined);
  let digest: string | null = null;
  return {
    text: () => new TextDecoder().decode(Buffer.concat(kept), { stream: totalBytes > keptBytes }),
    sha256: () => (digest ??= hash.digest('hex')),
  };
}
