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

/**
 * The looks after an edit that bring the lanes in step again. The list of lanes follows them with a delay, and an enrolment
 * that was under way has windows from before the edit: without them, both waited for the next sweep.
 */
const AGAIN_AT_LOOKS: readonly number[] = [1, 2, 4, 8, 16, 32];

/**
 * Replans the lanes whenever the configuration has changed, and again for half a minute after it, until the signal says stop. A
 * failed try is repeated.
 */
export async function watchCalendars(
  { digest, replan, onError, lookEveryMs = LOOK_EVERY_MS }: CalendarEdits,
  signal: AbortSignal,
): Promise<void> {
  let done = digest();
  let looksAfter = Number.POSITIVE_INFINITY;
  const waited = async (): Promise<boolean> => await sleep(lookEveryMs, true, { signal }).catch(() => false);
  while (await waited()) {
    try {
      const now = digest();
      const isEdited = now !== done;
      if (!isEdited && !AGAIN_AT_LOOKS.includes(looksAfter + 1)) {
        looksAfter += 1;
        continue;
      }
      await replan();
      looksAfter = isEdited ? 0 : looksAfter + 1;
      done = now;
    } catch (error) {
      onError(error);
    }
  }
}
