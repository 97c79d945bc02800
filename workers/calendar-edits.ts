import { setTimeout as sleep } from 'node:timers/promises';

/** How often the files are looked at: a waiting lane must have the edited calendar within 5 seconds. */
const LOOK_EVERY_MS = 1_000;

export interface CalendarEdits {
  /** Digest of the configuration in use. */
  readonly digest: () => string;
  /** Brings the lanes in step with the calendars as they are now. */
  readonly replan: () => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly lookEveryMs?: number;
}

/** Replans the lanes whenever the configuration has changed, until the signal says stop. A failed try is repeated. */
export async function watchCalendars(
  { digest, replan, onError, lookEveryMs = LOOK_EVERY_MS }: CalendarEdits,
  signal: AbortSignal,
): Promise<void> {
  let done = digest();
  const waited = async (): Promise<boolean> => await sleep(lookEveryMs, true, { signal }).catch(() => false);
  while (await waited()) {
    try {
      const now = digest();
      if (now === done) continue;
      await replan();
      done = now;
    } catch (error) {
      onError(error);
    }
  }
}
