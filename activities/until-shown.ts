import type { ActivityDeps } from './contract.js';

/** How long SecureChange may take to show a new ticket in its lists. */
const SHOWN_WITHIN_MS = 20_000;

/** What `find` finds, looked for again until SecureChange shows it; null when it does not in time. */
export async function untilShown<T>(
  { clock, settings }: Pick<ActivityDeps, 'clock' | 'settings'>,
  find: () => Promise<T | null>,
  signal: AbortSignal,
): Promise<T | null> {
  const deadlineMs = clock.now() + SHOWN_WITHIN_MS;
  for (;;) {
    const found = await find();
    if (found !== null || clock.now() >= deadlineMs) return found;
    await clock.sleep(Math.min(settings.pollEveryMs, 500), signal);
  }
}
