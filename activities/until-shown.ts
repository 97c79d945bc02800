import type { ActivityDeps } from './contract.js';
import type { FoundOwn } from './own-ticket.js';

/** How long SecureChange may take to show a new ticket in its lists. */
const SHOWN_WITHIN_MS = 20_000;

/** A ticket that may have been opened a moment ago, looked for until SecureChange shows it; what was found last otherwise. */
export async function untilShown(
  { clock, settings }: Pick<ActivityDeps, 'clock' | 'settings'>,
  look: () => Promise<FoundOwn>,
  signal: AbortSignal,
): Promise<FoundOwn> {
  const deadlineMs = clock.now() + SHOWN_WITHIN_MS;
  for (;;) {
    const found = await look();
    if (found.kind === 'found' || clock.now() >= deadlineMs) return found;
    await clock.sleep(Math.min(settings.pollEveryMs, 500), signal);
  }
}
