/** Who asks Temporal's task queues for work, and how long a living worker may be silent. */

/** A worker that asked a task queue for work. */
export interface Poller {
  readonly identity: string;
  /** When it began to ask last, by Temporal's clock; one that lives asks at least once a minute. */
  readonly lastAskedAtMs: number;
}

/** Who asked a task queue within the last minutes; Temporal forgets the others. */
export interface PolledQueue {
  readonly name: string;
  readonly pollers: readonly Poller[];
}

/** A worker that has nothing to do asks for work again after a minute; Temporal remembers one that is gone for five. */
export const ASKS_WITHIN_MS = 75_000;

/** When each worker asked last, on whatever queue: one process asks all of them. */
export function lastAskedOf(queues: readonly PolledQueue[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const { identity, lastAskedAtMs } of queues.flatMap(({ pollers }) => pollers))
    last.set(identity, Math.max(last.get(identity) ?? 0, lastAskedAtMs));
  return last;
}

/**
 * The present by Temporal's clock, as its newest poll shows it: ours may differ by more than a silence is longer than allowed. Ours
 * where no worker has asked for so long that all of them are gone.
 */
export function presentOf(queues: readonly PolledQueue[], nowMs: number): number {
  const newestMs = Math.max(...lastAskedOf(queues).values());
  return nowMs - newestMs <= ASKS_WITHIN_MS ? newestMs : nowMs;
}

/** How many workers ask each queue. */
export function countWorkers(
  queues: readonly PolledQueue[],
  nowMs: number,
): readonly { readonly queue: string; readonly workers: number }[] {
  const presentMs = presentOf(queues, nowMs);
  return queues.map(({ name, pollers }) => ({
    queue: name,
    workers: pollers.filter(({ lastAskedAtMs }) => presentMs - lastAskedAtMs <= ASKS_WITHIN_MS).length,
  }));
}
