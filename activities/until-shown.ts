import { activityInfo } from '@temporalio/activity';

import { CallFailure } from '../src/domain/failure.js';
import type { ActivityDeps } from './contract.js';
import type { FoundOwn } from './own-ticket.js';

/** How long SecureChange may take to show a new ticket in its lists. */
const SHOWN_WITHIN_MS = 20_000;

/**
 * Looks for a ticket before it is opened; `key` names it. An attempt before, or a run that was terminated, may have opened it, and
 * SecureChange may not list it yet: where one of them began to, it is waited for.
 */
export async function lookBeforeOpening(
  { clock, settings, openings }: Pick<ActivityDeps, 'clock' | 'settings' | 'openings'>,
  key: string,
  look: () => Promise<FoundOwn>,
  signal: AbortSignal,
): Promise<FoundOwn> {
  const isRepeated = activityInfo().attempt > 1;
  const before = isRepeated ? await untilShown({ clock, settings }, look, signal) : await look();
  if (before.kind !== 'none' || openings.take(key) || isRepeated) return before;
  return await untilShown({ clock, settings }, look, signal);
}

/** Opens it; what SecureChange refused is not open, and the next one that asks has nothing to wait for. */
export async function openWithKey(
  { openings }: Pick<ActivityDeps, 'openings'>,
  key: string,
  open: () => Promise<void>,
): Promise<void> {
  try {
    await open();
  } catch (error) {
    if (error instanceof CallFailure && error.facts.kind === 'rejected') openings.giveBack(key);
    throw error;
  }
}

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
