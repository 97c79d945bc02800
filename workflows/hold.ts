import { changeActivities } from '../activities/effects.js';
import type { Activities } from '../activities/index.js';

/**
 * No write and no script begins while the ticket is held, whoever calls it. A push looks for itself before it asks for
 * its turn: once it may have been sent, its end is looked for also while the ticket is held.
 */
export function withHold(
  activities: Activities,
  isHeld: () => boolean,
  untilResumed: () => Promise<void>,
): Activities {
  return changeActivities(activities, ['write', 'script'], (activity) => async (...input) => {
    if (isHeld()) await untilResumed();
    return activity(...input);
  });
}
