import type { QueuedMessage } from '../src/domain/outbox.js';

type Tried = Pick<QueuedMessage, 'key' | 'server' | 'queuedAtMs'>;

/**
 * Messages of outboxes that this process tries to send, each the oldest of its ticket: those behind it are younger. Nothing
 * else lists them: search attributes do not have them, a new one would be two events more for each message, and asking
 * each open ticket would load all their histories.
 */
export interface OutboxAges {
  begun(message: Tried): void;
  ended(message: Tried, result: 'acknowledged' | 'failed'): void;
  /** Age in seconds of the oldest that waits, by server; 0 for a server whose messages got through. */
  oldest(): ReadonlyMap<string, number>;
}

/** Tried again by this process or another within 5 minutes, and an attempt lasts at most 6: after that another process has it, or an operator. */
const FORGOTTEN_MS = 15 * 60_000;

export function createOutboxAges(now: () => number): OutboxAges {
  const waiting = new Map<string, Tried & { readonly running: boolean; readonly atMs: number }>();
  const servers = new Set<string>();
  const note = ({ key, server, queuedAtMs }: Tried, running: boolean): void => {
    servers.add(server);
    waiting.set(key, { key, server, queuedAtMs, running, atMs: now() });
  };
  return {
    begun: (message) => {
      note(message, true);
    },
    ended: (message, result) => {
      if (result === 'failed') note(message, false);
      else waiting.delete(message.key);
    },
    oldest() {
      const nowMs = now();
      const ages = new Map([...servers].map((server) => [server, 0]));
      for (const { key, server, queuedAtMs, running, atMs } of waiting.values()) {
        if (!running && nowMs - atMs > FORGOTTEN_MS) waiting.delete(key);
        else ages.set(server, Math.max(ages.get(server) ?? 0, (nowMs - queuedAtMs) / 1_000));
      }
      return ages;
    },
  };
}
