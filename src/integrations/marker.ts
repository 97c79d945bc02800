import { createHash } from 'node:crypto';

/** Short, free of characters that mean something in queries, and the same for every attempt of one message. */
export function markerOf(key: string): string {
  return `[sco ${createHash('sha256').update(key).digest('hex').slice(0, 16)}]`;
}
