import { createHmac } from 'node:crypto';

import { noteMark } from '../domain/marked-text.js';

/**
 * Marks of one message in an ITSM: short, free of characters that mean something in queries, and the same for every attempt.
 * The first is written, each is recognised. A note does not reliably show its author: who does not have our keys cannot make them.
 */
export function marksOf(messageKey: string, ownKeys: readonly string[]): readonly [string, ...string[]] {
  const [newest = '', ...older] = ownKeys;
  const markBy = (key: string): string =>
    noteMark(createHmac('sha256', key).update(`note ${messageKey}`).digest('hex').slice(0, 16));
  return [markBy(newest), ...older.map(markBy)];
}
