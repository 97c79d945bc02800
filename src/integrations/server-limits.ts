/** How much is asked of an outbound server at once, by this worker. */
import { CallFailure } from '../domain/failure.js';
import type { OutboundServer } from '../domain/outbound-server.js';

export interface ServerLimits {
  /**
   * Makes a call when the server's limits allow it. Throws a `CallFailure` of kind busy, and calls nothing, when that takes too
   * long, or while the server asked us to wait.
   */
  within<T>(server: OutboundServer, call: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

interface Clock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Longer waits are Temporal's: they cost no slot of the worker. */
const LONGEST_WAIT_MS = 20_000;

interface Kept {
  running: number;
  waiting: (() => void)[];
  /** When the next call may begin, by the rate. */
  nextAtMs: number;
  /** The server asked for no calls before. */
  pausedUntilMs: number;
}

export function createServerLimits(clock: Clock): ServerLimits {
  const servers = new Map<string, Kept>();
  const keptOf = (name: string): Kept => {
    const kept = servers.get(name) ?? { running: 0, waiting: [], nextAtMs: 0, pausedUntilMs: 0 };
    servers.set(name, kept);
    return kept;
  };

  return {
    async within(server, call, signal) {
      const kept = keptOf(server.name);
      await takeTurn(server, kept, signal);
      try {
        return await call();
      } catch (error) {
        if (error instanceof CallFailure && error.facts.kind === 'busy')
          kept.pausedUntilMs = Math.max(kept.pausedUntilMs, clock.now() + (error.facts.retryAfterMs ?? 0));
        throw error;
      } finally {
        kept.running -= 1;
        kept.waiting.shift()?.();
      }
    },
  };

  async function takeTurn(
    server: OutboundServer,
    kept: Kept,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const pausedMs = kept.pausedUntilMs - clock.now();
    if (pausedMs > 0) throw busy(server, pausedMs, 'it asked us to come back later');
    const deadlineMs = clock.now() + LONGEST_WAIT_MS;
    while (kept.running >= server.concurrency) {
      if (!(await freed(kept, deadlineMs - clock.now())))
        throw busy(server, LONGEST_WAIT_MS, `${kept.running} calls are under way, as many as it may get`);
    }
    // Taken before anything is awaited: others see it.
    kept.running += 1;
    const { perMinute } = server;
    if (perMinute === null) return;
    const nowMs = clock.now();
    const waitMs = Math.max(0, kept.nextAtMs - nowMs);
    try {
      if (waitMs > LONGEST_WAIT_MS)
        throw busy(server, waitMs, `it gets at most ${perMinute} calls a minute from each worker`);
      kept.nextAtMs = nowMs + waitMs + 60_000 / perMinute;
      if (waitMs > 0) await clock.sleep(waitMs, signal);
    } catch (error) {
      kept.running -= 1;
      kept.waiting.shift()?.();
      if (error instanceof CallFailure) throw error;
      throw new CallFailure(
        {
          kind: 'transient',
          system: `itsm/${server.name}`,
          operation: 'wait for its turn',
          code: 'http.cancelled',
          message: 'cancelled before it was sent',
        },
        { cause: error },
      );
    }
  }

  /** False when the time is up. */
  async function freed(kept: Kept, ms: number): Promise<boolean> {
    if (ms <= 0) return false;
    const timer = new AbortController();
    let wake = (): void => undefined;
    const woken = new Promise<true>((resolve) => {
      wake = () => resolve(true);
      kept.waiting.push(wake);
    });
    const timedOut = clock.sleep(ms, timer.signal).then(
      () => false,
      () => false,
    );
    const isFreed = await Promise.race([woken, timedOut]);
    timer.abort();
    kept.waiting = kept.waiting.filter((one) => one !== wake);
    return isFreed;
  }
}

function busy({ name }: OutboundServer, retryAfterMs: number, message: string): CallFailure {
  return new CallFailure({
    kind: 'busy',
    system: `itsm/${name}`,
    operation: 'wait for its turn',
    code: 'itsm.turn',
    message,
    retryAfterMs: Math.ceil(retryAfterMs),
  });
}
