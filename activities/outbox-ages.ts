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
  const isForgotten = ({ running, atMs }: { running: boolean; atMs: number }): boolean =>
    !running && now() - atMs > FORGOTTEN_MS;
  const note = ({ key, server, queuedAtMs }: Tried, running: boolean): void => {
    // Here it would grow.
    for (const [known, message] of waiting) if (isForgotten(message)) waiting.delete(known);
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
      const ages = new Map([...servers].map((server) => [server, 0]));
      for (const message of waiting.values()) {
        if (isForgotten(message)) continue;
        const { server, queuedAtMs } = message;
        ages.set(server, Math.max(ages.get(server) ?? 0, (now() - queuedAtMs) / 1_000));
      }
      return ages;
    },
  };
}
