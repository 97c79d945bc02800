import { instantText } from '../src/domain/instant-text.js';
import type { ActivityDeps } from './contract.js';

/** Why nothing may be sent to a manager now; null when no planned maintenance runs. Read live, as an operator may add one. */
export function maintenanceOf(
  { managers, clock }: Pick<ActivityDeps, 'managers' | 'clock'>,
  lane: { readonly key: string; readonly name: string },
): string | null {
  const nowMs = clock.now();
  const runs = managers
    .policyFor(lane)
    .maintenance.find(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs);
  return runs === undefined ? null : `planned maintenance until ${instantText(runs.untilMs)}: ${runs.reason}`;
}
