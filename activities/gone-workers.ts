import type { Alert } from '../src/domain/alerts.js';
import { instantText } from '../src/domain/instant-text.js';
import { ASKS_WITHIN_MS, lastAskedOf, presentOf, type PolledQueue } from '../src/domain/workers.js';
import type { Clock } from './contract.js';

/** Who has been away for longer and was not replaced is taken for stopped on purpose. */
const STOPPED_AFTER_MS = 3_600_000;

interface KnownWorker {
  lastAskedAtMs: number;
  /** When this process saw it first, by Temporal's clock. */
  readonly arrivedAtMs: number;
  /** A worker that came later has its place. */
  replaced: boolean;
  /** It has the place of one that is gone, and of no second one. */
  replaces: boolean;
}

/**
 * Workers that ask for no work any more while others do: one alert each, however many queues it asked. It ends when the worker asks
 * again, when one that came after its last question takes its place, or after an hour. Temporal forgets it after five minutes, so
 * what was seen is kept here; `identity` is of this worker, whose start is known without being seen.
 */
export function createGoneWorkers({
  identity: own,
  clock,
}: {
  readonly identity: string;
  readonly clock: Pick<Clock, 'now'>;
}): (queues: readonly PolledQueue[]) => readonly Alert[] {
  const startedAtMs = clock.now();
  const known = new Map<string, KnownWorker>();

  return (queues) => {
    const nowMs = clock.now();
    const presentMs = presentOf(queues, nowMs);
    const isGone = ({ lastAskedAtMs }: KnownWorker): boolean => presentMs - lastAskedAtMs > ASKS_WITHIN_MS;
    for (const [identity, lastAskedAtMs] of lastAskedOf(queues)) {
      const worker = known.get(identity);
      if (worker === undefined) {
        const arrivedAtMs = identity === own ? presentMs - (nowMs - startedAtMs) : presentMs;
        known.set(identity, { lastAskedAtMs, arrivedAtMs, replaced: false, replaces: false });
      } else if (lastAskedAtMs > worker.lastAskedAtMs) {
        worker.lastAskedAtMs = lastAskedAtMs;
        worker.replaced = false;
      }
    }
    for (const [identity, { lastAskedAtMs }] of known)
      if (presentMs - lastAskedAtMs > STOPPED_AFTER_MS) known.delete(identity);

    const living = [...known.values()].filter((worker) => !isGone(worker));
    const gone = [...known]
      .filter(([, worker]) => isGone(worker) && !worker.replaced)
      .sort(([, a], [, b]) => a.lastAskedAtMs - b.lastAskedAtMs);
    for (const [, worker] of gone) {
      const next = living.find(
        ({ replaces, arrivedAtMs }) => !replaces && arrivedAtMs > worker.lastAskedAtMs,
      );
      if (next === undefined) continue;
      next.replaces = true;
      worker.replaced = true;
    }
    const others = living.length === 1 ? '1 other asks' : `${living.length} others ask`;
    return gone
      .filter(([, { replaced }]) => !replaced)
      .map(([identity, { lastAskedAtMs }]) => ({
        key: `workerGone/${identity}`,
        kind: 'workerGone',
        sinceMs: lastAskedAtMs,
        reason: `Worker ${identity} has asked for no work since ${instantText(lastAskedAtMs)}; ${others}. It died, cannot reach Temporal, or was stopped on purpose, which looks the same: read its log on that machine`,
        command: 'sco status',
      }));
  };
}
