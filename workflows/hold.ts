import { changeActivities } from '../activities/effects.js';
import type { Activities } from '../activities/index.js';

/**
 * No write and no script begins while the ticket is held. Once a call of a push may have been sent, the ticket waits for
 * its result even while it is held.
 */
export function withHold(
  activities: Activities,
  isHeld: () => boolean,
  untilResumed: () => Promise<void>,
): Activities {
  return changeActivities(activities, ['write', 'call', 'script'], (activity) => async (...input) => {
    if (isHeld()) await untilResumed();
    return activity(...input);
  });
}
